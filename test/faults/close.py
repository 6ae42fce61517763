"""The reads of a Close account, and the faults that only its API can have."""
import base64
import json
import os
import re

from fault import COMPLETE, NULLED, Fault, on
from read import Import, Read, rows_of

LABEL = "Close"
SANDBOX_FLAGS = "--seed 1 --leads 201"  # two requests in a plan: no more than the 120 ids that are read want
PAGE_SIZE = 50
TABLES = ("leads", "contacts", "opportunities", "tasks", "activities")
IMPORTED = ", ".join((*TABLES, "users"))
SEARCH = r"^/api/v1/data/search/$"
SCHEMAS = {"fresh": "remote", "index": "indexed"}  # of tables with that read path
TOKEN_PATH = "^/oauth2/token/$"
TOKEN_REFUSED = {"error": "invalid_grant"}
UNAUTHORIZED, FORBIDDEN = {"error": "Unauthorized"}, {"error": "Forbidden"}
COUNTS = ("count(*), list", "count(*), search")  # they want the total only
# What else is right for some reads, by the fault's name.
INSTEAD = {
    "an object where a text should be": {"import": COMPLETE},
    "JSON nested 20,000 deep in a text": {"import": COMPLETE},
    "rows missing": dict.fromkeys(COUNTS, COMPLETE),
    "rows twice": {"import": COMPLETE, "count(*), search": COMPLETE},
}
ABOUT = """The reads: leads and opportunities through their lists and through the search, in several pages; one lead by its id,
120 leads by their ids, the contacts of one lead; lists of tasks and of activities; `count(*)` both ways; `IMPORT
FOREIGN SCHEMA`. `page_size` was 50.

Where something was spoilt without a trace, this is the answer:

* Text that PostgreSQL cannot hold (invalid UTF-8, lone surrogates, NUL) is read with U+FFFD in its place.
* Of a key that comes twice in a record, the last value counts, as in `jsonb`.
* A list of activities states no total. A full page is not taken to be the last on Close's word alone; if a page that
  is not full were not the last, nobody would know.
* A custom field that somebody deletes looks like one that was never set. Lists and searches ask whether it still
  exists when it is absent from 100 rows in a row, or from all; reads by id and by lead do not, because that would
  double their requests: there the field is NULL.
"""


def exports(sandbox):
    """The sandbox's rows, by table."""
    return {name: sandbox.export("close", name) for name in TABLES}


def make_reads(known, custom):
    """known: exports(); custom(table, column): the API's name of an imported custom field."""
    leads, contacts = known["leads"], known["contacts"]
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
        for read_path, schema in SCHEMAS.items():
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


# ---- all of them -------------------------------------------------------------------------------------------


def limited(name, headers, body):
    action = {"kind": "status", "status": 429, "headers": headers, "body": body}
    return Fault(f"429, {name}, once", COMPLETE, scheduled=[on(action, nth=1)])


def limit_faults():
    quota = "limit=240{0} remaining=17{0} reset=0.2"
    inner = {"rate_reset": "0.2", "rate_limit": 240, "message": "API call count exceeded for this period"}
    return [
        limited("headers with commas", {"ratelimit": quota.format(",")}, inner),
        limited("headers with semicolons", {"ratelimit": quota.format(";")}, inner),
        limited("old headers", {"x-rate-limit-limit": "240", "x-rate-limit-remaining": "17",
                                "x-rate-limit-reset": "0.2"}, inner),
        limited("Retry-After alone", {"retry-after": "1"}, "slow down"),
        limited("the wait in the body alone", {}, inner),
        limited("the wait in a nested body alone", {}, {"error": inner}),
        limited("no word about the wait", {}, "slow down"),
        limited("headers that make no sense", {"ratelimit": "limit=, reset=soon", "retry-after": "-1"}, "[1,"),
        Fault("429, always", ("53400",), "rate limit", scheduled=[
            on({"kind": "status", "status": 429, "headers": {"ratelimit": quota.format(";")}, "body": inner})]),
        Fault("400 at the second request", ("HVW01",), "refused", instead={"import": COMPLETE},
              scheduled=[on({"kind": "status", "status": 400, "body": {"error": "Ostrich"}}, nth=2)]),
    ]


def account_faults():
    cursors = {"kind": "expire_cursor"}
    narrow = {"page_size": "4"}  # less than the rows of one millisecond
    few = {"lead by id": COMPLETE, "import": COMPLETE}
    uncounted = {**few, **{name: ("HVM01",) for name in COUNTS}}
    refused = {"kind": "status", "status": 400, "body": {"errors": [], "field-errors": {"_fields": "List is too long"}}}
    return [
        *limit_faults(),
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
    ]
