# A request that never answers can be cancelled, by hand and by statement_timeout, and leaves a usable session.
use strict;
use warnings;

use CrmFdw;
use IPC::Run ();
use Test::More;
use Time::HiRes qw(time);

my $sandbox = start_sandbox('--leads', 50);
my $node = new_node('cancel', $sandbox);
connect_crm($node, $sandbox);

# Time from the cancel to the end of psql, in ms.
sub cancel_one
{
	my ($try) = @_;
	$sandbox->forget_requests;
	my $psql = start_psql($node, "/* try $try */ SELECT count(*) FROM close.leads");
	$sandbox->wait_for_request(qr/lead/) or die 'no request came';
	my $begun = time;
	$node->safe_psql('postgres',
		"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* try $try */%'");
	IPC::Run::finish($psql->{run});
	my $took = (time - $begun) * 1000;
	like(${ $psql->{err} }, qr/ERROR:  57014: canceling statement due to user request/, "try $try: cancelled");
	return $took;
}

$sandbox->faults($hanging_list);
my $worst = 0;
foreach my $try (1 .. 10)
{
	my $took = cancel_one($try);
	$worst = $took if $took > $worst;
}
note(sprintf 'cancel: worst of 10 is %.0f ms, psql for the cancel and its end included', $worst);
cmp_ok($worst, '<', 5000, 'a cancel ends the statement promptly');

# One session, many timeouts; psql says how long each statement took.
my $timeout_ms = 20;
my ($out, $err) = ('', '');
$node->psql('postgres',
	join("\n", "SET statement_timeout = $timeout_ms;", '\timing on', ('SELECT count(*) FROM close.leads;') x 90),
	stdout => \$out, stderr => \$err, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
my $timeouts = () = $err =~ /ERROR:  57014: canceling statement due to statement timeout/g;
is($timeouts, 90, 'each of 90 statements in one session timed out');
my ($slowest) = sort { $b <=> $a } $out =~ /^Time: ([0-9.]+) ms/mg;
note(sprintf 'statement_timeout: worst of 90 is %.1f ms late', $slowest - $timeout_ms);
cmp_ok($slowest, '<', 5000, 'a timeout ends the statement promptly');

# What was cancelled does no harm to what the session does next.
$sandbox->faults({ %$hanging_list, match => { %{ $hanging_list->{match} }, nth => 1 } });
$node->psql('postgres', join("\n", "SET statement_timeout = '200ms';", 'SELECT count(*) FROM close.leads;',
		'RESET statement_timeout;', 'SELECT count(*) FROM close.leads;'),
	stdout => \$out, stderr => \$err, on_error_stop => 0);
like($err, qr/statement timeout/, 'the first query of a session is cut off');
is($out, 50, 'the next gives all rows');

done_testing();
