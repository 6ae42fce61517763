"""The sandbox's control API."""
import json
import os
import urllib.request
from decimal import Decimal


class Sandbox:
    def __init__(self):
        self.url = os.environ["CRM_FDW_CONTROL_URL"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def export(self, provider, table):
        """The rows of a table as the sandbox itself has them; numbers as int and Decimal."""
        url = f"{self.url}/export?provider={provider}&object={table}"
        with urllib.request.urlopen(url, timeout=120) as answer:
            return [json.loads(line, parse_float=Decimal) for line in answer]

    def exported(self, provider):
        """Names of the tables that export knows."""
        return self.call("GET", "/state")[provider]["objects"]

    def draw_switches(self, rng):
        """A value for every switch that offers a choice of readings."""
        drawn = {}
        for name, switch in self.call("GET", "/state")["switches"].items():
            allowed = switch["allowed"]
            if isinstance(allowed, list):
                drawn[name] = rng.choice(allowed)
            elif name.endswith("_limit_max"):
                drawn[name] = rng.choice(["100", "200"])
        return drawn

    def reset(self, provider, seed, switches, counts=None):
        """New data. The clock stands still an hour later, so that nothing changes by itself."""
        self.call("POST", "/reset", {"seed": seed, "switches": switches, "counts": counts or {}})
        self.call("POST", "/clock", {"advance_ms": 3_600_000})
        self.call("POST", "/clock", {"freeze": True})
        return self.call("GET", "/state")[provider]
