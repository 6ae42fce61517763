# OAuth with refresh tokens that are good once: the newest one is kept for other sessions and across restarts.
use strict;
use warnings;

use CrmFdw;
use IPC::Run ();
use Test::More;

my $sandbox = start_sandbox('--leads', 250);
my $node = new_node('oauth', $sandbox);
connect_crm($node, $sandbox, mapping => $sandbox->{oauth});
my $count = 'SELECT count(*) FROM close.leads';

sub token_requests { return grep { $_->{path} eq '/oauth2/token/' } $sandbox->requests; }

sub all_granted
{
	my ($name) = @_;
	is(scalar(grep { $_->{status} != 200 } token_requests()), 0, "$name: every token request was granted");
	return;
}

foreach my $session (1 .. 3)
{
	is($node->safe_psql('postgres', $count), 250, "session $session reads");
}
cmp_ok(scalar(token_requests()), '>=', 1, 'tokens were asked for');
all_granted('sessions in turn');

$node->restart;
is($node->safe_psql('postgres', $count), 250, 'a session after a restart reads');
all_granted('restart');

# The access token ends in the middle of a scan: one new token, no row lost or doubled.
$sandbox->faults({ match => { path => '/api/v1/lead/$', nth => 2 }, action => { kind => 'revoke_token' } });
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT id) FROM close.leads'), '250|250',
	'a token revoked between two pages is renewed');
$sandbox->faults;
all_granted('renewal');

# Two sessions that must both renew use one refresh token between them, one after the other.
foreach my $round (1 .. 5)
{
	$sandbox->forget_requests;
	my @psql = map { start_psql($node, $count) } 1 .. 2;
	foreach my $psql (@psql)
	{
		IPC::Run::finish($psql->{run});
		is(${ $psql->{out} }, "250\n", "round $round: a session beside another reads");
		is(${ $psql->{err} }, '', "round $round: without a word");
	}
	all_granted("round $round");
}

done_testing();
