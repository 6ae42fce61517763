"""Random conditions over typed columns. Every choice comes from the generator handed in.

They lean to what a CRM can be asked for: keys, statuses, moments of creation and change, custom fields, words at the
start of a text; beside them conditions that no CRM knows, so that both stand in one WHERE.
"""
import json
import re
from datetime import datetime, timedelta

from parts import Constant, Items, Junction, Negation, piece

TEXT_EDGES = ["", "", " ", "%", "_", "zzzz", "'", "\\", "é", "İ", "ß", "no_such_value", "A" * 70]
NUMBER_EDGES = ["0", "-1", "1", "0.5", "99999999999", "0.01", "-0.0"]
TIME_EDGES = ["1970-01-01 00:00:00+00", "2026-09-06 00:00:00+00", "2024-03-15 10:00:00.123+00",
              "2024-03-15 10:00:00.1235+00", "2038-01-19 03:14:08+00", "0001-01-01 00:00:00+00", "infinity",
              "-infinity"]
DATE_EDGES = ["1970-01-01", "2026-02-28", "2026-09-06", "2024-03-15", "2099-12-31", "infinity", "-infinity"]
COMPARISONS = ["=", "<>", "<", "<=", ">", ">="]
RANGES = ["<", "<=", ">", ">="]
INCLUSIVE = ["<=", ">=", "<=", ">="]  # more of these: their ends are easily lost
INTERVALS = ["1 day", "36 hours", "60 days", "75 days", "80 days", "3 months", "2 years"]
MICROSECONDS = [1, 400, 500, 999, 1000, 1001, 500_000, 1_000_000]


def shifted(rng, text):
    """The moment a little earlier or later, or on the second; a text that is no such moment is left."""
    try:
        moment = datetime.fromisoformat(text)
        if rng.random() < 0.3:
            moment = moment.replace(microsecond=0)
        else:
            moment += timedelta(microseconds=rng.choice(MICROSECONDS) * rng.choice([1, -1]))
        return moment.isoformat(" ")
    except (ValueError, OverflowError):
        return text


def escaped(text):
    return re.sub(r"([\\%_])", r"\\\1", text)


class Conditions:
    """Makes conditions for one query. With a parameter_share some constants become parameters, each with a value
    for every execution."""

    def __init__(self, rng, parameter_share=0.0, executions=1):
        self.rng = rng
        self.parameter_share = parameter_share
        self.executions = executions

    # ---- constants ------------------------------------------------------------------------------------

    def constant(self, source, kind):
        """A constant of a type. `source` is a text, a tuple for an array, None, or a function that draws one."""
        rng = self.rng
        draw = source if callable(source) else lambda: source
        if rng.random() < self.parameter_share:
            values = [None if rng.random() < 0.05 else draw() for _ in range(self.executions)]
            return Constant(kind, tuple(values), "parameter")
        bare = kind in ("text", "numeric", "date") and rng.random() < 0.5
        return Constant(kind, (draw(),) * self.executions, "bare" if bare else "cast")

    def sample(self, column, edges):
        rng = self.rng
        if column.samples and rng.random() < 0.85:
            return rng.choice(column.samples)
        if rng.random() < 0.06:
            return None
        return rng.choice(edges)

    def several(self, column, edges):
        values = [self.sample(column, edges) for _ in range(self.rng.choice([0, 1, 2, 2, 3, 5, 12]))]
        return [*values, None] if self.rng.random() < 0.1 else values

    def listed(self, name, draw, kind):
        """name IN (…) or name = ANY (…) or its negation; `draw` gives the values."""
        rng = self.rng
        form = rng.random()
        if form < 0.5:
            values = draw() or [None]
            items = Items(tuple(self.constant(v, kind) for v in values))
            return piece(f"{name} {rng.choice(['IN', 'IN', 'IN', 'NOT IN'])} (", items, ")")
        test = "= ANY" if form < 0.85 else "<> ALL"
        return piece(f"{name} {test} (", self.constant(lambda: tuple(draw()), f"{kind}[]"), ")")

    def between(self, name, draw, kind):
        negation = "NOT " if self.rng.random() < 0.2 else ""
        return piece(f"{name} {negation}BETWEEN ", self.constant(draw, kind), " AND ", self.constant(draw, kind))

    # ---- one condition by type ---------------------------------------------------------------------------

    def text_value(self, column):
        rng = self.rng
        value = self.sample(column, TEXT_EDGES)
        if value is not None and rng.random() < 0.15:
            value = rng.choice([value.upper(), value.lower(), value + " ", value[:-1], value.swapcase()])
        return value

    def text(self, name, column):
        rng = self.rng

        def draw():
            return self.text_value(column)

        kind = rng.choices(["equal", "listed", "like", "range", "between", "distinct", "function", "empty"],
                           weights=[28, 18, 26, 6, 4, 5, 8, 5])[0]
        if kind == "equal":
            return piece(f"{name} {rng.choice(['=', '=', '=', '<>'])} ", self.constant(draw, "text"))
        if kind == "listed":
            return self.listed(name, lambda: self.several(column, TEXT_EDGES), "text")
        if kind == "like":
            operator = rng.choice(["LIKE", "LIKE", "LIKE", "ILIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"])
            other_case = 0.6 if "ILIKE" in operator else 0.15
            return piece(f"{name} {operator} ", self.constant(lambda: self.pattern(column, other_case), "text"))
        if kind == "range":
            return piece(f"{name} {rng.choice(RANGES)} ", self.constant(draw, "text"))
        if kind == "between":
            return self.between(name, draw, "text")
        if kind == "distinct":
            return piece(f"{name} IS {rng.choice(['', 'NOT '])}DISTINCT FROM ", self.constant(draw, "text"))
        if kind == "empty":
            return f"{name} {rng.choice(['=', '<>', '>'])} ''"
        if rng.random() < 0.3:
            return f"length({name}) {rng.choice(COMPARISONS)} {rng.randrange(30)}"
        left, right = rng.choice([(f"lower({name}) = lower(", ")"), (f"coalesce({name}, '') = ", "")])
        return piece(left, self.constant(draw, "text"), right)

    def pattern(self, column, other_case):
        """A LIKE pattern: mostly the start of a value that occurs, cut after a word or within one; with the
        probability `other_case` in other letters."""
        rng = self.rng
        # A search index can only be asked for the beginning of a word if it is a plain one.
        plain = [sample for sample in column.samples if re.match("[A-Za-z0-9]{4}", sample)]
        if plain and rng.random() < 0.25:
            return rng.choice(plain)[:rng.randrange(2, 4)] + "%"
        value = self.sample(column, TEXT_EDGES)
        if value is None:
            return None
        if rng.random() < other_case:
            value = rng.choice([value.upper(), value.lower(), value.swapcase()])
        roll = rng.random()
        words = [match.end() for match in re.finditer(r"\w+", value)]
        if roll < 0.3 and words:
            return escaped(value[:rng.choice(words[:4])]) + "%"
        if roll < 0.5:
            return escaped(value[:rng.randrange(1, 12)]) + "%"
        if roll < 0.6:
            return rng.choice([escaped(value), "%", "", "_%", "%%", escaped(value) + "_"])
        at = rng.randrange(len(value) + 1)
        core = escaped(value[at:at + rng.randrange(1, 8)])
        start = escaped(value[:rng.randrange(1, 6)])
        return rng.choice(["%{0}%", "%{0}%", "%{0}", "_{0}%", "{1}%{0}", "{1}%{0}%", "{1}_%"]).format(core, start)

    def number(self, name, column):
        rng = self.rng

        def draw():
            value = self.sample(column, NUMBER_EDGES)
            if value is not None and rng.random() < 0.15:
                value = rng.choice([value + ".0" if "." not in value else value + "0", "-" + value.lstrip("-")])
            return value

        kind = rng.randrange(9)
        if kind < 4:
            if "int" in column.type:
                whole = [s for s in column.samples if s.lstrip("-").isdigit()] or ["0"]
                constant = self.constant(lambda: rng.choice(whole), column.type)
                return piece(f"{name} {rng.choice(COMPARISONS)} ", constant)
            return piece(f"{name} {rng.choice(COMPARISONS)} ", self.constant(draw, column.type))
        if kind == 4:
            return self.between(name, draw, "numeric")
        if kind < 7:
            return self.listed(name, lambda: self.several(column, NUMBER_EDGES), "numeric")
        if kind == 7:
            return piece(f"{name} + 1 {rng.choice(COMPARISONS)} ", self.constant(draw, "numeric"))
        return piece(f"{name} {rng.choice(COMPARISONS)} ", self.constant(draw, "numeric"), " - 0.01")

    def moment(self, name, column):
        rng = self.rng
        stamp = "timestamptz"

        def draw():
            value = self.sample(column, TIME_EDGES)
            return shifted(rng, value) if value is not None and rng.random() < 0.4 else value

        kind = rng.choices(["compare", "shift", "between", "window", "now", "date", "cast", "trunc", "listed"],
                           weights=[34, 6, 14, 10, 12, 8, 4, 4, 8])[0]
        if kind == "compare":
            return piece(f"{name} {rng.choice([*COMPARISONS, *INCLUSIVE])} ", self.constant(draw, stamp))
        if kind == "shift":
            shift = rng.choice(["1 microsecond", "1 millisecond", "1 second", "1 day", "1 month"])
            return piece(f"{name} {rng.choice(COMPARISONS)} ", self.constant(draw, stamp),
                         f" {rng.choice('+-')} interval '{shift}'")
        if kind == "between":
            return self.between(name, draw, stamp)
        if kind == "window":
            return Junction("AND", (piece(f"{name} {rng.choice(['>', '>='])} ", self.constant(draw, stamp)),
                                    piece(f"{name} {rng.choice(['<', '<='])} ", self.constant(draw, stamp))))
        if kind == "now":
            return f"{name} {rng.choice(COMPARISONS)} now() - interval '{rng.choice(INTERVALS)}'"
        day = self.constant(lambda: rng.choice(DATE_EDGES), "date")
        if kind == "date":
            return piece(f"{name} {rng.choice(COMPARISONS)} ", day)
        if kind == "cast":
            return piece(f"{name}::date {rng.choice(COMPARISONS)} ", day)
        if kind == "trunc":
            return piece(f"date_trunc('{rng.choice(['hour', 'day', 'month'])}', {name}) {rng.choice(COMPARISONS)} ",
                         self.constant(draw, stamp))
        return self.listed(name, lambda: self.several(column, TIME_EDGES), stamp)

    def day(self, name, column):
        rng = self.rng

        def draw():
            return self.sample(column, DATE_EDGES)

        kind = rng.randrange(8)
        if kind < 4:
            return piece(f"{name} {rng.choice([*COMPARISONS, *INCLUSIVE])} ", self.constant(draw, "date"))
        if kind == 4:
            return self.between(name, draw, "date")
        if kind == 5:
            return f"{name} {rng.choice(COMPARISONS)} current_date - {rng.randrange(400)}"
        if kind == 6:
            return self.listed(name, lambda: self.several(column, DATE_EDGES), "date")
        moment = self.constant(lambda: rng.choice(TIME_EDGES), "timestamptz")
        return piece(f"{name} {rng.choice(COMPARISONS)} ", moment)

    def truth(self, name, _column):
        rng = self.rng
        form = rng.choice([name, f"NOT {name}", f"{name} IS TRUE", f"{name} IS NOT TRUE", f"{name} IS FALSE",
                           f"{name} IS NOT FALSE", f"{name} IS UNKNOWN", f"{name} = ", f"{name} <> "])
        if not form.endswith(" "):
            return form
        return piece(form, self.constant(lambda: rng.choice(["true", "false", None]), "boolean"))

    def words(self, name, column):
        """text[]"""
        rng = self.rng
        elements = column.elements or ["a"]

        def word():
            return rng.choice([*TEXT_EDGES, None]) if rng.random() < 0.15 else rng.choice(elements)

        def whole():
            return rng.choice(column.samples) if column.samples else "{a}"

        def some():
            return tuple(word() for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])))

        kind = rng.choices(["any", "contains", "overlaps", "whole", "size", "first", "all"],
                           weights=[26, 20, 22, 14, 6, 4, 8])[0]
        if kind == "any":
            return piece(self.constant(word, "text"), f" {rng.choice(['=', '=', '=', '<>'])} ANY ({name})")
        if kind == "contains":
            return piece(f"{name} @> ", self.constant(some, "text[]"))
        if kind == "overlaps":
            return piece(f"{name} && ", self.constant(some, "text[]"))
        if kind == "whole":
            return piece(f"{name} {rng.choice(['@>', '<@', '&&', '=', '<>'])} ", self.constant(whole, "text[]"))
        if kind == "size":
            return f"cardinality({name}) {rng.choice(COMPARISONS)} {rng.randrange(4)}"
        if kind == "first":
            return piece(f"{name}[1] = ", self.constant(word, "text"))
        return piece(self.constant(word, "text"), f" <> ALL ({name})")

    def document(self, name, column):
        """jsonb"""
        rng = self.rng
        value = json.loads(rng.choice(column.samples)) if column.samples else []
        first = value[0] if isinstance(value, list) and value else value
        keys = sorted(first) if isinstance(first, dict) and first else ["label"]
        key = rng.choice(keys)
        text = first.get(key) if isinstance(first, dict) else None
        text = text if isinstance(text, str) and "\0" not in text else "x"
        quoted = Constant("text", (key,) * self.executions, "bare")
        kind = rng.randrange(6)
        if kind == 0:
            return piece(f"{name} ->> ", quoted, " = ", self.constant(text, "text"))
        if kind == 1:
            path = Constant("text[]", (("0", key),) * self.executions)
            return piece(f"{name} #>> ", path, " = ", self.constant(text, "text"))
        if kind == 2:
            kinds = ["array", "object", "string"]
            return piece(f"jsonb_typeof({name}) = ", self.constant(lambda: rng.choice(kinds), "text"))
        if kind == 3:
            sought = json.dumps([{key: text}] if isinstance(value, list) else {key: text})
            return piece(f"{name} @> ", self.constant(sought, "jsonb"))
        if kind == 4:
            return piece(f"{name} ? ", quoted)
        return (f"CASE WHEN jsonb_typeof({name}) = 'array' THEN jsonb_array_length({name}) END "
                f"{rng.choice(COMPARISONS)} {rng.randrange(4)}")

    BY_TYPE = {"text": text, "numeric": number, "bigint": number, "integer": number, "double precision": number,
               "timestamp with time zone": moment, "date": day, "boolean": truth, "text[]": words, "jsonb": document}

    # ---- trees -------------------------------------------------------------------------------------------

    def single(self, alias, columns):
        """One condition on one column; those that a CRM may know come up more often than the rest."""
        rng = self.rng
        column = rng.choices(columns, weights=[c.weight for c in columns])[0]
        name = f"{alias}.{column.name}"
        make = self.BY_TYPE.get(column.type)
        if make is None or rng.random() < 0.1:
            return f"{name} IS {rng.choice(['', 'NOT '])}NULL"
        return make(self, name, column)

    def tree(self, alias, columns, depth=0):
        rng = self.rng
        roll = rng.random()
        if depth >= 3 or roll < 0.5:
            return self.single(alias, columns)
        if roll < 0.62:
            return Negation(self.tree(alias, columns, depth + 1))
        arms = tuple(self.tree(alias, columns, depth + 1) for _ in range(rng.choice([2, 2, 3])))
        return Junction("AND" if roll < 0.78 else "OR", arms)

    def owned(self, alias, columns):
        """The rows of one owner: a list's filter, of which a CRM may know the count."""
        owners = [c for c in columns if c.references and c.type == "text" and c.samples]
        if not owners:
            return self.tree(alias, columns)
        column = self.rng.choice(owners)
        draw = self.constant(lambda: self.sample(column, TEXT_EDGES), "text")
        return piece(f"{alias}.{column.name} = ", draw)

    def comparable_where(self, alias, columns):
        """Conjuncts that a CRM may fulfil exactly."""
        comparable = [c for c in columns if c.comparable]
        if not comparable:
            return ()
        return tuple(self.single(alias, comparable) if self.rng.random() < 0.7 else self.owned(alias, comparable)
                     for _ in range(self.rng.choice([0, 1, 1, 2])))

    def where(self, alias, columns, counts=(0, 1, 1, 1, 2, 2, 3)):
        """The conjuncts of a WHERE clause; in some, all are on columns that a CRM may be asked for."""
        likely = [c for c in columns if c.weight > 1]
        if likely and self.rng.random() < 0.35:
            columns = likely
        return tuple(self.tree(alias, columns) for _ in range(self.rng.choice(counts)))
