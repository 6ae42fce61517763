# A backend that waits for the CRM notices that the postmaster is gone.
use strict;
use warnings;

use CrmFdw;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $sandbox = start_sandbox('--leads', 50);
my $node = new_node('death', $sandbox);
connect_crm($node, $sandbox);

$sandbox->faults($hanging_list);
$sandbox->forget_requests;
my $psql = start_psql($node, 'SELECT count(*) FROM close.leads');
$sandbox->wait_for_request(qr/lead/) or die 'no request came';
my $backend = $node->safe_psql('postgres',
	"SELECT pid FROM pg_stat_activity WHERE query = 'SELECT count(*) FROM close.leads'");
like($backend, qr/^\d+$/, 'a backend waits for the answer');

my $begun = time;
$node->kill9;
ok(wait_until(sub { !kill 0, $backend }), 'the backend is gone');
my $took = (time - $begun) * 1000;
note(sprintf 'gone %.0f ms after the postmaster', $took);
cmp_ok($took, '<', 5000, 'and quickly');
IPC::Run::finish($psql->{run});

done_testing();
