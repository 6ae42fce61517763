"""Drives the official Python client closeio against the sandbox.

Its base class API takes the base URL, so nothing has to be overridden.
"""

import json
import sys
import time
import urllib.request

from closeio_api import API, APIError, ValidationError

INFO = json.loads(sys.argv[1])
failed = 0


def check(name, fine, detail=""):
    global failed
    print(f"{'ok' if fine else 'FAILED'}  python closeio: {name} {detail}", flush=True)
    failed += 0 if fine else 1


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(INFO["control"] + path, data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def fault(**action):
    control("DELETE", "/faults")
    control("POST", "/faults", [{"match": {"nth": 1}, "action": action}])


def read_all(api, path, **params):
    rows, more = [], True
    while more:
        page = api.get(path, params={**params, "_limit": 100, "_skip": len(rows)})
        rows += page["data"]
        more = page["has_more"]
    return rows


def by_search(api):
    """Every lead through a cursor."""
    ids, cursor = set(), None
    while True:
        page = api.post("data/search", {
            "query": {"type": "object_type", "object_type": "lead"},
            "_fields": {"lead": ["id", "name"]}, "_limit": 200, "cursor": cursor})
        ids |= {row["id"] for row in page["data"]}
        cursor = page["cursor"]
        if cursor is None:
            return ids


def waits(api):
    """A 429 in each header generation; returns the seconds the client slept."""
    out = {}
    for style in ("comma", "semicolon", "legacy", "none"):
        fault(kind="rate_limit", style=style, reset=1)
        started = time.monotonic()
        api.get("me")
        out[style] = time.monotonic() - started
    return out


def main():
    for scheme in ("http", "https"):
        verify = INFO["ca_file"] if scheme == "https" else True
        api = API(INFO["close"][scheme] + "/api/v1/", INFO["close"]["api_key"], verify=verify)
        me = api.get("me")
        check(f"me over {scheme}", me["organizations"][0]["currency"] == "USD")
    counts = control("GET", "/state")["counts"]
    leads = read_all(api, "lead", _fields="id")
    check("pages of leads", len({r["id"] for r in leads}) == counts["leads"], f"{len(leads)} rows")
    deals = read_all(api, "opportunity", _order_by="date_created")
    check("pages of opportunities", len({r["id"] for r in deals}) == counts["opportunities"],
          f"{len(deals)} rows")
    check("search with cursor", len(by_search(api)) == counts["leads"])
    found = api.get("lead", {"query": "status:\"Qualified\"", "_fields": "status_label"})
    check("text search", found["total_results"] > 0
          and all(r["status_label"] == "Qualified" for r in found["data"]))
    try:
        api.get("lead", {"_limit": 500})
        check("400 becomes ValidationError", False)
    except ValidationError as error:
        check("400 becomes ValidationError", "_limit" in error.field_errors)
    try:
        api.get("lead/lead_none")
        check("404 becomes APIError", False)
    except APIError as error:
        check("404 becomes APIError", error.response.status_code == 404)
    slept = waits(api)
    check("429 survived in every header generation", all(0.9 <= s < 5 for s in slept.values()),
          json.dumps({k: round(v, 2) for k, v in slept.items()}))
    control("DELETE", "/faults")


main()
sys.exit(1 if failed else 0)
