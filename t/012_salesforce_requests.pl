# Several objects of Salesforce in one request: parents, rows that refer to a record, groups.
use strict;
use warnings;

use CrmFdw;
use Test::More;

my $sandbox = start_sandbox('--provider', 'salesforce', '--accounts', 400);
my $node = new_node('salesforce_requests', $sandbox);
connect_crm($node, $sandbox, server => { remote_joins => 'true' }, import => 'LIMIT TO (account, contact, opportunity)');
$node->safe_psql('postgres', q{
	CREATE SCHEMA local;
	CREATE TABLE local.account AS SELECT * FROM salesforce.account;
	CREATE TABLE local.contact AS SELECT * FROM salesforce.contact;
	CREATE TABLE local.opportunity AS SELECT * FROM salesforce.opportunity;});

# Runs a query on the CRM and on the copy: the same rows, one request, and EXPLAIN shows what was sent. `near`: the
# numbers are rounded ones.
sub one_request
{
	my ($name, $query, $soql, $near) = @_;
	my (%out, $plan);
	my $requests = $sandbox->count_requests(sub {
		$out{salesforce} = $node->safe_psql('postgres', "SET search_path = salesforce; $query"); });
	is($requests, 1, "$name: one request");
	my ($asked) = map { $_->{params}{q} } grep { $_->{path} =~ m{/query$} } $sandbox->requests;
	like($asked // '', $soql, "$name: as SOQL");
	$plan = $node->safe_psql('postgres', "SET search_path = salesforce; EXPLAIN (COSTS OFF) $query");
	is(scalar(() = $plan =~ /Foreign Scan/g), 1, "$name: one scan");
	like($plan, qr/Remote Query: .*$soql/, "$name: EXPLAIN shows it");
	$out{local} = $node->safe_psql('postgres', "SET search_path = local; $query");
	my %sorted = map { my $rows = $out{$_}; $rows =~ s/\.\d+//g if $near; $_ => join "\n", sort split /\n/, $rows } keys %out;
	is($sorted{salesforce}, $sorted{local}, "$name: the rows of the copy");
	cmp_ok(length $out{local}, '>', 0, "$name: there are rows");
	return;
}

# The first statement of a session asks for a token as well: one that is at hand costs none.
$node->safe_psql('postgres', "DROP USER MAPPING FOR CURRENT_USER SERVER salesforce; CREATE USER MAPPING FOR "
	  . "CURRENT_USER SERVER salesforce OPTIONS (access_token '$sandbox->{access_token}', instance_url '$sandbox->{instance_url}')");

one_request('contacts of an industry, with the name of the account',
	q{SELECT c.name, a.name FROM contact c JOIN account a ON a.id = c.account_id WHERE a.industry = 'Technology'},
	qr/SELECT Id,AccountId,Name,Account\.Id,.*WHERE Account\.Industry = 'Technology' AND AccountId != null/);
one_request('accounts with an open opportunity',
	q{SELECT name FROM account WHERE id IN (SELECT account_id FROM opportunity WHERE NOT is_closed)},
	qr/WHERE Id IN \(SELECT AccountId FROM Opportunity WHERE IsClosed = FALSE AND AccountId != null\)/);
one_request('opportunities of each owner', 'SELECT owner_id, count(*) FROM opportunity GROUP BY owner_id',
	qr/SELECT OwnerId k0,COUNT\(Id\) c1 FROM Opportunity GROUP BY OwnerId/);
$node->safe_psql('postgres',
	q{ALTER FOREIGN TABLE salesforce.opportunity OPTIONS (ADD remote_aggregates 'approximate')});
one_request('amounts of each stage', 'SELECT stage_name, round(sum(amount)) FROM opportunity GROUP BY stage_name',
	qr/SELECT StageName k0,SUM\(Amount\) c1 FROM Opportunity GROUP BY StageName/, 1);

done_testing();
