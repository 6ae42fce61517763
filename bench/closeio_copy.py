"""What one writes without crm_fdw: reads all leads with the official client and copies them into a table.

The job comes as JSON on standard input: url, key, ca_file (or null), table, columns (of name, path, type), page.
Prints the number of rows and the CPU seconds of its session's backend. COPY gets one page at a time, so that memory
stays flat.
"""
import io
import json
import sys

import psycopg2
from closeio_api import API

from contenders import process_cpu

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})


def array(items):
    quoted = ("NULL" if item is None else '"' + text(item).replace("\\", "\\\\").replace('"', '\\"') + '"'
              for item in items)
    return "{" + ",".join(quoted) + "}"


def text(value):
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def cell(value, kind):
    """A field of COPY's text format."""
    if value is None:
        return "\\N"
    if kind == "jsonb":
        value = json.dumps(value, ensure_ascii=False).replace("\\u0000", "\ufffd")
    elif kind == "text[]":
        value = array(value if isinstance(value, list) else [value])
    else:
        if isinstance(value, list):
            if not value:
                return "\\N"
            value = value[0]
        value = text(value)
    return value.translate(ESCAPES)


def lines(leads, columns):
    for lead in leads:
        yield "\t".join(cell(lead.get(path), kind) for _, path, kind in columns) + "\n"


def main():
    job = json.load(sys.stdin)
    api = API(job["url"] + "/api/v1/", job["key"], verify=job["ca_file"] or True)
    columns = [(c["name"], c["path"], c["type"]) for c in job["columns"]]
    names = ", ".join(name for name, _, _ in columns)
    fields = ",".join(path for _, path, _ in columns)
    connection = psycopg2.connect("")
    rows, more = 0, True
    with connection, connection.cursor() as cursor:
        while more:
            page = api.get("lead", params={"_limit": job["page"], "_skip": rows, "_fields": fields})
            # Half a surrogate pair cannot be written as UTF-8.
            block = "".join(lines(page["data"], columns)).encode("utf-8", "replace")
            cursor.copy_expert(f"COPY {job['table']} ({names}) FROM STDIN", io.BytesIO(block))
            rows += len(page["data"])
            more = page["has_more"]
    print(rows, process_cpu(connection.get_backend_pid()))


main()
