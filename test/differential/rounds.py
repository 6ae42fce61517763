"""A round: an account made anew, imported, copied, and read in one of the ways that the server offers."""
import random

import database
from accounts import ACCOUNTS
from compare import NO_WAY
from reading import check_reading


def choose_tables(rng, provider, tables):
    """Those that are always in, and some of the rest."""
    always = ACCOUNTS[provider].always
    rest = [t for t in tables if t.name not in always]
    chosen = rng.sample(rest, min(len(rest), ACCOUNTS[provider].most_tables - len(always)))
    return [t for t in tables if t.name in always or t in chosen]


def import_account(connection, provider, credentials, rng, page_size=None):
    account = ACCOUNTS[provider]
    server = {**account.server_options(rng), "page_size": page_size}
    database.make_remote(connection, provider, server, account.mapping_options(credentials, rng),
                         account.import_clause())
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
    switches = sandbox.draw_switches(provider, rng)
    account = ACCOUNTS[provider]
    rows, page_size = rng.choice(account.sizes)
    credentials = sandbox.reset(provider, rng.randrange(1 << 30), switches, account.counts(rows))
    source = rng.choice(account.sources)
    connection = database.connect("public")
    tables = choose_tables(rng, provider, import_account(connection, provider, credentials, rng, page_size))
    if source != "default":
        database.set_read_path(connection, "auto", "ADD")
    print(f"round {number}: {rows} {account.always[0]}, pages of {page_size or 'any size'}, read_path {source}, "
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
