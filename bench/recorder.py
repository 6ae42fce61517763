"""An HTTP proxy in front of the sandbox that keeps the requests it hands on, so that they can be sent again."""
import http.client
import http.server
import threading
import urllib.parse
from dataclasses import dataclass

# What the answer depends on; a connection's own headers are not copied.
KEPT_HEADERS = ("Authorization", "Content-Type", "Accept", "Accept-Encoding", "X-HTTP-Method-Override")
CONNECTION_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Request:
    method: str
    target: str  # path and query
    body: bytes
    headers: tuple  # of (name, value), without the credential


class Recorder:
    """Use as a context manager. `requests` has them in the order in which they came."""

    def __init__(self, upstream):
        self.upstream = urllib.parse.urlsplit(upstream).netloc
        self.requests = []
        self.most_under_way = 0
        self.under_way = 0
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def _forward(self, connection, request, authorization):
        headers = dict(request.headers)
        if authorization:
            headers["Authorization"] = authorization
        with self.lock:
            self.requests.append(request)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        connection.request(request.method, request.target, request.body or None, headers)
        answer = connection.getresponse()
        body = answer.read()
        with self.lock:
            self.under_way -= 1
        return answer, body

    def _make_handler(self):
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                self.upstream = http.client.HTTPConnection(recorder.upstream)

            def finish(self):
                self.upstream.close()
                super().finish()

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kept = tuple((name, self.headers[name]) for name in KEPT_HEADERS[1:] if name in self.headers)
                request = Request(self.command, self.path, body, kept)
                answer, text = recorder._forward(self.upstream, request, self.headers.get("Authorization"))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in CONNECTION_HEADERS:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        return Handler
