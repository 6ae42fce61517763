"""The reads of a Close account, and the faults that only its API can have."""
import base64
import json
import os
import re
from dataclasses import dataclass, field

from fault import COMPLETE, NULLED, Fault, on

PAGE_SIZE = 50
TABLES = ("leads", "contacts", "opportunities", "tasks", "activities")
IMPORTED = ", ".join((*TABLES, "users"))
SEARCH = r"^/api/v1/data/search/$"


@dataclass
class Read:
    name: str
    sql: str  # {fresh} and {index}, schemas of tables with that read path, and {server} are filled in
    method: str
    path: str  # regular expression of the requests that a fault meets
    plan: str  # how EXPLAIN's "Remote Query" begins
    table: str = ""  # whose rows it gives; empty: something else
    columns: list = field(default_factory=list)  # of the table, id first
    keep: object = None  # which of the sandbox's rows
    fields: dict = field(default_factory=dict)  # kind → the API's name of a field that can be spoilt
    rows_key: str = "data"
    expected: object = None  # the rows, where it is not those of the table

    def meets(self, method, path):
        return method == self.method and re.search(self.path, path) is not None

    @property
    def is_paged(self):
        return self.table != "" and self.rows_key != ""

    def match(self):
        return {"method": self.method, "path": self.path}

    def records(self, page):
        """The records of an answer."""
        if not isinstance(page, dict):
            return []
        return page.get(self.rows_key, []) if self.rows_key else [page]


class Import(Read):
    """IMPORT FOREIGN SCHEMA into an empty schema; what came of it is the result."""

    def meets(self, method, path):
        return path.startswith("/api/v1/")

    def match(self):
        return {"path": self.path}


def rows_of(schema, table, columns, condition=""):
    items = ", ".join(f"to_jsonb({column})::text" for column in columns)
    return f"SELECT {items} FROM {{{schema}}}.{table}{condition}"


def make_reads(export, custom):
    """export(table): the sandbox's rows; custom(table, column): the API's name of an imported custom field."""
    leads, contacts = export("leads"), export("contacts")
    busiest = max({row["lead_id"] for row in contacts},
                  key=lambda lead: (sum(row["lead_id"] == lead for row in contacts), lead))
    # One whose field somebody may delete.
    one = next(row["id"] for row in leads if row.get(custom("leads", "employees")) is not None)
    many = [row["id"] for row in leads[20:140]]
    listed = ", ".join(f"'{key}'" for key in many)
    lead_columns = ["id", "display_name", "employees", "date_created"]
    lead_fields = {"text": "display_name", "number": custom("leads", "employees"), "time": "date_created"}
    money_columns = ["id", "lead_id", "note", "value", "confidence", "date_created"]
    money_fields = {"text": "note", "number": "value", "integer": "confidence", "time": "date_created"}
    task_columns, activity_columns = ["id", "lead_id", "text", "date_created"], ["id", "lead_id", "date_created"]
    contact_columns = ["id", "lead_id", "name", "score", "date_created"]
    count = [(str(len(leads)),)]
    return [
        Read("leads, list", rows_of("fresh", "leads", lead_columns), "GET", r"^/api/v1/lead/$",
             "GET /api/v1/lead/?", "leads", lead_columns, fields=lead_fields),
        Read("leads, search", rows_of("index", "leads", lead_columns), "POST", SEARCH,
             "POST /api/v1/data/search/ lead", "leads", lead_columns, fields=lead_fields),
        Read("lead by id", rows_of("fresh", "leads", lead_columns, f" WHERE id = '{one}'"), "GET",
             r"^/api/v1/lead/lead_", "GET /api/v1/lead/lead_", "leads", lead_columns, lambda row: row["id"] == one,
             lead_fields, ""),
        Read("leads by ids", rows_of("fresh", "leads", lead_columns, f" WHERE id IN ({listed})"), "POST",
             r"^/api/v1/lead/$", "GET /api/v1/lead/?id__in=", "leads", lead_columns,
             lambda row: row["id"] in set(many), lead_fields),
        Read("contacts of a lead", rows_of("fresh", "contacts", contact_columns, f" WHERE lead_id = '{busiest}'"),
             "GET", r"^/api/v1/contact/$", "GET /api/v1/contact/?lead_id=", "contacts", contact_columns,
             lambda row: row["lead_id"] == busiest,
             {"text": "name", "number": custom("contacts", "score"), "time": "date_created"}),
        Read("opportunities, list", rows_of("fresh", "opportunities", money_columns), "GET",
             r"^/api/v1/opportunity/$", "GET /api/v1/opportunity/?", "opportunities", money_columns,
             fields=money_fields),
        Read("opportunities, search", rows_of("index", "opportunities", money_columns), "POST", SEARCH,
             "POST /api/v1/data/search/ opportunity", "opportunities", money_columns, fields=money_fields),
        Read("tasks, list", rows_of("fresh", "tasks", task_columns), "GET", r"^/api/v1/task/$", "GET /api/v1/task/?",
             "tasks", task_columns, fields={"text": "text", "time": "date_created"}),
        Read("activities, list", rows_of("fresh", "activities", activity_columns), "GET", r"^/api/v1/activity/$",
             "GET /api/v1/activity/?", "activities", activity_columns, fields={"time": "date_created"}),
        Read("count(*), list", "SELECT count(*) FROM {fresh}.leads", "GET", r"^/api/v1/lead/$",
             "GET /api/v1/lead/?_limit=1", expected=count),
        Read("count(*), search", "SELECT count(*) FROM {index}.leads", "POST", SEARCH,
             "POST /api/v1/data/search/ lead, count", expected=count),
        Import("import", f"IMPORT FOREIGN SCHEMA close LIMIT TO ({IMPORTED}) FROM SERVER {{server}} INTO again",
               "", r"^/api/v1/", "", fields={"text": "name"}, rows_key="fields"),
    ]


def set_up(provider_url, literal):
    """SQL that makes both servers, with every option that a fault may set: by key, and by OAuth."""
    options = {"endpoint": provider_url, "page_size": str(PAGE_SIZE), "max_connections": "4", "max_retries": "1",
               "connect_timeout": "1s", "request_timeout": "1s", "rate_limit": "100000/1s"}
    listed = ", ".join(f"{name} {literal(value)}" for name, value in options.items())
    mappings = {"crm": {"api_key": "KEY"},
                "crm_oauth": {name: name.upper() for name in ("client_id", "client_secret", "refresh_token")}}
    statements = []
    for server, mapping in mappings.items():
        secrets = ", ".join(f"{name} {literal(os.environ['CRM_FDW_CLOSE_' + end])}" for name, end in mapping.items())
        statements += [
            f"CREATE SERVER {server} FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'close', {listed})",
            f"CREATE USER MAPPING FOR CURRENT_USER SERVER {server} OPTIONS ({secrets})"]
        for schema, read_path in (("remote", "fresh"), ("indexed", "index")):
            schema += server.removeprefix("crm")
            statements += [f"CREATE SCHEMA {schema}", f"IMPORT FOREIGN SCHEMA close LIMIT TO ({IMPORTED}) "
                                                      f"FROM SERVER {server} INTO {schema}"]
            statements += [f"ALTER FOREIGN TABLE {schema}.{table} OPTIONS (ADD read_path '{read_path}')"
                           for table in TABLES]
    return statements, options


def secrets():
    """As they are written, and as a header has them."""
    plain = [os.environ[f"CRM_FDW_CLOSE_{name}"] for name in ("KEY", "CLIENT_SECRET", "REFRESH_TOKEN")]
    return [*plain, base64.b64encode(f"{plain[0]}:".encode()).decode()]


# ---- paging --------------------------------------------------------------------------------------------


def page_again():
    """The first page, for ever."""
    first = []

    def rewrite(read, exchange):
        if exchange.number == 0 or not read.is_paged:
            return False
        page = exchange.json()
        if exchange.number == 1:
            first[:] = [page]
        if not (page.get("has_more") or page.get("cursor")) and exchange.number == 1:
            return False
        exchange.status, exchange.body = 200, json.dumps(first[0]).encode()
        return True

    return rewrite


def more_for_ever(read, exchange):
    """Empty pages behind the last one."""
    if exchange.number == 0 or not read.is_paged:
        return False
    page = exchange.json()
    rows = page.get("data", []) if exchange.status == 200 else []
    if exchange.status == 200 and "data" not in page:
        return False
    more = {"cursor": "bW9yZQ=="} if "search" in exchange.path else {"has_more": True}
    exchange.status, exchange.body = 200, json.dumps({**page, "data": rows, **more}).encode()
    return True


def ends_early(read, exchange):
    """The first page says that it is the last."""
    page = exchange.json() if exchange.number == 1 and read.is_paged else {}
    if not (page.get("has_more") or page.get("cursor")):
        return False
    page.update({"cursor": None} if "cursor" in page else {"has_more": False})
    exchange.body = json.dumps(page).encode()
    return True


def total(token):
    """The number of rows that an answer names."""
    def rewrite(_, exchange):
        body = re.sub(rb'("total(?:_results)?": ?)\d+', rb"\g<1>" + token, exchange.body)
        changed = exchange.number > 0 and body != exchange.body
        exchange.body = body if changed else exchange.body
        return changed

    return rewrite


def unsorted(read, exchange):
    """Rows in an order that was not asked for."""
    page = exchange.json() if exchange.number else {}
    if read.path != SEARCH or len(page.get("data", [])) < 2:
        return False
    page["data"].reverse()
    exchange.body = json.dumps(page).encode()
    return True


# ---- a custom field that somebody deletes ------------------------------------------------------------------


def without(record, name):
    nested = record.get("custom")
    record.pop(name, None)
    if isinstance(nested, dict):
        nested.pop(name.removeprefix("custom."), None)


def field_lost(from_request):
    """The custom field that the read wants is gone from that request on, and so it is NULL in the CRM."""
    gone = [False]

    def rewrite(read, exchange):
        name = read.fields.get("number", "")
        if not name.startswith("custom."):
            return False
        if exchange.number == 1:
            gone[0] = False
        gone[0] = gone[0] or exchange.number >= from_request
        if not gone[0]:
            return False
        if "custom_field_schema" in exchange.path:
            schema = exchange.json()
            schema["fields"] = [f for f in schema["fields"] if "custom." + f["id"] != name]
            exchange.body = json.dumps(schema).encode()
            return True
        if exchange.number == 0:
            return False
        if isinstance(exchange.request, dict) and name in str(exchange.request.get("_fields", "")) \
                and read.path == SEARCH:
            exchange.status = 400
            exchange.body = json.dumps({"errors": [], "field-errors": {"_fields": f"Unknown field {name}"}}).encode()
            return True
        page = exchange.json()
        for record in read.records(page):
            exchange.changes.append((record["id"], name, None))
            without(record, name)
        exchange.body = json.dumps(page).encode()
        return True

    return rewrite


# ---- tokens ------------------------------------------------------------------------------------------------


def token_faults():
    refused = {"match": {"path": "^/oauth2/token/$"}, "own": True, "action": {
        "kind": "status", "status": 400, "body": {"error": "invalid_grant"}}}
    broken = {"match": {"path": "^/oauth2/token/$"}, "own": True, "action": {
        "kind": "status", "status": 503, "body": "busy"}}
    revoked = {"kind": "revoke_token"}
    return [
        Fault("access token revoked at the first request", COMPLETE, oauth=True, scheduled=[on(revoked, nth=1)]),
        Fault("access token revoked between two pages", COMPLETE, oauth=True, scheduled=[on(revoked, nth=2)]),
        Fault("access token revoked at every request", ("28P01",), "could not authenticate", oauth=True,
              scheduled=[on(revoked)]),
        Fault("refresh token revoked for good", ("28P01",), "could not authenticate|token", oauth=True,
              scheduled=[on(revoked, nth=1), refused]),
        Fault("token endpoint that is down", ("08006",), "server error|token", oauth=True,
              scheduled=[on(revoked, nth=1), broken]),
    ]


def account_faults():
    cursors = {"kind": "expire_cursor"}
    narrow = {"page_size": "4"}  # less than the rows of one millisecond
    counts = ("count(*), list", "count(*), search")
    few = {"lead by id": COMPLETE, "import": COMPLETE}
    uncounted = {**few, **{name: ("HVM01",) for name in counts}}
    refused = {"kind": "status", "status": 400, "body": {"errors": [], "field-errors": {"_fields": "List is too long"}}}
    return [
        # The definitions of fields and the count of a list can do with nothing less.
        Fault("_fields refused, once", COMPLETE, "refused.*_fields", scheduled=[on(refused, nth=1)],
              instead={name: ("HVW01",) for name in ("import", "count(*), list")}),
        # No more ids are asked for than a page has rows.
        Fault("page repeats for ever", ("HVI01", "HVM01"), "could not read", rewrite=page_again(),
              instead={"leads by ids": COMPLETE}),
        Fault("more rows promised for ever", ("HVI01", "HVM01"), "could not read", rewrite=more_for_ever,
              may_complete=True),
        # Lists of activities state no total, but a full page is not taken to be the last.
        Fault("first page says it is the last", ("HVI01",), "could not read all", rewrite=ends_early,
              instead={"activities, list": COMPLETE}),
        Fault("search answers in another order", ("HVM01",), "order", rewrite=unsorted),
        Fault("total of 2^63", ("HVI01", "HVM01"), "could not read", rewrite=total(b"9223372036854775808"),
              may_complete=True, instead=uncounted),
        Fault("total of 1e400", ("HVI01", "HVM01"), "could not read", rewrite=total(b"1e400"), may_complete=True,
              instead=uncounted),
        Fault("total below zero", ("HVI01", "HVM01"), "could not read", rewrite=total(b"-1"), may_complete=True,
              instead=uncounted),
        Fault("total too large", ("HVI01",), "could not read all|does not page deeper",
              rewrite=lambda read, exchange: read.is_paged and total(b"100000")(read, exchange), instead=few),
        Fault("cursor expired in a plateau, once", COMPLETE, options=narrow,
              scheduled=[on(cursors, nth=1, body='"cursor"')]),
        Fault("cursor expired in a plateau, always", ("HVI01",), "could not read all", options=narrow,
              scheduled=[on(cursors, body='"cursor"')], may_complete=True),
        # Reads by key do not look whether the field exists: that would double their requests.
        Fault("custom field lost before the read", ("HV005",), "no longer exists", rewrite=field_lost(1),
              instead={"lead by id": NULLED, "contacts of a lead": NULLED}),
        Fault("custom field lost between two pages", ("HV005",), "no longer exists", rewrite=field_lost(2),
              instead={"leads by ids": NULLED}),
        *token_faults(),
    ]
