"""Breaks one rule of the sandbox after the other; the differential machine must notice each.

    make mutants [PROVIDER=close] [QUERIES=1500] [SEED=1]
    tools/with-cluster /usr/bin/python3 test/differential/mutants.py --mutant id_in_drops_last

For each mutant the account is made anew and copied, with some edits by others; then the rule is broken, and random
queries and full reads run until one differs from the copy or fails, or all are used up. Where servers have read_path,
its values take turns. A mutant may be tolerated by design (accounts.py): then every answer must be right.
"""
import argparse
import random
import sys
import time

import database
import rounds
from accounts import ACCOUNTS
from compare import NO_WAY, Refused
from main import Workers
from queries import Generator
from sandbox import Sandbox

BLOCK = 40  # queries in a row with one read_path
SLOW = "57014"  # statement_timeout: it says nothing about a mutant


def prepare(sandbox, provider, seed, name):
    """The account, copied; gives the tables and the values of read_path to go through."""
    rng = random.Random(f"{seed}/{name}")
    account = ACCOUNTS[provider]
    rows, page_size = account.mutant_size
    credentials = sandbox.reset(provider, rng.randrange(1 << 30), {}, account.counts(rows))
    connection = database.connect("public")
    imported = rounds.import_account(connection, provider, credentials, rng, page_size)
    tables = rounds.choose_tables(rng, provider, imported)
    sources = sorted(set(account.sources) - {"default"}) or [None]
    if sources != [None]:
        database.set_read_path(connection, "auto", "ADD")
    if name in account.deleted_too:
        for table in tables:
            if table.column("is_deleted"):
                database.must(connection, f"ALTER FOREIGN TABLE remote.{table.name} OPTIONS (ADD include_deleted 'true')")
    if name in account.lagging:
        sources = ["fresh"]
        database.set_read_path(connection, "fresh")
        sandbox.edit(provider, "latest", 100)
    tables = rounds.copy_tables(connection, tables)
    sandbox.call("POST", "/mutants", [name])
    return connection, tables, sources


def read_all(connection, tables):
    """What a full read of each table says that the copy does not; None if all are right."""
    for table in tables:
        foreign, error = database.content(connection, database.REMOTE, table)
        if error:
            if NO_WAY in error[1]:
                continue
            return f"full read of {table.name}: {error[1].splitlines()[0]}"
        copy = database.content(connection, database.COPY, table)[0]
        if foreign != copy:
            rows, wanted = foreign[0][0], copy[0][0]
            what = f"{rows} rows, the copy {wanted}" if rows != wanted else "another hash"
            return f"full read of {table.name}: {what}"
    return None


def hunt(connection, tables, sources, seed, queries):
    """What noticed the mutant, or None, and after how many queries."""
    workers = Workers(Generator(tables, seed))
    try:
        for first in range(0, queries, BLOCK):
            source = sources[first // BLOCK % len(sources)]
            if source:
                database.set_read_path(connection, source)
            # Queries go first, because they say more about what is noticed; full reads once for each source.
            for number, query, result in workers.run(range(first, min(first + BLOCK, queries))):
                if result and not isinstance(result, Refused) and result.kind != SLOW:
                    what = "other rows" if result.kind == "rows" else result.text.splitlines()[0]
                    return f"{query.kind} (query {number}, read_path {source or 'default'}): {what}", number + 1
            if first // BLOCK < len(sources):
                noticed = read_all(connection, tables)
                if noticed:
                    return noticed, first + BLOCK
        return None, queries
    finally:
        workers.close()


def judge(provider, name, noticed):
    """(verdict, whether that is right)"""
    reason = ACCOUNTS[provider].tolerated.get(name)  # an error that says so is as good
    if reason:
        wrong = noticed and "could not read" not in noticed
        return (f"NOT RIGHT: {noticed}", False) if wrong else (f"tolerated: {reason}", True)
    return (noticed, True) if noticed else ("SURVIVES", False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", default="close")
    parser.add_argument("--queries", type=int, default=1500, help="for each mutant, at most")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--mutant", help="this one only")
    arguments = parser.parse_args()
    sandbox, begun, wrong, caught = Sandbox(), time.monotonic(), [], 0
    available = sandbox.call("GET", "/state")["mutants"]["available"]
    names = [arguments.mutant] if arguments.mutant else sorted(available)
    width = max(map(len, names))
    print(f"{'mutant':{width}} | {'after':>5} | caught by", flush=True)
    for name in names:
        connection, tables, sources = prepare(sandbox, arguments.provider, arguments.seed, name)
        noticed, count = hunt(connection, tables, sources, f"{arguments.seed}/{name}", arguments.queries)
        connection.close()
        verdict, right = judge(arguments.provider, name, noticed)
        print(f"{name:{width}} | {count:5} | {verdict[:200]}", flush=True)
        caught += bool(right and noticed and name not in ACCOUNTS[arguments.provider].tolerated)
        if not right:
            wrong.append(name)
    sandbox.call("POST", "/mutants", [])
    print(f"{len(names)} mutants, {caught} caught, {len(wrong)} not as they should be{': ' if wrong else ''}{', '.join(wrong)}; "
          f"{time.monotonic() - begun:.0f} s")
    sys.exit(1 if wrong else 0)


main()
