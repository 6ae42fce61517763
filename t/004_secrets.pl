# No secret reaches the server log, a message or a plan, whatever goes wrong.
use strict;
use warnings;

use CrmFdw;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils;
use Test::More;

my $sandbox = start_sandbox('--leads', 30);

# Everything that is not PostgreSQL's own copy of a statement goes to the log.
my $node = new_node('secrets', $sandbox, 'log_statement = none', 'log_min_messages = debug5',
	"session_preload_libraries = 'auto_explain'", 'auto_explain.log_verbose = on',
	'auto_explain.log_analyze = on', 'crm_fdw.log_requests = on');
connect_crm($node, $sandbox);

my %secrets = (
	'API key' => $sandbox->{api_key},
	'client secret' => $sandbox->{oauth}{client_secret},
	'refresh token' => $sandbox->{oauth}{refresh_token},
	'wrong API key' => 'api_WrongKeyThatNobodyMaySee.0123456789',
	'misplaced secret' => 'MisplacedSecretThatNobodyMaySee0123',
	'password in a URL' => 'UrlPasswordThatNobodyMaySee0123');
$secrets{"$_, as sent"} = encode_base64("$secrets{$_}:", '') foreach 'API key', 'wrong API key';
my ($wrong, $misplaced) = @secrets{ 'wrong API key', 'misplaced secret' };
my $url = "http://user:$secrets{'password in a URL'}\@127.0.0.1:1";
my $oauth = join ', ', map { "ADD $_ '$sandbox->{oauth}{$_}'" } sort keys %{ $sandbox->{oauth} };
# A query whose plan is printed; a statement that holds a secret must not run with these settings, because
# PostgreSQL prints the statement beside whatever they print.
my $read = 'SET LOCAL debug_print_plan = on; SET LOCAL debug_print_rewritten = on; '
  . 'SET LOCAL auto_explain.log_min_duration = 0; SELECT count(*) FROM close.leads';

# name, fault, SQL (in a transaction that is rolled back), what the messages must hold.
my @cases = (
	[ 'a query', undef, $read, undef ],
	[ 'EXPLAIN', undef, 'EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM close.leads', undef ],
	[ 'test_connection', undef, q{SELECT * FROM crm_fdw.test_connection('close')}, undef ],
	[ 'request', undef, q{SELECT length(crm_fdw.request('close', 'GET', '/api/v1/me/')::text)}, undef ],
	[ 'mistyped mapping option', undef,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (ADD api_kye '$misplaced')", 'api_kye' ],
	[ 'secret as a server option', undef, "ALTER SERVER close OPTIONS (ADD api_key '$misplaced')", 'api_key' ],
	[ 'secret as a table option', undef, "ALTER FOREIGN TABLE close.leads OPTIONS (ADD api_key '$misplaced')",
		'api_key' ],
	[ 'password in the endpoint', undef, "ALTER SERVER close OPTIONS (SET endpoint '$url')", 'endpoint' ],
	[ 'secret and file of it', undef, 'ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS '
		  . "(SET api_key '$misplaced', ADD api_key_file '/nowhere')", 'api_key_file' ],
	[ 'both ways to log in', undef,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS ($oauth); $read", undef ],
	[ 'OAuth', undef,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (DROP api_key, $oauth); $read", undef ],
	[ 'OAuth refused', undef, "ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (DROP api_key, $oauth); "
		  . "ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (SET refresh_token '$misplaced'); $read",
		'ERROR' ],
	[ '401', undef,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (SET api_key '$wrong'); $read", '28P01' ],
	[ 'an answer that echoes the key', { kind => 'status', status => 400,
			body => { error => "key $sandbox->{api_key} may not do this" } }, $read, 'ERROR' ],
	[ '403', { kind => 'status', status => 403 }, $read, '42501' ],
	[ '500', { kind => 'status', status => 500 }, "ALTER SERVER close OPTIONS (ADD max_retries '0'); $read",
		'08006' ],
	[ 'HTML', { kind => 'replace', body => '<html>' }, $read, 'HVM01' ],
	[ 'reset', { kind => 'reset' }, "ALTER SERVER close OPTIONS (ADD max_retries '0'); $read", '08L01' ],
	[ 'TLS', undef,
		"ALTER SERVER close OPTIONS (SET endpoint '$sandbox->{https}'); SET crm_fdw.ca_file = ''; $read",
		'08S01' ],
	[ 'timeout', { kind => 'hang' },
		"ALTER SERVER close OPTIONS (ADD max_retries '0', ADD request_timeout '200ms'); $read", '08T01' ],
	[ 'cancel', { kind => 'hang' }, "SET LOCAL statement_timeout = '200ms'; $read", '57014' ]);

my $seen = '';
foreach my $case (@cases)
{
	my ($name, $fault, $sql, $expected) = @$case;
	$sandbox->faults($fault ? { match => { path => '/api/v1/lead/$' }, action => $fault } : ());
	my ($status, $out, $err) = run_sql($node, "BEGIN;\nSET client_min_messages = debug1;\n$sql;\nROLLBACK;");
	# What auto_explain and the plan tree print comes back to the client too.
	$seen .= "$out\n$err\n";
	if (defined $expected)
	{
		isnt($status, 0, "$name: is an error");
		like($err, qr/\Q$expected/, "$name: which says $expected");
	}
}
$sandbox->faults;

my $log = slurp_file($node->logfile);
like($log, qr/PLANNEDSTMT/, 'plans are in the log');
like($log, qr{GET /api/v1/lead/}, 'requests are in the log');
foreach my $name (sort keys %secrets)
{
	is(index($log, $secrets{$name}), -1, "$name is not in the server log");
	is(index($seen, $secrets{$name}), -1, "$name was shown to no client");
}

done_testing();
