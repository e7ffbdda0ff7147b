# SPDX-License-Identifier: Apache-2.0
"""`weir webhook` as a process, and a client that talks to it as the API server does."""
import http.client
import json
import os
import re
import socket
import ssl
import subprocess

from processes import EVENT_SECONDS, stop, wait_for
from review import encode

GENERATE = os.path.join(os.path.dirname(__file__), "..", "..", "certs", "generate.sh")
SERVICE = "weir.weir-system.svc"


def make_certificates(stage):
    folder = stage.path("certs", "")
    subprocess.run(["bash", GENERATE, "-o", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


class ServiceConnection(http.client.HTTPSConnection):
    """HTTPS to a loopback port, the certificate checked for the name by which the API server knows the service."""

    def __init__(self, port, context):
        super().__init__("127.0.0.1", port, context=context, timeout=EVENT_SECONDS)
        self.checked = context

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.checked.wrap_socket(self.sock, server_hostname=SERVICE)


def lines_of(path):
    """The log's JSON lines; one that is still being written is left for the next look."""
    with open(path, "rb") as file:
        for line in file.read().split(b"\n")[:-1]:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def addresses_in(line):
    """Every host:port among a log line's fields, by field."""
    return {key: value for key, value in line.items()
            if isinstance(value, str) and re.fullmatch(r"(\[[0-9a-f:]+\]|[0-9.]+):[0-9]+", value)}


class Weir:
    """Started on free ports; `wrapper` is put before the command line (valgrind, taskset)."""

    def __init__(self, stage, binary, objects, flags=(), wrapper=(), seconds=EVENT_SECONDS, name="weir", **options):
        self.certs = make_certificates(stage)
        self.command = [*wrapper, binary, "webhook", "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0",
                        "--tls-cert", self.certs + "tls.crt", "--tls-key", self.certs + "tls.key"]
        for path in objects:
            self.command += ["--objects", path]
        self.process = stage.start(name, self.command + list(flags), **options)
        self.address, self.probe_address = wait_for("weir webhook", self.listening, seconds, self.process)
        self.context = ssl.create_default_context(cafile=self.certs + "ca.crt")
        self.connection = None

    def listening(self):
        for line in lines_of(self.process.log):
            if line.get("event") == "listening":
                found = addresses_in(line)
                probe = [found[key] for key in found if "probe" in key]
                main = [found[key] for key in found if "probe" not in key]
                if probe and main:
                    return main[0], probe[0]
        return None

    def port(self):
        return int(self.address.rpartition(":")[2])

    def probe(self, path):
        connection = http.client.HTTPConnection(self.probe_address, timeout=EVENT_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def wait_ready(self, seconds=EVENT_SECONDS):
        wait_for("readiness of weir", lambda: self.probe("/readyz")[0] == 200, seconds, self.process)

    def post(self, review, timeout="10s"):
        """One kept-alive HTTP/1.1 connection, CA and name checked. Returns (status, headers, body)."""
        if self.connection is None:
            self.connection = ServiceConnection(self.port(), self.context)
        body = review if isinstance(review, bytes) else encode(review)
        self.connection.request("POST", "/admit?timeout=" + timeout, body, {
            "Host": SERVICE + ":443", "Content-Type": "application/json", "Accept": "application/json, */*",
            "User-Agent": "kube-apiserver/v1.34.1 (linux/amd64) kubernetes/93248f9"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self.connection.close()
            self.connection = None
        return answer.status, dict(answer.getheaders()), content

    def admit(self, review, timeout="10s"):
        """The response of a review that must be answered."""
        status, _, content = self.post(review, timeout)
        if status != 200:
            raise RuntimeError(f"weir answered HTTP {status}: {content[:500].decode(errors='replace')}")
        answer = json.loads(content)
        response = answer["response"]
        if answer.get("kind") != "AdmissionReview" or response["uid"] != review["request"]["uid"]:
            raise RuntimeError(f"no answer to this review: {content[:500]!r}")
        return response

    def stop(self):
        return stop(self.process)
