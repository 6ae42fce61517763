"""SQL as a tree of parts, so that a query can be made smaller and still be rendered.

Parts never change; `smaller` gives copies that lack something, the biggest cuts first. Such a copy need not be
valid SQL: who shrinks a query drops those that PostgreSQL refuses.
"""
import re
from dataclasses import dataclass, replace

from database import literal


class Rendering:
    """Numbers the parameters of one query in the order in which they are written."""

    def __init__(self, execution=0):
        self.execution = execution  # whose values the constants that are no parameters take
        self.parameters = []  # constants

    def parameter(self, constant):
        self.parameters.append(constant)
        return f"${len(self.parameters)}"


def render(part, rendering):
    return part if isinstance(part, str) else part.render(rendering)


def smaller(part):
    return iter(()) if isinstance(part, str) else part.smaller()


def smaller_one(parts):
    """The tuple with one part made smaller."""
    for at, part in enumerate(parts):
        for less in smaller(part):
            yield (*parts[:at], less, *parts[at + 1:])


def without_one(parts):
    for at in range(len(parts)):
        yield (*parts[:at], *parts[at + 1:])


def fewer(parts):
    """The halves, and while they are few, the tuple without one."""
    half = len(parts) // 2
    if half:
        yield parts[:half]
        yield parts[half:]
    if 2 < len(parts) <= 12:
        yield from without_one(parts)


def mentions(part, alias):
    return re.search(rf"\b{alias}\.", render(part, Rendering())) is not None


@dataclass(frozen=True)
class Constant:
    """A constant of a type: a value for each execution of the query. None is NULL, a tuple is an array."""
    kind: str
    values: tuple
    style: str = "cast"  # or bare: an unknown literal takes the other side's type; or parameter

    def text(self, execution):
        value = self.values[execution]
        return array(value) if isinstance(value, tuple) else value

    def value(self, execution):
        text = self.text(execution)
        return f"NULL::{self.kind}" if text is None else f"{literal(text)}::{self.kind}"

    def render(self, rendering):
        if self.style == "parameter":
            return rendering.parameter(self)
        text = self.text(rendering.execution)
        return literal(text) if self.style == "bare" and text is not None else self.value(rendering.execution)

    def smaller(self):
        if self.style == "parameter":
            yield replace(self, style="cast")
        for at, value in enumerate(self.values):
            if isinstance(value, tuple):
                before, after = self.values[:at], self.values[at + 1:]
                yield from (replace(self, values=(*before, less, *after)) for less in fewer(value))


def array(values):
    """The text of an array of texts."""
    items = ",".join("NULL" if v is None else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values)
    return "{" + items + "}"


@dataclass(frozen=True)
class Piece:
    """Parts one after the other."""
    parts: tuple

    def render(self, rendering):
        return "".join(render(part, rendering) for part in self.parts)

    def smaller(self):
        return (Piece(parts) for parts in smaller_one(self.parts))


def piece(*parts):
    return Piece(parts)


@dataclass(frozen=True)
class Items:
    """Parts with a comma between them; one of them at least."""
    parts: tuple

    def render(self, rendering):
        return ", ".join(render(part, rendering) for part in self.parts)

    def smaller(self):
        yield from map(Items, fewer(self.parts))
        yield from map(Items, smaller_one(self.parts))


@dataclass(frozen=True)
class Junction:
    word: str  # AND, OR
    arms: tuple

    def render(self, rendering):
        return "(" + f" {self.word} ".join(render(arm, rendering) for arm in self.arms) + ")"

    def smaller(self):
        yield from self.arms
        if len(self.arms) > 2:
            yield from (replace(self, arms=arms) for arms in without_one(self.arms))
        yield from (replace(self, arms=arms) for arms in smaller_one(self.arms))


@dataclass(frozen=True)
class Negation:
    arm: object

    def render(self, rendering):
        return f"NOT ({render(self.arm, rendering)})"

    def smaller(self):
        yield self.arm
        yield from map(Negation, smaller(self.arm))


@dataclass(frozen=True)
class Join:
    kind: str  # JOIN, LEFT JOIN, CROSS JOIN LATERAL, …
    source: object
    alias: str
    on: tuple  # conditions; empty for a cross join

    def render(self, rendering):
        on = " AND ".join(render(condition, rendering) for condition in self.on)
        return f" {self.kind} {render(self.source, rendering)} {self.alias}" + (f" ON {on}" if on else "")

    def smaller(self):
        if self.kind != "JOIN" and self.kind.endswith(" JOIN"):
            yield replace(self, kind="JOIN")
        if len(self.on) > 1:
            yield from (replace(self, on=on) for on in without_one(self.on))
        yield from (replace(self, source=source) for source in smaller(self.source))
        yield from (replace(self, on=on) for on in smaller_one(self.on))


@dataclass(frozen=True)
class Select:
    """One SELECT over a table and what is joined with it."""
    items: tuple
    table: str
    alias: str
    joins: tuple = ()
    where: tuple = ()  # conjuncts
    group: tuple = ()
    having: str = ""
    order: tuple = ()  # (expression, what follows it); a limited part of a query ends with a unique one
    limit: int | None = None
    offset: int = 0

    def render(self, rendering):
        items = ", ".join(render(item, rendering) for item in self.items)
        text = f"SELECT {items} FROM {self.table} {self.alias}"
        text += "".join(join.render(rendering) for join in self.joins)
        if self.where:
            text += " WHERE " + " AND ".join(render(conjunct, rendering) for conjunct in self.where)
        if self.group:
            text += f" GROUP BY {', '.join(self.group)}" + (f" HAVING {self.having}" if self.having else "")
        if self.order:
            text += " ORDER BY " + ", ".join(key + suffix for key, suffix in self.order)
        if self.limit is not None:
            text += f" LIMIT {self.limit}" + (f" OFFSET {self.offset}" if self.offset else "")
        return text

    def without(self, alias):
        """This without a joined table, or without the first one, whose place the joined one takes."""
        table, kept, joins = self.table, self.alias, tuple(j for j in self.joins if j.alias != alias)
        if alias == self.alias:
            table, kept, joins = self.joins[0].source, self.joins[0].alias, self.joins[1:]
        items = tuple(item for item in self.items if not mentions(item, alias)) or (f"{kept}.id",)
        where = tuple(conjunct for conjunct in self.where if not mentions(conjunct, alias))
        return replace(self, table=table, alias=kept, joins=joins, items=items, where=where)

    def smaller(self):
        if self.joins:
            yield from (self.without(join.alias) for join in self.joins)
            if isinstance(self.joins[0].source, str):
                yield self.without(self.alias)
        if self.limit is not None:
            yield replace(self, limit=None, offset=0)
            if self.offset:
                yield replace(self, offset=0)
        if self.order and self.limit is None:
            yield replace(self, order=())
        if len(self.order) > 1:
            yield from (replace(self, order=(*keys, self.order[-1])) for keys in without_one(self.order[:-1]))
        yield from (replace(self, where=where) for where in without_one(self.where))
        if self.having:
            yield replace(self, having="")
        if len(self.items) > 1:
            yield from (replace(self, items=(item,)) for item in self.items)
            yield from (replace(self, items=items) for items in without_one(self.items))
        yield from (replace(self, where=where) for where in smaller_one(self.where))
        yield from (replace(self, joins=joins) for joins in smaller_one(self.joins))
        yield from (replace(self, items=items) for items in smaller_one(self.items))


@dataclass(frozen=True)
class SetOperation:
    word: str  # UNION ALL, EXCEPT, …
    arms: tuple

    def render(self, rendering):
        return f" {self.word} ".join(arm.render(rendering) for arm in self.arms)

    def smaller(self):
        yield from self.arms
        yield from (replace(self, arms=arms) for arms in smaller_one(self.arms))


@dataclass(frozen=True)
class With:
    """WITH w AS MATERIALIZED (inner) outer"""
    inner: Select
    outer: Select

    def render(self, rendering):
        return f"WITH w AS MATERIALIZED ({self.inner.render(rendering)}) {self.outer.render(rendering)}"

    def smaller(self):
        yield self.inner
        yield from (replace(self, inner=inner) for inner in self.inner.smaller())
        yield from (replace(self, outer=outer) for outer in self.outer.smaller())


@dataclass(frozen=True)
class Query:
    """A statement, how it is run, and what its answer is compared with.

    check: `copy`: the answer on the local copy. `partition`: the answers under a predicate that is true, false and
    null make up the answer without it. `count`: count(*) under a predicate is the sum of the predicate over all rows.
    """
    kind: str
    body: object
    check: str = "copy"
    predicate: object = None
    settings: tuple = ()
    plan_cache_mode: str = "auto"
    executions: tuple = (0,)  # the values that its parameters take, one after the other
    unpushed: bool = False  # also run without pushdown

    def smaller(self):
        if len(self.executions) > 1:
            yield from (replace(self, executions=(execution,)) for execution in self.executions)
        yield from (replace(self, body=body) for body in smaller(self.body))
        if self.predicate is not None:
            yield from (replace(self, predicate=less) for less in smaller(self.predicate))
        yield from (replace(self, settings=settings) for settings in without_one(self.settings))
        if self.unpushed:
            yield replace(self, unpushed=False)
