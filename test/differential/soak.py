"""Many queries in one session, some of them cancelled: descriptors and memory of the backend stay flat.

Run by `make soak`, beside the sandbox and a private server (tools/with-cluster).
"""
import argparse
import os
import random
import sys
import threading
import time

import database
from sandbox import Sandbox

WARM_UP = 200
MAX_GROWTH_KB = 4096
QUERIES = ["SELECT count(*) FROM remote.leads",
           "SELECT * FROM remote.leads LIMIT 5",
           "SELECT id, display_name FROM remote.leads WHERE date_created > '2026-09-01' ORDER BY date_created LIMIT 20",
           "SELECT o.id, l.display_name FROM remote.opportunities o JOIN remote.leads l ON l.id = o.lead_id LIMIT 50",
           "SELECT * FROM remote.contacts WHERE id = 'cont_none'"]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def private_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Dirty", "Private_Clean")))


def cancel_soon(admin, pid, delay):
    """Cancels the backend after a while; the list gets the time of the cancel."""
    sent = []

    def cancel():
        time.sleep(delay)
        sent.append(time.monotonic())
        database.execute(admin, f"SELECT pg_cancel_backend({pid})")

    thread = threading.Thread(target=cancel)
    thread.start()
    return thread, sent


def run_cancelled(worker, admin, sandbox, pid, rng):
    """A query on a request that hangs, cancelled; how many ms after the cancel it ended."""
    hang = rng.choice([{"kind": "hang"}, {"kind": "hang_body", "after_bytes": 200},
                       {"kind": "drip", "bytes": 10, "interval_ms": 20}])
    sandbox.call("POST", "/faults", [{"match": {"path": "/api/v1/", "nth": 1}, "action": hang}])
    thread, sent = cancel_soon(admin, pid, rng.choice([0.005, 0.02, 0.05]))
    _, error = database.execute(worker, QUERIES[0])
    ended = time.monotonic()
    thread.join()
    sandbox.call("DELETE", "/faults")
    if error is None or error[0] != "57014":
        # The cancel came before the query began or after it ended: no measurement.
        database.execute(worker, "SELECT 1")
        return None
    return (ended - sent[0]) * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--cancels", type=int, default=500)
    arguments = parser.parse_args()
    rng = random.Random(1)
    sandbox = Sandbox()
    admin = database.connect("public")
    database.make_remote(admin, "close", {"endpoint": os.environ["CRM_FDW_CLOSE_URL"]},
                         {"api_key": os.environ["CRM_FDW_CLOSE_KEY"]})
    worker = database.connect("remote")
    pid = int(database.must(worker, "SELECT pg_backend_pid()")[0][0])
    cancelled = set(rng.sample(range(arguments.queries), arguments.cancels))
    latencies, before = [], None
    for number in range(arguments.queries):
        if number == WARM_UP:
            before = descriptors(pid), private_kb(pid)
        if number in cancelled:
            latency = run_cancelled(worker, admin, sandbox, pid, rng)
            latencies += [latency] if latency is not None else []
        else:
            database.must(worker, rng.choice(QUERIES))
        if number % 250 == 249:
            print(f"{number + 1} queries: {descriptors(pid)} descriptors, {private_kb(pid)} kB", flush=True)
            sandbox.call("DELETE", "/log")
    after = descriptors(pid), private_kb(pid)
    latencies.sort()
    print(f"{arguments.queries} queries, {len(latencies)} cancelled: worst {latencies[-1]:.0f} ms, "
          f"median {latencies[len(latencies) // 2]:.0f} ms after the cancel; descriptors {before[0]} -> {after[0]}, "
          f"private memory {before[1]} -> {after[1]} kB")
    failed = after[0] > before[0] + 2 or after[1] > before[1] + MAX_GROWTH_KB or latencies[-1] >= 1000
    sys.exit(1 if failed or len(latencies) < arguments.cancels * 0.9 else 0)


main()
