"""Random queries. A query is a function of the data, the seed and its number."""
import random
from dataclasses import replace

from parts import Join, Query, Select, SetOperation, With, piece
from predicates import Conditions

SORTABLE = {"text", "numeric", "bigint", "integer", "timestamp with time zone", "date", "boolean"}
NUMBERS = {"numeric", "bigint", "integer"}
TIMES = {"timestamp with time zone", "date"}
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Apia"]
PLANNER = ["enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_material", "enable_memoize",
           "enable_sort", "enable_hashagg", "enable_incremental_sort"]
# (values a prepared statement is executed with, how often): most run once.
EXECUTIONS = [(1, 80), (3, 16), (7, 4)]  # 7: after five custom plans PostgreSQL may choose a generic one
UNPUSHED_SHARE = 1 / 3


class Generator:
    def __init__(self, tables, seed):
        self.tables = tables
        self.seed = seed
        known = {t.name: t for t in tables} | {t.object: t for t in tables}
        self.links = []  # (table, column, referred table)
        for table in tables:
            for column in table.columns:
                referred = known.get(column.references.removesuffix(".id"))
                if referred is not None and column.type == "text":
                    self.links.append((table, column, referred))
        self.shapes = {self.plain: 20, self.count: 9, self.limited: 5, self.sorted: 8, self.sorted_keys: 9,
                       self.by_key: 11, self.join: 10, self.lateral: 3, self.semi: 8, self.aggregate: 6, self.groups: 8, self.chain: 5, self.sets: 3,
                       self.subplan: 4, self.with_warehouse: 7, self.partition: 10, self.predicate_count: 6}

    def query(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        share = rng.choice([0, 0, 0.5, 1.0])
        values, weights = zip(*EXECUTIONS)
        executions = rng.choices(values, weights=weights)[0] if share else 1
        conditions = Conditions(rng, share, executions)
        shape = rng.choices(list(self.shapes), weights=list(self.shapes.values()))[0]
        query = shape(rng, conditions)
        if query.check == "copy":
            mode = "auto" if executions == 7 else rng.choice(["auto", *["force_generic_plan"] * 3, "force_custom_plan"])
            query = replace(query, plan_cache_mode=mode, executions=tuple(range(executions)),
                            unpushed=rng.random() < UNPUSHED_SHARE)
        return replace(query, settings=self.settings(rng))

    @staticmethod
    def settings(rng):
        settings = [f"TimeZone = '{rng.choice(ZONES)}'"]
        if rng.random() < 0.3:
            settings += [f"{name} = off" for name in rng.sample(PLANNER, 2)]
        return tuple(settings)

    # ---- parts -------------------------------------------------------------------------------------------

    def pick(self, rng):
        """A table; those with more columns come up more often."""
        return rng.choices(self.tables, weights=[len(t.columns) for t in self.tables])[0]

    def projection(self, rng, alias, table):
        """A select list over one table."""
        roll = rng.random()
        if roll < 0.05:
            return (table.star(alias),)
        if roll < 0.09 and table.whole:
            return (alias,)
        if roll < 0.13:
            return ("count(*) OVER ()", f"{alias}.id")
        columns = rng.sample(table.columns, min(len(table.columns), rng.randrange(1, 6)))
        return tuple(self.expression(rng, f"{alias}.{c.name}", c) for c in columns)

    @staticmethod
    def expression(rng, name, column):
        if rng.random() < 0.8:
            return name
        if column.type == "text":
            return rng.choice([f"upper({name})", f"{name} || '!'", f"coalesce({name}, '?')", f"length({name})"])
        if column.type in NUMBERS:
            return rng.choice([f"{name} * 2", f"round({name}, 0)", f"-{name}"])
        if column.type == "timestamp with time zone":
            return rng.choice([f"{name}::date", f"date_trunc('month', {name})", f"{name} + interval '1 hour'"])
        return name

    def select(self, rng, conditions, table, alias="t"):
        """A projection and a condition of one table."""
        return Select(self.projection(rng, alias, table), table.name, alias,
                      where=conditions.where(alias, table.columns))

    @staticmethod
    def likely_order(rng, columns):
        """All of the columns, or those that a CRM is likely to sort by."""
        moments = [c for c in columns if c.name in ("date_created", "date_updated")]
        times = [c for c in columns if c.type in TIMES]
        roll = rng.random()
        return (moments if roll < 0.55 else times if roll < 0.7 else columns) or columns

    @staticmethod
    def direction(rng):
        return rng.choice(["", "", " DESC", " DESC", " NULLS FIRST", " NULLS LAST", " DESC NULLS LAST"])

    def order(self, rng, table, alias="t"):
        """A total order: it ends with the id."""
        sortable = [c for c in table.columns if c.type in SORTABLE and c.name != "id"]
        columns = rng.sample(self.likely_order(rng, sortable), 1)
        if rng.random() < 0.25:
            columns += rng.sample([c for c in sortable if c not in columns], 1)
        keys = [(f"{alias}.{c.name}", self.direction(rng)) for c in columns]
        return (*keys, (f"{alias}.id", rng.choice(["", "", " DESC"])))

    @staticmethod
    def limited_to(rng, select):
        return replace(select, limit=rng.choice([0, 1, 2, 5, 7, 20, 99, 100, 101, 250, 1000]),
                       offset=rng.choice([1, 3, 20, 100]) if rng.random() < 0.25 else 0)

    def linked(self, rng):
        """A table, its column that refers to a table, and that table."""
        if not self.links:
            table = self.pick(rng)
            return table, table.column("id"), table
        return rng.choice(self.links)

    # ---- one table ---------------------------------------------------------------------------------------

    def plain(self, rng, conditions):
        return Query("plain", self.select(rng, conditions, self.pick(rng)))

    def count(self, rng, conditions):
        table = self.pick(rng)
        owned = rng.random() < 0.3
        where = ((conditions.owned("t", table.columns),) if owned
                 else conditions.where("t", table.columns, (0, 1, 1, 1, 2)))
        return Query("count", Select(("count(*)",), table.name, "t", where=where))

    def limited(self, rng, conditions):
        table = self.pick(rng)
        select = self.select(rng, conditions, table)
        columns = rng.sample(table.columns, min(3, len(table.columns)))
        items = ("t.id", *(f"t.{c.name}" for c in columns))  # nothing that counts the rows
        return Query("limit", self.limited_to(rng, replace(select, items=items)))

    def sorted(self, rng, conditions):
        table = self.pick(rng)
        select = replace(self.select(rng, conditions, table), order=self.order(rng, table))
        return Query("sort", self.limited_to(rng, select) if rng.random() < 0.6 else select)

    def sorted_keys(self, rng, conditions):
        """An order by one column, which a CRM may know; rows with equal keys may come in any order."""
        table = self.pick(rng)
        column = rng.choice(self.likely_order(rng, [c for c in table.columns if c.type in SORTABLE]))
        where = conditions.where("t", table.columns) if rng.random() < 0.6 else ()
        items = tuple(f"t.{c.name}" for c in rng.sample(table.columns, min(2, len(table.columns))))
        select = Select(items, table.name, "t", where=where, order=((f"t.{column.name}", self.direction(rng)),))
        return Query("sort with ties", self.limited_to(rng, select) if rng.random() < 0.7 else select)

    def by_key(self, rng, conditions):
        table = self.pick(rng)
        key = table.column("id")
        edges = ["no_such_id", "", "lead_0"]
        if rng.random() < 0.4:
            first = piece("t.id = ", conditions.constant(lambda: conditions.sample(key, edges), "text"))
        else:
            count = rng.choice([0, 1, 3, 40, 120])
            first = conditions.listed("t.id", lambda: [conditions.sample(key, edges) for _ in range(count)], "text")
        more = conditions.where("t", table.columns) if rng.random() < 0.4 else ()
        items = (table.star("t"),) if rng.random() < 0.3 else self.projection(rng, "t", table)
        return Query("by key", Select(items, table.name, "t", where=(first, *more)))

    def aggregate(self, rng, conditions):
        table = self.pick(rng)
        columns = [c for c in table.columns if c.type in SORTABLE - {"boolean"}]
        numbers = [c for c in table.columns if c.type in NUMBERS]
        column = rng.choice(columns)
        items = rng.sample(["count(*)", f"count(t.{column.name})", f"min(t.{column.name})", f"max(t.{column.name})",
                            f"count(DISTINCT t.{column.name})", "array_agg(t.id ORDER BY t.id)"], rng.randrange(1, 4))
        if numbers:
            number = rng.choice(numbers).name
            items += rng.sample([f"sum(t.{number})", f"avg(t.{number})"], rng.randrange(3))
        if rng.random() < 0.2:
            items.append(piece("count(*) FILTER (WHERE ", conditions.single("t", table.columns), ")"))
        select = Select(tuple(items), table.name, "t", where=conditions.where("t", table.columns))
        if rng.random() < 0.5:
            return Query("aggregate", select)
        by = f"t.{rng.choice(columns).name}"
        having = rng.choice(["", "", "count(*) > 1"])
        return Query("group", replace(select, items=(by, *items), group=(by,), having=having))

    def groups(self, rng, conditions):
        """Groups that a CRM may make: every condition is one that it may fulfil exactly."""
        table = self.pick(rng)
        comparable = [c for c in table.columns if c.comparable]
        keys = rng.sample(comparable, min(len(comparable), rng.choice([0, 1, 1, 1, 2, 3])))
        by = tuple(f"t.{c.name}" for c in keys)
        items = ["count(*)"] if rng.random() < 0.7 or not keys else []
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            column = rng.choice([c for c in table.columns if c.type in SORTABLE])
            functions = ["count({})", "count(DISTINCT {})"]
            functions += [] if column.type == "boolean" else ["min({})", "max({})"]
            functions += ["sum({})"] if column.type in NUMBERS else []
            items.append(rng.choice(functions).format(f"t.{column.name}"))
        shown = tuple(key for key in by if rng.random() < 0.85)
        having = rng.choice(["", "", "", "count(*) > 1", "min(t.id) IS NOT NULL"])
        select = Select((*shown, *items) or by or ("count(*)",), table.name, "t", group=by, having=having if by else "",
                        where=conditions.comparable_where("t", table.columns))
        return Query("groups", select)

    def sets(self, rng, conditions):
        table = self.pick(rng)
        column = rng.choice([c for c in table.columns if c.type != "jsonb"]).name
        arms = tuple(Select((f"t.{column}",), table.name, "t", where=conditions.where("t", table.columns))
                     for _ in range(2))
        return Query("set", SetOperation(rng.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL"]), arms))

    # ---- more tables -------------------------------------------------------------------------------------

    def joined(self, rng, conditions, kinds):
        table, column, referred = self.linked(rng)
        kind = rng.choice(kinds)
        on = [f"b.id = a.{column.name}"]
        if rng.random() < 0.2 and kind != "FULL JOIN":
            on.append(conditions.single("b", referred.columns))
        items = ("a.id", f"a.{rng.choice(table.columns).name}", "b.id", f"b.{rng.choice(referred.columns).name}")
        where = (*conditions.where("a", table.columns), *conditions.where("b", referred.columns))
        return Select(items, table.name, "a", (Join(kind, referred.name, "b", tuple(on)),), where), table, referred

    def join(self, rng, conditions):
        return Query("join", self.joined(rng, conditions, ["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])[0])

    def chain(self, rng, conditions):
        """A table with the one it refers to, and another that either of them refers to."""
        select, table, referred = self.joined(rng, conditions, ["JOIN", "JOIN", "LEFT JOIN"])
        onward = [("a", c, to) for owner, c, to in self.links if owner is table]
        onward += [("b", c, to) for owner, c, to in self.links if owner is referred]
        if not onward:
            return Query("join", select)
        alias, column, further = rng.choice(onward)
        join = Join(rng.choice(["JOIN", "LEFT JOIN"]), further.name, "c", (f"c.id = {alias}.{column.name}",))
        where = (*select.where, conditions.single("c", further.columns)) if rng.random() < 0.5 else select.where
        return Query("chain", replace(select, joins=(*select.joins, join), where=where,
                                      items=(*select.items, f"c.{rng.choice(further.columns).name}")))

    def lateral(self, rng, conditions):
        table, column, referred = self.linked(rng)
        inner = Select(("a.id", f"a.{rng.choice(table.columns).name} AS v"), table.name, "a",
                       where=(f"a.{column.name} = b.id", *conditions.where("a", table.columns)),
                       order=self.order(rng, table, "a"), limit=rng.randrange(1, 4))
        kind, on = rng.choice([("CROSS JOIN LATERAL", ()), ("LEFT JOIN LATERAL", ("true",))])
        return Query("lateral", Select(("b.id", "x.id", "x.v"), referred.name, "b",
                                       (Join(kind, piece("(", inner, ")"), "x", on),),
                                       (conditions.single("b", referred.columns),)))

    def semi(self, rng, conditions):
        table, column, referred = self.linked(rng)
        find = conditions.where if rng.random() < 0.5 else conditions.comparable_where
        inner = find("a", table.columns)
        correlated = Select(("1",), table.name, "a", where=(f"a.{column.name} = b.id", *inner))
        plain = Select((f"a.{column.name}",), table.name, "a", where=inner)
        test = rng.choice([piece("EXISTS (", correlated, ")"), piece("NOT EXISTS (", correlated, ")"),
                           piece("b.id IN (", plain, ")"), piece("b.id NOT IN (", plain, ")"),
                           piece("b.id = ANY (ARRAY(", plain, "))")])
        select = self.select(rng, conditions, referred, "b")
        return Query("semi-join", replace(select, where=(test, *select.where)))

    def subplan(self, rng, conditions):
        table, column, referred = self.linked(rng)
        roll = rng.random()
        if roll < 0.35:
            counted = Select(("count(*)",), table.name, "a", where=(f"a.{column.name} = b.id",))
            return Query("subplan", Select(("b.id", piece("(", counted, ")")), referred.name, "b",
                                           where=conditions.where("b", referred.columns)))
        inner = Select(("a.*",), table.name, "a", where=conditions.where("a", table.columns))
        if roll < 0.7:
            largest = replace(inner, items=(f"max(a.{column.name})",))
            return Query("subplan", Select(self.projection(rng, "b", referred), referred.name, "b",
                                           where=(piece("b.id = (", largest, ")"),)))
        inner = replace(inner, items=(table.star("a"),))
        outer = Select(("b.id", "w.id"), "w", "w", (Join("JOIN", referred.name, "b", (f"b.id = w.{column.name}",)),))
        return Query("with", With(inner, outer))

    def with_warehouse(self, rng, conditions):
        """Look-ups by the keys of a local table, among them nulls and ids that do not exist."""
        table = self.pick(rng)
        linked = [(column, referred) for owner, column, referred in self.links if owner is table]
        column, keys = rng.choice(linked) if linked and rng.random() < 0.3 else (table.column("id"), table)
        chosen = (f"k.object = '{keys.name}'", f"k.n < {rng.choice([1, 3, 8, 50])}")
        roll = rng.random()
        if roll < 0.6:
            kind = rng.choice(["JOIN", "LEFT JOIN"])
            where = conditions.where("t", table.columns) if kind == "JOIN" else ()
            items = ("k.id", "k.n", "t.id", f"t.{rng.choice(table.columns).name}")
            return Query("local join", Select(items, "warehouse.keys", "k",
                                              (Join(kind, table.name, "t", (f"t.{column.name} = k.id",)),),
                                              (*chosen, *where)))
        inner = Select(("k.id",), "warehouse.keys", "k", where=chosen)
        known = replace(inner, where=(*chosen, "k.id IS NOT NULL"))
        name = f"t.{column.name}"
        test = rng.choice([piece(f"{name} = ANY (ARRAY(", inner, "))"), piece(f"{name} IN (", inner, ")"),
                           piece(f"{name} NOT IN (", known, ")")])
        select = self.select(rng, conditions, table)
        return Query("local keys", replace(select, where=(test, *select.where)))

    # ---- the foreign side alone --------------------------------------------------------------------------

    def partition(self, rng, conditions):
        """Ternary logic partitioning, of rows, of count(*) or of a sum."""
        if self.links and rng.random() < 0.25:
            select, table, _ = self.joined(rng, conditions, ["JOIN", "LEFT JOIN"])
            alias = "a"
        else:
            table, alias = self.pick(rng), "t"
            items = tuple(f"t.{c.name}" for c in rng.sample(table.columns, min(3, len(table.columns))))
            where = conditions.where("t", table.columns, (0, 0, 1, 1, 2))
            select = Select(("t.id", *items), table.name, "t", where=where)
        numbers = [c.name for c in table.columns if c.type in NUMBERS]
        roll = rng.random()
        if roll < 0.35:
            select = replace(select, items=("count(*)",))
        elif roll < 0.5 and numbers:
            select = replace(select, items=(f"sum({alias}.{rng.choice(numbers)})",))
        return Query("partition", select, "partition", conditions.tree(alias, table.columns))

    def predicate_count(self, rng, conditions):
        """NoREC: what can be optimised against what cannot."""
        table = self.pick(rng)
        return Query("predicate count", Select(("count(*)",), table.name, "t"), "count",
                     conditions.tree("t", table.columns))
