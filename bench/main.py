"""How long crm_fdw takes to read all leads, beside curl and beside the official client with COPY.

Run by `make bench`, beside a sandbox in bench mode and a private server (tools/with-cluster). What each contender
asks for is asked once before anything is measured, so that the sandbox serves it from memory. The contenders take
turns; figures are medians over the rounds. Only row counts are asserted, never times.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path

from contenders import Backend, CloseioCopy, Curl, Fdw
from recorder import Recorder

NARROW = ["id", "name", "status_id"]
# Above any pace that a scan reaches: what is measured is the reading, not the waiting.
RATE_LIMIT = "1000000/1s"
SERVER_SETTINGS = {"autovacuum": "off", "max_wal_size": "'16GB'", "checkpoint_timeout": "'1h'"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scheme", choices=["http", "https"], default="https")
    parser.add_argument("--closeio-python", help="interpreter that has closeio; without it that contender is left out")
    return parser.parse_args()


class Account:
    """The sandbox's account as two schemas of foreign tables: `direct`, and `recorded` through the recorder."""

    def __init__(self, scheme):
        plain = os.environ["CRM_FDW_CLOSE_URL"]
        self.url = plain if scheme == "http" else os.environ["CRM_FDW_CLOSE_HTTPS_URL"]
        self.ca_file = None if scheme == "http" else os.environ["CRM_FDW_CA_FILE"]
        self.key = os.environ["CRM_FDW_CLOSE_KEY"]
        self.plain = plain
        with urllib.request.urlopen(os.environ["CRM_FDW_CONTROL_URL"] + "/state") as answer:
            state = json.load(answer)
        if not state["bench"]:
            sys.exit("bench: the sandbox does not run with --bench")
        self.leads = state["counts"]["leads"]

    def make_server(self, backend, name, url):
        backend.run(f"DROP SERVER IF EXISTS {name} CASCADE; DROP SCHEMA IF EXISTS {name} CASCADE")
        backend.run(f"CREATE SERVER {name} FOREIGN DATA WRAPPER crm_fdw"
                    f" OPTIONS (provider 'close', endpoint '{url}', rate_limit '{RATE_LIMIT}')")
        backend.run(f"CREATE USER MAPPING FOR CURRENT_USER SERVER {name} OPTIONS (api_key '{self.key}')")
        backend.run(f"CREATE SCHEMA {name}")
        backend.run(f"IMPORT FOREIGN SCHEMA close LIMIT TO (leads) FROM SERVER {name} INTO {name}")


def prepare_server(backend):
    backend.run("SET client_min_messages = warning")
    for name, value in SERVER_SETTINGS.items():
        backend.run(f"ALTER SYSTEM SET {name} = {value}")
    backend.run("SELECT pg_reload_conf()")
    backend.run("CREATE EXTENSION IF NOT EXISTS crm_fdw")


def read_columns(backend):
    """The columns of leads that are fields of the API under one key."""
    rows = backend.run("""
        SELECT quote_ident(attname), format_type(atttypid, NULL), o.field
          FROM pg_attribute, LATERAL (SELECT option_value AS field FROM pg_options_to_table(attfdwoptions)
                                       WHERE option_name = 'field') o
         WHERE attrelid = 'direct.leads'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""")
    return [{"name": name, "type": kind, "path": field} for name, kind, field in rows]


class Race:
    """One statement, and the others that do the same."""

    def __init__(self, title, columns):
        self.title, self.columns = title, columns
        self.table = "target"

    def prepare(self, backend):
        backend.run(f"DROP TABLE IF EXISTS {self.table}")
        if self.columns:
            names = ", ".join(f"{column['name']} {column['type']}" for column in self.columns)
            backend.run(f"CREATE TABLE {self.table} ({names})")

    def sql(self, schema):
        if not self.columns:
            return f"SELECT count(*) FROM {schema}.leads"
        names = ", ".join(column["name"] for column in self.columns)
        return f"INSERT INTO {self.table} ({names}) SELECT {names} FROM {schema}.leads"

    def enlist(self, account, backend, folder, python):
        """Everyone's requests are made once; who stays gets measured."""
        with Recorder(account.plain) as recorder:
            account.make_server(backend, "recorded", recorder.url)
            recorder.requests.clear()
            recorder.most_under_way = 0
            Fdw(self.sql("recorded"), bool(self.columns)).run()
            requests, at_a_time = list(recorder.requests), recorder.most_under_way
        contenders = [Fdw(self.sql("direct"), bool(self.columns)),
                      Curl(folder, account.url, account.key, account.ca_file, requests, at_a_time)]
        if python and self.columns:
            contenders.append(CloseioCopy(python, {
                "url": account.url, "key": account.key, "ca_file": account.ca_file, "table": self.table,
                "columns": self.columns, "page": 200}))
        return contenders, len(requests)

    def run(self, account, backend, folder, python, rounds):
        self.prepare(backend)
        contenders, requests = self.enlist(account, backend, folder, python)
        results = {contender.name: [] for contender in contenders}
        for number in range(rounds + 1):
            for contender in contenders:
                if self.columns:
                    backend.run(f"TRUNCATE {self.table}")
                backend.run("CHECKPOINT")
                result = contender.run()
                self.check(account, backend, contender, result)
                if number > 0:  # the first round warms
                    results[contender.name].append(result)
        self.print_table(results, requests)

    def check(self, account, backend, contender, result):
        if result.rows < 0:
            return
        stored = backend.run(f"SELECT count(DISTINCT id) FROM {self.table}")[0][0] if self.columns else result.rows
        if result.rows != account.leads or stored != account.leads:
            sys.exit(f"bench: {contender.name} gave {result.rows} rows, {stored} different ones are in the table,"
                     f" and the account has {account.leads} leads")

    def print_table(self, results, requests):
        ours = results[Fdw.name]
        size = results[Curl.name][0].bytes
        print(f"\n## {self.title}\n\n{requests} requests, {size / 1e6:.1f} MB as they came\n")
        print("| | rows | wall s | CPU s | and in the backend | wall: ours is 1 | CPU, all of it: ours is 1 |"
              " peak MB | private |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for name, own in results.items():
            print("| " + " | ".join([
                name, str(own[0].rows) if own[0].rows >= 0 else "–",
                f"{median(own, 'wall'):.2f}", f"{median(own, 'cpu'):.2f}",
                f"{median(own, 'server_cpu'):.2f}" if median(own, "server_cpu") else "–",
                ratios([r.wall for r in own], [r.wall for r in ours]),
                ratios([r.cpu + r.server_cpu for r in own], [r.cpu for r in ours]),
                f"{max(r.peak_kb for r in own) / 1024:.0f}",
                f"{max(r.private_peak_kb for r in own) / 1024:.0f}" if own[0].private_peak_kb else "–"]) + " |")
        sys.stdout.flush()


def median(results, field):
    return statistics.median(getattr(result, field) for result in results)


def ratios(own, ours):
    """The median of the rounds' ratios, and each of them."""
    each = [a / b if b > 0 else float("nan") for a, b in zip(own, ours)]
    return f"{statistics.median(each):.2f} ({', '.join(f'{ratio:.2f}' for ratio in each)})"


def main():
    arguments = parse_arguments()
    account = Account(arguments.scheme)
    backend = Backend()
    prepare_server(backend)
    account.make_server(backend, "direct", account.url)
    columns = read_columns(backend)
    print(f"{account.leads} leads over {arguments.scheme}, {arguments.rounds} rounds, medians")
    with tempfile.TemporaryDirectory() as folder:
        for title, names in (("All columns into a table", None), (", ".join(NARROW) + " into a table", NARROW),
                             ("count(*)", [])):
            wanted = columns if names is None else [column for column in columns if column["name"] in names]
            Race(title, wanted).run(account, backend, Path(folder), arguments.closeio_python, arguments.rounds)
    backend.close()


main()
