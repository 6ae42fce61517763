"""Random queries. A query is a function of the data, the seed and its number."""
import random
from dataclasses import dataclass, field

from predicates import Conditions

SORTABLE = {"text", "numeric", "bigint", "integer", "timestamp with time zone", "date", "boolean"}
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Apia"]
PLANNER = ["enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_material", "enable_memoize",
           "enable_sort", "enable_hashagg", "enable_incremental_sort"]


@dataclass
class Query:
    sql: str
    ordered: bool = False
    subset_of: str = ""  # the rows may be any of this query's, as many as LIMIT allows
    parameters: list = field(default_factory=list)
    settings: list = field(default_factory=list)
    generic: bool = False

    def script(self):
        """The statements before the query, and the query itself."""
        before = list(self.settings)
        if not self.parameters:
            return before, self.sql
        types = ", ".join(kind for kind, _ in self.parameters)
        values = ", ".join(value for _, value in self.parameters)
        before.append(f"SET plan_cache_mode = force_{'generic' if self.generic else 'custom'}_plan")
        before.append(f"PREPARE q({types}) AS {self.sql}")
        return before, f"EXECUTE q({values})"


class Generator:
    def __init__(self, tables, seed):
        self.tables = tables
        self.seed = seed
        by_name = {t.name: t for t in tables}
        self.links = []  # (table, column, referred table)
        for table in tables:
            for column in table.columns:
                referred = by_name.get(column.references.removesuffix(".id"))
                if referred is not None and column.type == "text":
                    self.links.append((table, column, referred))

    def query(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        conditions = Conditions(rng, rng.choice([0, 0, 0.5, 1.0]))
        shape = rng.choices([self.plain, self.limited, self.sorted, self.sorted_keys, self.by_key, self.join,
                             self.lateral, self.semi, self.aggregate, self.sets, self.subplan, self.with_warehouse],
                            weights=[26, 6, 10, 8, 10, 12, 4, 8, 10, 4, 5, 7])[0]
        query = shape(rng, conditions)
        query.parameters = conditions.parameters
        query.generic = rng.random() < 0.7
        query.settings = self.settings(rng)
        return query

    def settings(self, rng):
        settings = [f"SET TimeZone = '{rng.choice(ZONES)}'"]
        if rng.random() < 0.12:
            settings.append("SET crm_fdw.pushdown = off")
        if rng.random() < 0.3:
            settings += [f"SET {name} = off" for name in rng.sample(PLANNER, 2)]
        return settings

    # ---- parts -------------------------------------------------------------------------------------------

    def pick(self, rng):
        """A table; those with more columns come up more often."""
        return rng.choices(self.tables, weights=[len(t.columns) for t in self.tables])[0]

    def projection(self, rng, alias, table):
        """A select list over one table."""
        roll = rng.random()
        if roll < 0.08:
            return f"{alias}.*"
        if roll < 0.13:
            return alias
        if roll < 0.18:
            return f"count(*) OVER (), {alias}.id"
        columns = rng.sample(table.columns, min(len(table.columns), rng.randrange(1, 6)))
        return ", ".join(self.expression(rng, f"{alias}.{c.name}", c) for c in columns)

    def expression(self, rng, name, column):
        if rng.random() < 0.8:
            return name
        if column.type == "text":
            return rng.choice([f"upper({name})", f"{name} || '!'", f"coalesce({name}, '?')", f"length({name})"])
        if column.type in ("numeric", "bigint", "integer"):
            return rng.choice([f"{name} * 2", f"round({name}, 0)", f"-{name}"])
        if column.type == "timestamp with time zone":
            return rng.choice([f"{name}::date", f"date_trunc('month', {name})", f"{name} + interval '1 hour'"])
        return name

    def source(self, rng, conditions, table, alias="t"):
        """FROM … WHERE … of one table."""
        where = conditions.where(alias, table.columns)
        return f"FROM {table.name} {alias}" + (f" WHERE {where}" if where else "")

    def order(self, rng, table, alias="t"):
        """A total order."""
        columns = rng.sample([c for c in table.columns if c.type in SORTABLE], rng.choice([1, 1, 1, 2]))
        keys = [f"{alias}.{c.name}{rng.choice(['', ' DESC'])}{rng.choice(['', '', ' NULLS FIRST', ' NULLS LAST'])}"
                for c in columns if c.name != "id"]
        return ", ".join([*keys, f"{alias}.id{rng.choice(['', '', ' DESC'])}"])

    def limit(self, rng):
        text = f" LIMIT {rng.choice([0, 1, 2, 5, 7, 20, 99, 100, 101, 250, 1000])}"
        return text + (f" OFFSET {rng.choice([1, 3, 100])}" if rng.random() < 0.2 else "")

    # ---- shapes ------------------------------------------------------------------------------------------

    def plain(self, rng, conditions):
        table = self.pick(rng)
        return Query(f"SELECT {self.projection(rng, 't', table)} {self.source(rng, conditions, table)}")

    def limited(self, rng, conditions):
        table = self.pick(rng)
        columns = ", ".join(f"t.{c.name}" for c in rng.sample(table.columns, min(3, len(table.columns))))
        sql = f"SELECT t.id, {columns} {self.source(rng, conditions, table)}"
        return Query(sql + self.limit(rng), subset_of=sql)

    def sorted(self, rng, conditions):
        table = self.pick(rng)
        sql = f"SELECT {self.projection(rng, 't', table)}, t.id {self.source(rng, conditions, table)}"
        sql += f" ORDER BY {self.order(rng, table)}"
        return Query(sql + (self.limit(rng) if rng.random() < 0.6 else ""), ordered=True)

    def sorted_keys(self, rng, conditions):
        """An order by one column, which a CRM may know; only that column is read, so ties do not show."""
        table = self.pick(rng)
        times = [c for c in table.columns if c.type in ("timestamp with time zone", "date")]
        column = rng.choice(times if times and rng.random() < 0.6 else [c for c in table.columns if c.type in SORTABLE])
        key = f"t.{column.name}"
        order = key + rng.choice(["", "", " DESC", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
        where = conditions.where("t", table.columns) if rng.random() < 0.5 else ""
        sql = f"SELECT {key} FROM {table.name} t" + (f" WHERE {where}" if where else "") + f" ORDER BY {order}"
        return Query(sql + (self.limit(rng) if rng.random() < 0.7 else ""), ordered=True)

    def by_key(self, rng, conditions):
        table = self.pick(rng)
        key = table.column("id")
        edges = ["no_such_id", "", "lead_0"]
        if rng.random() < 0.5:
            where = f"t.id = {conditions.constant(conditions.sample(key, edges), 'text')}"
        else:
            values = [conditions.sample(key, edges) for _ in range(rng.choice([0, 1, 3, 40, 120]))]
            where = conditions.listed("t.id", values, "text")
        more = conditions.where("t", table.columns) if rng.random() < 0.4 else ""
        return Query(f"SELECT {self.projection(rng, 't', table)} FROM {table.name} t WHERE {where}"
                     + (f" AND {more}" if more else ""))

    def linked(self, rng):
        if not self.links:
            table = self.pick(rng)
            return table, table.column("id"), table
        return rng.choice(self.links)

    def join(self, rng, conditions):
        table, column, referred = self.linked(rng)
        kind = rng.choice(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        left = rng.choice([c.name for c in table.columns])
        right = rng.choice([c.name for c in referred.columns])
        where = [w for w in (conditions.where("a", table.columns), conditions.where("b", referred.columns)) if w]
        on = f"b.id = a.{column.name}"
        if rng.random() < 0.2 and kind != "FULL JOIN":
            on += f" AND {conditions.single('b', referred.columns)}"
        sql = f"SELECT a.id, a.{left}, b.id, b.{right} FROM {table.name} a {kind} {referred.name} b ON {on}"
        return Query(sql + (f" WHERE {' AND '.join(where)}" if where else ""))

    def lateral(self, rng, conditions):
        table, column, referred = self.linked(rng)
        inner = conditions.where("a", table.columns)
        outer = conditions.single("b", referred.columns)
        rows = (f"SELECT a.id, a.{rng.choice(table.columns).name} AS v FROM {table.name} a "
                f"WHERE a.{column.name} = b.id{' AND ' + inner if inner else ''} "
                f"ORDER BY {self.order(rng, table, 'a')} LIMIT {rng.randrange(1, 4)}")
        join = rng.choice([f"CROSS JOIN LATERAL ({rows}) x", f"LEFT JOIN LATERAL ({rows}) x ON true"])
        return Query(f"SELECT b.id, x.id, x.v FROM {referred.name} b {join} WHERE {outer}")

    def semi(self, rng, conditions):
        table, column, referred = self.linked(rng)
        inner = conditions.where("a", table.columns)
        outer = conditions.where("b", referred.columns)
        correlated = f"SELECT 1 FROM {table.name} a WHERE a.{column.name} = b.id" + (f" AND {inner}" if inner else "")
        plain = f"SELECT a.{column.name} FROM {table.name} a" + (f" WHERE {inner}" if inner else "")
        test = rng.choice([f"EXISTS ({correlated})", f"NOT EXISTS ({correlated})", f"b.id IN ({plain})",
                           f"b.id NOT IN ({plain})", f"b.id = ANY (ARRAY({plain}))"])
        return Query(f"SELECT {self.projection(rng, 'b', referred)} FROM {referred.name} b WHERE {test}"
                     + (f" AND {outer}" if outer else ""))

    def aggregate(self, rng, conditions):
        table = self.pick(rng)
        columns = [c for c in table.columns if c.type in SORTABLE - {"boolean"}]
        numbers = [c for c in table.columns if c.type in ("numeric", "bigint", "integer")]
        column = rng.choice(columns)
        parts = rng.sample(["count(*)", f"count(t.{column.name})", f"min(t.{column.name})", f"max(t.{column.name})",
                            f"count(DISTINCT t.{column.name})", "array_agg(t.id ORDER BY t.id)"], rng.randrange(1, 4))
        if numbers:
            number = rng.choice(numbers).name
            parts += rng.sample([f"sum(t.{number})", f"avg(t.{number})"], rng.randrange(3))
        if rng.random() < 0.2:
            parts.append(f"count(*) FILTER (WHERE {conditions.single('t', table.columns)})")
        source = self.source(rng, conditions, table)
        if rng.random() < 0.5:
            return Query(f"SELECT {', '.join(parts)} {source}")
        by = rng.choice(columns).name
        having = rng.choice(["", "", " HAVING count(*) > 1"])
        return Query(f"SELECT t.{by}, {', '.join(parts)} {source} GROUP BY t.{by}{having}")

    def sets(self, rng, conditions):
        table = self.pick(rng)
        column = rng.choice([c for c in table.columns if c.type != "jsonb"]).name
        arms = [f"SELECT t.{column} {self.source(rng, conditions, table)}" for _ in range(2)]
        return Query(f" {rng.choice(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT', 'EXCEPT ALL'])} ".join(arms))

    def subplan(self, rng, conditions):
        table, column, referred = self.linked(rng)
        roll = rng.random()
        if roll < 0.35:
            return Query(f"SELECT b.id, (SELECT count(*) FROM {table.name} a WHERE a.{column.name} = b.id) "
                         f"{self.source(rng, conditions, referred, 'b')}")
        if roll < 0.7:
            return Query(f"SELECT {self.projection(rng, 'b', referred)} FROM {referred.name} b WHERE b.id = "
                         f"(SELECT max(a.{column.name}) {self.source(rng, conditions, table, 'a')})")
        return Query(f"WITH w AS MATERIALIZED (SELECT a.* {self.source(rng, conditions, table, 'a')}) "
                     f"SELECT b.id, w.id FROM w JOIN {referred.name} b ON b.id = w.{column.name}")

    def with_warehouse(self, rng, conditions):
        """A join with a local table: look-ups by key, with nulls and ids that do not exist."""
        table = self.pick(rng)
        where = conditions.where("t", table.columns)
        kind = rng.choice(["JOIN", "LEFT JOIN"])
        tail = f" AND {where}" if where and kind == "JOIN" else ""
        return Query(f"SELECT k.id, k.n, t.id, t.{rng.choice(table.columns).name} FROM warehouse.keys k {kind} "
                     f"{table.name} t ON t.id = k.id WHERE k.object = '{table.name}' AND k.n < {rng.choice([1, 3, 8, 50])}{tail}")
