"""Faults of what an answer says. Each rewrites answers of the sandbox on their way back (wire.Proxy)."""
import json

from fault import COMPLETE, Fault

MARK = "@@here@@"
MANY_MB = 50


def quoted(text):
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")[1:-1]


def in_cell(kind, make):
    """Puts a token into a field of the first record of the first answer. make(old) gives token and value."""

    def rewrite(read, exchange):
        name = read.fields.get(kind)
        if exchange.number != 1 or name is None:
            return False
        page = exchange.json()
        records = read.records(page)
        if not records:
            return False
        token, value = make(records[0].get(name))
        exchange.changes.append((records[0][read.key], name, value))
        records[0][name] = MARK
        exchange.body = json.dumps(page).encode().replace(f'"{MARK}"'.encode(), token)
        return True

    return rewrite


def appended(tail, read_as="\ufffd"):
    """A text with something behind it, and what PostgreSQL should see."""
    return in_cell("text", lambda old: (b'"' + quoted(old or "") + tail + b'"', (old or "") + read_as))


def number(token):
    return in_cell("number", lambda _: (token.encode(), token))


def doubled_field(read, exchange):
    """The same key twice in a record: the last counts, as in jsonb."""
    name = read.fields.get("text")
    if name is None:
        return False
    token = f'{{"a": 1}}, "{name}": "the second"'.encode()
    return in_cell("text", lambda _: (token, "the second"))(read, exchange)


def body_of(make):
    """Another body for every answer: make(body)."""

    def rewrite(_, exchange):
        if exchange.number == 0:
            return False
        exchange.body = make(exchange.body)
        return True

    return rewrite


def with_rows(make):
    """Other rows in every answer that holds a list of them. make(rows) gives the value."""

    def rewrite(read, exchange):
        page = exchange.json() if exchange.number else None
        envelope = read.envelope(page)
        if not envelope.get(read.rows_key):
            return False
        envelope[read.rows_key] = make(envelope[read.rows_key])
        exchange.body = json.dumps(page).encode()
        return True

    return rewrite


def without_rows(read, exchange):
    page = exchange.json() if exchange.number else None
    envelope = read.envelope(page)
    if read.rows_key not in envelope:
        return False
    del envelope[read.rows_key]
    exchange.body = json.dumps(page).encode()
    return True


def rows_twice(read, exchange):
    page = exchange.json() if exchange.number else None
    if read.envelope(page) is not page or read.rows_key not in page:
        return False
    exchange.body = f'{{"{read.rows_key}": [],'.encode() + exchange.body.lstrip()[1:]
    return True


def without_id(read, exchange):
    """Neither by name nor by place."""
    page = exchange.json() if exchange.number else None
    records = read.records(page) if page and read.fields.get("text") else []
    if not records or not isinstance(records[-1], dict) or read.key not in records[-1]:
        return False
    del records[-1][read.key]
    exchange.body = json.dumps(page).encode()
    return True


def value_faults():
    digits = "1" + "0" * 200_000
    could_not = "could not read the answer"
    return [
        Fault("invalid UTF-8 in a value", COMPLETE, could_not, rewrite=appended(b"\xff")),
        Fault("half a character at the end of a value", COMPLETE, could_not, rewrite=appended("€".encode()[:2])),
        Fault("lone surrogate in a value", COMPLETE, could_not, rewrite=appended(b"\\ud800")),
        Fault("NUL escape in a value", COMPLETE, rewrite=appended(b"\\u0000")),
        Fault("control character in a value", ("HVM01",), "the answer", rewrite=appended(b"\x01")),
        Fault("number 1e400", COMPLETE, rewrite=number("1e400")),
        Fault("number 2^63", COMPLETE, rewrite=number(str(2 ** 63))),
        Fault("number 1e-400", COMPLETE, rewrite=number("1e-400")),
        Fault("number of 200,001 digits", ("22P02",), "beyond the range", rewrite=number(digits)),
        Fault("number 1e999999999", ("22P02",), "beyond the range", rewrite=number("1e999999999")),
        Fault("2^63 in a bigint", ("22P02",), "column",
              rewrite=in_cell("integer", lambda _: (str(2 ** 63).encode(), None))),
        Fault("text where a number should be", ("22P02",), "column",
              rewrite=in_cell("number", lambda _: (b'"12 apples"', None))),
        Fault("text that is no time", ("22P02", "HVM01"), "column|order",
              rewrite=in_cell("time", lambda _: (b'"yesterday"', None))),
        Fault("an object where a text should be", ("22P02",), "column",
              rewrite=in_cell("text", lambda _: (b'{"a": 1}', None))),
        Fault("a key twice in a record", COMPLETE, rewrite=doubled_field),
        Fault(f"a text of {MANY_MB} MB", COMPLETE, options={"request_timeout": "20s"},
              rewrite=in_cell("text", lambda _: (b'"' + b"x" * (MANY_MB << 20) + b'"', "x" * (MANY_MB << 20)))),
        Fault("a text of 70 MB", ("54000",), "too large", options={"request_timeout": "20s"},
              rewrite=in_cell("text", lambda _: (b'"' + b"x" * (70 << 20) + b'"', None))),
        Fault("JSON nested 20,000 deep in a text", ("22P02", "HVM01"), "column|JSON|answer",
              rewrite=in_cell("text", lambda _: (b"[" * 20_000 + b"]" * 20_000, None)), may_complete=True),
    ]


def shape_faults():
    malformed, words = ("HVM01",), "[Tt]he answer"
    return [
        Fault("page of HTML with 200", malformed, words, rewrite=body_of(lambda _: b"<html>Sign in</html>")),
        Fault("empty body with 200", malformed, words, rewrite=body_of(lambda _: b"")),
        Fault("JSON cut in the middle", malformed, words,
              rewrite=body_of(lambda body: body[:len(body) // 2])),
        Fault("JSON with something behind it", malformed, words,
              rewrite=body_of(lambda body: body + b"{}")),
        Fault("JSON array", malformed, words, rewrite=body_of(lambda _: b"[1, 2]")),
        Fault("JSON null", malformed, words, rewrite=body_of(lambda _: b"null")),
        Fault("JSON string", malformed, words, rewrite=body_of(lambda _: b'"data"')),
        Fault("empty object", ("HVM01", "HV005"), words + '|"id" is missing', rewrite=body_of(lambda _: b"{}")),
        Fault("rows missing", malformed, words, rewrite=without_rows),
        Fault("rows null", malformed, words, rewrite=with_rows(lambda _: None)),
        Fault("rows an object", malformed, words, rewrite=with_rows(lambda rows: {"0": rows[0]})),
        Fault("rows twice", malformed, words, rewrite=rows_twice),
        Fault("rows that are numbers", malformed, words, rewrite=with_rows(lambda rows: list(range(len(rows))))),
        Fault("a row that is null", malformed, words, rewrite=with_rows(lambda rows: [*rows[:-1], None])),
        Fault("a row without id", ("HVM01", "HV005"), 'no id|"[Ii]d" is missing|could not read', rewrite=without_id),
    ]
