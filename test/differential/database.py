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


@dataclass
class Table:
    name: str
    object: str
    columns: list

    def column(self, name):
        return next((c for c in self.columns if c.name == name), None)


def literal(text):
    """A string literal of any text that PostgreSQL can hold."""
    quoted = text.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"


def connect(schema):
    """A session on one side. Every value is read as PostgreSQL prints it."""
    connection = psycopg2.connect("")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_type WHERE typcategory NOT IN ('P', 'X')")
        oids = tuple(row[0] for row in cursor.fetchall())
        as_text = psycopg2.extensions.new_type(oids, "TEXT_OF_ANYTHING", lambda value, _: value)
        psycopg2.extensions.register_type(as_text, connection)
        cursor.execute(f"SET search_path = {schema}, warehouse")
        cursor.execute("SET statement_timeout = '120s'")
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


def make_remote(connection, provider, endpoint, key):
    """Imports the account into schema remote, from nothing."""
    must(connection, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS remote, copy, warehouse CASCADE")
    must(connection, "CREATE EXTENSION IF NOT EXISTS crm_fdw; DROP SERVER IF EXISTS crm CASCADE")
    must(connection, f"CREATE SERVER crm FOREIGN DATA WRAPPER crm_fdw OPTIONS (provider {literal(provider)}, "
                     f"endpoint {literal(endpoint)}, rate_limit '100000/1s')")
    must(connection, f"CREATE USER MAPPING FOR CURRENT_USER SERVER crm OPTIONS (api_key {literal(key)})")
    must(connection, "CREATE SCHEMA remote; CREATE SCHEMA copy; CREATE SCHEMA warehouse")
    must(connection, f"IMPORT FOREIGN SCHEMA {provider} FROM SERVER crm INTO remote")


def read_tables(connection):
    rows = must(connection, """
        SELECT c.relname, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
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
        entry.columns.append(Column(name, kind, path or name, remote_type or "", references or "", traits or ""))
    return list(tables.values())


def make_copy(connection, tables):
    for table in tables:
        must(connection, f"CREATE TABLE copy.{table.name} (LIKE remote.{table.name})")
        must(connection, f"INSERT INTO copy.{table.name} SELECT * FROM remote.{table.name}")
    must(connection, "ANALYZE")
    for table in tables:
        for column in table.columns:
            column.samples = [row[0] for row in must(connection, f"""
                SELECT DISTINCT ON (md5(v)) v FROM (SELECT {column.name}::text AS v FROM copy.{table.name}) s
                 WHERE v IS NOT NULL ORDER BY md5(v) LIMIT {MAX_SAMPLES}""")]


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
