"""The two sides: schema `remote` (foreign tables) and schema `copy` (local tables of the same names)."""
from dataclasses import dataclass, field

import psycopg2
import psycopg2.extensions

REMOTE, COPY = "remote", "copy"
MAX_SAMPLES = 150


@dataclass
class Column:
    name: str
    type: str  # as format_type says: text, numeric, timestamp with time zone, …
    path: str  # the CRM's field
    remote_type: str
    references: str
    traits: str = ""
    samples: list = field(default_factory=list)  # texts of values that occur
    elements: list = field(default_factory=list)  # of an array: texts of elements that occur

    @property
    def comparable(self):
        """Whether a CRM may know as PostgreSQL does which values are equal."""
        return self.name == "id" or bool(self.references) or self.type in ("boolean", "date", "integer")

    @property
    def weight(self):
        """How often conditions take this column: a CRM can be asked for some more likely than for others."""
        if self.name in ("date_created", "date_updated"):
            return 14
        if self.name == "id" or self.references or self.name.startswith("status"):
            return 6
        filterable = "filterable" in self.traits.split()
        if self.type == "text[]" or filterable:
            return 10 if self.type == "date" else 5
        return 3 if self.path.startswith("custom.") else 1


@dataclass
class Table:
    name: str
    object: str
    columns: list
    whole: bool = True  # whether the columns are all that the foreign table has

    def column(self, name):
        return next((c for c in self.columns if c.name == name), None)

    def star(self, alias):
        """Every column, as a select list."""
        return f"{alias}.*" if self.whole else ", ".join(f"{alias}.{c.name}" for c in self.columns)


def literal(text):
    """A string literal of any text that PostgreSQL can hold."""
    quoted = text.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"


def connect(schema, *settings):
    """A session on one side; RESET ALL goes back to its settings. Every value is read as PostgreSQL prints it."""
    settings = [f"search_path={schema},warehouse", "statement_timeout=120s", "jit=off", *settings]
    connection = psycopg2.connect("", options=" ".join(f"-c {setting}" for setting in settings))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_type WHERE typcategory NOT IN ('P', 'X')")
        oids = tuple(row[0] for row in cursor.fetchall())
    as_text = psycopg2.extensions.new_type(oids, "TEXT_OF_ANYTHING", psycopg2.extensions.UNICODE)
    psycopg2.extensions.register_type(as_text, connection)
    return connection


def execute(connection, sql):
    """Rows, or (SQLSTATE, message)."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            return (cursor.fetchall() if cursor.description else []), None
        except psycopg2.Error as error:
            if connection.closed:
                raise
            return None, (error.pgcode, str(error).strip())


def must(connection, sql):
    rows, error = execute(connection, sql)
    if error:
        raise RuntimeError(f"{error[1]}\nin: {sql[:500]}")
    return rows


def options_clause(options):
    """Of CREATE SERVER and its kin; options that are None are left out."""
    return ", ".join(f"{name} {literal(str(value))}" for name, value in options.items() if value is not None)


def make_remote(connection, provider, server, mapping, tables=""):
    """Imports the account into schema remote, from nothing. `server`, `mapping`: options. `tables`: LIMIT TO (…)."""
    must(connection, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS remote, copy, warehouse CASCADE")
    must(connection, "CREATE EXTENSION IF NOT EXISTS crm_fdw; DROP SERVER IF EXISTS crm CASCADE")
    server = options_clause({"provider": provider, "rate_limit": "100000/1s", **server})
    must(connection, f"CREATE SERVER crm FOREIGN DATA WRAPPER crm_fdw OPTIONS ({server})")
    must(connection, f"CREATE USER MAPPING FOR CURRENT_USER SERVER crm OPTIONS ({options_clause(mapping)})")
    must(connection, "CREATE SCHEMA remote; CREATE SCHEMA copy; CREATE SCHEMA warehouse")
    must(connection, f"IMPORT FOREIGN SCHEMA {provider} {tables} FROM SERVER crm INTO remote")


def set_read_path(connection, source, action="SET"):
    must(connection, f"ALTER SERVER crm OPTIONS ({action} read_path {literal(source)})")


def read_tables(connection):
    """The foreign tables, without the columns that are a part of the question (trait `given`)."""
    rows = must(connection, """
        SELECT quote_ident(c.relname), quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
               (SELECT option_value FROM pg_options_to_table(t.ftoptions) WHERE option_name = 'object'),
               o.field, o.remote_type, o.referred, o.traits
          FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
               LATERAL (SELECT max(option_value) FILTER (WHERE option_name = 'field') AS field,
                               max(option_value) FILTER (WHERE option_name = 'remote_type') AS remote_type,
                               max(option_value) FILTER (WHERE option_name = 'references') AS referred,
                               max(option_value) FILTER (WHERE option_name = 'traits') AS traits
                          FROM pg_options_to_table(a.attfdwoptions)) o
         WHERE c.relnamespace = 'remote'::regnamespace
         ORDER BY c.relname, a.attnum""")
    tables = {}
    for table, name, kind, remote_object, path, remote_type, references, traits in rows:
        entry = tables.setdefault(table, Table(table, remote_object, []))
        if "given" in (traits or "").split():
            entry.whole = False
            continue
        entry.columns.append(Column(name, kind, path or name, remote_type or "", references or "", traits or ""))
    return list(tables.values())


def make_copy(connection, table):
    """Copies one table and notes values that occur. Gives the error if it cannot be read."""
    columns = ", ".join(c.name for c in table.columns)
    error = execute(connection, f"CREATE TABLE copy.{table.name} AS SELECT {columns} FROM remote.{table.name}")[1]
    if error:
        return error
    must(connection, f"ANALYZE copy.{table.name}")
    for column in table.columns:
        column.samples = samples(connection, f"SELECT {column.name}::text AS v FROM copy.{table.name}")
        if column.type.endswith("[]"):
            column.elements = samples(connection, f"SELECT unnest({column.name})::text AS v FROM copy.{table.name}")
    return None


def samples(connection, query):
    return [row[0] for row in must(connection, f"""
        SELECT DISTINCT ON (md5(v)) v FROM ({query}) s WHERE v IS NOT NULL ORDER BY md5(v) LIMIT {MAX_SAMPLES}""")]


def is_readable(connection, table):
    """Whether the table can be read without a condition."""
    return execute(connection, f"EXPLAIN SELECT id FROM remote.{table.name}")[1] is None


def content(connection, schema, table):
    """The number of rows and their hash; or the error."""
    return execute(connection, f"""
        SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t.id COLLATE "C"))
          FROM (SELECT {table.star('r')} FROM {schema}.{table.name} r) t""")


def make_warehouse(connection, tables):
    """A plain local table to join with: some ids of each table, some that do not exist, a null."""
    must(connection, "CREATE TABLE warehouse.keys (object text, id text, n int)")
    for table in tables:
        must(connection, f"""
            INSERT INTO warehouse.keys
            SELECT '{table.name}', id, row_number() OVER (ORDER BY md5(id)) FROM copy.{table.name}
             ORDER BY md5(id) LIMIT 40""")
        must(connection, f"INSERT INTO warehouse.keys VALUES ('{table.name}', 'no_such_id', 0), ('{table.name}', NULL, 0)")
    must(connection, "ANALYZE warehouse.keys")
