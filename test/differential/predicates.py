"""Random conditions over typed columns. Every choice comes from the generator handed in."""
import json

from database import literal

TEXT_EDGES = ["", " ", "%", "_", "zzzz", "'", "\\", "é", "İ", "ß", "no_such_value", "A" * 70]
NUMBER_EDGES = ["0", "-1", "1", "0.5", "99999999999", "0.01", "-0.0"]
TIME_EDGES = ["1970-01-01 00:00:00+00", "2026-09-06 00:00:00+00", "2038-01-19 03:14:08+00", "infinity", "-infinity",
              "0001-01-01 00:00:00+00"]
DATE_EDGES = ["1970-01-01", "2026-02-28", "2026-09-06", "2099-12-31", "infinity", "-infinity"]
COMPARISONS = ["=", "<>", "<", "<=", ">", ">="]
INTERVALS = ["1 day", "36 hours", "60 days", "75 days", "80 days", "3 months", "2 years"]


class Conditions:
    """Makes conditions; constants become parameters with some probability, and are kept in `parameters`."""

    def __init__(self, rng, parameter_share=0.0):
        self.rng = rng
        self.parameter_share = parameter_share
        self.parameters = []  # (type, value expression)

    # ---- constants ------------------------------------------------------------------------------------

    def constant(self, text, kind):
        """A constant of a type; None is NULL."""
        value = f"NULL::{kind}" if text is None else f"{literal(text)}::{kind}"
        if self.rng.random() < self.parameter_share:
            self.parameters.append((kind, value))
            return f"${len(self.parameters)}"
        if text is not None and kind in ("text", "numeric", "date") and self.rng.random() < 0.5:
            return literal(text)  # an unknown literal takes the column's type
        return value

    def sample(self, column, edges):
        if column.samples and self.rng.random() < 0.8:
            return self.rng.choice(column.samples)
        if self.rng.random() < 0.06:
            return None
        return self.rng.choice(edges)

    def several(self, column, edges):
        return [self.sample(column, edges) for _ in range(self.rng.choice([0, 1, 2, 3, 5, 12]))]

    def array(self, values, kind):
        items = ",".join("NULL" if v is None else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"'
                         for v in values)
        return self.constant("{" + items + "}", f"{kind}[]")

    def listed(self, name, values, kind):
        """name IN (…) or name = ANY (…) or its negation."""
        form = self.rng.random()
        if values and form < 0.4:
            items = ", ".join(self.constant(v, kind) for v in values)
            return f"{name} {self.rng.choice(['IN', 'IN', 'NOT IN'])} ({items})"
        if form < 0.85:
            return f"{name} = ANY ({self.array(values, kind)})"
        return f"{name} <> ALL ({self.array(values, kind)})"

    # ---- one condition by type ---------------------------------------------------------------------------

    def text(self, name, column):
        rng = self.rng
        value = self.sample(column, TEXT_EDGES)
        if value is not None and rng.random() < 0.2:
            value = rng.choice([value.upper(), value.lower(), value + " ", value[:-1], value.swapcase()])
        kind = rng.randrange(14)
        if kind < 4:
            return f"{name} {rng.choice(['=', '=', '=', '<>'])} {self.constant(value, 'text')}"
        if kind < 6:
            return self.listed(name, self.several(column, TEXT_EDGES), "text")
        if kind == 6:
            return f"{name} {rng.choice(COMPARISONS)} {self.constant(value, 'text')}"
        if kind == 7:
            return f"{name} BETWEEN {self.constant(value, 'text')} AND {self.constant(self.sample(column, TEXT_EDGES), 'text')}"
        if kind < 10:
            return self.like(name, value)
        if kind == 10:
            return f"lower({name}) = lower({self.constant(value, 'text')})"
        if kind == 11:
            return f"length({name}) {rng.choice(COMPARISONS)} {rng.randrange(30)}"
        if kind == 12:
            return f"{name} IS {rng.choice(['', 'NOT '])}DISTINCT FROM {self.constant(value, 'text')}"
        return f"coalesce({name}, '') = {self.constant(value, 'text')}"

    def like(self, name, value):
        rng = self.rng
        core = (value or "a")
        at = rng.randrange(len(core) + 1)
        core = core[at:at + rng.randrange(1, 8)].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = rng.choice(["%s%%", "%%%s%%", "%%%s", "_%s%%", "%s"]) % core
        operator = rng.choice(["LIKE", "LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"])
        return f"{name} {operator} {self.constant(pattern, 'text')}"

    def number(self, name, column):
        rng = self.rng
        value = self.sample(column, NUMBER_EDGES)
        kind = rng.randrange(8)
        if kind < 4:
            whole = value is None or value.lstrip("-").isdigit()
            own = column.type if whole or "int" not in column.type else "numeric"
            return f"{name} {rng.choice(COMPARISONS)} {self.constant(value, own)}"
        if kind == 4:
            return f"{name} BETWEEN {self.constant(value, 'numeric')} AND {self.constant(self.sample(column, NUMBER_EDGES), 'numeric')}"
        if kind == 5:
            return self.listed(name, self.several(column, NUMBER_EDGES), "numeric")
        if kind == 6:
            return f"{name} + 1 {rng.choice(COMPARISONS)} {self.constant(value, 'numeric')}"
        return f"{name} {rng.choice(COMPARISONS)} {self.constant(value, 'numeric')} - 0.01"

    def moment(self, name, column):
        rng = self.rng
        kind = rng.randrange(11)
        stamp = "timestamptz"
        value = self.constant(self.sample(column, TIME_EDGES), stamp)
        if kind < 4:
            return f"{name} {rng.choice(COMPARISONS)} {value}"
        if kind == 4:
            shift = rng.choice(["1 microsecond", "1 millisecond", "1 second", "1 day"])
            return f"{name} {rng.choice(COMPARISONS)} {value} {rng.choice('+-')} interval '{shift}'"
        if kind == 5:
            return f"{name} BETWEEN {value} AND {self.constant(self.sample(column, TIME_EDGES), stamp)}"
        if kind == 6:
            return f"{name} {rng.choice(COMPARISONS)} now() - interval '{rng.choice(INTERVALS)}'"
        if kind == 7:
            return f"{name} {rng.choice(COMPARISONS)} {self.constant(rng.choice(DATE_EDGES), 'date')}"
        if kind == 8:
            return f"{name}::date {rng.choice(COMPARISONS)} {self.constant(rng.choice(DATE_EDGES), 'date')}"
        if kind == 9:
            return f"date_trunc('{rng.choice(['hour', 'day', 'month'])}', {name}) {rng.choice(COMPARISONS)} {value}"
        return self.listed(name, self.several(column, TIME_EDGES), stamp)

    def day(self, name, column):
        rng = self.rng
        value = self.constant(self.sample(column, DATE_EDGES), "date")
        kind = rng.randrange(6)
        if kind < 3:
            return f"{name} {rng.choice(COMPARISONS)} {value}"
        if kind == 3:
            return f"{name} BETWEEN {value} AND {self.constant(self.sample(column, DATE_EDGES), 'date')}"
        if kind == 4:
            return f"{name} {rng.choice(COMPARISONS)} current_date - {rng.randrange(400)}"
        return f"{name} {rng.choice(COMPARISONS)} {self.constant(rng.choice(TIME_EDGES), 'timestamptz')}"

    def truth(self, name, _column):
        rng = self.rng
        return rng.choice([name, f"NOT {name}", f"{name} IS TRUE", f"{name} IS NOT TRUE", f"{name} IS FALSE",
                           f"{name} = {self.constant(rng.choice(['true', 'false', None]), 'boolean')}",
                           f"{name} IS UNKNOWN", f"{name} <> {self.constant('true', 'boolean')}"])

    def words(self, name, column):
        """text[]"""
        rng = self.rng
        whole = rng.choice(column.samples) if column.samples else "{a}"
        word = whole.strip("{}").split(",")[0].strip('"') or "a"
        kind = rng.randrange(7)
        if kind < 2:
            return f"{self.constant(word, 'text')} = ANY ({name})"
        if kind == 2:
            return f"{name} {rng.choice(['@>', '<@', '&&', '=', '<>'])} {self.constant(whole, 'text[]')}"
        if kind == 3:
            return f"{name} {rng.choice(['@>', '&&'])} {self.array([word, 'nothing'][:rng.choice([1, 2])], 'text')}"
        if kind == 4:
            return f"cardinality({name}) {rng.choice(COMPARISONS)} {rng.randrange(4)}"
        if kind == 5:
            return f"{name}[1] = {self.constant(word, 'text')}"
        return f"{self.constant(word, 'text')} <> ALL ({name})"

    def document(self, name, column):
        """jsonb"""
        rng = self.rng
        value = json.loads(rng.choice(column.samples)) if column.samples else []
        first = value[0] if isinstance(value, list) and value else value
        keys = sorted(first) if isinstance(first, dict) and first else ["label"]
        key = rng.choice(keys)
        text = first.get(key) if isinstance(first, dict) else None
        text = text if isinstance(text, str) and "\0" not in text else "x"
        kind = rng.randrange(6)
        if kind == 0:
            return f"{name} ->> {literal(key)} = {self.constant(text, 'text')}"
        if kind == 1:
            return f"{name} #>> {literal('{0,' + json.dumps(key) + '}')} = {self.constant(text, 'text')}"
        if kind == 2:
            return f"jsonb_typeof({name}) = {self.constant(rng.choice(['array', 'object', 'string']), 'text')}"
        if kind == 3:
            return f"{name} @> {self.constant(json.dumps([{key: text}] if isinstance(value, list) else {key: text}), 'jsonb')}"
        if kind == 4:
            return f"{name} ? {literal(key)}"
        return f"CASE WHEN jsonb_typeof({name}) = 'array' THEN jsonb_array_length({name}) END {rng.choice(COMPARISONS)} {rng.randrange(4)}"

    BY_TYPE = {"text": text, "numeric": number, "bigint": number, "integer": number, "double precision": number,
               "timestamp with time zone": moment, "date": day, "boolean": truth, "text[]": words, "jsonb": document}

    # ---- trees -------------------------------------------------------------------------------------------

    def single(self, alias, columns):
        """One condition on one column; keys and references come up more often than the rest."""
        rng = self.rng
        keys = [c for c in columns if c.name == "id" or c.name.endswith("_id") or c.references]
        column = rng.choice(keys if keys and rng.random() < 0.3 else columns)
        name = f"{alias}.{column.name}"
        if rng.random() < 0.12:
            return f"{name} IS {rng.choice(['', 'NOT '])}NULL"
        return self.BY_TYPE[column.type](self, name, column)

    def tree(self, alias, columns, depth=0):
        rng = self.rng
        roll = rng.random()
        if depth >= 3 or roll < 0.5:
            return self.single(alias, columns)
        if roll < 0.62:
            return f"NOT ({self.tree(alias, columns, depth + 1)})"
        arms = [self.tree(alias, columns, depth + 1) for _ in range(rng.choice([2, 2, 3]))]
        return "(" + (" AND " if roll < 0.8 else " OR ").join(arms) + ")"

    def where(self, alias, columns):
        """A WHERE clause of 0 to 3 conjuncts."""
        conjuncts = [self.tree(alias, columns) for _ in range(self.rng.choice([0, 1, 1, 1, 2, 2, 3]))]
        return " AND ".join(conjuncts)
