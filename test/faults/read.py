"""What a read is: the SQL, the requests it sends, and the rows that should come of it."""
import re
from dataclasses import dataclass, field


@dataclass
class Read:
    name: str
    sql: str  # the names of the provider's SCHEMAS, and {server}, are filled in
    method: str  # of the requests that a fault meets; empty: any
    path: str  # regular expression of their paths
    plan: str  # what EXPLAIN's "Remote Query" holds
    table: str = ""  # whose rows it gives; empty: something else
    columns: list = field(default_factory=list)  # of the table, id first
    keep: object = None  # which of the sandbox's rows
    fields: dict = field(default_factory=dict)  # kind → the API's name of a field that can be spoilt
    rows_key: str = "data"  # of an answer; empty: it is one record, or a list of them
    key: str = "id"  # of a record
    source: str = ""  # which of the provider's exports has the rows; empty: that of the table's name
    expected: object = None  # the rows, where it is not those of the table

    is_import = False

    def meets(self, method, path):
        return self.method in ("", method) and re.search(self.path, path) is not None

    @property
    def is_paged(self):
        return self.table != "" and self.rows_key != ""

    def match(self):
        return {"path": self.path, **({"method": self.method} if self.method else {})}

    def envelope(self, page):
        """The object of an answer that holds the rows."""
        return page if isinstance(page, dict) and self.rows_key else {}

    def records(self, page):
        """The records of an answer."""
        if self.rows_key:
            return self.envelope(page).get(self.rows_key, [])
        return page if isinstance(page, list) else [page]


class Import(Read):
    """IMPORT FOREIGN SCHEMA into an empty schema; what came of it is the result."""

    is_import = True


def rows_of(schema, table, columns, condition=""):
    items = ", ".join(f"to_jsonb({column})::text" for column in columns)
    return f"SELECT {items} FROM {{{schema}}}.{table}{condition}"
