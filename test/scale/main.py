"""Reads a big account completely, through each access path: every row once, in constant memory, with few requests.

Run by `make scale PROVIDER=close LEADS=120000` or `make scale PROVIDER=salesforce CONTACTS=1000000`, beside the sandbox
and a private server (tools/with-cluster). For each table and path: rows and a hash over their values against the
sandbox's own export, requests against the least that the page size allows, and how much the backend grew.
"""
import argparse
import hashlib
import io
import json
import math
import os
import sys
import threading
import time
import urllib.parse
import urllib.request

import psycopg2

from accounts import ACCOUNTS

GROWTH_KB = 32 * 1024
SEPARATOR, NULL = "\x1f", "\x1e"


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["CRM_FDW_CONTROL_URL"] + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


def mended(text):
    return "".join("\ufffd" if ch == "\0" or "\ud800" <= ch <= "\udfff" else ch for ch in text)


def hash_of(values):
    """As sql_hash, 48 bits, so that sums stay exact."""
    joined = SEPARATOR.join(NULL if value is None else mended(value) for value in values)
    return int(hashlib.md5(joined.encode()).hexdigest()[:12], 16)


def sql_hash(columns):
    parts = ", ".join(f"coalesce({column}, E'\\x1e')" for column, _ in columns)
    return f"sum(('x' || left(md5(concat_ws(E'\\x1f', {parts})), 12))::bit(48)::bigint)"


def exported(account, table):
    """Rows and hash of what the sandbox says it has, and the ids."""
    keys = [key for _, key in account.values[table]]
    query = {"provider": account.provider, "object": account.export_name(table)}
    if account.narrow_export:
        query["fields"] = ",".join(keys)
    url = f"{os.environ['CRM_FDW_CONTROL_URL']}/export?{urllib.parse.urlencode(query)}"
    count, total, ids = 0, 0, []
    with urllib.request.urlopen(url, timeout=1200) as answer:
        for line in answer:
            row = json.loads(line)
            count += 1
            total += hash_of([row.get(key) for key in keys])
            ids.append(row[keys[0]])
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

    def create(self, what, options):
        names = ", ".join(f"{name} %s" for name in options)
        self.run(f"CREATE {what} OPTIONS ({names})", tuple(options.values()))

    def private_kb(self, what):
        """Anonymous memory: RssAnon now. VmHWM would count shared buffers."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(next(line.split()[1] for line in status if line.startswith(what)))


class Watcher:
    """Greatest growth of a backend while it works, sampled from outside."""

    def __init__(self, backend):
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


def read(backend, columns, table, where):
    """Rows, hash, requests, growth in kB, seconds."""
    control("DELETE", "/log")
    watcher, begun = Watcher(backend), time.monotonic()
    # Rows pass one by one; a sort or a hash table would be PostgreSQL's memory, not ours.
    (count, total), = backend.run(f"SELECT count(id), {sql_hash(columns)} FROM crm.{table} {where}")
    seconds, grown = time.monotonic() - begun, watcher.end()
    return [count, int(total or 0), len(control("GET", "/log")["entries"]), grown, seconds]


def check(name, got, want, least, more_requests):
    count, total, requests, grown, seconds = got
    problems = []
    if count != want[0]:
        problems.append(f"{count} rows, the sandbox has {want[0]}")
    if total != want[1]:
        problems.append("other values")
    if requests > math.ceil(least * more_requests):
        problems.append("too many requests")
    if grown > GROWTH_KB:
        problems.append("too much memory")
    print(f"{name:<34} {count:>8} rows  {requests:>5} requests, least {least:>5} ({requests / least:.3f})  "
          f"+{grown / 1024:.1f} MB  {seconds:.1f} s  {'; '.join(problems) or 'ok'}", flush=True)
    return not problems


def by_ids(backend, account, ids, want):
    """By key, some at a time, as a job would."""
    table, per_call, at_once = account.by_ids
    backend.run("CREATE TABLE ids (n int, id text)")
    with backend.connection.cursor() as cursor:
        cursor.copy_from(io.StringIO("".join(f"{n}\t{id}\n" for n, id in enumerate(ids))), "ids")
    # In one go, more than half of the account is read with fewer requests through the search.
    if "fresh" in account.ways:
        backend.run("ALTER SERVER crm OPTIONS (ADD read_path 'fresh')")
    whole = [0, 0, 0, 0, 0.0]
    for first in range(0, len(ids), at_once):
        where = f"WHERE id = ANY (ARRAY (SELECT id FROM ids WHERE n >= {first} AND n < {first + at_once}))"
        part = read(backend, account.values[table], table, where)
        most = max(whole[3], part[3])
        whole = [a + b for a, b in zip(whole, part)]
        whole[3] = most
    if "fresh" in account.ways:
        backend.run("ALTER SERVER crm OPTIONS (DROP read_path)")
    return check(f"{table}, by {at_once} ids", whole, want, math.ceil(len(ids) / per_call), account.more_requests)


def set_up(backend, account):
    backend.run("CREATE EXTENSION crm_fdw; CREATE SCHEMA crm")
    backend.create("SERVER crm FOREIGN DATA WRAPPER crm_fdw",
                   {"provider": account.provider, "rate_limit": "100000/1s", **account.server_options()})
    backend.create("USER MAPPING FOR CURRENT_USER SERVER crm", account.mapping_options())
    backend.run(f"IMPORT FOREIGN SCHEMA {account.provider} LIMIT TO ({', '.join(account.values)}) "
                "FROM SERVER crm INTO crm")


def check_table(backend, account, table):
    columns = account.values[table]
    count, total, ids = exported(account, table)
    pages, well, action = math.ceil(count / account.page), True, "ADD"
    backend.run(f"SELECT id FROM crm.{table} LIMIT 1")
    for way in account.ways:
        if not account.reads(table, way):
            continue
        if way:
            backend.run(f"ALTER SERVER crm OPTIONS ({action} read_path '{way}')")
            action = "SET"
        name = f"{table}, read_path {way}" if way else table
        well &= check(name, read(backend, columns, table, ""), (count, total), pages, account.more_requests)
    if action == "SET":
        backend.run("ALTER SERVER crm OPTIONS (DROP read_path)")
    if account.by_ids[0] == table:
        well &= by_ids(backend, account, ids, (count, total))
    return well


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", default="close", choices=ACCOUNTS)
    account = ACCOUNTS[parser.parse_args().provider]
    backend = Backend()
    set_up(backend, account)
    # Each of them, whatever became of those before.
    well = [check_table(backend, account, table) for table in account.values]
    sys.exit(0 if all(well) else 1)


main()
