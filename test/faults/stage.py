"""The session that reads, what is set up around it, and the judging of what becomes of a read."""
import collections
import hashlib
import importlib
import os
import re
import time
from decimal import Context, Decimal
from pathlib import Path

import psycopg2

import database
from fault import COMPLETE, NULLED
from reading import expected, found
from report import Outcome
from sandbox import Sandbox
from wire import Proxy

TOP = Path(__file__).resolve().parents[2]
SLACK_S = 2.0  # a busy machine
COLD_TIMEOUT = "30s"
BACKOFF_S = 1.5  # of the first retry, at most, with what a CRM asks for
EXACT = Context(prec=2000)
KEPT_FOR_LOOKUP_S = 15  # how long the C library may go on with a look-up that nobody waits for
DESCRIPTORS_OF_A_CHANNEL = 6


def digest(rows):
    """Of rows as a set with repetitions."""
    plain = ([value.normalize(EXACT) if isinstance(value, Decimal) else value for value in row] for row in rows)
    lines = sorted(map(repr, plain))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


class Descriptors:
    """Open sockets, pipes and the like of a backend, but for connections that are kept to be used again."""

    def __init__(self, pid):
        self.pid = pid

    def count(self):
        established = set()
        for line in Path(f"/proc/{self.pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            parts = line.split()
            if parts[3] == "01":
                established.add(f"socket:[{parts[9]}]")
        links = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
            except FileNotFoundError:
                pass  # closed between the two calls
        # Files are PostgreSQL's, which keeps some of them open.
        return sum(not link.startswith("/") and link not in established for link in links)

    def settle(self, allowed):
        """The count, once it is no larger than allowed, or after the time that a look-up may go on."""
        end = time.monotonic() + KEPT_FOR_LOOKUP_S
        while (number := self.count()) > allowed and time.monotonic() < end:
            time.sleep(0.05)
        return number


class Stage:
    """The session that all reads run in, and what is set up around it."""

    def __init__(self, provider):
        self.provider = importlib.import_module(provider)
        self.sandbox = Sandbox()
        self.url = os.environ[f"CRM_FDW_{provider.upper()}_URL"]
        self.https_url = os.environ[f"CRM_FDW_{provider.upper()}_HTTPS_URL"]
        self.sandbox.call("POST", "/clock", {"advance_ms": 3_600_000})
        self.sandbox.call("POST", "/clock", {"freeze": True})
        self.connection = database.connect("public", "TimeZone=UTC", "statement_timeout=60s")
        statements, self.options = self.provider.set_up(self.url, database.literal)
        for statement in ["CREATE EXTENSION crm_fdw", *statements]:
            database.must(self.connection, statement)
        self.descriptors = Descriptors(int(database.must(self.connection, "SELECT pg_backend_pid()")[0][0]))
        self.proxy = Proxy(self.url)
        self.tables = {table.name: table for table in database.read_tables(self.connection)}
        self.known = self.provider.exports(self.sandbox)
        self.reads = self.provider.make_reads(self.known, lambda t, c: self.tables[t].column(c).path)
        self.codes = set(re.findall(r"^\| `(\w{5})`", (TOP / "docs/errors.md").read_text(encoding="utf-8"), re.M))
        self.imported = None
        self.unspoilt = {}  # by read, the digest of its rows without a fault
        self.set_options = {}

    # ---- one read ------------------------------------------------------------------------------------------

    def sql(self, read, oauth):
        end = "_oauth" if oauth else ""
        schemas = {name: schema + end for name, schema in self.provider.SCHEMAS.items()}
        return read.sql.format(server="crm" + end, **schemas)

    def run(self, read, oauth):
        """Digest of the rows, or (SQLSTATE, message)."""
        if read.is_import:
            database.must(self.connection, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS again CASCADE; "
                                           "CREATE SCHEMA again; RESET client_min_messages")
        rows, error = database.execute(self.connection, self.sql(read, oauth))
        if error:
            return None, error
        if read.is_import:
            return digest(self.import_made()), None
        if read.table:
            columns = [self.tables[read.table].column(name) for name in read.columns]
            rows = [tuple(found(column, text) for column, text in zip(columns, row)) for row in rows]
        return digest(rows), None

    def import_made(self):
        """What IMPORT created. Names may follow labels, so fields identify the columns."""
        return database.must(self.connection, """
            SELECT c.relname, a.attfdwoptions::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
             WHERE c.relnamespace = 'again'::regnamespace""")

    def should_be(self, read, changes=()):
        """Digest of the rows that the CRM has, with what a fault changed in them."""
        if read.is_import:
            return self.imported
        if read.expected is not None:
            return digest(read.expected)
        if not changes and read.name in self.unspoilt:
            return self.unspoilt[read.name]
        spoilt = collections.defaultdict(dict)
        for key, name, value in changes:
            spoilt[key][name] = value
        rows = []
        for row in self.known[read.source or read.table]:
            if read.keep is not None and not read.keep(row):
                continue
            row = {**row, **spoilt[row[read.key]]}
            table = self.tables[read.table]
            rows.append(tuple(expected(table, table.column(name), row) for name in read.columns))
        result = digest(rows)
        if not changes:
            self.unspoilt[read.name] = result
        return result

    # ---- the surroundings ----------------------------------------------------------------------------------

    def alter(self, oauth, **options):
        listed = ", ".join(f"SET {name} {database.literal(value)}" for name, value in options.items())
        if listed:
            database.must(self.connection, f"ALTER SERVER {'crm_oauth' if oauth else 'crm'} OPTIONS ({listed})")

    def enter(self, fault):
        """What stays for all reads of a fault."""
        self.set_options = dict(fault.options)
        if fault.rewrite:
            # One request after the other: a rewriter speaks of the first.
            self.set_options.update(endpoint=self.proxy.url, max_connections="1")
        self.alter(fault.oauth, **self.set_options)

    def leave(self, fault):
        self.alter(fault.oauth, **{name: self.options[name] for name in self.set_options})
        self.set_options = {}

    def begin(self, fault, read):
        specs = []
        for entry in fault.scheduled:
            match = entry["match"] if entry.get("own") else {**read.match(), **entry["match"]}
            specs.append({"match": match, "action": entry["action"]})
        self.sandbox.call("DELETE", "/log")
        if specs:
            self.sandbox.call("POST", "/faults", specs)
        if fault.rewrite:
            self.proxy.start(lambda exchange: fault.rewrite(read, exchange), read.meets)
        if fault.endpoint:
            self.alter(fault.oauth, endpoint=fault.endpoint)
        for name, value in fault.settings.items():
            database.must(self.connection, f"SET {name} = {database.literal(value)}")
        self.connections = fault.counts.hits if fault.counts else 0

    def end(self, fault):
        """Whether the fault was met, how many requests came, what it changed."""
        met, changes = bool(fault.endpoint), []
        requests = len(self.sandbox.call("GET", "/log")["entries"])
        if fault.counts:
            requests = fault.counts.hits - self.connections
            met = requests > 0
        if fault.scheduled:
            faults = self.sandbox.call("GET", "/faults")["faults"]
            met = any(fault["hits"] > 0 for fault in faults)
            self.sandbox.call("DELETE", "/faults")
        if fault.rewrite:
            met, changes = self.proxy.hits > 0, list(self.proxy.changes)
            self.proxy.stop()
        if fault.endpoint:
            self.alter(fault.oauth, endpoint=self.options["endpoint"])
        for name in fault.settings:
            database.must(self.connection, f"RESET {name}")
        return met, requests, changes

    def longest(self, clean_s):
        """How long a read may take that a fault hinders, in seconds."""
        option = {**self.options, **self.set_options}
        seconds = [float(option[name].removesuffix("s")) for name in ("connect_timeout", "request_timeout")]
        retries = int(option["max_retries"])
        return (retries + 1) * max(seconds) + retries * BACKOFF_S + 3 * clean_s + SLACK_S

    # ---- judging -------------------------------------------------------------------------------------------

    def judge_error(self, fault, wanted, error):
        state, text = error
        wrong = []
        if wanted in (COMPLETE, NULLED):
            wrong.append("a complete result was expected")
        elif state not in wanted:
            wrong.append(f"expected {' or '.join(wanted)}")
        elif not re.search(fault.words, text, re.S):
            wrong.append(f"the message does not say {fault.words!r}")
        if state not in self.codes:
            wrong.append("docs/errors.md does not know the SQLSTATE")
        if any(secret in text for secret in self.provider.secrets()):
            wrong.append("a secret is in the message")
        return wrong

    def try_read(self, fault, read, clean_s):
        allowed = self.descriptors.count()
        self.begin(fault, read)
        begun = time.monotonic()
        rows, error = self.run(read, fault.oauth)
        seconds = time.monotonic() - begun
        met, requests, changes = self.end(fault)
        wanted = fault.expected_of(read) if met else COMPLETE
        if error:
            wrong = self.judge_error(fault, wanted, error)
            text = f"{error[0]}: {error[1].splitlines()[0].removeprefix('ERROR: ').strip()}"
        else:
            completes = wanted in (COMPLETE, NULLED)
            wrong = [] if completes or fault.may_complete else ["an error was expected"]
            if rows != self.should_be(read, changes):
                wrong.append("the rows are not those of the CRM")
            text = wanted if completes else COMPLETE
        if seconds > self.longest(clean_s):
            wrong.append(f"{seconds:.1f} s is longer than {self.longest(clean_s):.1f} s")
        if met:
            wrong += self.check_afterwards(fault, read, allowed)
        if wrong and error:
            wrong.append(error[1])
        return Outcome(fault.name, read.name, met, text, requests, seconds, wrong)

    def check_afterwards(self, fault, read, allowed):
        """The session reads on, rightly, and holds no descriptor more."""
        wrong = []
        rows, error = self.run(read, fault.oauth)
        if error or rows != self.should_be(read):
            wrong.append(f"the read afterwards: {error or 'the rows are not those of the CRM'}")
        # Another endpoint, and options set twice, have channels of their own.
        allowed += 3 * DESCRIPTORS_OF_A_CHANNEL if fault.endpoint or fault.oauth else 0
        if (left := self.descriptors.settle(allowed)) > allowed:
            wrong.append(f"{left} descriptors, {allowed} are allowed")
        return wrong

    def warm_up(self):
        """Every read once without a fault: its plan, its rows, its time."""
        seconds = {}
        # What the sandbox has still to load and to make.
        self.alter(False, request_timeout=COLD_TIMEOUT)
        for read in self.reads:
            self.run(read, False)
        self.alter(False, request_timeout=self.options["request_timeout"])
        for oauth in (False, True):
            for read in self.reads:
                if read.plan:
                    plan = database.must(self.connection, f"EXPLAIN (VERBOSE, COSTS OFF) {self.sql(read, oauth)}")
                    query = next(row[0] for row in plan if "Remote Query: " in row[0])
                    if read.plan not in query:
                        raise RuntimeError(f"{read.name} goes another way: {query}")
                begun = time.monotonic()
                rows, error = self.run(read, oauth)
                seconds[read.name] = time.monotonic() - begun
                if read.is_import:
                    self.imported = rows
                if error or rows != self.should_be(read):
                    raise RuntimeError(f"{read.name} is wrong without a fault: {error}")
        return seconds

    # ---- all of them ---------------------------------------------------------------------------------------

    def run_all(self, faults, only_read):
        """Outcomes, and what was wrong with the session as a whole."""
        clean = self.warm_up()
        first = self.descriptors.count()
        outcomes = []
        for fault in faults:
            self.enter(fault)
            for read in self.reads:
                if only_read and not re.search(only_read, read.name):
                    continue
                try:
                    outcomes.append(self.try_read(fault, read, clean[read.name]))
                except psycopg2.Error as error:
                    return outcomes, [f"the server is lost under \"{fault.name}\", {read.name}: {error}"]
            self.leave(fault)
        wrong = []
        allowed = first + 2 * DESCRIPTORS_OF_A_CHANNEL
        if (last := self.descriptors.settle(allowed)) > allowed:
            wrong.append(f"the session had {first} descriptors at first and has {last} at last")
        log = Path(os.environ["CRM_FDW_SERVER_LOG"]).read_text(encoding="utf-8", errors="replace")
        if any(secret in log for secret in self.provider.secrets()):
            wrong.append("a secret is in the server log")
        return outcomes, wrong
