"""Those who race: each reads the same leads once and says what it took."""
import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.02


@dataclass
class Result:
    rows: int  # -1: it does not look into the answers
    requests: int
    bytes: int  # of answers, as they came
    wall: float
    cpu: float  # of the client's process
    server_cpu: float = 0.0  # of the backend, where that is another process
    peak_kb: int = 0
    private_peak_kb: int = 0  # without what processes share; 0: not known


class Backend:
    """A session, and what its process used since it was opened."""

    def __init__(self):
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True
        self.pid = self.connection.get_backend_pid()

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def cpu(self):
        return process_cpu(self.pid)

    def close(self):
        self.connection.close()


def process_cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid, name):
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.M)
    return int(found.group(1)) if found else 0


class PeakOf:
    """Samples a process's private memory while it works: the kernel keeps a high-water mark of all of it only,
    shared buffers included."""

    def __init__(self, pid):
        self.pid, self.peak_kb = pid, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.sample)

    def sample(self):
        while not self.stop.wait(SAMPLE_SECONDS):
            try:
                self.peak_kb = max(self.peak_kb, memory_kb(self.pid, "RssAnon"))
            except (FileNotFoundError, ProcessLookupError):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def run_process(command, **options):
    """Output, wall seconds and resources of a process that must succeed."""
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begin
    if process.returncode:
        sys.exit(f"bench: {command[0]} failed with status {process.returncode}")
    return output, wall, usage


class Fdw:
    name = "crm_fdw"

    def __init__(self, sql, reads_rows):
        """`sql`: INSERT … SELECT, or with reads_rows=False a SELECT that gives one number."""
        self.sql, self.reads_rows = sql, reads_rows

    def run(self):
        backend = Backend()
        begin_cpu = backend.cpu()
        with PeakOf(backend.pid) as peak:
            begin = time.monotonic()
            given = backend.run(self.sql)
            wall = time.monotonic() - begin
        result = Result(given if self.reads_rows else given[0][0], 0, 0, wall, backend.cpu() - begin_cpu,
                        peak_kb=memory_kb(backend.pid, "VmHWM"), private_peak_kb=peak.peak_kb)
        backend.close()
        return result


class Curl:
    """Downloads what crm_fdw asked for: the same requests, as many at a time, over connections that are kept."""
    name = "curl"

    def __init__(self, folder, url, key, ca_file, requests, at_a_time):
        self.count = len(requests)
        self.config = folder / "curl.config"
        shared = [f"user = {quoted(key + ':')}", "output = /dev/null", "compressed", "silent", "show-error",
                  'write-out = "%{http_code} %{size_download}\\n"']
        if ca_file:
            shared.append(f"cacert = {quoted(ca_file)}")
        parts = []
        for number, request in enumerate(requests):
            lines = [f"url = {quoted(url + request.target)}", f"request = {request.method}", *shared]
            lines += [f"header = {quoted(f'{name}: {value}')}" for name, value in request.headers
                      if name != "Accept-Encoding"]
            if request.body:
                body = folder / f"body.{number}"
                body.write_bytes(request.body)
                lines.append(f"data-binary = {quoted('@' + str(body))}")
            parts.append("\n".join(lines))
        self.config.write_text("\nnext\n".join(parts) + "\n", encoding="utf-8")
        self.command = ["curl", "--disable", "--globoff", "--config", str(self.config)]
        if at_a_time > 1:
            self.command[2:2] = ["--parallel", "--parallel-max", str(at_a_time)]

    def run(self):
        output, wall, usage = run_process(self.command)
        answers = [line.split() for line in output.splitlines()]
        refused = [status for status, _ in answers if status != "200"]
        if refused or len(answers) != self.count:
            sys.exit(f"bench: curl got {len(answers)} of {self.count} answers, {len(refused)} of them no 200")
        return Result(-1, len(answers), sum(int(size) for _, size in answers), wall,
                      usage.ru_utime + usage.ru_stime, peak_kb=usage.ru_maxrss)


class CloseioCopy:
    name = "closeio + COPY"

    def __init__(self, python, job):
        self.python, self.job = python, job

    def run(self):
        output, wall, usage = run_process(
            [self.python, str(Path(__file__).with_name("closeio_copy.py"))],
            stdin=stdin_of(json.dumps(self.job)))
        rows, server_cpu = output.split()
        return Result(int(rows), 0, 0, wall, usage.ru_utime + usage.ru_stime,
                      server_cpu=float(server_cpu), peak_kb=usage.ru_maxrss)


def quoted(text):
    """A text in a configuration file of curl."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stdin_of(text):
    """A file to read the text from; a pipe would need somebody who writes."""
    descriptor = os.memfd_create("job")
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
