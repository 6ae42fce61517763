# IMPORT of a large Salesforce org, and of one object with 800 fields: how many requests, how long, and what is read.
use strict;
use warnings;

use CrmFdw;
use Test::More;
use Time::HiRes qw(time);

my $objects = 600;
my $sandbox = start_sandbox('--provider', 'salesforce', '--accounts', 60, '--objects', $objects, '--wides', 30);
my $node = new_node('salesforce_import', $sandbox);

# ---- all objects

my $begun = time;
my $requests = $sandbox->count_requests(sub { connect_crm($node, $sandbox); });
my $seconds = time - $begun;
my $tables = $node->safe_psql('postgres',
	q{SELECT count(*) FROM pg_class WHERE relnamespace = 'salesforce'::regnamespace});
my $columns = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'salesforce'::regnamespace AND a.attnum > 0});
diag(sprintf '%d tables with %d columns of an org with more than %d objects: %d requests, %.1f s',
	$tables, $columns, $objects, $requests, $seconds);
# Four of five generated objects are custom objects, the others the satellites that IMPORT leaves out.
cmp_ok($tables, '>=', $objects * 4 / 5, 'each custom object is a table');
my @log = $sandbox->requests;
is(scalar(grep { $_->{path} =~ m{/sobjects$} } @log), 1, 'one list of the objects');
is(scalar(grep { $_->{path} =~ m{/limits/recordCount$} } @log), 1, 'one request for the numbers of rows');
is(scalar(grep { $_->{path} =~ m{/composite$} } @log), int(($tables + 24) / 25), '25 descriptions a request');
is($requests, int(($tables + 24) / 25) + 3, 'and a token, and nothing else');

is($node->safe_psql('postgres', 'SELECT count(*) FROM salesforce.generated_0500__c'), 3, 'a generated object is read');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'salesforce'::regnamespace
	AND relname ~ '^satellite_.*_(share|history|changeevent|c)$'}), 0, 'shares, histories and the like are left out');
$requests = $sandbox->count_requests(sub {
	$node->safe_psql('postgres', q{CREATE SCHEMA chosen; IMPORT FOREIGN SCHEMA salesforce
		LIMIT TO (satellite_0004__share, generated_0500__c) FROM SERVER salesforce INTO chosen}); });
is($requests, 4, 'LIMIT TO: no more than is needed, and a satellite by its name');

# ---- 800 fields

my @rows = $sandbox->rows('Wide__c');
my @fields = grep { $_ ne 'attributes' } keys %{ $rows[0] };
is(scalar(@fields), 800, 'the object has 800 fields');

sub import_wide
{
	my ($schema, $options) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', "CREATE SCHEMA $schema; IMPORT FOREIGN SCHEMA salesforce LIMIT TO (wide__c) "
		  . "FROM SERVER salesforce INTO $schema$options", stdout => \$out, stderr => \$err);
	my $number = $node->safe_psql('postgres',
		"SELECT count(*) FROM pg_attribute WHERE attrelid = '$schema.wide__c'::regclass AND attnum > 0");
	return ($number, $err);
}

# Reads everything into a local table, and compares some columns of each row with what the sandbox has.
sub copy_wide
{
	my ($name, $schema) = @_;
	my $start = time;
	my $sent = $sandbox->count_requests(sub {
		my ($status, $out, $err) = run_sql($node, "CREATE TABLE $schema.warehouse (LIKE $schema.wide__c);"
			  . "INSERT INTO $schema.warehouse SELECT * FROM $schema.wide__c");
		is($status, 0, "$name: INSERT INTO warehouse SELECT *") or diag($err); });
	diag(sprintf '%s: %d rows, %d requests, %.1f s', $name, scalar(@rows), $sent, time - $start);
	# 3 of 12 columns are text of the first kind: their sum of lengths says whether values came, and in their places.
	my @sample = grep { exists $rows[0]{"Measured_Property_${_}__c"} } qw(008 012 020 032);
	my $sum = join ' + ', map { "coalesce(sum(length(measured_property_${_}__c)), 0)" } @sample;
	my $want = 0;
	foreach my $row (@rows)
	{
		$want += length($row->{"Measured_Property_${_}__c"} // '') foreach @sample;
	}
	is($node->safe_psql('postgres', "SELECT count(*), $sum FROM $schema.warehouse"), scalar(@rows) . "|$want",
		"$name: every row, with its values");
	return $sent;
}

my ($number, $warning) = import_wide('narrow', '');
is($number, 250, 'max_columns 250 is the default');
like($warning, qr/WARNING:  550 fields of "Wide__c" got no column.*max_columns/s, 'and a warning says what is left out');
is(copy_wide('250 columns', 'narrow'), 2, 'a token and one page');

($number, $warning) = import_wide('wide', q{ OPTIONS (max_columns '800')});
is($number, 800, 'max_columns 800: all of them');
is($warning, '', 'without a word');
is(copy_wide('800 columns', 'wide'), 2, 'a token and one page, in the body of a composite request');
my ($last) = reverse $sandbox->requests;
like($last->{path}, qr{/composite$}, 'because 800 names fit no URL');

done_testing();
