# Every way in which input can be wrong: its SQLSTATE, its words, and a session that goes on afterwards.
use strict;
use warnings;

use CrmFdw;
use Test::More;

my $sandbox = start_sandbox('--leads', 450);
my $node = new_node('bad_input', $sandbox);
connect_crm($node, $sandbox, server => { max_retries => 0 });
$node->safe_psql('postgres', q{
	CREATE ROLE stranger;
	GRANT USAGE ON SCHEMA close TO stranger;
	GRANT SELECT ON ALL TABLES IN SCHEMA close TO stranger;});

my $read = 'SELECT id, display_name, date_created FROM close.leads';

# One lead of the sandbox with some keys changed; undef removes the key.
my ($lead) = $sandbox->rows('leads');
sub page
{
	my (%changes) = @_;
	my %row = (%$lead, %changes);
	delete @row{ grep { exists $changes{$_} && !defined $changes{$_} } keys %changes };
	return { kind => 'replace', status => 200, body => { has_more => JSON::PP::false, data => [ \%row ] } };
}

sub alter { my ($options, $then) = @_; return "ALTER SERVER close OPTIONS ($options); " . ($then // $read); }

sub answer { my ($status, $body) = @_; return { kind => 'status', status => $status, body => $body // '' }; }

# name, SQLSTATE, words of the message, SQL, fault of the first page of leads
my @cases = (
	# what the user wrote
	[ 'unknown option', 'HV00D', qr/invalid option "endpiont".*Perhaps you meant the option "endpoint"/s,
		q{ALTER SERVER close OPTIONS (ADD endpiont 'http://127.0.0.1:1')} ],
	[ 'unknown provider', 'HV024', qr/unknown provider "clsoe".*close/s,
		q{CREATE SERVER x FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'clsoe')} ],
	[ 'no provider', 'HV00J', qr/option "provider" is required/,
		q{CREATE SERVER x FOREIGN DATA WRAPPER crm_fdw} ],
	[ 'number out of range', 'HV024', qr/invalid value for option "max_retries": "99".*0 to 10/s,
		q{ALTER SERVER close OPTIONS (SET max_retries '99')} ],
	[ 'not a time', 'HV024', qr/invalid value for option "request_timeout": "soon"/,
		q{ALTER SERVER close OPTIONS (ADD request_timeout 'soon')} ],
	[ 'plain http abroad', 'HV024', qr/https/,
		q{ALTER SERVER close OPTIONS (SET endpoint 'http://crm.example.com')} ],
	[ 'no mapping', '42704', qr/user mapping not found.*CREATE USER MAPPING/s, "SET ROLE stranger; $read" ],
	[ 'mapping without credentials', 'HV00J', qr/api_key/,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (DROP api_key); $read" ],
	[ 'remote schema of another name', 'HV000|HV00Q|HV024|22023|3F000', qr/close/,
		'CREATE SCHEMA other; IMPORT FOREIGN SCHEMA public FROM SERVER close INTO other' ],
	[ 'unknown object', 'HV00R', qr/leda/, q{ALTER FOREIGN TABLE close.leads OPTIONS (SET object 'leda'); } . $read ],
	[ 'unknown field', 'HV007|HV005', qr/display_name/,
		q{ALTER FOREIGN TABLE close.leads ALTER display_name OPTIONS (SET field 'no_such_field'); } . $read ],
	[ 'path with a host', '22023', qr/path/, q{SELECT crm_fdw.request('close', 'GET', 'https://127.0.0.1:1/')} ],
	[ 'write through request', '25006', qr/updatable/,
		q{SELECT crm_fdw.request('close', 'POST', '/api/v1/lead/', '{}')} ],
	[ 'unknown server', '42704', qr/"nowhere"/, q{SELECT crm_fdw.test_connection('nowhere')} ],
	[ 'too many requests', 'HVQ01', qr/max_requests/, "SET crm_fdw.max_requests = 1; $read" ],

	# what the CRM refuses
	[ '401', '28P01', qr/api_key|API key|credential/i,
		"ALTER USER MAPPING FOR CURRENT_USER SERVER close OPTIONS (SET api_key 'api_wrong'); $read" ],
	[ '402', '0A000', qr/./, $read, answer(402, { error => 'Upgrade your plan.' }) ],
	[ '403', '42501', qr/./, $read, answer(403, { error => 'You may not.' }) ],
	[ '400 with a reason', 'HVW01', qr/Ostrich not allowed/, $read, answer(400, { error => 'Ostrich not allowed' }) ],
	[ '429', '53400', qr/rate limit|429/, $read, { kind => 'rate_limit' } ],
	[ '503', '08006', qr/503/, $read, answer(503) ],

	# what the CRM answers
	[ 'lost column', 'HV005', qr/display_name/, $read, page(display_name => undef) ],
	[ 'text that is no time', '22P02', qr/column "date_created" of foreign table "leads"/, $read,
		page(date_created => 'yesterday') ],
	[ 'object where text should be', '22P02', qr/column "display_name" of foreign table "leads"/, $read,
		page(display_name => { a => 1 }) ],
	[ 'HTML', 'HVM01', qr/JSON/, $read, { kind => 'replace', status => 200, body => '<html></html>' } ],
	[ 'empty body', 'HVM01|08U01', qr/./, $read, { kind => 'replace', status => 200, body => '' } ],
	[ 'JSON of another shape', 'HVM01', qr/./, $read, { kind => 'replace', status => 200, body => [ 1, 2 ] } ],
	[ 'no rows key', 'HVM01', qr/data/, $read, { kind => 'replace', status => 200, body => { has_more => 1 } } ],
	[ 'body cut off', '08U01', qr/./, $read, { kind => 'cut', after_bytes => 500 } ],
	[ 'gzip that ends early', '08U01|HVM01', qr/./, $read, { kind => 'truncate_gzip' } ],
	[ 'decompression bomb', '54000', qr/./, $read, { kind => 'zip_bomb', bytes => 300 << 20 } ],

	# the way there
	[ 'reset', '08L01', qr/./, $read, { kind => 'reset' } ],
	[ 'timeout', '08T01', qr/./, alter("ADD request_timeout '300ms'"), { kind => 'hang' } ],
	[ 'refused', '08R01', qr/127\.0\.0\.1/, alter(q{SET endpoint 'http://127.0.0.1:1'}) ],
	[ 'no such host', '08N01', qr/host\.invalid/,
		"SET crm_fdw.allowed_hosts = 'host.invalid'; " . alter(q{SET endpoint 'https://host.invalid'}) ],
	[ 'unknown certificate', '08S01', qr/certificate/i,
		q{SET crm_fdw.ca_file = ''; } . alter("SET endpoint '$sandbox->{https}'") ],
	[ 'host not allowed', 'HVN01', qr/127\.0\.0\.1.*allowed_hosts/s, "SET crm_fdw.allowed_hosts = ''; $read" ]);

foreach my $case (@cases)
{
	my ($name, $state, $words, $sql, $fault) = @$case;
	$sandbox->faults($fault ? { match => { path => '/api/v1/lead/$', nth => 1 }, action => $fault } : ());
	my ($out, $err) = ('', '');
	$node->psql('postgres', "BEGIN;\n$sql;\nROLLBACK;\nRESET ALL;\nRESET ROLE;\nSELECT count(*) FROM close.leads;",
		stdout => \$out, stderr => \$err, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	like($err, qr/ERROR:  (?:$state): /, "$name: SQLSTATE $state");
	like($err, $words, "$name: words");
	my @lines = split /\n/, $out;
	is($lines[-1], 450, "$name: the session goes on");
}

# The same way there, rightly.
$sandbox->faults;
my ($status, $out, $err) = run_sql($node, "BEGIN;\n" . alter("SET endpoint '$sandbox->{https}'",
		'SELECT count(*) FROM close.leads') . ";\nROLLBACK;");
is($out, 450, 'https with crm_fdw.ca_file reads') or diag($err);

done_testing();
