"""Compares the copy with what the sandbox says it has, so that a reading mistake is not on both sides."""
import json
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from accounts import ACCOUNTS
from database import must

REPLACEMENT = "\ufffd"
MAX_REPORTED = 5


def mended(text):
    """The text as PostgreSQL can hold it: lone surrogates and NUL become U+FFFD."""
    return "".join(REPLACEMENT if ch == "\0" or "\ud800" <= ch <= "\udfff" else ch for ch in text)


def mended_json(value):
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, list):
        return [mended_json(item) for item in value]
    if isinstance(value, dict):
        return {mended(key): mended_json(item) for key, item in value.items()}
    return value


def find(row, path):
    """The value at a field path: one flat key, or keys divided by dots; a number is a place in a list, [] all of it."""
    if path in row:
        return row[path]
    return walk(row, path.split("."))


def walk(value, keys):
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if key == "[]":
        if not isinstance(value, list):
            return None
        found_ones = [walk(item, rest) for item in value]
        flat = []
        for item in found_ones:
            flat += item if isinstance(item, list) else [] if item is None else [item]
        return flat
    if key.isdigit():
        return walk(value[int(key)], rest) if isinstance(value, list) and int(key) < len(value) else None
    return walk(value[key], rest) if isinstance(value, dict) and key in value else None


def rest_of(table, row):
    """What no column of the table holds."""
    mapped = {column.path.split(".")[0] for column in table.columns} | {"custom"}
    mapped |= {column.path for column in table.columns}
    return mended_json({key: value for key, value in row.items() if key not in mapped})


def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return mended(value) if isinstance(value, str) else str(value)


def as_moment(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def minor_unit(column):
    """What one unit of the CRM's number is worth: "minor=2" makes it a hundredth."""
    match = re.search(r"\bminor=(\d+)", column.traits)
    return Decimal(1).scaleb(-int(match[1])) if match else 1


def expected(table, column, row):
    """What the column should hold, in Python's terms; NotImplemented where this check has no opinion."""
    if column.remote_type == "_properties":
        return rest_of(table, row)
    value = find(row, column.path)
    if value is None:
        return None
    if column.type == "text":
        return as_text(value) if not isinstance(value, (list, dict)) else NotImplemented
    if column.type in ("numeric", "bigint", "integer"):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return NotImplemented
        return number * minor_unit(column)
    if column.type == "double precision":
        return float(value)
    if column.type == "boolean":
        return bool(value)
    if column.type == "timestamp with time zone":
        return as_moment(value)
    if column.type == "date":
        return date.fromisoformat(value[:10])
    if column.type == "text[]":
        if column.remote_type == "multipicklist":
            value = value.split(";")
        return [None if item is None else as_text(item) for item in (value if isinstance(value, list) else [value])]
    if column.type == "jsonb":
        return mended_json(value)
    return NotImplemented


def found(column, text):
    """What the copy holds; `text` is the value's JSON form."""
    if text is None:
        return None
    value = json.loads(text, parse_float=Decimal)
    if column.type in ("numeric", "bigint", "integer"):
        return Decimal(str(value))
    if column.type == "double precision":
        return float(value)
    if column.type == "timestamp with time zone":
        return as_moment(value)
    if column.type == "date":
        return date.fromisoformat(value)
    return value


def agree(column, left, right):
    # Fractions of a second beyond six digits are rounded.
    if column.type == "timestamp with time zone" and left is not None and right is not None:
        return abs(left - right) <= timedelta(microseconds=1)
    return left == right


def compare_table(connection, table, rows):
    """Differences as lines of text."""
    names = ", ".join(f"to_jsonb({column.name})::text" for column in table.columns)
    must(connection, "SET TimeZone = 'UTC'")
    copy = {row[0]: row[1:] for row in must(connection, f"SELECT id::text, {names} FROM copy.{table.name}")}
    key = table.column("id").path
    source = {as_text(row[key]): row for row in rows}
    lines = [f"{table.name}: {row} is missing" for row in source.keys() - copy.keys()]
    lines += [f"{table.name}: {row} is not in the CRM" for row in copy.keys() - source.keys()]
    count = int(must(connection, f"SELECT count(*) FROM copy.{table.name}")[0][0])
    if count != len(rows):
        lines.append(f"{table.name}: {count} rows, the CRM has {len(rows)}")
    checked = 0
    for row in source.keys() & copy.keys():
        for column, text in zip(table.columns, copy[row]):
            want = expected(table, column, source[row])
            if want is NotImplemented:
                continue
            have = found(column, text)
            checked += 1
            if not agree(column, want, have):
                lines.append(f"{table.name}.{column.name} of {row}: {have!r}, the CRM has {want!r}")
    return lines, checked


def check_reading(connection, sandbox, provider, tables):
    """Prints what it compared; gives the number of differences."""
    differences = 0
    known = sandbox.exported(provider)
    name_of = ACCOUNTS[provider].export_name
    for table in [t for t in tables if name_of(t) in known]:
        rows = sandbox.export(provider, name_of(table))
        lines, checked = compare_table(connection, table, rows)
        for line in lines[:MAX_REPORTED]:
            print(f"DIFFERENCE in reading: {line}")
        print(f"reading {table.name}: {len(rows)} rows, {checked} values compared, {len(lines)} differences", flush=True)
        differences += len(lines)
    return differences
