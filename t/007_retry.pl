# What fails for a moment is asked for again, and no more often than needed; no row is lost or doubled.
use strict;
use warnings;

use CrmFdw;
use Test::More;

my $sandbox = start_sandbox('--leads', 450);
my $node = new_node('retry', $sandbox);
connect_crm($node, $sandbox);

my $path = '/api/v1/lead/$';
my $query = 'SELECT count(*), count(DISTINCT id) FROM close.leads';
my $plain = $sandbox->count_requests(sub { $node->safe_psql('postgres', $query) });
note("$plain requests without a fault");

my %faults = (
	'429 with its headers' => { kind => 'rate_limit' },
	'503' => { kind => 'status', status => 503, body => 'busy' },
	'502 with a page of HTML' => { kind => 'status', status => 502, body => '<html>Bad gateway</html>' },
	'reset before the answer' => { kind => 'reset' },
	'cut inside the body' => { kind => 'cut', after_bytes => 300 },
	'gzip that ends early' => { kind => 'truncate_gzip' });

foreach my $name (sort keys %faults)
{
	foreach my $nth (1, 2)
	{
		$sandbox->faults({ match => { path => $path, nth => $nth }, action => $faults{$name} });
		my ($status, $out, $err);
		my $requests = $sandbox->count_requests(sub { ($status, $out, $err) = run_sql($node, $query); });
		is($out, '450|450', "$name at request $nth: every row once") or diag($err);
		is($requests, $plain + 1, "$name at request $nth: one request more");
	}
}

# It does not ask for ever: max_retries.
$node->safe_psql('postgres', "ALTER SERVER close OPTIONS (ADD max_retries '2')");
$sandbox->faults({ match => { path => $path }, action => { kind => 'status', status => 503 } });
my ($status, $out, $err);
my $requests = $sandbox->count_requests(sub { ($status, $out, $err) = run_sql($node, $query); });
isnt($status, 0, 'a CRM that stays down is an error');
like($err, qr/503/, 'which names the status');
is($requests, 3, 'after the first request and two more');

# A refusal is not asked again.
$sandbox->faults({ match => { path => $path }, action => { kind => 'status', status => 403 } });
$requests = $sandbox->count_requests(sub { ($status, $out, $err) = run_sql($node, $query); });
isnt($status, 0, '403 is an error');
is($requests, 1, 'at once');

done_testing();
