"""Servers that misbehave below and beside HTTP: a proxy that rewrites answers, listeners, certificates."""
import json
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass
class Exchange:
    """A request and its answer on the way back."""

    method: str
    path: str
    params: dict
    request: object  # the request's JSON, or None
    number: int  # among the requests of the read that are met, from 1; 0: one beside them
    status: int
    headers: dict
    body: bytes
    changes: list = field(default_factory=list)  # (id, field, value): what a rewriter put into records

    def json(self):
        return json.loads(self.body)


@dataclass
class Raw:
    """Bytes for the socket instead of an answer; then the connection is closed."""

    content: bytes


class Proxy:
    """Stands before the sandbox. `rewrite(exchange)` may change it, and says whether it did; or gives a Raw."""

    def __init__(self, upstream):
        self.upstream = urlsplit(upstream).netloc
        self.lock = threading.Lock()
        self.stop()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self, rewrite, meets):
        """From now on answers are rewritten; `meets(method, path)` says which are counted."""
        self.stop()
        self.rewrite, self.meets = rewrite, meets

    def stop(self):
        self.rewrite, self.meets = None, None
        self.hits = self.seen = 0
        self.changes = []

    def answer(self, method, target, headers, body):
        """The exchange, and what the rewriter made of it."""
        upstream = HTTPConnection(self.upstream, timeout=60)
        kept = {k: v for k, v in headers.items() if k.lower() not in ("accept-encoding", "host", "connection")}
        upstream.request(method, target, body, kept)
        reply = upstream.getresponse()
        content = reply.read()
        upstream.close()
        parts = urlsplit(target)
        is_json = body and "json" in (headers.get("Content-Type") or "")
        with self.lock:
            met = self.rewrite is not None and self.meets(method, parts.path)
            self.seen += met
            exchange = Exchange(method, parts.path, parse_qs(parts.query), json.loads(body) if is_json else None,
                                self.seen if met else 0, reply.status,
                                {k: v for k, v in reply.getheaders() if k.lower() not in HOP_HEADERS}, content,
                                self.changes)
            outcome = self.rewrite(exchange) if self.rewrite else False
            self.hits += bool(outcome)
        return exchange, outcome

    def handler(proxy):  # pylint: disable=no-self-argument
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                exchange, outcome = proxy.answer(self.command, self.path, self.headers, body or None)
                if isinstance(outcome, Raw):
                    self.wfile.write(outcome.content)
                    self.wfile.flush()
                    self.close_connection = True
                    return
                self.send_response(exchange.status)
                for name, value in exchange.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(exchange.body)))
                self.end_headers()
                self.wfile.write(exchange.body)
                self.wfile.flush()

            do_GET = do_POST = serve

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # the client went away in the middle, as it may

            def log_message(self, *_):
                pass

        return Handler


class Listener:
    """A TCP server that runs `serve(socket)` on each connection and counts them."""

    def __init__(self, serve):
        self.serve = serve
        self.hits = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            self.hits += 1
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass  # the client's refusal is what is wanted


def stay_silent(connection):
    """Reads until the client gives up, and never says a word."""
    while connection.recv(4096):
        pass


def hang_up(connection):
    connection.recv(4096)


def speak_ssh(connection):
    connection.recv(4096)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")


def tls_server(certificate):
    """Answers every request with an empty object, to whoever accepts the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    return serve


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Authority:
    """A certificate authority in a directory that the database server may read."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.file = self.directory / "authority.pem"
        self.openssl("req", "-x509", *self.new_key("authority"), "-out", self.file, "-days", "3",
                     "-subj", "/CN=faults", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.file.chmod(0o644)

    def openssl(self, *command):
        subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)

    def new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", self.directory / f"{name}.key")

    def issue(self, name, host, days):
        """A file with key and certificate for the host; negative days: expired."""
        request, extension, out = (self.directory / f"{name}.{end}" for end in ("csr", "ext", "pem"))
        extension.write_text(f"subjectAltName={host}\n", encoding="ascii")
        self.openssl("req", *self.new_key(name), "-out", request, "-subj", "/CN=faults")
        self.openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.directory / "authority.key",
                     "-CAcreateserial", "-out", out, "-days", days, "-extfile", extension)
        with out.open("ab") as file:
            file.write((self.directory / f"{name}.key").read_bytes())
        return out
