#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves on demand.

The first component of a repository's path says how: 127.0.0.1:PORT/stall-headers/app:1
never gets an answer. Everything that was asked is remembered, and can be asked for.

As a program it prints its port on a line of its own and serves until its standard
input ends:   fake_registry.py --port 0 [--tls-name NAME | --tls-like CERTIFICATE] [--peer URL]
As a module:  with FakeRegistry() as registry: registry.url, registry.count("HEAD", "/ok/")
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

MANIFEST_TYPE = "application/vnd.oci.image.index.v1+json"
USERS = {"alice": "secret", "bob": "hunter2"}
CHUNK = b"x" * 65536


def manifest(name):
    """The bytes that every tag of a repository points to."""
    text = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "manifests": [], "annotations": {"name": name}}
    return json.dumps(text).encode()


def digest(body):
    return "sha256:" + hashlib.sha256(body).hexdigest()


class Request:
    def __init__(self, method, target, headers):
        self.method, self.target, self.headers = method, target, headers
        self.path, _, self.query = target.partition("?")

    def user(self):
        """The user of a Basic header, "" without one, None where it is wrong."""
        value = self.headers.get("authorization", "")
        if not value.startswith("Basic "):
            return ""
        name, _, password = base64.b64decode(value[6:]).decode().partition(":")
        return name if USERS.get(name) == password else None

    def line(self):
        return f"{self.method} {self.target} {self.headers.get('authorization', '-')}"


class FakeRegistry:
    def __init__(self, port=0, tls_name=None, peer=None, tls_like=None):
        self.peer = peer  # another server's URL, for the redirects and realms that lead there
        self.lock = threading.Lock()
        self.requests = []
        self.tokens = {}
        self.seen = {}
        self.gate = threading.Event()
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.scheme = "https" if tls_name or tls_like else "http"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.directory = tempfile.TemporaryDirectory() if tls_name else None
        self.context = None
        if tls_name:
            self.context = self.make_context(tls_name)
        elif tls_like:  # another fake's certificate
            self.context = self.load_context(tls_like, tls_like.replace(".crt", ".key"))

    def make_context(self, name):
        self.certificate = os.path.join(self.directory.name, "tls.crt")
        key = os.path.join(self.directory.name, "tls.key")
        kind = "IP" if name[0].isdigit() else "DNS"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", self.certificate, "-days", "2", "-subj", "/CN=fake",
             "-addext", f"subjectAltName={kind}:{name}"], check=True, stderr=subprocess.DEVNULL)
        return self.load_context(self.certificate, key)

    @staticmethod
    def load_context(certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    # life

    def start(self):
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()
        return self

    def stop(self):
        self.stopping.set()
        self.gate.set()
        # Not closed before its thread has ended: else that may accept from the next fake, which gets the same descriptor.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()
        if self.directory:
            self.directory.cleanup()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as lines:
                while self.serve_one(connection, lines):
                    pass
        except OSError:
            pass

    def serve_one(self, connection, lines):
        first = lines.readline(65536).split()
        if len(first) != 3 or not first[2].startswith(b"HTTP/1."):
            return False  # a TLS handshake, perhaps
        headers = http.client.parse_headers(lines)
        request = Request(first[0].decode(), first[1].decode(), {k.lower(): v for k, v in headers.items()})
        if not request.path.startswith("/_fake/"):
            with self.lock:
                self.requests.append(request)
        return self.answer(connection, request)

    # what tests ask

    def lines(self):
        with self.lock:
            return [request.line() for request in self.requests]

    def count(self, method, part):
        with self.lock:
            return sum(1 for r in self.requests if r.method == method and part in r.target)

    def control(self, connection, request):
        parts = urllib.parse.unquote(request.path).split("/", 3)
        if parts[2] == "count":  # /_fake/count/<text of "METHOD target authorization">
            text = str(sum(1 for line in self.lines() if parts[3] in line))
        elif parts[2] == "open":
            self.gate.set()
            text = "open"
        elif parts[2] == "revoke":
            self.tokens.clear()
            text = "revoked"
        else:
            text = "\n".join(self.lines())
        return self.send(connection, request, 200, text.encode())

    # answering

    def send(self, connection, request, status, body=b"", headers=(), length=None, head_length=True):
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if request.method != "HEAD" or head_length:
            lines.append(f"Content-Length: {len(body) if length is None else length}")
        data = ("\r\n".join(lines) + "\r\n\r\n").encode()
        connection.sendall(data if request.method == "HEAD" else data + body)
        return True

    def send_manifest(self, connection, request, name, given=True, wrong=False, **more):
        body = manifest(name)
        headers = [("Content-Type", MANIFEST_TYPE)]
        if given:
            headers.append(("Docker-Content-Digest", digest(b"another" if wrong else body)))
        return self.send(connection, request, 200, body, headers, **more)

    def challenge(self, connection, request, value):
        headers = [("WWW-Authenticate", value)] if value else []
        body = b'{"errors":[{"code":"UNAUTHORIZED","message":"\x1b[31mno\\n","detail":null}]}'
        return self.send(connection, request, 401, body, headers)

    def bearer(self, connection, request, name, realm=None):
        realm = realm or f"{self.url}/token"
        return self.challenge(connection, request,
                              f'Negotiate, Bearer realm="{realm}",service="fake, the \\"one\\"",'
                              f'scope="repository:{name}:pull"')

    def token(self, connection, request):
        query = urllib.parse.parse_qs(request.query)
        user = request.user()
        if user is None:
            return self.send(connection, request, 401, b"{}")
        token = base64.urlsafe_b64encode(os.urandom(12)).decode()
        self.tokens[token] = (user, query.get("scope", [""])[0], query.get("service", [""])[0])
        answer = {"token": token, "expires_in": 300}
        return self.send(connection, request, 200, json.dumps(answer).encode(),
                         [("Content-Type", "application/json")])

    def holder(self, request, name):
        """Whose good token came: a user, "" for anonymous, None for none."""
        value = request.headers.get("authorization", "")
        user, scope, service = self.tokens.get(value[7:], (None, "", "")) if value[:7] == "Bearer " else (None, "", "")
        return user if scope == f"repository:{name}:pull" and service == 'fake, the "one"' else None

    def hang(self):
        self.stopping.wait()
        return False

    def proxy(self, connection, request):
        """As a proxy it refuses by the first label of the host that is asked for: 407.invalid, close.invalid."""
        host = request.target.removeprefix("http://").split(".")[0]
        if host == "close":
            return False
        if host == "stall":
            return self.hang()
        if host == "nonsense":
            return self.do_not_http(connection, request, host)
        return self.send(connection, request, int(host) if host.isdigit() else 404,
                         headers=[("Proxy-Authenticate", 'Basic realm="corp"')])

    def answer(self, connection, request):
        if request.path.startswith("/_fake/"):
            return self.control(connection, request)
        if request.method == "CONNECT" or request.target.startswith("http://"):
            return self.proxy(connection, request)
        if request.path == "/token":
            return self.token(connection, request)
        if request.path == "/v2/":
            return self.bearer(connection, request, "nobody")
        name, _, _ = request.path.removeprefix("/v2/").replace("/blobs/", "/manifests/").partition("/manifests/")
        how = name.split("/")[0]
        act = getattr(self, "do_" + how.replace("-", "_"), None)
        kind, _, status = how.rpartition("-")
        with_status = getattr(self, "do_" + kind.replace("-", "_") + "_status", None)
        if not act and with_status and status.isdigit():
            return with_status(connection, request, name, int(status))
        if not act:
            return self.send(connection, request, 404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        return act(connection, request, name)

    # one method for each misbehaviour

    def do_ok(self, connection, request, name):
        return self.send_manifest(connection, request, name)

    def do_gate(self, connection, request, name):
        self.gate.wait()
        return self.send_manifest(connection, request, name)

    def do_no_digest(self, connection, request, name):
        return self.send_manifest(connection, request, name, given=False)

    def do_no_length(self, connection, request, name):
        return self.send_manifest(connection, request, name, head_length=False)

    def do_head_status(self, connection, request, name, status):
        """head-404/app: only HEAD is refused."""
        if request.method == "HEAD":
            return self.send(connection, request, status)
        return self.send_manifest(connection, request, name)

    def do_head_private_status(self, connection, request, name, status):
        """The same behind a login, which GET alone asks for."""
        if request.method == "HEAD":
            return self.send(connection, request, status)
        return self.do_private(connection, request, name)

    def do_no_get_status(self, connection, request, name, status):
        """A server that knows HEAD alone."""
        return self.send(connection, request, status if request.method == "HEAD" else 501)

    def do_says_status(self, connection, request, name, status):
        """says-403/app: refused, with the registry's reason."""
        body = {"errors": [{"code": "DENIED", "message": "the item is\r\n\x1b[31mquarantined", "detail": "hush"}]}
        return self.send(connection, request, status, json.dumps(body).encode())

    def do_dead_status(self, connection, request, name, status):
        """dead-400/app: a token that is not good any more is refused without a challenge."""
        if self.holder(request, name) == "alice":
            return self.send_manifest(connection, request, name)
        if "authorization" in request.headers:
            return self.send(connection, request, status)
        return self.bearer(connection, request, name)

    def do_body(self, connection, request, name):
        """body/errors/app: a 200 with a body of another kind; HEAD does not tell."""
        bodies = {"errors": {"errors": [{"code": "DENIED"}]},
                  "schema-1": {"schemaVersion": 1, "name": "a", "fsLayers": [], "history": [], "signatures": []},
                  "empty-index": {"schemaVersion": 2, "mediaType": MANIFEST_TYPE},
                  "artifact": {"schemaVersion": 2, "mediaType": "application/vnd.oci.artifact.manifest.v1+json",
                               "blobs": []}}
        if request.method == "HEAD":
            return self.send_manifest(connection, request, name, given=False)
        body = json.dumps(bodies[name.split("/")[1]]).encode()
        return self.send(connection, request, 200, body, [("Docker-Content-Digest", digest(body))])

    def do_schema_1_head(self, connection, request, name):
        headers = [("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"),
                   ("Docker-Content-Digest", digest(b"payload"))]
        return self.send(connection, request, 200, b'{"schemaVersion":1}', headers)

    def do_wrong_digest(self, connection, request, name):
        return self.send_manifest(connection, request, name, given=request.method == "GET", wrong=True)

    def do_bad_digest(self, connection, request, name):
        return self.send(connection, request, 200, manifest(name),
                         [("Content-Type", MANIFEST_TYPE), ("Docker-Content-Digest", "sha256:ABC")])

    def do_two_digests(self, connection, request, name):
        return self.send(connection, request, 200, manifest(name),
                         [("Docker-Content-Digest", digest(b"1")), ("Docker-Content-Digest", digest(b"2"))])

    def do_html(self, connection, request, name):
        return self.send(connection, request, 200, b"<!DOCTYPE html><html><body>please log in</body></html>",
                         [("Content-Type", "text/html; charset=utf-8"),
                          ("Docker-Content-Digest", digest(b"page"))])

    def do_html_as_json(self, connection, request, name):
        return self.send(connection, request, 200, b"<!DOCTYPE html><html></html>",
                         [("Content-Type", "application/json")])

    def do_stall_headers(self, connection, request, name):
        return self.hang()

    def do_stall_in_headers(self, connection, request, name):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        return self.hang()

    def do_stall_body(self, connection, request, name):
        if request.method == "HEAD":
            return self.send_manifest(connection, request, name, given=False)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        return self.hang()

    def do_drip(self, connection, request, name):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.stopping.wait(0.05):
            connection.sendall(b"X-Drip: 1\r\n")
        return False

    def do_cut_headers(self, connection, request, name):
        connection.sendall(b"HTTP/1.1 200 OK\r\nDocker-Content-Dig")
        return False

    def do_close(self, connection, request, name):
        return False

    def do_cut_body(self, connection, request, name):
        """Says more than it sends, each time at the same place: a lie."""
        if request.method == "HEAD":
            return self.send_manifest(connection, request, name, given=False)
        self.send_manifest(connection, request, name, given=False, length=len(manifest(name)) + 100)
        return False

    def do_cut_once(self, connection, request, name):
        if request.method == "GET" and not self.seen.setdefault(name, 0):
            self.seen[name] = 1
            body = manifest(name)
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:20])
            return False
        return self.send_manifest(connection, request, name, given=False)

    def do_short_length(self, connection, request, name):
        """Says less than it sends."""
        self.send_manifest(connection, request, name, given=False, length=20)
        return False

    def do_odd_length(self, connection, request, name):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n"
                           b"Docker-Content-Digest: " + digest(b"x").encode() + b"\r\n\r\n")
        return False

    def do_huge_length(self, connection, request, name):
        return self.send_manifest(connection, request, name, length=10 << 30)

    def do_endless_body(self, connection, request, name):
        if request.method == "HEAD":
            return self.send_manifest(connection, request, name, given=False)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
        while not self.stopping.is_set():
            connection.sendall(CHUNK)
        return False

    def do_endless_headers(self, connection, request, name):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.stopping.is_set():
            connection.sendall(b"X-More: " + CHUNK[:1000] + b"\r\n")
        return False

    def do_not_http(self, connection, request, name):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        return False

    def do_loop(self, connection, request, name):
        return self.send(connection, request, 307, headers=[("Location", request.target)])

    def do_elsewhere(self, connection, request, name):
        return self.send(connection, request, 302, headers=[("Location", f"{self.peer}/v2/ok/manifests/1")])

    def do_relative(self, connection, request, name):
        return self.send(connection, request, 308, headers=[("Location", "/v2/ok/there/manifests/1")])

    def do_to_metadata(self, connection, request, name):
        return self.send(connection, request, 302,
                         headers=[("Location", "http://169.254.169.254/latest/meta-data")])

    def do_no_location(self, connection, request, name):
        return self.send(connection, request, 302)

    def do_basic(self, connection, request, name):
        if request.user() == "alice":
            return self.send_manifest(connection, request, name)
        return self.challenge(connection, request, 'Basic realm="fake, registry"')

    def do_basic_elsewhere(self, connection, request, name):
        if request.user() == "alice":
            return self.do_elsewhere(connection, request, name)
        return self.challenge(connection, request, 'Basic realm="fake"')

    def do_private(self, connection, request, name):
        if self.holder(request, name) == "alice":
            return self.send_manifest(connection, request, name)
        return self.bearer(connection, request, name)

    def do_public(self, connection, request, name):
        if self.holder(request, name) is not None:
            return self.send_manifest(connection, request, name)
        return self.bearer(connection, request, name)

    def do_hidden(self, connection, request, name):
        if self.holder(request, name) == "alice":
            return self.send_manifest(connection, request, name)
        return self.send(connection, request, 404)

    def do_no_challenge(self, connection, request, name):
        if self.holder(request, name) is not None:
            return self.send_manifest(connection, request, name)
        return self.challenge(connection, request, None)

    def do_401_for_ever(self, connection, request, name):
        return self.bearer(connection, request, name)

    def do_realm_metadata(self, connection, request, name):
        return self.bearer(connection, request, name, "http://169.254.169.254/token")

    def do_realm_metadata_https(self, connection, request, name):
        return self.bearer(connection, request, name, "https://0xa9fea9fe/token")

    def do_realm_plain(self, connection, request, name):
        return self.bearer(connection, request, name, "http://tokens.example/token")

    def do_realm_odd(self, connection, request, name):
        return self.bearer(connection, request, name, "file:///etc/passwd")

    def do_realm_elsewhere(self, connection, request, name):
        if self.holder(request, name) is not None:
            return self.send_manifest(connection, request, name)
        return self.bearer(connection, request, name, f"{self.peer}/token")

    def do_realm_stalls(self, connection, request, name):
        return self.bearer(connection, request, name, f"{self.url}/v2/stall-headers/token")

    def do_realm_nonsense(self, connection, request, name):
        return self.bearer(connection, request, name, f"{self.url}/v2/html/manifests/token")

    def do_realm_endless(self, connection, request, name):
        return self.bearer(connection, request, name, f"{self.url}/v2/endless-body/manifests/token")

    def do_realm_says_status(self, connection, request, name, status):
        return self.bearer(connection, request, name, f"{self.url}/v2/says-{status}/manifests/token")

    def do_realm_500(self, connection, request, name):
        return self.bearer(connection, request, name, f"{self.url}/v2/500/manifests/token")

    def do_realm_loop(self, connection, request, name):
        return self.bearer(connection, request, name, f"{self.url}/v2/loop/manifests/token")

    def do_403(self, connection, request, name):
        return self.send(connection, request, 403)

    def do_418(self, connection, request, name):
        return self.send(connection, request, 418)

    def do_500(self, connection, request, name):
        return self.send(connection, request, 500, b"\x00\xff oops")

    def do_500_endless(self, connection, request, name):
        if request.method == "HEAD":
            return self.send(connection, request, 405)
        connection.sendall(b"HTTP/1.1 500 Odd\r\n\r\n")
        while not self.stopping.is_set():
            connection.sendall(CHUNK)
        return False

    def do_503_retry(self, connection, request, name):
        return self.send(connection, request, 503, headers=[("Retry-After", "30")])

    def do_429(self, connection, request, name):
        return self.send(connection, request, 429, headers=[("Retry-After", "3600")])

    def do_429_date(self, connection, request, name):
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 120))
        return self.send(connection, request, 429, headers=[("Retry-After", date)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls-name", help="serve TLS with a certificate for this name")
    parser.add_argument("--tls-like", help="serve TLS with this certificate and the key beside it")
    parser.add_argument("--peer", help="URL of another server, where some redirects and realms lead")
    options = parser.parse_args()
    with FakeRegistry(options.port, options.tls_name, options.peer, options.tls_like) as registry:
        print(registry.port, getattr(registry, "certificate", ""), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
