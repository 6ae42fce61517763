"""The sandbox's control API."""
import json
import os
import urllib.parse
import urllib.request
from decimal import Decimal

from accounts import ACCOUNTS

class Sandbox:
    def __init__(self):
        self.url = os.environ["CRM_FDW_CONTROL_URL"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def export(self, provider, table, **more):
        """The rows of a table as the sandbox itself has them; numbers as int and Decimal."""
        url = f"{self.url}/export?" + urllib.parse.urlencode({"provider": provider, "object": table, **more})
        with urllib.request.urlopen(url, timeout=120) as answer:
            return [json.loads(line, parse_float=Decimal) for line in answer]

    def exported(self, provider):
        """Names of the tables that export knows."""
        return self.call("GET", "/state")[provider]["objects"]

    def draw_switches(self, provider, rng):
        """A value for every switch that offers a choice of readings."""
        drawn = {}
        for name, switch in self.call("GET", "/state")["switches"].items():
            allowed = switch["allowed"]
            if name in ACCOUNTS[provider].states:
                continue
            if isinstance(allowed, list):
                drawn[name] = rng.choice(allowed)
            elif name.endswith("_limit_max"):
                drawn[name] = rng.choice(["100", "200"])
        return drawn

    def reset(self, provider, seed, switches, counts=None):
        """New data, a little of it edited since. The clock stands still an hour later: nothing changes by itself,
        and the search index has caught up."""
        self.call("POST", "/reset", {"seed": seed, "switches": switches, "counts": counts or {}})
        self.edit(provider, "first", 10)
        self.call("POST", "/clock", {"advance_ms": 3_600_000})
        self.call("POST", "/clock", {"freeze": True})
        return self.call("GET", "/state")[provider]

    def edit(self, provider, word, rows):
        """Somebody changes about so many rows of each table, now: the search index does not know it yet."""
        for table, name in ACCOUNTS[provider].edited.items():
            ids = [row.get("id", row.get("Id")) for row in self.export(provider, table)]
            for row_id in ids[1::max(1, len(ids) // rows)]:
                row = {name: f"{word} edit of {row_id}"}
                self.change(provider, table, "update", row_id, row=row)
            self.change(provider, table, "delete", ids[-1])

    def change(self, provider, table, op, row_id, **more):
        self.call("POST", "/rows", {"provider": provider, "object": table, "op": op, "id": row_id, **more})
