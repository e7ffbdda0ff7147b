# SPDX-License-Identifier: Apache-2.0
"""The figures of docs/PERFORMANCE.md, measured on this machine.

    python3 tests/bench/bench.py build/weir [--quick] [--only PART...]

Parts: ratios memory start handshake flight waiting. Ratios compare the null handler (same binary, threads and TLS, a
fixed answer once the body is in) with the webhook, run after run in turn; absolute times depend on the machine, the
ratios hardly. The server has one core, the client another; keep the machine quiet.
"""
import argparse
import asyncio
import os
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import bodies  # noqa: E402
import measure  # noqa: E402
from processes import HeldPort, Stage, stop  # noqa: E402
from registry import Registry  # noqa: E402
from review import encode, review  # noqa: E402
from slow_registry import SlowRegistry  # noqa: E402
from weir import SERVICE, Weir, make_certificates  # noqa: E402

REPEATS = 5
REQUESTS = {"4k": 20000, "12k": 15000, "60k": 6000}
LOADS = [("h1 c8", {"clients": 8, "http1": True}), ("h1 c64", {"clients": 64, "http1": True}),
         ("h2 c8 m1", {"clients": 8}), ("h2 c64 m1", {"clients": 64}), ("h2 c8 m16", {"clients": 8, "streams": 16})]
QUICK_LOADS = [LOADS[0], LOADS[2]]


class Bench:
    def __init__(self, stage, binary, quick):
        self.stage = stage
        self.binary = binary
        self.quick = quick
        self.folder = stage.path("bench", "")
        self.registry = Registry(stage)
        bodies.push_plain_tags(self.registry)
        bodies.write(self.folder, 10000, self.registry.host)
        self.objects = os.path.join(self.folder, "objects")

    def body(self, name):
        return os.path.join(self.folder, name + ".json")

    def server(self, objects=None, flags=(), **options):
        weir = Weir(self.stage, self.binary, [objects or self.objects], ["--drain-delay=0s", *flags],
                    wrapper=measure.pinned(measure.SERVER_CORE), **options)
        weir.wait_ready()
        return weir

    def empty_objects(self):
        return self.stage.path("empty", "")


def ratios(bench):
    """CPU per request, null handler and webhook in turn."""
    null = bench.server(flags=["--handler=null"], name="null")
    webhook = bench.server(name="webhook")
    print(f"\nCPU for one admission, medians of {REPEATS} (± the farthest run, outermost two apart)")
    print(f"{'body':>5} {'load':>10} {'null µs':>14} {'webhook µs':>14} {'null/webhook':>13}")
    for name in bodies.SIZES:
        for load_name, load in QUICK_LOADS if bench.quick else LOADS:
            count = REQUESTS[name] // (4 if bench.quick else 1)
            for warm in (null, webhook):
                measure.cpu_per_request(warm, bench.body(name), 1000, **load)
            pairs = [(measure.cpu_per_request(null, bench.body(name), count, **load),
                      measure.cpu_per_request(webhook, bench.body(name), count, **load)) for _ in range(REPEATS)]
            sides = [[pair[side] for pair in pairs] for side in (0, 1)]
            cells = [f"{measure.median(side):7.1f} ±{measure.spread(side) * 100:3.0f} %" for side in sides]
            ratio = measure.median(sides[0]) / measure.median(sides[1])
            print(f"{name:>5} {load_name:>10} {cells[0]:>14} {cells[1]:>14} {ratio:13.2f}", flush=True)
    null.stop()
    webhook.stop()


def connect_to(port, context):
    """A TLS connection that does not wait for acknowledgements before it sends: that would add 40 ms."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(raw, server_hostname=SERVICE)


def connect(weir):
    return connect_to(weir.port(), weir.context)


def request_bytes(body):
    return (f"POST /admit?timeout=10s HTTP/1.1\r\nHost: {SERVICE}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def ask(connection, body):
    """One request on an open connection; the status of its answer."""
    connection.sendall(request_bytes(body))
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        if not part:
            raise RuntimeError(f"the server closed: {answer[:200]!r}")
        answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = int(next(line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")))
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head.split()[1])


def small_review():
    return encode(review({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": bodies.NAMESPACE},
                          "spec": {"containers": [{"name": "c", "image": "app-001:stable",
                                                   "imagePullPolicy": "IfNotPresent"}]}}))


def memory(bench):
    """Resident set: idle, for each recorded tag, for each idle connection."""
    print("\nMemory")
    weir = bench.server(bench.empty_objects(), name="idle")
    idle = measure.rss_kb(weir.process.pid)
    ask(connect(weir), small_review())
    before, count = measure.rss_kb(weir.process.pid), 400
    connections = [connect(weir) for _ in range(count)]
    for connection in connections:
        ask(connection, small_review())
    each = (measure.rss_kb(weir.process.pid) - before) / count
    weir.stop()
    weir = bench.server(name="loaded")
    loaded = measure.rss_kb(weir.process.pid)
    weir.stop()
    print(f"  idle, no objects         {idle / 1024:8.1f} MB   (must 16)")
    print(f"  with 10 000 streams      {loaded / 1024:8.1f} MB")
    print(f"  for each recorded tag    {(loaded - idle) * 1024 / 10000:8.0f} bytes (must 1024)")
    print(f"  for each idle connection {each:8.1f} KB   (must 18; {count} of HTTP/1.1, one request each)")


def start_once(bench, objects):
    """Milliseconds from exec to the first answered admission, TLS handshake included."""
    held, certs = HeldPort(), make_certificates(bench.stage)
    port = held.number
    context = ssl.create_default_context(cafile=certs + "ca.crt")
    body = small_review()
    begin = time.perf_counter()
    process = bench.stage.start("start", [
        *measure.pinned(measure.SERVER_CORE), bench.binary, "webhook", "--listen", f"127.0.0.1:{port}",
        "--probe-listen", "127.0.0.1:0", "--tls-cert", certs + "tls.crt", "--tls-key", certs + "tls.key",
        "--objects", objects, "--drain-delay=0s"])
    while True:
        try:
            with connect_to(port, context) as sock:
                if ask(sock, body) == 200:
                    break
        except OSError:
            time.sleep(0.0002)
        if process.poll() is not None or time.perf_counter() - begin > 30:
            raise RuntimeError("weir did not start")
    took = (time.perf_counter() - begin) * 1000
    stop(process)
    held.close()
    return took


def start(bench):
    print("\nStart to first answer (median of 7; the client's own handshake is in it)")
    for title, objects, must in (("empty", bench.empty_objects(), 20), ("10 000 streams, one file", bench.objects, 150)):
        times = [start_once(bench, objects) for _ in range(7)]
        print(f"  {title:<25} {measure.median(times):7.1f} ms   (must {must})")


def handshake(bench):
    """CPU of a full TLS handshake and one request, new connection each."""
    weir = bench.server(bench.empty_objects(), ["--handler=null"], name="handshake")
    body, count, rounds = small_review(), 200, []
    for _ in range(REPEATS):
        begin = measure.cpu_ns(weir.process.pid)
        for _ in range(count):
            with connect(weir) as connection:
                ask(connection, body)
        rounds.append((measure.cpu_ns(weir.process.pid) - begin) / count / 1000)
    weir.stop()
    print(f"\nTLS handshake and one request: {measure.median(rounds):.0f} µs CPU "
          f"±{measure.spread(rounds) * 100:.0f} %   (must 400)")


def unknown_pod(host, number, policy="IfNotPresent"):
    return encode(review({"apiVersion": "v1", "kind": "Pod",
                          "metadata": {"name": f"p{number}", "namespace": bodies.NAMESPACE},
                          "spec": {"containers": [{"name": "c", "image": f"{host}/bench/unknown-{number}:1",
                                                   "imagePullPolicy": policy}]}}))


async def post_all(port, certs, posts):
    """Each of `posts` on a connection of its own, all sent at once; the statuses."""
    context = ssl.create_default_context(cafile=certs + "ca.crt")
    opened = [await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=SERVICE) for _ in posts]
    for (_, writer), body in zip(opened, posts):
        writer.write(request_bytes(body))
    statuses = []
    for reader, writer in opened:
        statuses.append(int((await reader.readuntil(b"\r\n\r\n")).split()[1]))
        writer.close()
    return statuses


def flight(bench):
    """How often a registry is asked for one image that 1 000 admissions want at the same time."""
    slow = SlowRegistry(2.0)
    weir = bench.server(flags=FLIGHT_FLAGS, name="flight")
    statuses = asyncio.run(post_all(weir.port(), weir.certs, [unknown_pod(slow.host, 0)] * 1000))
    weir.stop()
    slow.stop()
    answered = statuses.count(200)
    print(f"\n1 000 simultaneous admissions of one unknown image: {slow.heads} HEAD (must 1), {answered} answered")


class Waiters(threading.Thread):
    """Keeps `count` admissions waiting for the registry, each for an image that nobody asked for before."""

    def __init__(self, weir, host, count):
        super().__init__(daemon=True)
        self.weir, self.host, self.count, self.rounds, self.stopping = weir, host, count, 0, False

    def run(self):
        asyncio.run(self.all())

    async def all(self):
        await asyncio.gather(*(self.one(number) for number in range(self.count)))

    async def one(self, number):
        context = ssl.create_default_context(cafile=self.weir.certs + "ca.crt")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.weir.port(), ssl=context,
                                                       server_hostname=SERVICE)
        while not self.stopping:
            number += self.count
            writer.write(request_bytes(unknown_pod(self.host, number)))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(next(line.split(b":")[1] for line in head.lower().split(b"\r\n")
                              if line.startswith(b"content-length")))
            await reader.readexactly(length)
            self.rounds += 1
        writer.close()


def p99(bench, weir, name):
    log = bench.stage.path(name + ".tsv")
    measure.h2load(weir.port(), bench.body("4k"), 4000, 1, http1=True, log=log)
    with open(log) as file:
        return measure.percentile([int(line.split()[2]) for line in file], 0.99)


def waiting(bench):
    """Latency of admissions that need no look-up, alone and while 100 others wait for a registry."""
    slow = SlowRegistry(1.0)
    weir = bench.server(flags=FLIGHT_FLAGS, name="waiting")
    p99(bench, weir, "warm")
    alone, beside, rounds = [], [], 0
    for repeat in range(REPEATS):
        alone.append(p99(bench, weir, "alone"))
        waiters = Waiters(weir, slow.host, 100)
        waiters.rounds = 0
        waiters.start()
        while waiters.rounds == 0 and waiters.is_alive():
            time.sleep(0.05)
        beside.append(p99(bench, weir, "beside"))
        rounds += waiters.rounds
        waiters.stopping = True
        waiters.join(10)
    weir.stop()
    slow.stop()
    print(f"\np99 of admissions without a look-up: alone {statistics.median(alone):.0f} µs, while 100 others wait "
          f"{statistics.median(beside):.0f} µs: {statistics.median(beside) / statistics.median(alone):.2f}× (must < 2)")
    print(f"  ({rounds} look-ups of one second were answered meanwhile)")


# Room for all who wait, and a registry that may be asked as fast as it is needed.
FLIGHT_FLAGS = ["--max-in-flight=2048", "--max-connections=4096", "--registry-connections=128",
                "--registry-rate=1000"]
PARTS = {"ratios": ratios, "memory": memory, "start": start, "handshake": handshake, "flight": flight,
         "waiting": waiting}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--quick", action="store_true", help="fewer requests, 8 connections only")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{version} on {measure.machine()}; Linux {os.uname().release}")
    try:
        with Stage() as stage:
            bench = Bench(stage, binary, arguments.quick)
            for part in arguments.only:
                PARTS[part](bench)
    except KeyboardInterrupt:
        return 130
    return 0


sys.exit(main())
