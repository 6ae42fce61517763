# What is sent to the CRM, in numbers of requests: each query takes the fewest that the rows it finds can come in.
use strict;
use warnings;

use CrmFdw;
use POSIX qw(ceil);
use Test::More;

my $page = 200;
my $sandbox = start_sandbox('--leads', 3000, '--clock', '2026-09-15T12:00:00.000Z');
my $node = new_node('pushdown', $sandbox);
connect_crm($node, $sandbox);
$node->safe_psql('postgres', q{
	CREATE SCHEMA local;
	CREATE TABLE local.leads AS SELECT * FROM close.leads;
	CREATE TABLE local.contacts AS SELECT * FROM close.contacts;
	CREATE TABLE local.opportunities AS SELECT * FROM close.opportunities;
	ANALYZE;
	ANALYZE close.leads, close.contacts, close.opportunities;});
my $days = $node->safe_psql('postgres', q{SELECT ceil(extract(epoch FROM now() - '2026-09-15 12:00Z') / 86400)});

# Runs a query on the CRM and on the copy: the same rows, and as many requests as pages that they fill. `extra`:
# requests for what has to be looked up first.
sub least
{
	my ($name, $from, $tail, $extra) = @_;
	my %out;
	my $requests = $sandbox->count_requests(sub {
		$out{close} = $node->safe_psql('postgres', "SELECT id FROM close.$from $tail"); });
	$out{local} = $node->safe_psql('postgres', "SELECT id FROM local.$from $tail");
	my @rows = split /\n/, $out{local};
	my $ordered = $tail =~ /ORDER BY/;
	my %sorted = map { $_ => $ordered ? $out{$_} : join "\n", sort split /\n/, $out{$_} } qw(close local);
	is($sorted{close}, $sorted{local}, "$name: " . scalar(@rows) . ' rows as on the copy');
	cmp_ok(scalar(@rows), '>', 0, "$name: there are rows");
	# Pages of more than one share a row at their joint.
	my $most = (ceil(@rows / ($page - 1)) || 1) + ($extra // 0);
	cmp_ok($requests, '<=', $most, "$name: $requests requests, at most $most");
	return;
}

my $month = $days + 30;
least('updated in the last 30 days', 'leads', "WHERE date_updated > now() - interval '$month days'");
least('over 50,000 in active status', 'opportunities', q{WHERE value > 50000 AND status_type = 'active'});
least('over 4,000,000 in won status', 'opportunities', q{WHERE status_type = 'won' AND 4000000 <= value});
my ($region, $field) = split /\|/, $node->safe_psql('postgres', q{
	SELECT segment, count(*) FROM local.leads WHERE segment IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1});
least('by a custom field', 'leads', "WHERE segment = '$region'");
least('contacts by e-mail', 'contacts', q{WHERE email = 'x@y.test'});
least('contacts by any of their addresses', 'contacts', q{WHERE 'x@y.test' = ANY (email_addresses)});
my $status = $node->safe_psql('postgres',
	'SELECT status_id FROM local.leads GROUP BY 1 ORDER BY count(*) DESC LIMIT 1');
least('of one status, by date_created, first 20', 'leads',
	"WHERE status_id = '$status' ORDER BY date_created, id LIMIT 20");
my $label = $node->safe_psql('postgres',
	"SELECT DISTINCT replace(status_label, '''', '''''') FROM local.leads WHERE status_id = '$status'");
least('by the label of a status', 'leads', "WHERE status_label = '$label'", 1);
least('by the beginning of a name', 'leads', q{WHERE name LIKE 'Acme%'});

my %counts = (
	'all leads' => 'leads',
	'all opportunities' => 'opportunities',
	'won opportunities' => q{opportunities WHERE status_type = 'won'},
	'all contacts' => 'contacts',
	'leads of a status' => "leads WHERE status_id = '$status'",);
foreach my $name (sort keys %counts)
{
	my $count;
	my $requests = $sandbox->count_requests(sub {
		$count = $node->safe_psql('postgres', "SELECT count(*) FROM close.$counts{$name}"); });
	is($count, $node->safe_psql('postgres', "SELECT count(*) FROM local.$counts{$name}"), "count of $name");
	is($requests, 1, "count of $name: one request");
}

done_testing();
