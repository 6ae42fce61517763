"""The differential machine: random queries on foreign tables and on a local copy of them must agree.

Run by `make differential PROVIDER=close QUERIES=5000 SEED=1`, beside the sandbox and a private server
(tools/with-cluster). Every ROUND queries the account is made anew: other data, another draw of the sandbox's
switches. Query N of a seed is always the same; --only N runs one.
"""
import argparse
import collections
import os
import random
import sys
import time

import database
from queries import Generator
from reading import check_reading
from sandbox import Sandbox

ROUND = 1000
MAX_DIFFERENCES = 5
MAX_ROWS_SHOWN = 5
MAX_REFUSED = 0.02  # of all queries


def prepare_round(sandbox, provider, seed, number):
    """New data and switches, imported and copied. Gives tables and the number of reading differences."""
    rng = random.Random(f"{seed}/round/{number}")
    switches = sandbox.draw_switches(rng)
    account = sandbox.reset(provider, rng.randrange(1 << 30), switches)
    print(f"round {number}: switches {' '.join(f'{k}={v}' for k, v in sorted(switches.items()))}", flush=True)
    connection = database.connect("public")
    scheme = rng.choice(["URL", "HTTPS_URL"])
    database.make_remote(connection, provider, os.environ[f"CRM_FDW_{provider.upper()}_{scheme}"], account["api_key"])
    tables = [t for t in database.read_tables(connection) if t.column("id")]
    database.make_copy(connection, tables)
    database.make_warehouse(connection, tables)
    differences = check_reading(connection, sandbox, provider, tables)
    connection.close()
    return tables, differences


class Sides:
    """One session on the foreign tables, one on the copy."""

    def __init__(self):
        self.remote = database.connect(database.REMOTE)
        self.copy = database.connect(database.COPY)
        self.path = {self.remote: database.REMOTE, self.copy: database.COPY}

    def run(self, side, query, sql=None):
        before, last = query.script()
        database.must(side, f"RESET ALL; SET search_path = {self.path[side]}; SET statement_timeout = '120s'; DEALLOCATE ALL")
        for statement in before:
            rows, error = database.execute(side, statement)
            if error:
                return None, error
        return database.execute(side, sql or last)

    def close(self):
        self.remote.close()
        self.copy.close()


class BothRefuse(Exception):
    """PostgreSQL refuses the query on either side, with one SQLSTATE."""


def compare(sides, query):
    """None when both sides agree, else what differs, as text."""
    remote, remote_error = sides.run(sides.remote, query)
    copy, copy_error = sides.run(sides.copy, query)
    if remote_error or copy_error:
        if remote_error and copy_error and remote_error[0] == copy_error[0]:
            raise BothRefuse(copy_error[1])
        return f"foreign: {remote_error or 'no error'}\n  copy: {copy_error or 'no error'}"
    if query.subset_of:
        return compare_subset(sides, query, remote, copy)
    if query.ordered:
        if remote == copy:
            return None
        at = next((i for i, (a, b) in enumerate(zip(remote, copy)) if a != b), min(len(remote), len(copy)))
        return (f"{len(remote)} rows, the copy {len(copy)}; the first that differs is number {at}\n"
                f"  foreign: {remote[at:at + 1]}\n  copy: {copy[at:at + 1]}")
    return describe(collections.Counter(remote), collections.Counter(copy))


def compare_subset(sides, query, remote, copy):
    """A limit without an order: as many rows as on the copy, and each of them a row that could be there."""
    if len(remote) != len(copy):
        return f"{len(remote)} rows, the copy has {len(copy)}"
    whole = database.must(sides.copy, query.subset_of) if not query.parameters else whole_of(sides, query)
    extra = collections.Counter(remote) - collections.Counter(whole)
    return describe(extra, collections.Counter()) if extra else None


def whole_of(sides, query):
    """The rows of subset_of, with the query's parameters."""
    sql = query.sql
    query.sql = query.subset_of
    try:
        rows, error = sides.run(sides.copy, query)
    finally:
        query.sql = sql
    if error:
        raise RuntimeError(error)
    return rows


def describe(remote, copy):
    extra, missing = remote - copy, copy - remote
    if not extra and not missing:
        return None
    lines = [f"{sum(remote.values())} rows, the copy {sum(copy.values())}"]
    for name, rows in (("only foreign", extra), ("only the copy", missing)):
        lines += [f"  {name} ({count}x): {row}" for row, count in list(rows.items())[:MAX_ROWS_SHOWN]]
        if len(rows) > MAX_ROWS_SHOWN:
            lines.append(f"  {name}: {len(rows) - MAX_ROWS_SHOWN} more")
    return "\n".join(lines)


def report(sides, provider, seed, number, query, text):
    before, last = query.script()
    print(f"\nDIFFERENCE: provider {provider}, seed {seed}, query {number}\n{text}\n"
          + "".join(f"{statement};\n" for statement in [*before, last]))
    sides.run(sides.remote, query, "SELECT 1")
    rows, error = database.execute(sides.remote, f"EXPLAIN (VERBOSE, COSTS OFF) {last}")
    print("\n".join(row[0] for row in rows) if rows else error)
    sys.stdout.flush()


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", default="close")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="run this query only")
    parser.add_argument("--mutant", help="a rule of the sandbox to break once the copy is made: must be noticed")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    provider, seed = arguments.provider, arguments.seed
    sandbox = Sandbox()
    numbers = [arguments.only] if arguments.only is not None else range(arguments.queries)
    current, sides, generator = None, None, None
    differences = done = 0
    refused = []
    begun = time.monotonic()
    for number in numbers:
        if number // ROUND != current:
            current = number // ROUND
            if sides:
                sides.close()
            tables, reading = prepare_round(sandbox, provider, seed, current)
            differences += reading
            sides, generator = Sides(), Generator(tables, seed)
            if arguments.mutant:
                sandbox.call("POST", "/mutants", [arguments.mutant])
        query = generator.query(number)
        done += 1
        try:
            text = compare(sides, query)
        except BothRefuse as refusal:
            refused.append(refusal)
            continue
        if text:
            differences += 1
            report(sides, provider, seed, number, query, text)
        if differences >= MAX_DIFFERENCES:
            break
        if done % 250 == 0:
            print(f"{done} queries, {differences} differences, {time.monotonic() - begun:.0f} s", flush=True)
    if len(refused) > MAX_REFUSED * done:
        print(f"{len(refused)} queries were refused on both sides, so they tested nothing; one: {refused[0]}")
        differences += 1
    print(f"{done} queries, {differences} differences")
    sys.exit(1 if differences else 0)


main()
