"""A round: an account made anew, imported, copied, and read in one of the ways that the server offers."""
import os
import random

import database
from compare import NO_WAY
from reading import check_reading

SOURCES = ["auto", "auto", "fresh", "index"]
SIZES = [(260, None), (260, 100), (150, None), (150, 60), (90, 30), (40, None)]  # leads, page_size
MAX_TABLES = 7
ALWAYS = {"close": ("leads", "contacts", "opportunities")}


def choose_tables(rng, provider, tables):
    """Those that are always in, and some of the rest."""
    always = ALWAYS.get(provider, ())
    rest = [t for t in tables if t.name not in always]
    chosen = rng.sample(rest, min(len(rest), MAX_TABLES - len(always)))
    return [t for t in tables if t.name in always or t in chosen]


def import_account(connection, provider, account, scheme, page_size=None):
    endpoint = os.environ[f"CRM_FDW_{provider.upper()}_{scheme}"]
    database.make_remote(connection, provider, endpoint, account["api_key"], page_size=page_size)
    return [t for t in database.read_tables(connection) if t.column("id")]


def copy_tables(connection, tables):
    """Gives those that could be copied; what can only be read with a condition cannot."""
    copied = []
    for table in tables:
        error = database.make_copy(connection, table)
        if error is None:
            copied.append(table)
        elif NO_WAY in error[1]:
            print(f"left out {table.name}: {error[1].splitlines()[0]}")
        else:
            raise RuntimeError(f"copying {table.name}: {error[1]}")
    database.make_warehouse(connection, copied)
    return copied


def prepare(sandbox, provider, seed, number):
    """New data and switches. Gives the tables and the number of reading differences."""
    rng = random.Random(f"{seed}/round/{number}")
    switches = sandbox.draw_switches(rng)
    leads, page_size = rng.choice(SIZES)
    counts = {"leads": leads, "contacts": leads * 3 // 2, "opportunities": leads * 2 // 3}
    account = sandbox.reset(provider, rng.randrange(1 << 30), switches, counts)
    scheme, source = rng.choice(["URL", "HTTPS_URL"]), rng.choice(SOURCES)
    connection = database.connect("public")
    tables = choose_tables(rng, provider, import_account(connection, provider, account, scheme, page_size))
    if not database.has_read_path(connection):
        source = "default"
    print(f"round {number}: {leads} leads, pages of {page_size or 'any size'}, read_path {source}, "
          f"switches {' '.join(f'{k}={v}' for k, v in sorted(switches.items()))}", flush=True)
    if source == "fresh":
        # What the index does not know yet must not be missed.
        database.set_read_path(connection, source)
        sandbox.edit(provider, "latest", 50)
    tables = copy_tables(connection, tables)
    if source == "index":
        database.set_read_path(connection, source)
        tables = [t for t in tables if database.is_readable(connection, t)]
    differences = check_reading(connection, sandbox, provider, tables)
    connection.close()
    return tables, differences
