"""Some of the faults against every read, beside a sandbox and a server of their own (tools/with-cluster).

Started by main.py: part.py PROVIDER RESULT NUMBER OF [--fault …] [--read …] writes the outcomes of every OF-th fault,
from NUMBER on, to the file RESULT. Number -1: the resolver that never answers.
"""
import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "differential"))

import content  # noqa: E402
import transport  # noqa: E402
from stage import Stage  # noqa: E402


def all_faults(stage, directory):
    return [*transport.way_faults((stage.url, stage.https_url), directory), *transport.connection_faults(),
            *transport.status_faults(), *transport.encoding_faults(), *content.value_faults(),
            *content.shape_faults(), *stage.provider.account_faults()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("provider")
    parser.add_argument("result")
    parser.add_argument("number", type=int)
    parser.add_argument("of", type=int)
    parser.add_argument("--fault", default="")
    parser.add_argument("--read", default="")
    arguments = parser.parse_args()
    stage = Stage(arguments.provider)
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)  # the database server reads certificates there
        if arguments.number < 0:
            numbered = [(0, transport.STALLED)]
        else:
            chosen = [f for f in all_faults(stage, directory) if re.search(arguments.fault, f.name)]
            numbered = list(enumerate(chosen))[arguments.number::arguments.of]
        outcomes, wrong = stage.run_all([fault for _, fault in numbered], arguments.read)
    order = {fault.name: number for number, fault in numbered}
    result = {"outcomes": [{**vars(o), "order": order[o.fault]} for o in outcomes], "wrong": wrong}
    Path(arguments.result).write_text(json.dumps(result), encoding="utf-8")


main()
