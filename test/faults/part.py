"""Some of the faults against every read, beside a sandbox and a server of their own (tools/with-cluster).

Started by main.py: part.py PROVIDER DIRECTORY NUMBER [--fault …] [--read …] claims one fault after the other, as the
other parts do, and writes the outcomes to the file NUMBER.json of the directory. Number -1: the resolver that never
answers.
"""
import argparse
import json
import os
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "differential"))

import content  # noqa: E402
import transport  # noqa: E402
from stage import Stage  # noqa: E402


def all_faults(stage, directory):
    provider = stage.provider
    faults = [*transport.way_faults((stage.url, stage.https_url), provider.LABEL, directory),
              *transport.connection_faults(), *transport.status_faults(provider), *transport.encoding_faults(),
              *content.value_faults(), *content.shape_faults(), *provider.account_faults(),
              *transport.token_faults(provider)]
    return [replace(fault, instead=provider.INSTEAD.get(fault.name, {}) | fault.instead) for fault in faults]


def claimed(faults, directory):
    """Those that no other part has begun, as they come."""
    for number, fault in enumerate(faults):
        try:
            (directory / f"claim-{number}").touch(exist_ok=False)
        except FileExistsError:
            continue
        yield fault


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("provider")
    parser.add_argument("directory", type=Path)
    parser.add_argument("number", type=int)
    parser.add_argument("--fault", default="")
    parser.add_argument("--read", default="")
    arguments = parser.parse_args()
    stage = Stage(arguments.provider)
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)  # the database server reads certificates there
        if arguments.number < 0:
            chosen = mine = [transport.STALLED]
        else:
            chosen = [f for f in all_faults(stage, directory) if re.search(arguments.fault, f.name)]
            mine = claimed(chosen, arguments.directory)
        outcomes, wrong = stage.run_all(mine, arguments.read)
    order = {fault.name: number for number, fault in enumerate(chosen)}
    result = {"outcomes": [{**vars(o), "order": order[o.fault]} for o in outcomes], "wrong": wrong}
    (arguments.directory / f"{arguments.number}.json").write_text(json.dumps(result), encoding="utf-8")


main()
