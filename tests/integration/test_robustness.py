#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What clients may do to `weir webhook`, by ill will or accident. In each case: bounded time and memory,
and the next honest client is served."""

import os
import random
import resource
import socket
import ssl
import struct
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import http2_frames as h2
import webhook_fixture as fixture
from fake_registry import FakeRegistry
from processes import EVENT_SECONDS
from webhook_fixture import DIGEST, Webhook, encode, pod, tags_policy

MIB = 1 << 20
# Sanitizers multiply memory: what is measured is then only that it ends.
MEMORY = 16 if fixture.SANITIZED else 1
REVIEW = encode(pod("mi-web:ultima"))


class Robustness(unittest.TestCase):
    flags = ["--request-timeout=10m"]

    def setUp(self):
        self.webhook = Webhook(flags=self.flags, log_all=False)
        self.webhook.__enter__()
        self.addCleanup(self.webhook.__exit__, None, None, None)
        self.assert_serves()

    def assert_serves(self):
        answer = self.webhook.review(pod("mi-web:ultima"))
        self.assertEqual(answer.images, [f"registry.example/mi-web@{DIGEST}"])

    def tls(self, **options):
        raw = socket.create_connection(("127.0.0.1", self.webhook.port), timeout=EVENT_SECONDS)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.webhook.context(**options).wrap_socket(raw, server_hostname="localhost")

    def assert_closed(self, sock):
        """The server ends the connection, whatever it says before."""
        sock.settimeout(EVENT_SECONDS)
        try:
            while sock.recv(65536):
                pass
        except TimeoutError:
            self.fail(f"still open after {EVENT_SECONDS} s")
        except OSError:
            pass

    def head(self, length, *more):
        return "\r\n".join(["POST /admit?timeout=10s HTTP/1.1", "Host: localhost",
                            "Content-Type: application/json", f"Content-Length: {length}", *more, "", ""]).encode()


class Bodies(Robustness):
    flags = [*Robustness.flags, "--max-body=100000"]

    def test_a_body_beyond_the_limit_over_http1(self):
        self.assertEqual(self.webhook.review(pod("mi-web:ultima", padding=200000)).status, 413)
        with self.tls() as sock:  # announced beyond the hard limit: refused before it is sent
            sock.sendall(self.head(100 * MIB))
            self.assertIn(b" 413 ", sock.recv(4096))
        self.assert_serves()

    def test_a_body_beyond_the_limit_over_http2_is_answered(self):
        with h2.Connection(self.webhook) as connection:
            body = encode(pod("mi-web:ultima", padding=200000))
            connection.request(1, body, length=len(body))
            self.assertEqual(connection.status(1), 413)
            connection.request(3, REVIEW, length=len(REVIEW))  # the connection lives on
            self.assertEqual(connection.status(3), 200)

    def test_slow_headers_end(self):
        # the header's own limit is the idle time-out; a half-sent one holds nothing but its connection
        with self.tls() as sock:
            sock.sendall(b"POST /admit HTTP/1.1\r\nHost: loc")
            self.assert_serves()
            sock.sendall(b"alhost\r\n" + self.head(len(REVIEW)).split(b"\r\n", 2)[2] + REVIEW)
            self.assertIn(b" 200 ", sock.recv(4096))

    def test_what_is_no_json_document(self):
        for body in [REVIEW[:-30], REVIEW[:100], REVIEW + b"x", REVIEW + REVIEW, b"\0", b"\xff\xfe", b"null",
                     REVIEW.replace(b"alice", b"al\0ce"), REVIEW.replace(b"alice", b"al\xffce"),
                     REVIEW.replace(b"alice", b"al\xc0\xafce"), REVIEW.replace(b"alice", b"al\\ud800ce"),
                     b"\xef\xbb\xbf" + REVIEW, random.Random(1).randbytes(5000)]:
            with self.subTest(body=body[:20]):
                answer = self.webhook.post(body)
                self.assertEqual(answer.status, 400)
                self.assertTrue(answer.body.isascii())
        self.assert_serves()

    def test_what_http_would_let_pass(self):
        rows = [(b"POST /admit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", b" 400 "),
                (b"POST /a/../admit/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b" 404 "),
                (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
                (b"\0" * 300, None), (b"POST /admit\r\n\r\n", None), (b"\r\n" * 2000, None),
                (self.head(5, *[f"X-{i}: y" for i in range(150)]) + b"hello", b" 4")]
        for request, wanted in rows:
            with self.subTest(request=request[:30]), self.tls() as sock:
                sock.sendall(request)
                sock.settimeout(EVENT_SECONDS)
                got = b""
                try:
                    if wanted is None:
                        sock.shutdown(socket.SHUT_WR)
                    got = sock.recv(4096)
                except OSError:
                    pass
                if wanted is not None:
                    self.assertIn(wanted, got)
                else:
                    self.assertNotIn(b" 200 ", got)
        self.assert_serves()


class Cut(Robustness):
    """What is not over after --request-timeout."""

    flags = ["--request-timeout=2s", "--max-body=100000"]

    def test_a_slow_body_over_http1_is_cut(self):
        with self.tls() as sock:
            sock.sendall(self.head(100000))
            self.dribble(lambda byte: sock.sendall(byte))
        self.webhook.wait_for_metric("weir_requests_cut_total", lambda value: value >= 1)
        self.assert_serves()

    def test_a_slow_body_over_http2_is_cut(self):
        with h2.Connection(self.webhook) as connection:
            connection.request(1, end=False, length=100000)
            self.dribble(lambda byte: connection.send(h2.frame(h2.DATA, 0, 1, byte)))
        self.webhook.wait_for_metric("weir_requests_cut_total", lambda value: value >= 1)
        self.assert_serves()

    def dribble(self, send):
        """A byte now and then until the server has had enough."""
        def is_over():
            try:
                send(b" ")
                return False
            except OSError:
                return True
        fixture.wait_until(is_over, "the end of the connection")

    def test_a_body_that_never_comes_is_cut(self):
        with self.tls() as sock, h2.Connection(self.webhook) as connection:
            sock.sendall(self.head(1000))
            connection.request(1, end=False)
            self.assert_closed(sock)
            self.assert_closed(connection.tls)
        self.assert_serves()

    def test_an_honest_connection_may_idle_beside_it(self):
        idle = self.webhook.connect()
        with self.tls() as sock:
            sock.sendall(self.head(1000))
            self.assert_closed(sock)
        self.assertEqual(self.webhook.review(pod("mi-web:ultima"), connection=idle).status, 200)
        idle.close()

    def test_a_reader_with_a_closed_window_is_cut(self):
        with h2.Connection(self.webhook, settings=struct.pack(">HI", 4, 0)) as connection:
            connection.request(1, REVIEW, length=len(REVIEW))
            self.assert_closed(connection.tls)
        self.webhook.wait_for_metric("weir_requests_cut_total", lambda value: value >= 1)
        self.assert_serves()

    def test_a_client_that_never_reads_is_cut(self):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", self.webhook.port))
        sock = self.webhook.context().wrap_socket(raw, server_hostname="localhost")
        sock.settimeout(0.5)
        requests = (self.head(len(REVIEW)) + REVIEW) * 100

        def is_over():
            try:
                sock.sendall(requests)
            except TimeoutError:
                self.assert_serves()
            except OSError:
                return True
            return False
        fixture.wait_until(is_over, "the end of the connection")
        sock.close()
        self.assert_serves()

    def test_many_unfinished_bodies_are_given_back(self):
        before = self.webhook.rss()
        connections = [h2.Connection(self.webhook) for _ in range(3)]
        for connection in connections:
            for stream in range(1, 81, 2):
                try:
                    connection.request(stream, b"x" * 60000, end=False)
                except OSError:
                    break
        self.assert_serves()
        self.assertLess(self.webhook.rss() - before, 100 * MIB * MEMORY)
        for connection in connections:
            self.assert_closed(connection.tls)
            connection.close()
        self.webhook.wait_for_metric("weir_connections", lambda value: value == 0)


class Depth(Robustness):
    flags = [*Robustness.flags, "--max-body=33554432"]

    def test_five_million_levels(self):
        body = REVIEW.replace(b'"options":null', b'"options":' + b"[" * 5000000 + b"]" * 5000000)
        busy = self.webhook.cpu_seconds()
        self.assertEqual(self.webhook.post(body).status, 400)
        self.assertLess(self.webhook.cpu_seconds() - busy, 20 if fixture.SANITIZED else 5)
        self.assertEqual(self.webhook.post(b"[" * 10000000).status, 400)
        self.assert_serves()

    def test_a_body_of_27_megabytes(self):
        answer = self.webhook.review(pod("mi-web:ultima", padding=27 * MIB))
        self.assertEqual(answer.images, [f"registry.example/mi-web@{DIGEST}"])


class Tls(Robustness):
    def test_a_connection_without_a_hello_is_closed(self):
        sock = socket.create_connection(("127.0.0.1", self.webhook.port))
        self.assert_serves()
        self.assert_closed(sock)
        sock.close()

    def test_what_is_no_handshake_is_closed_and_logged(self):
        for first in [b"POST /admit HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\xff" * 600,
                      random.Random(2).randbytes(2000)]:
            with self.subTest(first=first[:10]):
                with socket.create_connection(("127.0.0.1", self.webhook.port), timeout=EVENT_SECONDS) as sock:
                    sock.sendall(first)
                    sock.shutdown(socket.SHUT_WR)
                    self.assert_closed(sock)
        self.webhook.wait_for_line(event="tls handshake failed")
        self.webhook.wait_for_metric("weir_tls_handshakes_failed_total", lambda value: value == 3)
        self.assert_serves()

    def test_old_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version=version), self.assertRaises(OSError):
                context = self.webhook.context()
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
                context.set_ciphers("ALL:@SECLEVEL=0")
                with socket.create_connection(("127.0.0.1", self.webhook.port), timeout=EVENT_SECONDS) as raw:
                    context.wrap_socket(raw, server_hostname="localhost")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.webhook.context()
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(("127.0.0.1", self.webhook.port), timeout=EVENT_SECONDS) as raw:
                with context.wrap_socket(raw, server_hostname="localhost") as tls:
                    self.assertIn("128", tls.cipher()[0])  # the cheapest that is good

    def test_an_unknown_protocol_goes_on_as_http1(self):
        with self.tls(protocols=("spdy/3",)) as sock:
            self.assertIsNone(sock.selected_alpn_protocol())
            sock.sendall(self.head(len(REVIEW)) + REVIEW)
            self.assertIn(b" 200 ", sock.recv(4096))

    def test_a_key_update_in_between(self):
        client = subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-no_ign_eof", "-tls1_3", "-CAfile", self.webhook.pki.ca, "-connect",
             f"127.0.0.1:{self.webhook.port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        try:
            client.stdin.write(b"K\n")  # asks the peer to update its keys, too
            client.stdin.flush()
            while b"KEYUPDATE" not in client.stderr.readline():
                self.assertIsNone(client.poll())
            client.stdin.write(self.head(len(REVIEW), "Connection: close") + REVIEW)
            client.stdin.flush()
            self.assertIn(b" 200 ", client.stdout.readline())
        finally:
            client.kill()
            client.communicate()
        self.assert_serves()

    def test_no_ticket_is_given(self):
        with self.tls() as sock:
            sock.sendall(self.head(len(REVIEW)) + REVIEW)
            sock.recv(4096)
            self.assertFalse(sock.session.has_ticket if sock.session else False)


class Http2(Robustness):
    def test_a_bad_preface_is_closed(self):
        connection = h2.Connection(self.webhook, preface=b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
        self.assert_closed(connection.tls)
        connection.close()
        self.assert_serves()

    def test_streams_beyond_the_limit_are_refused_and_the_rest_answered(self):
        with h2.Connection(self.webhook) as connection:
            for stream in range(1, 221, 2):
                connection.request(stream, end=False)
            refused = connection.wait_for(h2.RST_STREAM)
            self.assertEqual(refused[3], struct.pack(">I", 7))  # REFUSED_STREAM: may be asked again
            connection.send(h2.frame(h2.DATA, h2.END_STREAM, 1, REVIEW))
            self.assertEqual(connection.status(1), 200)

    def test_rapid_reset(self):
        before, busy = self.webhook.rss(), self.webhook.cpu_seconds()
        try:
            with h2.Connection(self.webhook) as connection:
                headers = h2.request_headers()
                for first in range(1, 40001, 200):
                    connection.send(b"".join(
                        h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream, headers) +
                        h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", 8))
                        for stream in range(first, first + 200, 2)))
        except OSError:
            pass
        self.assertLess(self.webhook.cpu_seconds() - busy, 60 if fixture.SANITIZED else 15)
        self.assertLess(self.webhook.rss() - before, 40 * MIB * MEMORY)
        self.assert_serves()

    def test_pings_whose_answers_nobody_reads(self):
        before = self.webhook.rss()
        with h2.Connection(self.webhook) as connection:
            connection.tls.settimeout(2)
            flood = h2.frame(h2.PING, 0, 0, b"12345678") * 1000
            try:
                for _ in range(2000):
                    connection.send(flood)
            except OSError:
                pass
            self.assert_serves()
            self.assertLess(self.webhook.rss() - before, 40 * MIB * MEMORY)

    def test_headers_without_end(self):
        before = self.webhook.rss()
        with h2.Connection(self.webhook) as connection:
            try:
                connection.send(h2.frame(h2.HEADERS, 0, 1, h2.request_headers()))
                for _ in range(2000):
                    connection.send(h2.frame(h2.CONTINUATION, 0, 1, h2.literal("x", "y" * 8000)))
            except OSError:
                pass
            self.assert_closed(connection.tls)
        self.assertLess(self.webhook.rss() - before, 40 * MIB * MEMORY)
        self.assert_serves()

    def test_a_header_bomb(self):
        """One large entry of the dynamic table, referred to by thousands of single bytes."""
        before = self.webhook.rss()
        entry = b"\x40" + h2.text("x") + h2.text("y" * 3900)
        try:
            with h2.Connection(self.webhook) as connection:
                connection.send(h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.request_headers() + entry))
                for stream in range(3, 43, 2):
                    connection.send(h2.frame(h2.HEADERS, 0, stream, h2.request_headers() + b"\xbe" * 15000))
                    for _ in range(10):
                        connection.send(h2.frame(h2.CONTINUATION, 0, stream, b"\xbe" * 16000))
                    connection.send(h2.frame(h2.CONTINUATION, h2.END_HEADERS, stream, b"\xbe" * 16000))
                peak = self.webhook.rss()
                self.assert_closed(connection.tls)
        except OSError:
            peak = self.webhook.rss()
        self.assertLess(peak - before, 400 * MIB * MEMORY)
        self.assert_serves()

    def test_fifteen_hundred_header_fields(self):
        with h2.Connection(self.webhook) as connection:
            extra = [(f"x-{i}", "y") for i in range(1500)]
            fields = h2.request_headers(extra=extra)
            chunks = [fields[i:i + 16000] for i in range(0, len(fields), 16000)]
            for number, chunk in enumerate(chunks):
                connection.send(h2.frame(h2.CONTINUATION if number else h2.HEADERS,
                                         h2.END_HEADERS if number == len(chunks) - 1 else 0, 1, chunk))
            connection.send(h2.frame(h2.DATA, h2.END_STREAM, 1, REVIEW))
            self.assertIn(connection.status(1), (431, "closed", "goaway"))
        self.assert_serves()

    def test_unknown_frames_do_not_flood_the_log(self):
        with h2.Connection(self.webhook) as connection:
            connection.send(h2.frame(0xee, 0, 0, b"x" * 10) * 20000)
            connection.request(1, REVIEW)
            self.assertEqual(connection.status(1), 200)
        self.assert_serves()
        self.assertLess(len(b"".join(self.webhook.raw)), 20000)
        self.assertTrue(all(line["event"] != "not JSON" for line in self.webhook.lines))

    def test_a_length_that_is_not_the_body_s(self):
        with h2.Connection(self.webhook) as connection:
            connection.request(1, REVIEW, length=len(REVIEW) + 5)
            self.assertIn(connection.status(1), ("reset 1", "goaway", "closed", 400))
        self.assert_serves()

    def test_frame_soup(self):
        before, randomness = self.webhook.rss(), random.Random(3)
        for number in range(100 if fixture.SANITIZED else 400):
            try:
                with h2.Connection(self.webhook, timeout=5) as connection:
                    connection.send(b"".join(self.some_frame(randomness) for _ in range(randomness.randrange(1, 30))))
                    if number % 3 == 0:
                        connection.tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self.webhook.wait_for_metric("weir_connections", lambda value: value == 0)
        self.assertLess(self.webhook.rss() - before, 40 * MIB * MEMORY)
        self.assert_serves()

    def some_frame(self, randomness):
        stream = randomness.choice([0, 1, 3, 5, 7, 2, 101])
        kind = randomness.choice([*range(11), 0xee])
        flags = randomness.choice([0, 1, 4, 5, 8, 0x20, 0x2d, 255])
        payload = randomness.choice([b"", h2.request_headers(), REVIEW, struct.pack(">I", randomness.getrandbits(32)),
                                     randomness.randbytes(randomness.randrange(40)), b"12345678"])
        return h2.frame(kind, flags, stream, payload)


class Connections(Robustness):
    flags = [*Robustness.flags, "--max-connections=20"]

    def test_connections_beyond_the_limit_are_told_so(self):
        held = [self.webhook.connect() for _ in range(20)]
        beyond = self.webhook.connect()
        answer = self.webhook.review(pod("mi-web:ultima"), connection=beyond)
        self.assertEqual((answer.status, answer.headers["Retry-After"], answer.headers["Connection"]),
                         (429, "1", "close"))
        self.assertEqual(self.webhook.review(pod("mi-web:ultima"), connection=held[0]).status, 200)
        flood = []
        for _ in range(150):
            try:
                flood.append(socket.create_connection(("127.0.0.1", self.webhook.port), timeout=10))
            except OSError:
                pass
        self.webhook.wait_for_metric("weir_connections_refused_total", lambda value: value >= 50)
        self.assertLessEqual(self.webhook.metric("weir_connections"), 20 + 64)
        self.assertEqual(self.webhook.probe("/readyz")[0], 200)
        for connection in [*flood, *held]:
            connection.close()
        self.webhook.wait_for_metric("weir_connections", lambda value: value == 0)
        self.assert_serves()


class Idle(Robustness):
    flags = [*Robustness.flags, "--max-connections=2000"]

    def test_many_idle_connections(self):
        count = 200 if fixture.SANITIZED else 800
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        before = self.webhook.rss()
        context, held = self.webhook.context(), []
        for _ in range(count):
            raw = socket.create_connection(("127.0.0.1", self.webhook.port))
            held.append(context.wrap_socket(raw, server_hostname="localhost"))
        self.assert_serves()
        self.assertLess((self.webhook.rss() - before) / count, 40000 * MEMORY)
        busy = self.webhook.cpu_seconds()
        time.sleep(1)
        self.assertLess(self.webhook.cpu_seconds() - busy, 0.5)
        for connection in held:
            connection.close()
        self.webhook.wait_for_metric("weir_connections", lambda value: value == 0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Descriptors(Robustness):
    def test_without_file_descriptors_it_rests_and_recovers(self):
        kept = self.webhook.connect()
        pid = self.webhook.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, hard))
        held = [socket.create_connection(("127.0.0.1", self.webhook.port)) for _ in range(20)]
        busy = self.webhook.cpu_seconds()
        for _ in range(20):  # those with a connection are served meanwhile
            self.assertEqual(self.webhook.review(pod("mi-web:ultima"), connection=kept).status, 200)
            time.sleep(0.1)  # in which it could spin
        self.assertLess(self.webhook.cpu_seconds() - busy, 1.0)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        for sock in held:
            sock.close()
        self.assert_serves()


class Registry(unittest.TestCase):
    """Clients that make the webhook wait for a registry, and go away."""

    def test_rapid_reset_of_admissions_that_wait(self):
        with FakeRegistry() as registry:
            objects = {"policy.yaml": tags_policy("Required"), "stream.yaml": fixture.stream()}
            with Webhook(objects=objects, flags=["--max-in-flight=50", "--log-admissions=none"],
                         log_all=False) as webhook:
                before = webhook.rss()
                try:
                    with h2.Connection(webhook) as connection:
                        for stream in range(1, 4001, 2):
                            body = encode(pod(f"127.0.0.1:{registry.port}/gate/app:t{stream}"))
                            connection.send(
                                h2.frame(h2.HEADERS, h2.END_HEADERS, stream, h2.request_headers()) +
                                h2.frame(h2.DATA, h2.END_STREAM, stream, body) +
                                h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", 8)))
                except OSError:
                    pass
                webhook.wait_for_metric('weir_admissions_total{kind="Pod",operation="CREATE",outcome="gone"}',
                                        lambda value: value > 0)
                self.assertLessEqual(webhook.metric("weir_admissions_in_flight"), 50)
                self.assertLess(webhook.rss() - before, 60 * MIB * MEMORY)
                self.assertEqual(webhook.review(pod("mi-web:ultima")).status, 200)
                registry.gate.set()
                webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 0)


class Flood(Robustness):
    """Large reviews from many connections, each all but its last byte: they are held until there is room."""

    flags = [*Robustness.flags, "--body-memory=4194304", "--threads=1", "--no-http2"]
    connections = 40
    size = 3 * MIB

    def begin(self, body):
        """As much as is taken within a second; returns the socket and what is left."""
        sock = self.tls()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)  # else the client's own kernel takes it all
        sock.settimeout(1)
        sock.sendall(self.head(len(body)))
        left = memoryview(body)[:-1]
        try:
            while left:
                left = left[sock.send(left[:16384]):]
        except TimeoutError:
            pass
        return sock, len(left) + 1

    def end(self, sock, body, left):
        sock.settimeout(2 * EVENT_SECONDS)
        sock.sendall(memoryview(body)[len(body) - left:])
        return sock.recv(64)


class LargeReviews(Flood):
    def test_large_reviews_wait_unread_and_are_answered_in_turn(self):
        body = encode(pod("mi-web:ultima", padding=self.size))
        with ThreadPoolExecutor(self.connections) as hands:
            begun = list(hands.map(self.begin, [body] * self.connections))
            taken = sum(len(body) - left for _, left in begun)
            self.assertLess(taken, self.connections * self.size / 2)
            self.webhook.wait_for_metric("weir_reads_held_total", lambda value: value > 0)
            self.assert_serves()  # a small one does not wait
            heads = list(hands.map(lambda one: self.end(one[0], body, one[1]), begun))
        self.assertEqual([head[:12] for head in heads], [b"HTTP/1.1 200"] * self.connections)
        for sock, _ in begun:
            sock.close()
        self.assertLess(self.webhook.rss(), 64 * MIB * MEMORY)


class UnfinishedLargeReviews(Flood):
    flags = [*Flood.flags, "--request-timeout=2s"]

    def test_one_that_waits_unread_is_cut_like_any_other(self):
        body = encode(pod("mi-web:ultima", padding=self.size))
        for sock, _ in [self.begin(body) for _ in range(4)]:
            self.assert_closed(sock)
        self.assert_serves()


class Ending(unittest.TestCase):
    def test_sigterm_with_idle_connections_of_both_kinds(self):
        with Webhook(flags=["--shutdown-timeout=5m"]) as webhook, h2.Connection(webhook) as idle2:
            idle1 = webhook.connect()
            idle2.request(1, REVIEW)
            self.assertEqual(idle2.status(1), 200)
            webhook.terminate()
            self.assertEqual(idle2.wait_for(h2.GOAWAY)[0], h2.GOAWAY)
            self.assertEqual(webhook.wait(), 0)
            idle1.close()

    def test_sigterm_with_a_client_that_never_finishes(self):
        with Webhook(flags=["--shutdown-timeout=2s", "--request-timeout=5m"]) as webhook, h2.Connection(webhook) as stuck:
            stuck.request(1, end=False)
            stuck.send(h2.frame(h2.PING, 0, 0, b"12345678"))
            stuck.wait_for(h2.PING)
            webhook.terminate()
            self.assertEqual(webhook.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
