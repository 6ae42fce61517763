"""Every fault against every kind of read: a complete and correct result, or one clear error.

Run by `make faults PROVIDER=close`. Prints a table; --markdown FILE keeps it. Exit status 1 if an outcome is wrong:
rows that are missing or not the CRM's, an error with an unexpected SQLSTATE or without words, a secret in it, a read
that takes longer than its timeouts, a session that cannot go on, a descriptor left open.

Most faults are waited for, so they are dealt out to a few servers with a sandbox each, which run side by side.
"""
import argparse
import collections
import importlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from fault import STALLED_NAME
from namespace import NO_NAMESPACE

HERE = Path(__file__).resolve().parent
WITH_CLUSTER = HERE.parents[1] / "tools/with-cluster"


def start_part(arguments, directory, number):
    """A process, and the file that will hold its outcomes. Number -1: in a namespace without a resolver."""
    flags = importlib.import_module(arguments.provider).SANDBOX_FLAGS
    command = [WITH_CLUSTER, "--provider", arguments.provider, "--sandbox-flags", flags, sys.executable,
               HERE / "part.py", arguments.provider, directory, number, "--fault", arguments.fault, "--read",
               arguments.read]
    if number < 0:
        command = [sys.executable, HERE / "namespace.py", *command]
    return subprocess.Popen(list(map(str, command))), Path(directory) / f"{number}.json"


def run_parts(arguments):
    """Outcomes in the order of the faults, and notes; those that begin with WRONG are failures."""
    numbers = list(range(arguments.jobs))
    if re.search(arguments.fault, STALLED_NAME):
        numbers.append(-1)
    entries, notes = [], []
    with tempfile.TemporaryDirectory() as directory:
        parts = [(number, *start_part(arguments, directory, number)) for number in numbers]
        for number, process, file in parts:
            status = process.wait()
            if number < 0 and status == NO_NAMESPACE:
                notes.append(f"Not run here, for want of a network namespace: {STALLED_NAME}.")
            elif status != 0:
                notes.append(f"WRONG: part {number} ended with status {status}.")
            else:
                result = json.loads(file.read_text(encoding="utf-8"))
                entries += result["outcomes"]
                notes += [f"WRONG: {text}" for text in result["wrong"]]
    return [report.Outcome(**entry) for entry in sorted(entries, key=lambda entry: entry["order"])], notes


def summary(outcomes, seconds):
    counts = collections.Counter("one clear error" if re.match(r"\w{5}: ", text) else text
                                 for text in map(report.words, outcomes))
    wrong = sum(bool(outcome.wrong) for outcome in outcomes)
    faults = len({outcome.fault for outcome in outcomes})
    return (f"{faults} faults, {len(outcomes)} reads: " + ", ".join(f"{n} {kind}" for kind, n in counts.items())
            + f"; {wrong} wrong; {seconds:.0f} s.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", default="close")
    parser.add_argument("--fault", default="", help="only faults whose name matches")
    parser.add_argument("--read", default="", help="only reads whose name matches")
    parser.add_argument("--jobs", type=int, default=4, help="servers that run side by side")
    parser.add_argument("--markdown", help="write the table into this file, beside those of other CRMs")
    arguments = parser.parse_args()
    begun = time.monotonic()
    outcomes, notes = run_parts(arguments)
    for outcome in outcomes:
        report.print_line(outcome)
    notes.insert(0, summary(outcomes, time.monotonic() - begun))
    print("\n".join(notes))
    if arguments.markdown:
        report.write_markdown(arguments.markdown, importlib.import_module(arguments.provider), outcomes, notes)
    failed = any(outcome.wrong for outcome in outcomes) or any(note.startswith("WRONG") for note in notes)
    sys.exit(1 if failed or not outcomes else 0)


main()
