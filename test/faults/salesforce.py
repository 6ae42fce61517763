"""The reads of a Salesforce org, and the faults that only its API can have."""
import json
import os
import re

from fault import COMPLETE, Fault, on
from read import Import, Read, rows_of

LABEL = "Salesforce"
SANDBOX_FLAGS = "--seed 1 --accounts 450 --contacts 700 --opportunities 450 --wides 20 --wide 520"
PAGE_SIZE = 200  # the least that Salesforce takes
WIDE_COLUMNS = 500  # too many for a URL
TABLES = ("account", "contact", "opportunity", "wide__c")
IMPORT = f"IMPORT FOREIGN SCHEMA salesforce LIMIT TO ({', '.join(TABLES)}) FROM SERVER"
DATA = r"^/services/data/v62\.0/"
QUERY = DATA + "query(All)?(/|$)"
COMPOSITE = DATA + "composite$"
RETRIEVE = DATA + "composite/sobjects/"
SCHEMAS = {"live": "remote", "all": "with_deleted"}
TOKEN_PATH = "^/services/oauth2/token$"
TOKEN_REFUSED = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
COUNT = "count(*), with a condition"
BY_IDS = "accounts by ids, retrieved"
CONDITION = "contacts, with a condition"
SPLIT = "contacts by 650 ids, deleted too"
WIDE = f"{WIDE_COLUMNS} columns"


def refusal(code, message, **more):
    """An error body as Salesforce writes it."""
    return [{"message": message, "errorCode": code, **more}]


UNAUTHORIZED = refusal("INVALID_SESSION_ID", "Session expired or invalid")
FORBIDDEN = refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
# What else is right for some reads, by the fault's name.
INSTEAD = {
    # The numbers of rows, which the second request asks for, are not needed.
    "403 at the second request": {"import": COMPLETE},
    # The total is all that counting wants.
    "rows missing": {COUNT: COMPLETE},
    "rows twice": {COUNT: COMPLETE, "import": COMPLETE},
    # What is spoilt in the list of objects is not used.
    "an object where a text should be": {"import": COMPLETE},
}
ABOUT = f"""The reads: all accounts, and those in the recycle bin as well (queryAll); one account by its id, 120 by their ids
(retrieve); contacts with a condition, and 650 of them by their ids with deleted ones, which two URLs hold;
opportunities in the order of their dates; {WIDE_COLUMNS} columns, which composite carries; `count(*)` under a condition; `IMPORT
FOREIGN SCHEMA`. `page_size` was {PAGE_SIZE}.

Where something was spoilt without a trace, this is the answer:

* Text that PostgreSQL cannot hold (invalid UTF-8, lone surrogates, NUL) is read with U+FFFD in its place.
* Of a key that comes twice in a record, the last value counts, as in `jsonb`.
* A condition that Salesforce no longer takes is left out, and every row checked here. Where the condition is the
  question itself (`count(*)`, a list of ids that is sent in parts), the refusal is the answer.
"""


class Composite(Read):
    """A query in the body of a composite request; its further pages come as they are."""

    def envelope(self, page):
        if not isinstance(page, dict) or "compositeResponse" not in page:
            return super().envelope(page)
        answers = page["compositeResponse"]
        body = answers[0].get("body") if isinstance(answers, list) and answers else None
        return body if isinstance(body, dict) else {}


def exports(sandbox):
    """The sandbox's rows, by table; "…, all": with those in the recycle bin."""
    objects = {"account": "Account", "contact": "Contact", "opportunity": "Opportunity", "wide__c": "Wide__c"}
    known = {table: sandbox.export("salesforce", name) for table, name in objects.items()}
    return known | {f"{table}, all": sandbox.export("salesforce", objects[table], deleted=1)
                    for table in ("account", "contact")}


def make_reads(known, path_of):
    """known: exports(); path_of(table, column): the API's name of a column's field."""
    one = next(row["Id"] for row in known["account"] if row["AnnualRevenue"] is not None)
    many = [row["Id"] for row in known["account"][20:140]]
    of_contacts = [row["Id"] for row in known["contact, all"][:650]]

    def listed(ids):
        return ", ".join(f"'{key}'" for key in ids)

    def has_account(row):
        return row["AccountId"] is not None

    account = ["id", "name", "annual_revenue", "number_of_employees", "created_date"]
    account_fields = {"text": "Name", "number": "AnnualRevenue", "integer": "NumberOfEmployees", "time": "CreatedDate"}
    contact = ["id", "account_id", "title", "birthdate", "created_date"]
    contact_fields = {"text": "Title", "time": "CreatedDate"}
    opportunity = ["id", "name", "amount", "close_date"]
    numbers = [f"measured_property_{number:03}__c" for number in range(1, WIDE_COLUMNS)]
    of_wide = {"text": path_of("wide__c", numbers[7]), "number": path_of("wide__c", numbers[0])}
    soql = {"rows_key": "records", "key": "Id"}
    return [
        Read("accounts", rows_of("live", "account", account), "GET", QUERY, "Remote Query: SELECT Id,", "account",
             account, fields=account_fields, **soql),
        Read("accounts, deleted too", rows_of("all", "account", account), "GET", QUERY, "queryAll: SELECT Id,",
             "account", account, fields=account_fields, source="account, all", **soql),
        Read("account by id", rows_of("live", "account", account, f" WHERE id = '{one}'"), "GET", QUERY,
             f"WHERE Id = '{one}'", "account", account, lambda row: row["Id"] == one, account_fields, **soql),
        Read(BY_IDS, rows_of("live", "account", account, f" WHERE id IN ({listed(many)})"), "POST", RETRIEVE,
             "POST composite/sobjects/Account", "account", account, lambda row: row["Id"] in set(many), account_fields,
             "", "Id"),
        Read(CONDITION, rows_of("live", "contact", contact, " WHERE account_id IS NOT NULL"), "GET", QUERY,
             "WHERE AccountId != null", "contact", contact, has_account, contact_fields, **soql),
        Read(SPLIT, rows_of("all", "contact", contact, f" WHERE id IN ({listed(of_contacts)})"), "GET", QUERY,
             "FROM Contact WHERE Id IN (", "contact", contact, lambda row: row["Id"] in set(of_contacts),
             contact_fields, source="contact, all", **soql),
        Read("opportunities, in order", rows_of("live", "opportunity", opportunity, " ORDER BY close_date"), "GET", QUERY,
             "FROM Opportunity ORDER BY CloseDate", "opportunity", opportunity,
             fields={"text": "Name", "number": "Amount"}, **soql),
        Composite(WIDE, rows_of("live", "wide__c", ["id", *numbers]), "", f"{COMPOSITE}|{QUERY}",
                  "FROM Wide__c", "wide__c", ["id", *numbers], fields=of_wide, **soql),
        Read(COUNT, "SELECT count(*) FROM {live}.contact WHERE account_id IS NOT NULL", "GET", QUERY,
             "SELECT COUNT() FROM Contact WHERE", expected=[(str(sum(map(has_account, known["contact"]))),)], **soql),
        Import("import", f"{IMPORT} {{server}} INTO again OPTIONS (max_columns '{WIDE_COLUMNS + 20}')", "", DATA, "",
               fields={"text": "label"}, rows_key="sobjects", key="name"),
    ]


def set_up(provider_url, literal):
    """SQL that makes both servers, with every option that a fault may set: with a ready token, and by JWT."""
    options = {"endpoint": provider_url, "page_size": str(PAGE_SIZE), "max_connections": "4", "max_retries": "1",
               "connect_timeout": "1s", "request_timeout": "1s", "rate_limit": "100000/1s"}
    mappings = {"crm": ("access_token",), "crm_oauth": ("client_id", "username", "private_key")}
    statements = []
    for server, names in mappings.items():
        login = {"login_url": os.environ["CRM_FDW_SALESFORCE_LOGIN_URL"]} if server == "crm_oauth" else {}
        listed = ", ".join(f"{name} {literal(value)}" for name, value in {**options, **login}.items())
        secret = ", ".join(f"{name} {literal(os.environ['CRM_FDW_SALESFORCE_' + name.upper()])}" for name in names)
        statements += [
            f"CREATE SERVER {server} FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider 'salesforce', {listed})",
            f"CREATE USER MAPPING FOR CURRENT_USER SERVER {server} OPTIONS ({secret})"]
        for name, schema in SCHEMAS.items():
            schema += server.removeprefix("crm")
            deleted = "true" if name == "all" else "false"
            statements += [f"CREATE SCHEMA {schema}",
                           f"{IMPORT} {server} INTO {schema} OPTIONS (max_columns '{WIDE_COLUMNS + 20}', "
                           f"include_deleted '{deleted}')"]
    return statements, options


def secrets():
    """The key's lines, tokens, and what every token and every assertion begins with."""
    plain = [os.environ[f"CRM_FDW_SALESFORCE_{name}"] for name in ("ACCESS_TOKEN", "CLIENT_SECRET", "REFRESH_TOKEN")]
    key = [line for line in os.environ["CRM_FDW_SALESFORCE_PRIVATE_KEY"].splitlines() if not line.startswith("-")]
    return [*plain, *key, plain[0].split("!")[0] + "!", "eyJhbGciOiJSUzI1NiJ9"]


# ---- paging --------------------------------------------------------------------------------------------


def is_page(read, page):
    return read.is_paged and "done" in read.envelope(page)


def page_again():
    """The first page, for ever."""
    first = []

    def rewrite(read, exchange):
        page = exchange.json() if exchange.number else None
        if exchange.number == 1 and is_page(read, page) and not read.envelope(page)["done"]:
            first[:] = [page]
        elif exchange.number < 2 or not first:
            first.clear()
            return False
        exchange.status, exchange.body = 200, json.dumps(first[0]).encode()
        return True

    return rewrite


def more_for_ever(read, exchange):
    """Empty pages behind the last one."""
    if exchange.number == 0 or not read.is_paged:
        return False
    page = exchange.json()
    if exchange.status != 200:
        page = {"totalSize": 0, "records": []}
    elif not is_page(read, page) or not read.envelope(page)["done"]:
        return False
    read.envelope(page).update(done=False, nextRecordsUrl=f"/services/data/v62.0/query/0r8more-{exchange.number}")
    exchange.status, exchange.body = 200, json.dumps(page).encode()
    return True


def ends_early(read, exchange):
    """The first page says that it is the last."""
    page = exchange.json() if exchange.number == 1 else None
    if not is_page(read, page) or read.envelope(page)["done"]:
        return False
    read.envelope(page).update(done=True, nextRecordsUrl=None)
    exchange.body = json.dumps(page).encode()
    return True


def without(key):
    """A page without one of its members."""
    def rewrite(read, exchange):
        page = exchange.json() if exchange.number else None
        if key not in read.envelope(page) or read.is_import:
            return False
        del read.envelope(page)[key]
        exchange.body = json.dumps(page).encode()
        return True

    return rewrite


def total(token):
    """The number of rows that an answer names."""
    def rewrite(read, exchange):
        body = re.sub(rb'("totalSize": ?)\d+', rb"\g<1>" + token, exchange.body)
        changed = exchange.number > 0 and not read.is_import and body != exchange.body
        exchange.body = body if changed else exchange.body
        return changed

    return rewrite


def paging_faults():
    uncounted = {COUNT: ("HVM01",)}
    return [
        Fault("page repeats for ever", ("HVI01", "HVM01"), "could not read", rewrite=page_again()),
        Fault("more rows promised for ever", ("HVI01", "HVM01"), "could not read", rewrite=more_for_ever),
        Fault("first page says it is the last", ("HVI01",), "could not read all", rewrite=ends_early),
        Fault("page without done", ("HVM01",), "could not read", rewrite=without("done"), instead={COUNT: COMPLETE}),
        Fault("page without totalSize", ("HVM01",), "could not read", rewrite=without("totalSize")),
        Fault("the way to the next page is missing", ("HVM01",), "could not read", rewrite=without("nextRecordsUrl")),
        Fault("total of 2^63", ("HVM01",), "could not read", rewrite=total(b"9223372036854775808"), instead=uncounted),
        Fault("total of 1e400", ("HVM01",), "could not read", rewrite=total(b"1e400"), instead=uncounted),
        Fault("total below zero", ("HVI01", "HVM01"), "could not read", rewrite=total(b"-1"), instead=uncounted),
        # What nobody could tell: a count that is a number.
        Fault("total too large", ("HVI01",), "could not read all",
              rewrite=lambda read, exchange: read.is_paged and total(b"100000")(read, exchange)),
        Fault("total too small", ("HVI01",), "could not read all",
              rewrite=lambda read, exchange: read.is_paged and total(b"0")(read, exchange)),
        Fault("locator expired between two pages", ("HVI01",), "cursor of Salesforce has expired.*two days",
              scheduled=[on({"kind": "expire_cursor"}, nth=3)], instead={"import": COMPLETE}),
    ]


# ---- refusals ------------------------------------------------------------------------------------------


def refused(status, code, message, **match):
    return on({"kind": "status", "status": status, "body": refusal(code, message)}, **match)


def passing_faults():
    """What is over when one asks again."""
    passing = [
        ("concurrent requests", 403, "REQUEST_LIMIT_EXCEEDED",
         "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "53400", "too many long requests at a time"),
        ("SERVER_UNAVAILABLE", 503, "SERVER_UNAVAILABLE", "Server unavailable, please try again.", "08006",
         "server error"),
        ("UNKNOWN_EXCEPTION", 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", "08006", "server error"),
    ]
    faults = []
    for name, status, code, message, state, words in passing:
        faults += [Fault(f"{name}, once", COMPLETE, scheduled=[refused(status, code, message, nth=1)]),
                   Fault(f"{name}, always", (state,), words, scheduled=[refused(status, code, message)])]
    for status in (420, 429):
        action = {"kind": "status", "status": status, "body": "<html>Routing failed</html>"}
        faults.append(Fault(f"{status}, once", COMPLETE, scheduled=[on(action, nth=1)]))
        faults.append(Fault(f"{status}, always", ("08006", "53400"), "server error|rate limit", scheduled=[on(action)]))
    return faults


def query_faults():
    """What Salesforce says of a query. A condition that it does not take is left out before the first row."""
    resent = {CONDITION: COMPLETE, "account by id": COMPLETE, BY_IDS: COMPLETE}
    no_filter = refused(400, "INVALID_FIELD", "\nWHERE AccountId != null\n^\nERROR at Row:1:Column:40\nfield 'AccountId' "
                        "can not be filtered in a query call", query="WHERE%20AccountId")
    lost = "\nERROR at Row:1:Column:8\nNo such column 'AnnualRevenue' on entity 'Account'."
    gone = [{**refused(400, "INVALID_FIELD", lost, path=DATA, **{where: "AnnualRevenue"}), "own": True}
            for where in ("query", "body")]
    return [
        Fault("MALFORMED_QUERY, once", ("HVW01",), "refused.*unexpected token",
              scheduled=[refused(400, "MALFORMED_QUERY", "unexpected token: 'Ostrich'", nth=1)], instead=resent),
        Fault("QUERY_TIMEOUT, once", ("08T01",), "query took too long",
              scheduled=[refused(400, "QUERY_TIMEOUT", "Your query request was running for too long.", nth=1)],
              instead=resent),
        Fault("field lost its filterable flag", ("HV007",), "field refused", scheduled=[no_filter],
              instead={CONDITION: COMPLETE}),
        Fault("field lost", ("HV005",), "AnnualRevenue.*The query is: SELECT", scheduled=gone),
        Fault("object lost", ("HV00R",), "does not exist", scheduled=[
            {**refused(400, "INVALID_TYPE", "sObject type 'Account' is not supported.", path=DATA), "own": True}]),
        Fault("an unknown refusal", ("HVW01",), "UNABLE_TO_OSTRICH",
              scheduled=[refused(400, "UNABLE_TO_OSTRICH", "unable to", nth=1)],
              instead={BY_IDS: COMPLETE}),
        Fault("400 at the second request", ("HVW01",), "refused", instead={"import": COMPLETE, SPLIT: ("HVW01",)},
              scheduled=[refused(400, "MALFORMED_QUERY", "unexpected token: 'Ostrich'", nth=2)]),
        Fault("retrieve refused", ("HVW01",), "refused", scheduled=[
            refused(400, "INVALID_ID_FIELD", "Invalid id", path=RETRIEVE)], instead={BY_IDS: COMPLETE}),
        # Descriptions are then asked for one by one.
        Fault("composite refused", ("HVW01",), "refused", instead={"import": COMPLETE}, scheduled=[
            refused(400, "FUNCTIONALITY_NOT_ENABLED", "This feature is not enabled.", path=COMPOSITE)]),
        Fault("descriptions cut, once", COMPLETE, scheduled=[
            on({"kind": "cut", "after_bytes": 4000}, path=COMPOSITE, nth=1)]),
        Fault("descriptions cut, always", ("08U01",), "closed inside an answer", scheduled=[
            on({"kind": "cut", "after_bytes": 4000}, path=COMPOSITE)]),
        Fault("row counts refused", COMPLETE, scheduled=[
            refused(403, "INSUFFICIENT_ACCESS", "no", path=DATA + "limits/recordCount")]),
    ]


def session_faults():
    moved = {"kind": "replace", "status": 200, "body": {
        "access_token": "00D!moved", "instance_url": "https://elsewhere.example", "token_type": "Bearer"}}
    daily = ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    return [
        Fault("daily request limit, at the first request", ("53400",), "request limit.*24 hours",
              scheduled=[refused(403, *daily, nth=1)]),
        Fault("daily request limit, at the second request", ("53400",), "request limit.*24 hours",
              scheduled=[refused(403, *daily, nth=2)]),
        Fault("ready token expires for good", ("28P01",), "could not authenticate.*access_token",
              scheduled=[refused(401, "INVALID_SESSION_ID", "Session expired or invalid")]),
        Fault("session not for the API", ("28P01",), "could not authenticate", oauth=True, scheduled=[
            refused(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")]),
        Fault("password of the user expired", ("28P01",), "password.*expired", scheduled=[
            refused(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The users password has expired")]),
        Fault("API not enabled", ("0A000",), "not enabled", scheduled=[
            refused(403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")]),
        Fault("version retired", ("HVW01",), "version", scheduled=[
            refused(410, "UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")]),
        Fault("new token leads to another host", ("HVN01",), "elsewhere.example.*allowed_hosts", oauth=True, scheduled=[
            on({"kind": "revoke_token"}, nth=1), {"match": {"path": TOKEN_PATH}, "own": True, "action": moved}]),
    ]


def account_faults():
    return [*paging_faults(), *passing_faults(), *query_faults(), *session_faults()]
