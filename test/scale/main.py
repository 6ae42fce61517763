"""Reads a big account completely, through each access path: every row once, in constant memory, with few requests.

Run by `make scale PROVIDER=close LEADS=120000`, beside the sandbox and a private server (tools/with-cluster). For
each table and path: rows and a hash over their values against the sandbox's own export, requests against the least
that the page size allows, and how much the backend grew.
"""
import argparse
import hashlib
import json
import math
import os
import sys
import urllib.request

import psycopg2

GROWTH_KB = 32 * 1024
MORE_REQUESTS = 1.10
PAGE, IDS_PER_CALL, IDS_AT_ONCE = 200, 100, 20_000
# Values that every path gives alike, by table: SQL expression and the export's key.
VALUES = {
    "leads": [("id", "id"), ("name", "name"), ("status_id", "status_id"), ("url", "url"), ("description", "description")],
    "contacts": [("id", "id"), ("lead_id", "lead_id"), ("name", "name"), ("title", "title")],
    "opportunities": [("id", "id"), ("lead_id", "lead_id"), ("note", "note"), ("status_id", "status_id")],
}
SEPARATOR, NULL = "\x1f", "\x1e"


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["CRM_FDW_CONTROL_URL"] + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


def mended(text):
    return "".join("\ufffd" if ch == "\0" or "\ud800" <= ch <= "\udfff" else ch for ch in text)


def hash_of(values):
    """As SQL_HASH, 48 bits, so that sums stay exact."""
    joined = SEPARATOR.join(NULL if value is None else mended(value) for value in values)
    return int(hashlib.md5(joined.encode()).hexdigest()[:12], 16)


def sql_hash(table):
    parts = ", ".join(f"coalesce({expression}, E'\\x1e')" for expression, _ in VALUES[table])
    return f"sum(('x' || left(md5(concat_ws(E'\\x1f', {parts})), 12))::bit(48)::bigint)"


def exported(provider, table):
    """Rows and hash of what the sandbox says it has, and the ids."""
    url = f"{os.environ['CRM_FDW_CONTROL_URL']}/export?provider={provider}&object={table}"
    count, total, ids = 0, 0, []
    with urllib.request.urlopen(url, timeout=1200) as answer:
        for line in answer:
            row = json.loads(line)
            count += 1
            total += hash_of([row.get(key) for _, key in VALUES[table]])
            ids.append(row["id"])
    return count, total, ids


class Backend:
    def __init__(self):
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.pid = self.connection.get_backend_pid()

    def run(self, sql, parameters=None):
        self.cursor.execute(sql, parameters)
        return self.cursor.fetchall() if self.cursor.description else None

    def private_kb(self, what):
        """Anonymous memory: RssAnon now. VmHWM would count shared buffers."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(next(line.split()[1] for line in status if line.startswith(what)))


class Watcher:
    """Greatest growth of a backend while it works, sampled from outside."""

    def __init__(self, backend):
        import threading
        self.backend, self.most, self.stop = backend, 0, threading.Event()
        self.start_kb = backend.private_kb("RssAnon")
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.stop.wait(0.05):
            self.most = max(self.most, self.backend.private_kb("RssAnon") - self.start_kb)

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.most


def read(backend, table, where, parameters=None):
    control("DELETE", "/log")
    watcher = Watcher(backend)
    # Rows pass one by one; a sort or a hash table would be PostgreSQL's memory, not ours.
    (count, total), = backend.run(f"SELECT count(id), {sql_hash(table)} FROM crm.{table} {where}", parameters)
    grown = watcher.end()
    statuses = [entry["status"] for entry in control("GET", "/log")["entries"]]
    return count, int(total or 0), len(statuses), grown


def check(name, got, want, least):
    count, total, requests, grown = got
    problems = []
    if count != want[0]:
        problems.append(f"{count} rows, the sandbox has {want[0]}")
    if total != want[1]:
        problems.append("other values")
    if requests > math.ceil(least * MORE_REQUESTS):
        problems.append("too many requests")
    if grown > GROWTH_KB:
        problems.append("too much memory")
    print(f"{name:<34} {count:>8} rows  {requests:>5} requests, least {least:>5} ({requests / least:.3f})  "
          f"+{grown / 1024:.1f} MB  {'; '.join(problems) or 'ok'}", flush=True)
    return not problems


def by_ids(backend, ids, want):
    """By key, some at a time, as a job would."""
    backend.run("CREATE TABLE ids (n int, id text)")
    with backend.connection.cursor() as cursor:
        import io
        cursor.copy_from(io.StringIO("".join(f"{n}\t{id}\n" for n, id in enumerate(ids))), "ids")
    # In one go, more than half of the account is read with fewer requests through the search.
    backend.run("ALTER SERVER crm OPTIONS (ADD read_path 'fresh')")
    whole = [0, 0, 0, 0]
    for first in range(0, len(ids), IDS_AT_ONCE):
        where = f"WHERE id = ANY (ARRAY (SELECT id FROM ids WHERE n >= {first} AND n < {first + IDS_AT_ONCE}))"
        part = read(backend, "leads", where)
        whole = [a + b for a, b in zip(whole[:3], part[:3])] + [max(whole[3], part[3])]
    backend.run("ALTER SERVER crm OPTIONS (DROP read_path)")
    return check(f"leads, by {IDS_AT_ONCE} ids", whole, want, math.ceil(len(ids) / IDS_PER_CALL))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", default="close")
    provider = parser.parse_args().provider
    backend = Backend()
    backend.run("CREATE EXTENSION crm_fdw")
    backend.run("CREATE SERVER crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider %s, endpoint %s, rate_limit '100000/1s')",
                (provider, os.environ[f"CRM_FDW_{provider.upper()}_URL"]))
    backend.run("CREATE USER MAPPING FOR CURRENT_USER SERVER crm OPTIONS (api_key %s)",
                (os.environ[f"CRM_FDW_{provider.upper()}_KEY"],))
    backend.run("CREATE SCHEMA crm")
    backend.run(f"IMPORT FOREIGN SCHEMA {provider} LIMIT TO ({', '.join(VALUES)}) FROM SERVER crm INTO crm")
    well = True
    for table in VALUES:
        count, total, ids = exported(provider, table)
        pages = math.ceil(count / PAGE)
        backend.run(f"SELECT id FROM crm.{table} LIMIT 1")
        for path in ("auto", "index", "fresh"):
            # The lists of leads and contacts end before that many rows: an error says so.
            if path == "fresh" and table != "opportunities":
                continue
            backend.run(f"ALTER SERVER crm OPTIONS ({'SET' if path != 'auto' else 'ADD'} read_path '{path}')")
            well &= check(f"{table}, read_path {path}", read(backend, table, ""), (count, total), pages)
        backend.run("ALTER SERVER crm OPTIONS (DROP read_path)")
        if table == "leads":
            well &= by_ids(backend, ids, (count, total))
    sys.exit(0 if well else 1)


main()
