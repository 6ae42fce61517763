"""Runs a query on every side and says what differs."""
import collections
from dataclasses import dataclass, replace
from decimal import Decimal, DefaultContext, setcontext

import database
from parts import Negation, Rendering, Select, piece, render

# Of every thread: sums of CRM numbers have more digits than Python keeps.
DefaultContext.prec = 200
setcontext(DefaultContext)
MAX_ROWS_SHOWN = 5
NO_WAY = "no way to read"


class Refused(Exception):
    """The query tests nothing: PostgreSQL refuses it on every side with one SQLSTATE, or no access path of the
    source that read_path names can answer it."""


class Failed(Exception):
    """A statement failed on one side."""

    def __init__(self, state, message):
        super().__init__(f"{state}: {message}")
        self.state = state
        self.message = message


@dataclass(frozen=True)
class Difference:
    kind: str  # rows, or the SQLSTATE of the side that failed
    text: str


class Sides:
    """Sessions on the foreign tables, with and without pushdown, and on the copy."""

    def __init__(self):
        self.remote = database.connect(database.REMOTE)
        self.unpushed = database.connect(database.REMOTE, "crm_fdw.pushdown=off")
        self.copy = database.connect(database.COPY)

    def close(self):
        for connection in (self.remote, self.unpushed, self.copy):
            connection.close()


def preparation(query, body, rendering):
    """The statements before the query; its constants that are parameters are in `rendering`."""
    lines = [f"SET {setting}" for setting in query.settings]
    sql = render(body, rendering)
    if rendering.parameters:
        types = ", ".join(constant.kind for constant in rendering.parameters)
        lines += [f"SET plan_cache_mode = {query.plan_cache_mode}", f"PREPARE q({types}) AS {sql}"]
    return lines, sql


def statements(query, body):
    """What comes before, and the statements whose answers count: one, or each execution of the prepared one."""
    rendering = Rendering(query.executions[0])
    before, sql = preparation(query, body, rendering)
    if not rendering.parameters:
        return before, [sql]
    return before, [f"EXECUTE q({', '.join(constant.value(execution) for constant in rendering.parameters)})"
                    for execution in query.executions]


def run(connection, query, body):
    """The answers, each a list of rows; Failed if a statement fails."""
    before, asked = statements(query, body)
    answers = []
    for sql in ["; ".join(["RESET ALL", "DEALLOCATE ALL", *before]), *asked]:
        rows, error = database.execute(connection, sql)
        if error:
            raise Failed(*error)
        answers.append(rows)
    return answers[1:]


def outcome(connection, query, body):
    """The answers, or the failure."""
    try:
        return run(connection, query, body), None
    except Failed as failure:
        if NO_WAY in failure.message:
            raise Refused(failure.message) from failure
        return None, failure


# ---- with the copy ---------------------------------------------------------------------------------------


def orders_all(select):
    """Whether no two rows have equal sort keys."""
    return bool(select.order) and not select.joins and select.order[-1][0] == f"{select.alias}.id"


def with_keys(body):
    """The query as it is run: rows that may have equal sort keys show these."""
    if isinstance(body, Select) and body.order and not orders_all(body):
        return replace(body, items=(*body.items, *(key for key, _ in body.order)))
    return body


def compare_with_copy(sides, query):
    body = with_keys(query.body)
    copy, copy_failure = outcome(sides.copy, query, body)
    foreign = [("foreign", sides.remote)] + ([("without pushdown", sides.unpushed)] if query.unpushed else [])
    for name, connection in foreign:
        answers, failure = outcome(connection, query, body)
        if failure and copy_failure and failure.state == copy_failure.state:
            raise Refused(copy_failure.message)
        if failure or copy_failure:
            text = f"{name}: {failure or 'no error'}\n  copy: {copy_failure or 'no error'}"
            return Difference((failure or copy_failure).state or "connection", text)
        for execution, (rows, wanted) in enumerate(zip(answers, copy)):
            text = compare_rows(sides, query, body, execution, rows, wanted)
            if text:
                return Difference("rows", f"{name}, execution {execution + 1} of {len(copy)}: {text}")
    return None


def compare_rows(sides, query, body, execution, rows, wanted):
    if not isinstance(body, Select) or (not body.order and body.limit is None):
        return describe(collections.Counter(rows), collections.Counter(wanted))
    if orders_all(body):
        return compare_lists(rows, wanted)
    if body.order:
        keys = len(body.order)
        text = compare_lists([row[-keys:] for row in rows], [row[-keys:] for row in wanted])
        if text:
            return text
    if body.limit is None:
        return describe(collections.Counter(rows), collections.Counter(wanted))
    if len(rows) != len(wanted):
        return f"{len(rows)} rows, the copy has {len(wanted)}"
    # Among equal keys a limit may choose any, so each row must be one that could be there.
    one = replace(query, executions=(query.executions[execution],))
    whole = run(sides.copy, one, replace(body, limit=None, offset=0, order=()))[0]
    extra = collections.Counter(rows) - collections.Counter(whole)
    return describe(extra, collections.Counter()) if extra else None


def compare_lists(rows, wanted):
    if rows == wanted:
        return None
    at = next((i for i, (a, b) in enumerate(zip(rows, wanted)) if a != b), min(len(rows), len(wanted)))
    return (f"{len(rows)} rows, the copy {len(wanted)}; the first that differs is number {at}\n"
            f"  foreign: {rows[at:at + 1]}\n  copy: {wanted[at:at + 1]}")


def describe(rows, wanted, other="the copy"):
    extra, missing = rows - wanted, wanted - rows
    if not extra and not missing:
        return None
    lines = [f"{sum(rows.values())} rows, {other} {sum(wanted.values())}"]
    for name, differing in (("only here", extra), (f"only {other}", missing)):
        lines += [f"  {name} ({count}x): {row}" for row, count in list(differing.items())[:MAX_ROWS_SHOWN]]
        if len(differing) > MAX_ROWS_SHOWN:
            lines.append(f"  {name}: {len(differing) - MAX_ROWS_SHOWN} more")
    return "\n".join(lines)


# ---- the foreign side alone --------------------------------------------------------------------------------


def partitioned(query):
    """The query, and it under a predicate that is true, false and null."""
    body, predicate = query.body, query.predicate
    tests = [(predicate,), (Negation(predicate),), (piece("(", predicate, ") IS NULL"),)]
    return [body, *(replace(body, where=(*body.where, *test)) for test in tests)]


def is_aggregate(select):
    return select.items[0].startswith(("count(", "sum("))


def compare_partitions(sides, query):
    whole, *arms = [run(sides.remote, query, body)[0] for body in partitioned(query)]
    if not is_aggregate(query.body):
        parts = collections.Counter(row for arm in arms for row in arm)
        return describe(parts, collections.Counter(whole), "the whole")
    parts = [Decimal(arm[0][0]) if arm[0][0] is not None else None for arm in arms]
    known = [part for part in parts if part is not None]
    total = Decimal(whole[0][0]) if whole[0][0] is not None else None
    if total == (sum(known) if known else None):
        return None
    return f"true, false and null give {parts}, all rows {total}"


def predicate_counts(query):
    """count(*) under the predicate, and the rows for which it is true, counted one by one."""
    body = query.body
    summed = piece("coalesce(sum((", query.predicate, ")::int), 0)")
    return [replace(body, where=(query.predicate,)), replace(body, items=(summed,))]


def compare_predicate_counts(sides, query):
    counted, summed = [int(run(sides.remote, query, body)[0][0][0]) for body in predicate_counts(query)]
    return None if counted == summed else f"count(*) says {counted}, the predicate holds for {summed} rows"


def compare_alone(sides, query):
    check = compare_partitions if query.check == "partition" else compare_predicate_counts
    try:
        text = check(sides, query)
    except Failed as failure:
        if NO_WAY in failure.message:
            raise Refused(failure.message) from failure
        # PostgreSQL's own refusals (a constant that is no number) come on the copy too.
        bodies = partitioned(query) if query.check == "partition" else predicate_counts(query)
        for body in bodies:
            copy_failure = outcome(sides.copy, query, body)[1]
            if copy_failure and copy_failure.state == failure.state:
                raise Refused(failure.message) from failure
        return Difference(failure.state or "connection", f"foreign: {failure}\n  copy: no error")
    return Difference("rows", text) if text else None


def compare(sides, query):
    """None when all sides agree, else the Difference."""
    return compare_with_copy(sides, query) if query.check == "copy" else compare_alone(sides, query)


def scripts(query):
    """The query as psql would run it: a list of lists of statements."""
    if query.check == "copy":
        bodies = [with_keys(query.body)]
    else:
        bodies = partitioned(query) if query.check == "partition" else predicate_counts(query)
    return [before + asked for before, asked in (statements(query, body) for body in bodies)]
