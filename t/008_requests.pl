# The fewest requests: look-ups by key, limits, joins.
use strict;
use warnings;

use CrmFdw;
use PostgreSQL::Test::Utils;
use Test::More;

my $sandbox = start_sandbox('--leads', 1200);
my $node = new_node('requests', $sandbox);
connect_crm($node, $sandbox);
$node->safe_psql('postgres', q{
	CREATE SCHEMA local;
	CREATE TABLE local.leads AS SELECT * FROM close.leads;
	CREATE TABLE local.opportunities AS SELECT * FROM close.opportunities;
	CREATE TABLE local.wanted AS SELECT id FROM local.leads ORDER BY id LIMIT 7;
	ANALYZE;});
my @ids = sort map { $_->{id} } $sandbox->rows('leads');
is(scalar(@ids), 1200, 'the sandbox has its leads');
my $one = $ids[17];

# Runs a query on the CRM and on the copy; same rows, and how many requests.
sub compare
{
	my ($name, $most, $sql, $least) = @_;
	my (%out, $requests);
	foreach my $schema (qw(close local))
	{
		my $count = $sandbox->count_requests(sub {
			my ($status, $out, $err) = run_sql($node, "SET search_path = $schema;\n$sql");
			$out{$schema} = $status ? $err : join "\n", sort split /\n/, $out;
		});
		$requests = $count if $schema eq 'close';
	}
	is($out{close}, $out{local}, "$name: rows as on the copy");
	cmp_ok($requests, '<=', $most, "$name: $requests requests, at most $most");
	cmp_ok($requests, '>=', $least // 1, "$name: the CRM was asked");
	return;
}

compare('one id', 1, "SELECT * FROM leads WHERE id = '$one'");
compare('one id as a parameter', 1, "PREPARE p(text) AS SELECT * FROM leads WHERE id = \$1; EXECUTE p('$one')");
compare('one id in a generic plan', 1,
	"SET plan_cache_mode = force_generic_plan;\nPREPARE p(text) AS SELECT * FROM leads WHERE id = \$1;"
	  . "EXECUTE p('$one')");
compare('no such id', 1, q{SELECT * FROM leads WHERE id = 'lead_00000000000000000000000000000000000000000000'});
compare('id is null', 1, 'PREPARE p(text) AS SELECT * FROM leads WHERE id = $1; EXECUTE p(NULL)', 0);
my $thousand = '{' . join(',', @ids[ 0 .. 999 ]) . '}';
compare('1,000 ids', 10, "SELECT id, display_name, status_id FROM leads WHERE id = ANY ('$thousand')");
compare('1,000 ids as a parameter', 10, 'SET plan_cache_mode = force_generic_plan;'
	  . 'PREPARE p(text[]) AS SELECT id, display_name FROM leads WHERE id = ANY ($1);'
	  . "EXECUTE p('$thousand')");

my $limited = $sandbox->count_requests(sub {
	is(scalar(my @rows = split /\n/, $node->safe_psql('postgres', 'SELECT id FROM close.leads LIMIT 5')), 5,
		'LIMIT 5: five rows'); });
is($limited, 1, 'LIMIT 5: one request');
my ($request) = $sandbox->requests;
cmp_ok($request->{params}{_limit} // 0, '<=', 5, 'LIMIT 5: which asks for no more');

compare('nested loop', 9, 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;'
	  . 'SELECT w.id, l.display_name FROM local.wanted w JOIN leads l ON l.id = w.id');
compare('nested loop, left', 9, 'SET enable_hashjoin = off; SET enable_mergejoin = off;'
	  . 'SELECT w.id, l.display_name FROM local.wanted w LEFT JOIN leads l ON l.id = w.id');
compare('opportunities of a few leads', 30,
	'SELECT w.id, o.id, o.value FROM local.wanted w JOIN opportunities o ON o.lead_id = w.id');
compare('lateral with a limit', 30, 'SELECT w.id, o.id FROM local.wanted w, LATERAL '
	  . '(SELECT id FROM opportunities WHERE lead_id = w.id ORDER BY id LIMIT 1) o');

done_testing();
