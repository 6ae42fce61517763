# Salesforce: every way in which logging in, a query or a table can be wrong: its SQLSTATE, what to do about it, and no
# secret anywhere.
use strict;
use warnings;

use CrmFdw;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;
use Test::More;

my $sandbox = start_sandbox('--provider', 'salesforce', '--accounts', 60, '--contacts', 450);
my $node = new_node('salesforce_errors', $sandbox, 'log_statement = none', 'log_min_messages = debug5',
	'crm_fdw.log_requests = on');
connect_crm($node, $sandbox, server => { max_retries => 0 }, import => 'LIMIT TO (account, contact)');
$node->safe_psql('postgres', q{
	ALTER FOREIGN TABLE salesforce.contact ADD COLUMN query text OPTIONS (field '_query', remote_type '_query',
		traits 'given');});

my $count = 'SELECT count(*) FROM salesforce.contact';
my $rows = scalar($sandbox->rows('Contact'));
my $wrong_key = `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null`;
like($wrong_key, qr/BEGIN PRIVATE KEY/, 'another key was made');
my ($seen, $token_path) = ('', qr{/services/oauth2/token});

sub mapping { my ($options, $then) = @_; return "ALTER USER MAPPING FOR CURRENT_USER SERVER salesforce OPTIONS ($options);\n" . ($then // $count); }

sub server { my ($options) = @_; return "ALTER SERVER salesforce OPTIONS ($options);\n$count"; }

# Runs SQL in a session of its own, in a transaction that is rolled back.
sub try_sql
{
	my ($sql) = @_;
	my ($status, $out, $err) = run_sql($node, "BEGIN;\nSET client_min_messages = debug1;\n$sql;\nROLLBACK;");
	$seen .= "$out\n$err\n";
	return ($status, $out, $err);
}

sub refusal
{
	my ($status, $code, $message) = @_;
	return { kind => 'status', status => $status, body => [ { errorCode => $code, message => $message } ] };
}

my $jwt = 'DROP private_key, DROP username';
$sandbox->{client}->post_form("$sandbox->{http}/services/oauth2/revoke", { token => $sandbox->{refresh_token} });

# name, SQLSTATE, words of message, detail and hint, SQL, switches, fault of a query
my @cases = (
	# logging in
	[ 'wrong audience', '28P01', qr/another login host.*ALTER SERVER … OPTIONS \(SET login_url/s,
		server("SET login_url '$sandbox->{instance_url}'"), { jwt_my_domain => 'refuse' } ],
	[ 'expired assertion', '28P01', qr/had expired when it came in.*clock of the database host/s, $count,
		{ jwt_skew => 600 } ],
	[ 'assertion that lives too long', '28P01', qr/clock of the database host/, $count, { jwt_skew => -600 } ],
	[ 'unapproved user', '28P01', qr/not approved for this user.*pre-authorized/s, $count,
		{ user_state => 'unapproved' } ],
	[ 'locked user', '28P01', qr/locked.*login history/s, $count, { user_state => 'locked' } ],
	[ 'inactive user', '28P01', qr/not active.*login history/s, $count, { user_state => 'inactive' } ],
	[ 'user at a wrong address', '28P01', qr/from this address.*login history/s, $count,
		{ user_state => 'restricted' } ],
	[ 'another user', '28P01', qr/not approved for this user/, mapping(q{SET username 'nobody@sandbox.test'}) ],
	[ 'wrong key', '28P01', qr/does not fit the app's certificate.*SET private_key/s,
		mapping("SET private_key '$wrong_key'") ],
	[ 'key that is none', 'HV024', qr/private_key/, mapping(q{SET private_key 'MisplacedSecretThatNobodyMaySee'}) ],
	[ 'unknown client', '28P01', qr/not known at this login host.*Check client_id/s,
		mapping(q{SET client_id '3MVG9wrong'}) ],
	[ 'client credentials at a login host', '28P01', qr/does not take this flow.*My/s,
		mapping("$jwt, ADD client_secret '$sandbox->{client_secret}'") ],
	[ 'client credentials at the shared login host', 'HV024', qr/My Domain.*SET login_url/s,
		"ALTER SERVER salesforce OPTIONS (SET login_url 'https://login.salesforce.com');\n"
		  . mapping("$jwt, ADD client_secret '$sandbox->{client_secret}'") ],
	[ 'wrong client secret', '28P01', qr/do not fit.*Check client_id and client_secret/s,
		"ALTER SERVER salesforce OPTIONS (SET login_url '$sandbox->{instance_url}');\n"
		  . mapping("$jwt, ADD client_secret 'WrongSecretThatNobodyMaySee'") ],
	[ 'revoked refresh token', '28P01', qr/no longer valid.*SET refresh_token/s,
		mapping("$jwt, ADD refresh_token '$sandbox->{refresh_token}'") ],
	[ 'access token that is over', '28P01', qr/ends with its session.*SET access_token/s,
		mapping("$jwt, DROP client_id, ADD access_token '00D5g000000Sand!NobodyMaySee', "
		  . "ADD instance_url '$sandbox->{http}'") ],
	[ 'two ways to log in', 'HV024', qr/both access_token and private_key.*DROP/s,
		mapping("ADD access_token '00D5g000000Sand!NobodyMaySee'") ],
	[ 'no way to log in', 'HV00J', qr/no credentials.*ALTER USER MAPPING/s, mapping("$jwt") ],
	[ 'instance that may not be asked', 'HVN01', qr/127\.0\.0\.1.*allowed_hosts/s,
		"SET crm_fdw.allowed_hosts = 'localhost'; $count" ],

	# what the org refuses
	[ 'quota of the day', '53400', qr/request limit.*24 hours/s, $count, { daily_requests => 1 } ],
	[ 'share of the quota', '53400', qr/allowed share.*SET max_api_usage_pct/s,
		server("ADD max_api_usage_pct '1'"), { used_requests => 100000 } ],
	[ 'object that is hidden', 'HV00R', qr/does not exist.*"object"/s, $count, { hidden => 'Contact' } ],
	[ 'field that is hidden', 'HV005', qr/No such column 'Title'.*SELECT Id,Title FROM Contact.*Import the table/s,
		'SELECT id, title FROM salesforce.contact', { hidden => 'Contact.Title' } ],
	[ 'version that never was', 'HV024', qr/api_version.*such as v62\.0/s, server(q{ADD api_version 'v20.0'}) ],
	[ 'version that is retired', 'HVW01', qr/version.*SET api_version 'v62\.0'/s, $count, {},
		refusal(410, 'UNSUPPORTED_API_VERSION', 'Invalid Api version specified on URL') ],
	[ 'object that does not exist', 'HV00R', qr/does not exist/,
		"ALTER FOREIGN TABLE salesforce.contact OPTIONS (SET object 'Contcat'); $count" ],
	[ 'field that does not exist', 'HV005|HV007', qr/Titel/,
		"ALTER FOREIGN TABLE salesforce.contact ALTER title OPTIONS (SET field 'Titel'); "
		  . 'SELECT title FROM salesforce.contact' ],
	[ 'a condition that cannot be counted under', 'HV007', qr/can not be filtered.*SELECT COUNT\(\) FROM Contact/s,
		"$count WHERE account_id IS NOT NULL", { unfilterable => 'Contact.AccountId' } ],

	# a condition in SOQL
	[ 'query with an unknown field', 'HV005|HV007', qr/No such column 'Nonsense'.*WHERE \(Nonsense = 1\)/s,
		q{SELECT id FROM salesforce.contact WHERE query = 'Nonsense = 1'} ],
	[ 'query that is no condition', 'HVW01', qr/MALFORMED_QUERY.*WHERE \(LastName =\)/s,
		q{SELECT id FROM salesforce.contact WHERE query = 'LastName ='} ],
	[ 'query beside a condition', 'HVW01', qr/MALFORMED_QUERY.*\(LastName =\)/s,
		q{SELECT id FROM salesforce.contact WHERE query = 'LastName =' AND title = 'CEO'} ],
	[ 'query on a field that cannot be filtered', 'HV007', qr/can not be filtered.*WHERE \(Description LIKE 'a%'\)/s,
		q{SELECT id FROM salesforce.contact WHERE query = 'Description LIKE ''a%'''} ],
	[ 'query that breaks out', '22023', qr/not one SOQL condition.*Write a condition as after WHERE/s,
		q{SELECT id FROM salesforce.contact WHERE query = 'Name = null) OR (Name != null'} ],
	[ 'unknown table in LIMIT TO', 'HV00R', qr/contcat/,
		'CREATE SCHEMA other; IMPORT FOREIGN SCHEMA salesforce LIMIT TO (contcat) FROM SERVER salesforce INTO other' ],

	# what goes wrong at Salesforce
	[ 'query that takes too long', '08T01', qr/too long.*QUERY_TIMEOUT/s, $count, {},
		refusal(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.') ],
	[ 'too many at a time', '53400', qr/too many long requests.*max_connections/s, $count, {},
		refusal(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.') ],
	[ 'an answer that echoes the token', 'HVW01', qr/refused/, mapping("$jwt, DROP client_id, "
			  . "ADD access_token '$sandbox->{access_token}', ADD instance_url '$sandbox->{http}'"), {},
		refusal(400, 'ECHO', "Bearer $sandbox->{access_token}") ],
	[ 'HTML', 'HVM01', qr/could not read/, $count, {}, { kind => 'replace', status => 200, body => '<html></html>' } ]);

foreach my $case (@cases)
{
	my ($name, $state, $words, $sql, $switches, $fault) = @$case;
	my $reset = $sandbox->control('GET', '/state')->{switches};
	$sandbox->switches(%{ $switches // {} });
	$sandbox->faults($fault ? { match => { path => '/query$' }, action => $fault } : ());
	my ($status, $out, $err) = try_sql($sql);
	like($err, qr/ERROR:  (?:$state): /, "$name: SQLSTATE $state");
	like($err, $words, "$name: words");
	$sandbox->switches(map { $_ => $reset->{$_}{value} } keys %{ $switches // {} });
}
$sandbox->faults;
is($node->safe_psql('postgres', $count), $rows, 'rightly, it reads');

# ---- a session that ends in the middle

# Rows, which are counted here.
my $read = q{SELECT count(length(id)), count(DISTINCT id || '') FROM salesforce.contact WHERE title IS NULL OR title IS NOT NULL};
$node->safe_psql('postgres', "ALTER SERVER salesforce OPTIONS (ADD page_size '200')");

sub tokens_asked { return scalar(grep { $_->{path} =~ $token_path } $sandbox->requests); }

$sandbox->forget_requests;
$sandbox->faults({ match => { path => '/query/', nth => 1 }, action => { kind => 'revoke_token' } });
my ($status, $out, $err) = try_sql($read);
is($out, "$rows|$rows", 'INVALID_SESSION_ID between two pages: every row once') or diag($err);
is(tokens_asked(), 2, 'one token at first, and one new one');

$sandbox->forget_requests;
$sandbox->faults({ match => { path => '/query' }, action => { kind => 'revoke_token' } });
($status, $out, $err) = try_sql($read);
like($err, qr/ERROR:  28P01: /, 'a new session that is over at once is an error');
is(tokens_asked(), 2, 'after one new token, no more');
$sandbox->faults;

# ---- a condition that Salesforce no longer takes

my $filtered = q{SELECT count(length(id)) FROM salesforce.contact WHERE account_id IS NULL};
my $wanted = grep { !defined $_->{AccountId} } $sandbox->rows('Contact');
cmp_ok($wanted, '>', 0, 'some contacts have no account');
$sandbox->forget_requests;
$sandbox->switches(unfilterable => 'Contact.AccountId');
($status, $out, $err) = try_sql($filtered);
is($out, $wanted, 'a field that lost its filterable flag: the same rows') or diag($err);
my @queries = grep { $_->{path} =~ m{/query} } $sandbox->requests;
is_deeply([ map { $_->{status} } @queries[ 0, 1 ] ], [ 400, 200 ], 'one query is refused, the next one is not');
like($queries[0]{params}{q}, qr/ WHERE AccountId = null$/, 'the first has the condition');
is($queries[1]{params}{q}, 'SELECT Id,AccountId FROM Contact', 'the second has none');
is(scalar(grep { defined $_->{params}{q} } @queries), 2, 'and there is no third');
$sandbox->switches(unfilterable => '');

# ---- no secret anywhere

my %secrets = (
	'access token' => $sandbox->{access_token}, 'client secret' => $sandbox->{client_secret},
	'refresh token' => $sandbox->{refresh_token}, 'any token' => '00D5g000000Sand!', 'an assertion' => 'eyJhbGciOiJSUzI1NiJ9',
	'misplaced secret' => 'NobodyMaySee');
foreach my $key ([ key => $sandbox->{private_key} ], [ 'wrong key' => $wrong_key ])
{
	my @lines = grep { !/^-/ } split /\n/, $key->[1];
	$secrets{"line $_ of the $key->[0]"} = $lines[$_] foreach 0 .. $#lines - 1;
}
my $log = slurp_file($node->logfile);
like($log, qr{GET /services/data/v62\.0/query}, 'requests are in the log');
foreach my $name (sort keys %secrets)
{
	is(index($log, $secrets{$name}), -1, "$name is not in the server log");
	is(index($seen, $secrets{$name}), -1, "$name was shown to no client");
}

done_testing();
