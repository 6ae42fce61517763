# Statements in SOQL: large results, children on pages of their own, and what happens on the way. A foreign table
# streams where the function keeps a result on disk.
use strict;
use warnings;

use CrmFdw;
use IPC::Run ();
use PostgreSQL::Test::Utils qw(slurp_file);
use Test::More;
use Time::HiRes qw(time);

# Each account has more contacts than a page takes.
my $contacts = 200_000;
my $sandbox = start_sandbox('--provider', 'salesforce', '--accounts', 40, '--contacts', $contacts);
my $node = new_node('soql', $sandbox, "log_temp_files = 0");
connect_crm($node, $sandbox, import => 'LIMIT TO (account, contact)');
$node->safe_psql('postgres',
	q{ALTER FOREIGN TABLE salesforce.contact ADD COLUMN query text OPTIONS (field '_query', remote_type '_query', traits 'given')});
my $most_kb = q{substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::int};

# How much more memory than at its beginning a session needed at most, in kB, and what the statement gave.
sub memory_of
{
	my ($sql) = @_;
	my ($status, $out, $err) = run_sql($node, "SELECT count(*) FROM crm_fdw.soql('salesforce', 'SELECT Id FROM Account');"
		  . "SELECT $most_kb;\n$sql;\nSELECT $most_kb;");
	is($status, 0, 'the statement succeeds') or diag($err);
	my (undef, $before, @result) = split /\n/, $out;
	return (pop(@result) - $before, @result);
}

my $live = $node->safe_psql('postgres',
	q{SELECT r -> 'count' FROM crm_fdw.soql('salesforce', 'SELECT COUNT() FROM Contact') AS r});
cmp_ok($live, '>', 0.9 * $contacts, "there are $live contacts");

sub files_on_disk
{
	return scalar(my @lines = slurp_file($node->logfile) =~ /temporary file: path .* size \d{7}/g);
}

# ---- size --------------------------------------------------------------------------------------------------

my $pages = $sandbox->count_requests(sub {
	my ($kb, $rows, $ids) = memory_of(q{SET work_mem = '1MB';
		SELECT count(*) || E'\n' || count(DISTINCT r ->> 'Id')
		FROM crm_fdw.soql('salesforce', 'SELECT Id, LastName, Email, AccountId FROM Contact') AS r});
	is($rows, $live, 'soql: all contacts');
	is($ids, $live, 'soql: each once');
	note("soql: $live records took $kb kB more");
	cmp_ok($kb, '<', 32_000, 'soql: memory stays flat'); });
cmp_ok($pages, '<=', 3 + $contacts / 2000, "soql: $pages requests");
my $files = files_on_disk();
cmp_ok($files, '>', 0, 'soql: the result is on disk');

my ($kb, $rows) = memory_of(
	q{SELECT count(length(last_name)) FROM salesforce.contact WHERE query = 'LastName != null'});
note("table: $rows records took $kb kB more");
cmp_ok($rows, '>', 0.9 * $live, 'table with query: the contacts');
cmp_ok($kb, '<', 32_000, 'table with query: memory stays flat');
is(files_on_disk(), $files, 'table with query: nothing is stored');
my $limited = $sandbox->count_requests(sub {
	$node->safe_psql('postgres', q{SELECT id FROM salesforce.contact WHERE query = 'LastName != null' LIMIT 5}); });
cmp_ok($limited, '<=', 2, "table with query: LIMIT 5 takes $limited requests, the token's included");

# ---- children ----------------------------------------------------------------------------------------------

my $families = q{SELECT r ->> 'Id' AS account_id, c ->> 'Id' AS id
	FROM crm_fdw.soql('salesforce', 'SELECT Id, (SELECT Id FROM Contacts) FROM Account') AS r,
	     jsonb_array_elements(r #> '{Contacts,records}') AS c};
my $wanted = q{SELECT account_id, id FROM salesforce.contact WHERE account_id IN (SELECT id FROM salesforce.account)};
$node->safe_psql('postgres', "CREATE TABLE wanted AS $wanted");
sub families_ok
{
	my ($name, $before) = @_;
	my ($status, $out, $err) = run_sql($node, ($before // '') . qq{
		CREATE TEMP TABLE families AS $families;
		SELECT count(*) FROM families;
		SELECT count(*) FROM (TABLE families EXCEPT ALL TABLE wanted) AS s;
		SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE families) AS s;});
	is($status, 0, "$name: succeeds") or diag($err);
	my ($count, $more, $less) = split /\n/, $out;
	cmp_ok($count, '>', 100_000, "$name: $count children");
	is("$more $less", '0 0', "$name: those that belong to the accounts");
	return $err;
}
my $requests = $sandbox->count_requests(sub { families_ok('children'); });
cmp_ok($requests, '>', 80, "children: $requests requests");

# ---- on the way --------------------------------------------------------------------------------------------

my $next_page = { method => 'GET', path => '/query/0r8' };
$sandbox->faults({ match => { %$next_page, nth => 7 }, action => { kind => 'status', status => 503 } });
families_ok('a page refused once');
$sandbox->faults;
$sandbox->switches(token_requests => 30);
families_ok('sessions that end');
$sandbox->switches(token_requests => 0);

sub failure_ok
{
	my ($name, $code, $text, $sql) = @_;
	my ($status, $out, $err) = run_sql($node, $sql);
	like($err, qr/ERROR:  $code: .*$text/s, $name);
	return $err;
}
failure_ok('the budget of requests', 'HVQ01', 'more than 20 requests',
	"SET crm_fdw.max_requests = 20; SELECT count(*) FROM ($families) AS s");
failure_ok('a statement that is none of SOQL', 'HVW01', 'MALFORMED_QUERY.*The query is: SELECT Id FROM Account WHERE',
	q{SELECT * FROM crm_fdw.soql('salesforce', 'SELECT Id FROM Account WHERE')});
$sandbox->faults({ match => { %$next_page, nth => 5 },
	action => { kind => 'status', status => 400,
		body => [ { errorCode => 'INVALID_QUERY_LOCATOR', message => 'invalid query locator' } ] } });
failure_ok('a locator that is gone', 'HVI01', 'INVALID_QUERY_LOCATOR', "SELECT count(*) FROM ($families) AS s");

# Whether the first page does not come, or one of children.
foreach my $fault ({ method => 'GET', path => '/query$' }, { %$next_page, nth => 3 })
{
	$sandbox->faults({ match => $fault, action => { kind => 'hang' } });
	$sandbox->forget_requests;
	my $psql = start_psql($node, "/* to cancel */ $families");
	wait_until(sub { grep { $_->{hits} } @{ $sandbox->control('GET', '/faults')->{faults} } }) or die 'no request came';
	my $begun = time;
	$node->safe_psql('postgres',
		"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* to cancel */%'");
	IPC::Run::finish($psql->{run});
	like(${ $psql->{err} }, qr/ERROR:  57014: canceling statement due to user request/, 'cancelled');
	cmp_ok(time - $begun, '<', 5, 'at once');
}
$sandbox->faults;
is($node->safe_psql('postgres', q{SELECT count(*) FROM crm_fdw.soql('salesforce', 'SELECT Id FROM Account LIMIT 3')}), 3,
	'and the next statement works');

done_testing();
