# DROP DATABASE waits until every backend has absorbed a barrier: one that waits for the CRM does so at once.
use strict;
use warnings;

use CrmFdw;
use IPC::Run ();
use Test::More;
use Time::HiRes qw(time);

my $sandbox = start_sandbox('--leads', 50);
my $node = new_node('barrier', $sandbox);
connect_crm($node, $sandbox);

$sandbox->faults($hanging_list);
$sandbox->forget_requests;
my $psql = start_psql($node, 'SELECT count(*) FROM close.leads');
$sandbox->wait_for_request(qr/lead/) or die 'no request came';

$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
my $begun = time;
$node->safe_psql('postgres', 'DROP DATABASE elsewhere');
my $took = (time - $begun) * 1000;
note(sprintf 'DROP DATABASE took %.0f ms', $took);
cmp_ok($took, '<', 10_000, 'DROP DATABASE does not wait for the CRM');
is($node->safe_psql('postgres',
		"SELECT state FROM pg_stat_activity WHERE query = 'SELECT count(*) FROM close.leads'"),
	'active', 'the backend still waits');

$node->safe_psql('postgres',
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT count(*) FROM close.leads'");
IPC::Run::finish($psql->{run});
like(${ $psql->{err} }, qr/57P01: terminating connection/, 'and obeys pg_terminate_backend');

done_testing();
