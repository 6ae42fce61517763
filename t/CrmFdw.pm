# What the TAP tests share: a sandbox, a server that may talk to it, sessions in the background.
package CrmFdw;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_sandbox new_node connect_crm start_psql run_sql wait_until $hanging_list);

my $top = dirname(abs_path(dirname(__FILE__)));
my $json = JSON::PP->new->utf8->canonical;
my @started;    # sandboxes: pid, and the pipe, whose end would wait for the process

# A fault that never answers the first page of leads.
our $hanging_list =
  { match => { method => 'GET', path => '/api/v1/lead/$' }, action => { kind => 'hang' } };

# ---- the sandbox -------------------------------------------------------------------------------------

# Starts one; flags as on the command line, --provider NAME first if it is not Close's. The result is an object
# with the addresses and credentials it printed: control, ca_file, http, https, api_key, oauth, login_url, …
sub start_sandbox
{
	my @flags = @_;
	my $provider = @flags && $flags[0] eq '--provider' ? (splice @flags, 0, 2)[1] : 'close';
	my @command = ($ENV{NODE} || 'node', "$top/sandbox/main.mjs", '--provider', $provider, '--seed', 1, @flags);
	my $pid = open(my $output, '-|', @command) or die "cannot start the sandbox: $!";
	push @started, [ $pid, $output ];
	my $line = <$output> // die "the sandbox printed nothing";
	my $ready = $json->decode($line);
	return bless {
		provider => $provider, control => $ready->{control}, ca_file => $ready->{ca_file},
		%{ $ready->{$provider} }, client => HTTP::Tiny->new(timeout => 60)
	}, __PACKAGE__;
}

END
{
	my $status = $?;
	kill 'TERM', map { $_->[0] } @started;
	waitpid $_->[0], 0 foreach @started;
	$? = $status;
}

# One call of the control API; dies unless it is accepted.
sub control
{
	my ($self, $method, $path, $body) = @_;
	my %options = defined $body ? (content => $json->encode($body)) : ();
	my $response = $self->{client}->request($method, $self->{control} . $path, \%options);
	die "$method $path: $response->{status} $response->{content}" unless $response->{success};
	return $json->decode($response->{content});
}

sub faults
{
	my ($self, @faults) = @_;
	$self->control('DELETE', '/faults');
	$self->control('POST', '/faults', \@faults) if @faults;
	return;
}

sub switches { my ($self, %values) = @_; return $self->control('POST', '/switches', \%values); }

sub forget_requests { my ($self) = @_; return $self->control('DELETE', '/log'); }

# Requests since forget_requests, in order: hashes with method, path, query, params, headers, status, …
sub requests
{
	my ($self) = @_;
	return @{ $self->control('GET', '/log')->{entries} };
}

# Runs code and gives the number of requests it led to.
sub count_requests
{
	my ($self, $code) = @_;
	$self->forget_requests;
	$code->();
	return scalar($self->requests);
}

# Waits until a request has come, answered or not, whose path matches.
sub wait_for_request
{
	my ($self, $path) = @_;
	return wait_until(sub { grep { $_->{path} =~ $path } $self->requests });
}

# Rows as the sandbox has them, in the order of their ids.
sub rows
{
	my ($self, $object) = @_;
	my $response = $self->{client}->get("$self->{control}/export?provider=$self->{provider}&object=$object");
	die "export of $object: $response->{status}" unless $response->{success};
	return map { $json->decode($_) } split /\n/, $response->{content};
}

# ---- the server --------------------------------------------------------------------------------------

# A running server that may talk to the sandbox and trusts its certificates.
sub new_node
{
	my ($name, $sandbox, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', join "\n", "crm_fdw.allowed_hosts = '127.0.0.1,localhost'",
		"crm_fdw.ca_file = '$sandbox->{ca_file}'", @settings, '');
	$node->start;
	return $node;
}

# How a server finds the sandbox, and how a user logs in.
my %ways_in = (
	close => { server => { endpoint => 'http' }, mapping => ['api_key'] },
	salesforce => { server => { login_url => 'login_url' }, mapping => [qw(client_id username private_key)] });

# Server, user mapping and imported tables, in a schema of database postgres; all are named after the CRM. Options:
# server and mapping are hashes of further or other options, import what follows IMPORT FOREIGN SCHEMA's name.
sub connect_crm
{
	my ($node, $sandbox, %options) = @_;
	my $crm = $sandbox->{provider};
	my $way = $ways_in{$crm};
	my $list = sub {
		my %all = @_;
		return join ', ', map { "$_ '" . $all{$_} =~ s/'/''/gr . "'" } sort keys %all;
	};
	my %addresses = map { $_ => $sandbox->{ $way->{server}{$_} } } keys %{ $way->{server} };
	my $server = $list->(provider => $crm, %addresses, %{ $options{server} // {} });
	my $mapping = $list->(%{ $options{mapping} // { map { $_ => $sandbox->{$_} } @{ $way->{mapping} } } });
	my $import = $options{import} // '';
	$node->safe_psql('postgres', qq{
		CREATE EXTENSION crm_fdw;
		CREATE SERVER $crm FOREIGN DATA WRAPPER crm_fdw OPTIONS ($server);
		CREATE USER MAPPING FOR CURRENT_USER SERVER $crm OPTIONS ($mapping);
		CREATE SCHEMA $crm;
		IMPORT FOREIGN SCHEMA $crm $import FROM SERVER $crm INTO $crm;});
	return;
}

# psql in the background. The handle has pump and finish (IPC::Run); out and err are references.
sub start_psql
{
	my ($node, $sql) = @_;
	my ($input, $out, $err) = ('', '', '');
	my @command = ('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose',
		'-d', $node->connstr('postgres'), '-c', $sql);
	my $run = IPC::Run::start(\@command, '<', \$input, '>', \$out, '2>', \$err, IPC::Run::timer(180));
	return { run => $run, out => \$out, err => \$err, begun => time };
}

# Runs SQL in a session of its own; gives exit status, output, messages with SQLSTATEs.
sub run_sql
{
	my ($node, $sql) = @_;
	my ($out, $err) = ('', '');
	my $status = $node->psql('postgres', $sql, stdout => \$out, stderr => \$err,
		extra_params => [ '-v', 'VERBOSITY=verbose' ], on_error_die => 0, on_error_stop => 1);
	return ($status, $out, $err);
}

# Waits up to 60 s until the code gives something true, and gives it back; false if it does not.
sub wait_until
{
	my ($code) = @_;
	my $end = time + 60;
	while (time < $end)
	{
		my $result = $code->();
		return $result if $result;
		sleep 0.01;
	}
	return;
}

1;
