"""Faults of the way there, of HTTP itself and of tokens. They are the same for every CRM."""
from fault import COMPLETE, STALLED_NAME, Fault, on
from wire import Authority, Listener, Raw, hang_up, speak_ssh, stay_silent, tls_server, unused_port

# A request that hangs costs its timeout, so one try is enough where all of them hang.
ONE_TRY = {"max_retries": "0"}
HTML = "<html><head><title>Bad gateway</title></head><body><h1>502</h1></body></html>"

# Not among the others: it wants a resolver that stalls, see namespace.py.
STALLED = Fault(STALLED_NAME, ("08T01", "08N01"), "in time|could not resolve", endpoint="https://stalled.example",
                settings={"crm_fdw.allowed_hosts": "stalled.example"}, options=ONE_TRY)


def twice(name, action, state, words, options=None):
    """The fault on the first request, and on all."""
    return [Fault(f"{name}, once", COMPLETE, scheduled=[on(action, nth=1)]),
            Fault(f"{name}, always", (state,), words, scheduled=[on(action)], options=options or {})]


def way_faults(sandbox_urls, label, directory):
    """Wrong addresses and certificates. sandbox_urls: http and https; label: the CRM's name in messages."""
    http, https = sandbox_urls
    authority = Authority(directory)
    own = {"crm_fdw.ca_file": str(authority.file)}
    foreign, expired = (Listener(tls_server(authority.issue(name, host, days))) for name, host, days in (
        ("foreign", "DNS:elsewhere.example", 2), ("expired", "IP:127.0.0.1", -1)))
    silent, short, ssh = Listener(stay_silent), Listener(hang_up), Listener(speak_ssh)
    return [
        Fault("host name that does not exist", ("08N01",), r"could not resolve the host name .*no-such-host\.invalid",
              endpoint="https://no-such-host.invalid", settings={"crm_fdw.allowed_hosts": "no-such-host.invalid"}),
        Fault("connection refused", ("08R01",), r"could not connect .*127\.0\.0\.1",
              endpoint=f"http://127.0.0.1:{unused_port()}"),
        Fault("TLS: unknown authority", ("08S01",), "secure connection.*certificate", endpoint=https,
              settings={"crm_fdw.ca_file": ""}),
        Fault("TLS: certificate of another host", ("08S01",), "secure connection.*(host name|127.0.0.1)",
              endpoint=f"https://{foreign.address}", counts=foreign, settings=own),
        Fault("TLS: expired certificate", ("08S01",), "secure connection.*expired",
              endpoint=f"https://{expired.address}", counts=expired, settings=own),
        Fault("TLS: plain HTTP behind https://", ("08S01",), "secure connection",
              endpoint=http.replace("http:", "https:")),
        Fault("TLS behind http://", ("08L01", "HVM01", "HVW01"), label, endpoint=https.replace("https:", "http:")),
        Fault("TLS: closed in the handshake", ("08L01", "08S01"), "connection", endpoint=f"https://{short.address}",
              counts=short),
        Fault("TLS: handshake that hangs", ("08T01",), "in time", endpoint=f"https://{silent.address}", counts=silent,
              options=ONE_TRY),
        Fault("no HTTP but SSH", ("08L01",), "connection|HTTP", endpoint=f"http://{ssh.address}", counts=ssh),
    ]


def cut_in_headers(first_only):
    def rewrite(_, exchange):
        if exchange.number == 0 or first_only and exchange.number > 1:
            return False
        return Raw(b"HTTP/1.1 200 OK\r\nContent-Type: applic")

    return rewrite


def close_after_answer(_, exchange):
    """A server that keeps no connection and does not say so."""
    if exchange.number == 0:
        return False
    head = "".join(f"{name}: {value}\r\n" for name, value in exchange.headers.items())
    return Raw(f"HTTP/1.1 {exchange.status} OK\r\n{head}Content-Length: {len(exchange.body)}\r\n\r\n".encode()
               + exchange.body)


def connection_faults():
    return [
        *twice("reset before the headers", {"kind": "reset"}, "08L01", "lost the connection"),
        Fault("reset before the second answer", COMPLETE, scheduled=[on({"kind": "reset"}, nth=2)]),
        Fault("cut in the headers, once", COMPLETE, rewrite=cut_in_headers(True)),
        Fault("cut in the headers, always", ("08L01",), "lost the connection.*headers", rewrite=cut_in_headers(False)),
        *twice("cut in the body", {"kind": "cut", "after_bytes": 40}, "08U01", "closed inside an answer"),
        Fault("connection closed after every answer", COMPLETE, rewrite=close_after_answer),
        *twice("no answer", {"kind": "hang"}, "08T01", "in time", ONE_TRY),
        *twice("silence in the body", {"kind": "hang_body", "after_bytes": 40}, "08T01", "in time", ONE_TRY),
        *twice("one byte a second", {"kind": "drip", "bytes": 1, "interval_ms": 1000}, "08T01", "in time", ONE_TRY),
        Fault("answer later than the timeout, always", ("08T01",), "in time",
              scheduled=[on({"kind": "delay", "ms": 1500})], options=ONE_TRY),
    ]


def status_faults(provider):
    faults = []
    for status in (500, 502, 503, 504):
        action = {"kind": "status", "status": status, "body": HTML if status == 502 else "busy"}
        name = "502 with a page of HTML" if status == 502 else str(status)
        faults += twice(name, action, "08006", f"server error.*{status}")
    faults += [
        Fault("401 at the second request", ("28P01",), "could not authenticate",
              scheduled=[on({"kind": "status", "status": 401, "body": provider.UNAUTHORIZED}, nth=2)]),
        Fault("403 at the second request", ("42501",), "permission denied",
              scheduled=[on({"kind": "status", "status": 403, "body": provider.FORBIDDEN}, nth=2)]),
        Fault("redirect to another host", ("HVW01",), "status 302",
              scheduled=[on({"kind": "status", "status": 302, "headers": {"location": "https://elsewhere.example/"}})]),
        Fault("204 without a body", ("HVM01",), "could not read", scheduled=[on({"kind": "status", "status": 204})]),
        Fault("headers of 300 kB", ("54000",), "too large", scheduled=[
            on({"kind": "status", "status": 200, "headers": {f"x-{i}": "y" * 3000 for i in range(100)}})]),
    ]
    return faults


def called(encoding):
    """The answer as it is, under the name of an encoding."""

    def rewrite(_, exchange):
        exchange.headers["content-encoding"] = encoding
        return exchange.number > 0

    return rewrite


def encoding_faults():
    return [
        *twice("gzip that ends early", {"kind": "truncate_gzip"}, "08U01", "closed inside an answer"),
        Fault("gzip that is none", ("08U01",), "damaged", rewrite=called("gzip")),
        Fault("an encoding that was not asked for", ("08L01",), "encoded in a way", rewrite=called("br")),
        Fault("zip bomb, 66 MB", ("54000",), "too large", scheduled=[on({"kind": "zip_bomb", "bytes": 66 << 20})],
              options={"request_timeout": "20s"}),
    ]


def token_faults(provider):
    """The last of all, because tokens that others may use end with them."""
    own = {"match": {"path": provider.TOKEN_PATH}, "own": True}
    refused = {**own, "action": {"kind": "status", "status": 400, "body": provider.TOKEN_REFUSED}}
    broken = {**own, "action": {"kind": "status", "status": 503, "body": "busy"}}
    revoked = {"kind": "revoke_token"}
    return [
        Fault("access token revoked at the first request", COMPLETE, oauth=True, scheduled=[on(revoked, nth=1)]),
        Fault("access token revoked between two pages", COMPLETE, oauth=True, scheduled=[on(revoked, nth=2)]),
        Fault("access token revoked at every request", ("28P01",), "could not authenticate", oauth=True,
              scheduled=[on(revoked)]),
        Fault("new access token refused for good", ("28P01",), "could not authenticate|token", oauth=True,
              scheduled=[on(revoked, nth=1), refused]),
        Fault("token endpoint that is down", ("08006",), "server error|token", oauth=True,
              scheduled=[on(revoked, nth=1), broken]),
    ]
