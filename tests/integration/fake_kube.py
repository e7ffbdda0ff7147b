#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An API server of one resource that misbehaves on demand.

Every path is the collection or an object of one and the same resource. What it
is told by plain HTTP on its control port:

  /add?name=N[&size=BYTES] /delete?name=N   change an object: an event for every watch
  /touch?version=N                          the version goes on without an event
  /bookmark                                 to every watch
  /compact                                  events of earlier versions are gone: 410
  /next?list=DO  /next?watch=DO             the next list page or watch does that instead (a queue)
  /next?lease=DO                            the next write of a Lease: 409, 500, or "lost": it is done, and not answered
  /hold?by=NAME                             the Lease is somebody's from now on
  /lease                                    who holds the Lease
  /token?value=T                            asks for this bearer token from now on
  /drop                                     cuts every connection
  /renew                                    another key and certificate in the same files
  /stop  /start                             no longer listens, listens again on the same port
  /count?what=list|watch|other|refused|proxied   how often it was asked
  /last                                     the last request other than list and watch: "METHOD target type body"

It is a proxy, too (CONNECT). Below /leases it keeps one Lease, and holds writers to the version that they read.

As a program it prints "PORT CONTROL_PORT CERTIFICATE" (or -) and serves until its
standard input ends:   fake_kube.py [--tls-name NAME]
"""

import argparse
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

PAGE_DEFAULT = 500


def status(code, reason, message, retry=None):
    """A Status object."""
    text = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
            "message": message}
    if retry is not None:
        text["details"] = {"retryAfterSeconds": retry}
    return text


class Gone(Exception):
    """The connection ends here."""


class Connection:
    """One connection of HTTP/1.1, kept alive."""

    def __init__(self, kube, raw):
        self.kube, self.socket = kube, raw
        self.file = raw.makefile("rb")

    def read_request(self):
        line = self.file.readline(65536).decode()
        if not line.strip():
            raise Gone()
        method, target, _ = line.split(" ", 2)
        headers = {}
        while True:
            line = self.file.readline(65536).decode()
            if not line.strip():
                break
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.file.read(int(headers.get("content-length", 0)))
        return method, target, headers, body

    def send(self, data):
        self.socket.sendall(data)

    def answer(self, code, body, headers=(), length=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        head = [f"HTTP/1.1 {code} X", "Content-Type: application/json",
                f"Content-Length: {len(body) if length is None else length}"]
        self.send("\r\n".join(head + list(headers)).encode() + b"\r\n\r\n" + body)

    def begin_stream(self):
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")

    def chunk(self, data):
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class FakeKube:
    def __init__(self, tls_name=None):
        self.changed = threading.Condition()
        self.version = 100
        self.oldest = 0  # events up to this version are gone
        self.objects = {}
        self.events = []  # (version, line)
        self.next = {"list": [], "watch": [], "lease": []}
        self.lease = None
        self.token = None
        self.connections = set()
        self.counts = {"list": 0, "watch": 0, "other": 0, "refused": 0, "proxied": 0}
        self.last = ""
        self.tls_name = tls_name
        self.context = None
        self.certificate = "-"
        self.directory = tempfile.TemporaryDirectory()
        if tls_name:
            self.make_context(tls_name)
        self.listener = None
        self.port = 0
        self.start()
        self.control = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self.serve_control, daemon=True).start()

    def make_context(self, name):
        certificate = os.path.join(self.directory.name, "tls.crt")
        key = os.path.join(self.directory.name, "tls.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=fake", "-addext", f"subjectAltName={name}",
                        "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.certificate = certificate

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop()

    def drop(self):
        with self.changed:
            connections, self.connections = self.connections, set()
            self.changed.notify_all()
        for connection in connections:
            connection.close()

    def accept(self, listener):
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        connection = None
        try:
            if self.context:
                raw = self.context.wrap_socket(raw, server_side=True)
            connection = Connection(self, raw)
            with self.changed:
                self.connections.add(connection)
            while True:
                self.handle(connection, *connection.read_request())
        except (OSError, Gone, ValueError):
            pass
        finally:
            if connection:
                with self.changed:
                    self.connections.discard(connection)
                connection.close()
            else:
                raw.close()

    def handle(self, connection, method, target, headers, body):
        path, _, query = target.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        what = "other"
        if method == "CONNECT":
            self.tunnel(connection, target)
        if method == "GET" and "watch" in query:
            what = "watch"
        elif method == "GET" and "limit" in query:
            what = "list"
        with self.changed:
            if self.token is not None and headers.get("authorization") != f"Bearer {self.token}":
                self.counts["refused"] += 1
                what = "refused"
            else:
                self.counts[what] += 1
            do = self.next[what].pop(0) if self.next.get(what) else ""
        if what == "refused":
            connection.answer(401, status(401, "Unauthorized", "Unauthorized"))
        elif what == "watch":
            self.watch(connection, do, query)
        elif what == "list":
            self.list(connection, do, query)
        elif "/leases" in path:
            self.serve_lease(connection, method, body)
        else:
            self.other(connection, method, path, target, headers, body)

    def tunnel(self, connection, target):
        with self.changed:
            self.counts["proxied"] += 1
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            threading.Thread(target=self.pump, args=(connection.socket, there), daemon=True).start()
            self.pump(there, connection.socket)
        raise Gone()

    @staticmethod
    def pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def other(self, connection, method, path, target, headers, body):
        """What the last component of the path says, or the object of that name."""
        name = path.rsplit("/", 1)[1]
        self.last = f"{method} {target} {headers.get('content-type', '-')} {body.decode()}"
        codes = {"conflict": (409, "Conflict"), "exists": (409, "AlreadyExists"), "absent": (404, "NotFound"),
                 "forbidden": (403, "Forbidden"), "wrong": (422, "Invalid"), "busy": (503, "ServiceUnavailable")}
        if name in codes:
            code, reason = codes[name]
            connection.answer(code, status(code, reason, f"{name} it is"))
        elif name == "throttled":
            connection.answer(429, status(429, "TooManyRequests", "later"), ["Retry-After: 7"])
        elif name == "silent":
            self.wait_for_end(connection)
        elif name == "plain":
            connection.answer(500, b"<html>no Status</html>")
        elif name == "large":
            connection.answer(200, b"x" * (9 << 20))
        elif name == "cut":
            connection.answer(200, b"{", length=100)
            raise Gone()
        elif method == "DELETE":
            connection.answer(200, status(200, "", "") | {"status": "Success"})
        else:
            connection.answer(201 if method == "POST" else 200, self.make(name, 0))

    def serve_lease(self, connection, method, body):
        if method == "GET":
            found = self.lease
            connection.answer(*((200, found) if found else (404, status(404, "NotFound", "no Lease"))))
            return
        sent = json.loads(body)
        with self.changed:
            do = self.next["lease"].pop(0) if self.next["lease"] else ""
            version = sent["metadata"].get("resourceVersion")
            stale = version != (self.lease["metadata"]["resourceVersion"] if self.lease else None)
            if stale or do == "409":
                answer = (409, status(409, "AlreadyExists" if method == "POST" else "Conflict", "another was faster"))
            elif do == "500":
                answer = (500, status(500, "InternalError", "etcd is away"))
            else:
                self.put_lease(sent["spec"])
                answer = (201 if method == "POST" else 200, self.lease)
        if do == "lost":
            raise Gone()
        connection.answer(*answer)

    def put_lease(self, spec):
        self.version += 1
        spec = {key: value for key, value in spec.items() if value is not None}
        self.lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec,
                      "metadata": {"name": "l", "namespace": "n", "uid": "u", "resourceVersion": str(self.version)}}

    def wait_for_end(self, connection):
        while True:
            with self.changed:
                if connection not in self.connections:
                    raise Gone()
                self.changed.wait(0.05)

    def make(self, name, size):
        return {"apiVersion": "v1", "kind": "Thing", "metadata": {
            "namespace": "default", "name": name, "uid": "u-" + name, "resourceVersion": str(self.version)},
            "data": "x" * size}

    def list(self, connection, do, query):
        refusals = {"403": (403, "Forbidden"), "404": (404, "NotFound"), "500": (500, "InternalError"),
                    "410": (410, "Expired")}
        if do in refusals:
            code, reason = refusals[do]
            connection.answer(code, status(code, reason, f"a list that is {reason}"))
            return
        if do == "429":
            connection.answer(429, status(429, "TooManyRequests", "later"), ["Retry-After: 1"])
            return
        if do == "slow":
            self.wait_for_end(connection)
        if do == "html":
            connection.answer(200, b"<html><body>Sign in</body></html>")
            return
        start = int(query.get("continue", "0").partition(":")[0])
        limit = int(query["limit"])
        with self.changed:
            names = sorted(self.objects)
            version = str(self.version)
            items = [self.objects[name] for name in names[start:start + limit]]
        text = {"apiVersion": "v1", "items": items, "kind": "ThingList", "metadata": {"resourceVersion": version}}
        if start + limit < len(names):
            text["metadata"]["continue"] = f"{start + limit}:{version}"
        if do == "no-version":
            text["metadata"] = {}
        body = json.dumps(text).encode()
        if do == "cut":
            connection.answer(200, body[:len(body) // 2], length=len(body))
            raise Gone()
        if do == "torso":  # whole, says HTTP
            body = body[:len(body) // 2]
        if do == "bad-item":
            body = body.replace(b'"uid": "', b'"uid": 1, "x": "')
        connection.answer(200, body)

    def watch(self, connection, do, query):
        since = int(query["resourceVersion"])
        ends = time.monotonic() + float(query.get("timeoutSeconds", "300"))
        refusals = {"410": (410, "Expired"), "403": (403, "Forbidden"), "500": (500, "InternalError"),
                    "504": (504, "Timeout")}
        if do in refusals:
            code, reason = refusals[do]
            connection.answer(code, status(code, reason, f"a watch that is {reason}"))
            return
        if do == "429":
            connection.answer(429, status(429, "TooManyRequests", "later", retry=1))
            return
        if do == "stall":
            self.wait_for_end(connection)
        connection.begin_stream()
        with self.changed:
            expired = since < self.oldest
        if expired or do == "410-event":
            gone = status(410, "Expired", f"too old resource version: {since}")
            connection.chunk(json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n")
        elif do == "500-event":
            error = status(500, "InternalError", "etcd is away")
            connection.chunk(json.dumps({"type": "ERROR", "object": error}).encode() + b"\n")
        elif do == "end":
            pass
        elif do == "silent":
            self.wait_for_end(connection)
        else:
            self.stream(connection, do, since, ends)
        connection.chunk(b"")

    def stream(self, connection, do, since, ends):
        spoilt = {"garbage": b"this is no event\n", "half-json": b'{"type":"ADDED","object":{"metadata":\n',
                  "unknown": b'{"type":"RENAMED","object":{"metadata":{"resourceVersion":"1"}}}\n',
                  "no-version": b'{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n',
                  "huge": b'{"type":"ADDED","object":{"x":"' + b"x" * (9 << 20)}
        while True:
            with self.changed:
                due = [line for version, line in self.events if version > since]
                since = self.version
                if connection not in self.connections:
                    raise Gone()
                if not due:
                    self.changed.wait(0.05)
            if time.monotonic() > ends:
                return
            for line in due:
                if do in spoilt:
                    connection.chunk(spoilt[do])
                    do = ""
                    self.wait_for_end(connection)
                if do == "cut":
                    connection.chunk(line[:len(line) // 2])
                    raise Gone()
                if do == "crumbs":
                    for i in range(len(line)):
                        connection.chunk(line[i:i + 1])
                else:
                    connection.chunk(line)

    def change(self, kind, name, size=0):
        with self.changed:
            self.version += 1
            thing = self.make(name, size)
            if kind == "DELETED":
                self.objects.pop(name, None)
            else:
                kind = "MODIFIED" if name in self.objects else "ADDED"
                self.objects[name] = thing
            self.events.append((self.version, json.dumps({"type": kind, "object": thing}).encode() + b"\n"))
            self.changed.notify_all()

    def bookmark(self):
        with self.changed:
            self.version += 1
            mark = {"kind": "Thing", "apiVersion": "v1", "metadata": {"resourceVersion": str(self.version)}}
            line = json.dumps({"type": "BOOKMARK", "object": mark}).encode() + b"\n"
            self.events.append((self.version, line))
            self.changed.notify_all()

    def command(self, path, query):
        if path == "/add":
            self.change("ADDED", query["name"], int(query.get("size", "0")))
        elif path == "/delete":
            self.change("DELETED", query["name"])
        elif path == "/bookmark":
            self.bookmark()
        elif path == "/touch":
            with self.changed:
                self.version += int(query["version"])
        elif path == "/compact":
            with self.changed:
                self.oldest = self.version
                self.events = []
        elif path == "/next":
            with self.changed:
                for what, do in query.items():
                    self.next[what].append(do)
        elif path == "/token":
            self.token = query["value"]
        elif path == "/renew":
            self.make_context(self.tls_name)
        elif path == "/drop":
            self.drop()
        elif path == "/stop":
            self.stop()
        elif path == "/start":
            self.start()
        elif path == "/count":
            return str(self.counts[query["what"]])
        elif path == "/last":
            return self.last
        elif path == "/hold":
            with self.changed:
                self.put_lease({"holderIdentity": query["by"], "leaseDurationSeconds": 1, "leaseTransitions": 4,
                                "acquireTime": "2024-05-01T10:00:00.000000Z", "renewTime": "2024-05-01T10:00:00.000000Z"})
        elif path == "/lease":
            return (self.lease or {"spec": {}})["spec"].get("holderIdentity", "")
        else:
            raise ValueError(path)
        return "done"

    def serve_control(self):
        while True:
            raw, _ = self.control.accept()
            try:
                connection = Connection(self, raw)
                _, target, _, _ = connection.read_request()
                path, _, query = target.partition("?")
                connection.answer(200, self.command(path, dict(urllib.parse.parse_qsl(query))).encode())
            except (OSError, Gone):
                pass
            finally:
                raw.shutdown(socket.SHUT_WR)
                raw.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls-name")
    options = parser.parse_args()
    kube = FakeKube(options.tls_name)
    print(kube.port, kube.control.getsockname()[1], kube.certificate, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
