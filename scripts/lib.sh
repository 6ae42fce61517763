# What the scripts share: packages, users, a private PostgreSQL, the sandbox. Sourced by bash, not run.
# shellcheck shell=bash

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# ---- users -------------------------------------------------------------------------------------------

# The command as root: through sudo for an ordinary user.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    command -v sudo >/dev/null || die "needs root or sudo for: $*"
    sudo -- "$@"
  fi
}

# The command as a user under whom PostgreSQL agrees to run: never root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# ---- packages ----------------------------------------------------------------------------------------

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -qq -y \
  -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef -o Dpkg::Use-Pty=0 "$@"; }

# Installs the packages named that are missing; asks for no package list when none is.
need_packages() {
  local missing=() package
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  update_package_list
  apt install --no-install-recommends "${missing[@]}" </dev/null >/dev/null || die "could not install ${missing[*]}"
}

update_package_list() {
  [ -z "${package_list_updated:-}" ] || return 0
  apt update >/dev/null || die "apt-get update failed"
  package_list_updated=1
}

# Which PostgreSQL to build for: the one PG_CONFIG names, else the newest installed, else the newest that the
# package list has. Sets and exports PG_CONFIG, pg_major.
choose_postgresql() {
  if [ -n "${PG_CONFIG:-}" ]; then
    pg_major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  else
    pg_major=$(newest_installed postgresql-server-dev-)
    [ -n "$pg_major" ] || pg_major=$(newest_installed postgresql-)
    if [ -z "$pg_major" ]; then
      update_package_list
      pg_major=$(apt-cache pkgnames postgresql-server-dev- | newest_version postgresql-server-dev-)
    fi
    [ -n "$pg_major" ] || die "the package list has no postgresql-server-dev-NN"
    PG_CONFIG=/usr/lib/postgresql/$pg_major/bin/pg_config
  fi
  export PG_CONFIG pg_major
}

# From package names on standard input, the greatest NN of "$1NN".
newest_version() { sed -n "s/^$1\([0-9][0-9]*\)\$/\1/p" | sort -n | tail -n 1; }

newest_installed() {
  # That no package matches is no failure.
  { dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$1*" 2>/dev/null || true; } |
    sed -n 's/^installed //p' | newest_version "$1"
}

# Installs PostgreSQL $pg_major. Its packages would make and start a cluster of their own: that is forbidden for
# the time of the installation, in a directory whose files belong to no package, so that no question is asked.
need_postgresql() {
  local forbid=/etc/postgresql-common/createcluster.d/crm_fdw.conf status=0
  if ! installed "postgresql-$pg_major"; then
    as_root mkdir -p "${forbid%/*}"
    echo 'create_main_cluster = false' | as_root tee "$forbid" >/dev/null
    need_packages "postgresql-$pg_major" "postgresql-server-dev-$pg_major" || status=$?
    as_root rm -f "$forbid"
    return $status
  fi
  need_packages "postgresql-server-dev-$pg_major"
}

# What building takes.
need_build_packages() {
  need_packages g++ make ccache libcurl4-openssl-dev libsimdjson-dev nlohmann-json3-dev libssl-dev zlib1g-dev
  need_postgresql
}

# What the sandbox takes. Any Node that is on the path will do.
need_node() {
  command -v node >/dev/null || need_packages nodejs
  # Some builds of Node bring their own npm.
  command -v npm >/dev/null || need_packages npm
  need_packages openssl ca-certificates
}

# What the tests take beside that.
need_test_packages() {
  local clang
  need_packages curl libgtest-dev clang clang-format clang-tidy perl libipc-run-perl python3 python3-venv \
    python3-psycopg2 shellcheck
  need_node
  # The runtime of the fuzzer and the sanitizers.
  clang=$(clang --version | sed -n 's/.*clang version \([0-9]*\).*/\1/p')
  need_packages "libclang-rt-$clang-dev"
}

# ---- a private PostgreSQL ------------------------------------------------------------------------------

# Makes and starts a cluster that listens on a socket in its own directory and nowhere else, where only this
# user and root can come; whoever does is let in as "postgres". Sets cluster_dir, exports PGHOST, PGPORT, PGUSER,
# PGDATABASE. Arguments: lines for postgresql.conf.
start_cluster() {
  local bin collation=() line
  bin=$("${PG_CONFIG:-pg_config}" --bindir)
  # The path of a socket must be short.
  cluster_dir=$(mktemp -d /tmp/crm_fdw.XXXXXX)
  [ "$(id -u)" != 0 ] || chown postgres "$cluster_dir"
  # A collation that is not byte order, so that a sort left to the CRM by mistake shows.
  if [ "${pg_major:-15}" -ge 15 ]; then collation=(--locale-provider=icu --icu-locale=en-US); fi
  as_postgres "$bin/initdb" -D "$cluster_dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 "${collation[@]}" \
    --no-sync 2>&1 | as_postgres tee "$cluster_dir/initdb.log" >/dev/null ||
    { cat "$cluster_dir/initdb.log" >&2; die "initdb failed"; }
  {
    echo "listen_addresses = ''"
    echo "unix_socket_directories = '$cluster_dir'"
    echo "fsync = off"
    echo "log_line_prefix = '%m [%p] %q%a '"
    for line in "$@"; do echo "$line"; done
  } | as_postgres tee -a "$cluster_dir/data/postgresql.conf" >/dev/null
  as_postgres "$bin/pg_ctl" -D "$cluster_dir/data" -l "$cluster_dir/log" -w -s start ||
    { cat "$cluster_dir/log" >&2; die "PostgreSQL did not start"; }
  export PGHOST=$cluster_dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

stop_cluster() {
  [ -n "${cluster_dir:-}" ] || return 0
  as_postgres "$("${PG_CONFIG:-pg_config}" --bindir)/pg_ctl" -D "$cluster_dir/data" -m fast -s stop 2>/dev/null ||
    as_postgres "$("${PG_CONFIG:-pg_config}" --bindir)/pg_ctl" -D "$cluster_dir/data" -m immediate -s stop 2>/dev/null
  rm -rf "$cluster_dir"
  cluster_dir=
}

# ---- the sandbox ---------------------------------------------------------------------------------------

# Starts the sandbox of one CRM beside those that run already: start_sandbox PROVIDER [flag…]. Exports its
# addresses and keys as CRM_FDW_*.
sandbox_pids=()
start_sandbox() {
  local provider=$1 output waited=0 sandbox_pid
  shift
  output=$(mktemp)
  [ "$provider" != salesforce ] || "${NODE:-node}" "$project/tools/install-sandbox"
  "${NODE:-node}" "$project/sandbox/main.mjs" --provider "$provider" "$@" >"$output" 2>"$output.err" &
  sandbox_pid=$!
  sandbox_pids+=("$sandbox_pid")
  until [ -s "$output" ]; do
    kill -0 "$sandbox_pid" 2>/dev/null && [ $((waited += 1)) -lt 600 ] ||
      { cat "$output.err" >&2; rm -f "$output" "$output.err"; die "the sandbox did not start"; }
    sleep 0.05
  done
  eval "$("${NODE:-node}" "$project/tools/sandbox-environment.mjs" "$provider" <"$output")"
  rm -f "$output" "$output.err"
}

# All of them.
stop_sandbox() {
  local pid
  for pid in "${sandbox_pids[@]}"; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  sandbox_pids=()
}

# A cluster that may talk to the sandbox just started and trusts its certificates.
start_cluster_for_sandbox() {
  start_cluster "crm_fdw.allowed_hosts = '127.0.0.1,localhost'" "$@"
  as_postgres tee "$cluster_dir/ca.pem" <"$CRM_FDW_CA_FILE" >/dev/null
  export CRM_FDW_CA_FILE=$cluster_dir/ca.pem
  echo "crm_fdw.ca_file = '$CRM_FDW_CA_FILE'" | as_postgres tee -a "$cluster_dir/data/postgresql.conf" >/dev/null
  as_postgres "$("${PG_CONFIG:-pg_config}" --bindir)/pg_ctl" -D "$cluster_dir/data" -s reload
}
