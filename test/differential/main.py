"""The differential machine: random queries on foreign tables and on a local copy of them must agree.

    make differential [PROVIDER=close] [QUERIES=5000] [SEED=1]
    tools/with-cluster /usr/bin/python3 test/differential/main.py --seed 1 --only 4711
    tools/with-cluster /usr/bin/python3 test/differential/main.py --queries 500 --mutant id_in_drops_last

It runs beside the sandbox and a private server (tools/with-cluster). Every ROUND queries the account is made anew:
other data, another draw of the sandbox's switches, of the page size and of read_path, some of the tables. Query N of a
seed is always the same; --only N runs one. A query is

* compared with the local copy, a third of them without pushdown as well; a prepared statement is executed with several
  values; rows that a LIMIT chooses among equals may be any of these;
* or compared with itself on the foreign side: its rows where a predicate is true, false and null make up all of its
  rows (`partition`, also of count(*) and sum()), and count(*) under a predicate is the number of rows for which the
  predicate holds when every row is asked (`predicate count`).

What differs is made smaller (parts.py, shrink.py) and printed with its seed and number, as SQL for psql in a session
whose search_path is remote, warehouse, with the plan and with what differs. Refused queries test nothing and are
counted: those that PostgreSQL refuses on either side, and those that no access path of the chosen source can answer.

With --mutant NAME a rule of the sandbox is broken once the copy is made: the run must then fail. `make mutants` does
that for all of them (mutants.py).
"""
import argparse
import collections
import queue
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2

import database
import rounds
from compare import NO_WAY, Difference, Refused, Sides, compare, scripts
from queries import Generator
from sandbox import Sandbox
from shrink import shrink

ROUND = 1000
WORKERS = 4
MAX_DIFFERENCES = 5
MAX_REFUSED = 0.02  # of all queries, refused by PostgreSQL
MAX_NO_WAY = 0.25  # of all queries, refused because of read_path


class Workers:
    """Sessions that run queries side by side; answers come in the order of the queries."""

    def __init__(self, generator):
        self.generator = generator
        self.idle = queue.SimpleQueue()
        self.all = [Sides() for _ in range(WORKERS)]
        for sides in self.all:
            self.idle.put(sides)

    def work(self, number):
        """(number, query, Difference, Refused or None)"""
        query = self.generator.query(number)
        sides = self.idle.get()
        try:
            return number, query, compare(sides, query)
        except Refused as refusal:
            return number, query, refusal
        except psycopg2.Error as error:
            return number, query, Difference("connection", f"the connection is lost: {error}")
        finally:
            self.idle.put(sides)

    def run(self, numbers):
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                yield from pool.map(self.work, numbers)
            finally:
                pool.shutdown(cancel_futures=True)

    def close(self):
        for sides in self.all:
            sides.close()


def report(sides, provider, seed, number, query, difference):
    print(f"\nDIFFERENCE: provider {provider}, seed {seed}, query {number} ({query.kind})\n{difference.text}")
    for script in scripts(query):
        print("\n".join(f"{statement};" for statement in script))
    sys.stdout.flush()
    if difference.kind == "connection":
        return
    query, difference, tried = shrink(sides, query, difference)
    print(f"\nshrunk, {tried} tried: {difference.text}")
    for script in scripts(query):
        *before, last = script
        print("\n".join(f"{statement};" for statement in script))
        database.must(sides.remote, "; ".join(["RESET ALL", "DEALLOCATE ALL", *before]))
        rows, error = database.execute(sides.remote, f"EXPLAIN (VERBOSE, COSTS OFF) {last}")
        print("\n".join(row[0] for row in rows) if rows else error)
    sys.stdout.flush()


class Tally:
    """Counts what became of the queries."""

    def __init__(self):
        self.done = self.differences = 0
        self.kinds = collections.Counter()
        self.refused = []
        self.no_way = []

    def refuse(self, refusal):
        (self.no_way if NO_WAY in str(refusal) else self.refused).append(str(refusal))

    def judge(self):
        for refused, share in ((self.refused, MAX_REFUSED), (self.no_way, MAX_NO_WAY)):
            if len(refused) > share * self.done:
                print(f"{len(refused)} queries were refused, so they tested nothing; one: {refused[0]}")
                self.differences += 1


def run_round(workers, tally, arguments, numbers):
    begun = time.monotonic()
    count = 0
    for number, query, result in workers.run(numbers):
        count += 1
        tally.done += 1
        tally.kinds[query.kind] += 1
        if isinstance(result, Refused):
            tally.refuse(result)
        elif result:
            tally.differences += 1
            sides = Sides()
            report(sides, arguments.provider, arguments.seed, number, query, result)
            sides.close()
        if tally.differences >= MAX_DIFFERENCES or (result and getattr(result, "kind", "") == "connection"):
            break
    seconds = time.monotonic() - begun
    print(f"{tally.done} queries, {tally.differences} differences, {count / seconds:.0f} queries/s", flush=True)


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
    sandbox, tally = Sandbox(), Tally()
    numbers = [arguments.only] if arguments.only is not None else range(arguments.queries)
    begun = time.monotonic()
    for first in range(numbers[0] // ROUND, numbers[-1] // ROUND + 1):
        tables, reading = rounds.prepare(sandbox, arguments.provider, arguments.seed, first)
        tally.differences += reading
        if arguments.mutant:
            sandbox.call("POST", "/mutants", [arguments.mutant])
        workers = Workers(Generator(tables, arguments.seed))
        run_round(workers, tally, arguments, [n for n in numbers if n // ROUND == first])
        workers.close()
        if tally.differences >= MAX_DIFFERENCES:
            break
    tally.judge()
    print("kinds: " + ", ".join(f"{kind} {count}" for kind, count in tally.kinds.most_common()))
    print(f"{tally.done} queries, {tally.differences} differences, {len(tally.refused)} refused on both sides, "
          f"{len(tally.no_way)} without a way to read, {time.monotonic() - begun:.0f} s")
    sys.exit(1 if tally.differences else 0)


if __name__ == "__main__":
    main()
