# SPDX-License-Identifier: Apache-2.0
"""The instruction gate: how many instructions an admission costs above the null handler, by callgrind.

    python3 tests/bench/gate.py build/weir [BODY...]       of bodies.py; without any, those of the published figures

One connection, one request at a time; two runs of different length are subtracted, so that start-up, loading and
the first look-up cancel out. The limit is 12 000 + 2.5 instructions a byte. Without bodies, it also judges what each
container above the first costs: of two bodies of one size, one has eight containers and the other one. That is a small
difference of large numbers (ticks that passed, seeds of hash tables), so its figure is the median of three.
"""
import os
import re
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import bodies  # noqa: E402
import measure  # noqa: E402
from processes import Stage  # noqa: E402
from registry import Registry  # noqa: E402
from weir import Weir  # noqa: E402

FIXED, PER_BYTE = 12000, 2.5
# (eight containers, one container, what each further one may cost)
CONTAINERS = [("60k-streams", "60k-one-stream", 5900), ("60k-tags", "60k-one-tag", 8000)]
STREAMS = 1000
SHORT, LONG = 100, 400
# callgrind counts each byte of a `rep movsb` or `rep stosb`; this keeps glibc from using them.
TUNABLES = "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000"


def instructions(stage, binary, folder, flags, name, requests):
    """All that the server executed from start to end, with this many requests in between."""
    out = stage.path("callgrind.out")
    weir = Weir(stage, binary, [os.path.join(folder, "objects")], ["--drain-delay=0s", *flags], name="callgrind", seconds=120,
                wrapper=[*measure.pinned(measure.SERVER_CORE), "valgrind", "--tool=callgrind",
                         "--callgrind-out-file=" + out],
                env={**os.environ, "GLIBC_TUNABLES": TUNABLES})
    weir.wait_ready(120)
    measure.h2load(weir.port(), os.path.join(folder, name + ".json"), requests, 1, http1=True)
    code = weir.stop()
    if code != 0:
        raise RuntimeError(f"weir under callgrind ended with {code}")
    with open(out) as file:
        return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))


def per_request(*arguments):
    return (instructions(*arguments, LONG) - instructions(*arguments, SHORT)) / (LONG - SHORT)


class Gate:
    def __init__(self, stage, binary):
        registry = Registry(stage)
        bodies.push_plain_tags(registry)
        self.stage = stage
        self.binary = binary
        self.folder = stage.path("bench", "")
        self.failed = False
        bodies.write(self.folder, STREAMS, registry.host)

    def measure(self, flags, name):
        return per_request(self.stage, self.binary, self.folder, flags, name)

    def judge(self, measured, limit):
        """The end of a row."""
        self.failed = self.failed or measured > limit
        return f"{measured:10.0f} {limit:10.0f}" + ("   BEYOND THE LIMIT" if measured > limit else "")

    def judge_body(self, name, size):
        null, webhook = self.measure(["--handler=null"], name), self.measure([], name)
        print(f"{name:>12} {null:10.0f} {webhook:10.0f} {self.judge(webhook - null, FIXED + PER_BYTE * size)}", flush=True)

    def judge_container(self, many_name, one_name, limit):
        """Both bodies have the same size, so the null handler costs them the same."""
        one, many = (statistics.median(self.measure([], name) for _ in range(3)) for name in (one_name, many_name))
        row = self.judge((many - one) / (bodies.MANY - 1), limit)
        print(f"{many_name:>12} {one:10.0f} {many:10.0f} {row}", flush=True)


def main():
    binary, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if "no AVX2" in measure.machine():
        print("gate: this machine has no AVX2, for which the limit is made; nothing is judged")
        return 0
    sizes = {**bodies.SIZES, **bodies.MORE_SIZES}
    with Stage() as stage:
        gate = Gate(stage, binary)
        print(f"{'body':>12} {'null':>10} {'webhook':>10} {'above':>10} {'limit':>10}")
        for name in names or bodies.SIZES:
            gate.judge_body(name, sizes[name])
        if not names:
            print(f"{'containers':>12} {'one':>10} {'eight':>10} {'each':>10} {'limit':>10}")
        for row in CONTAINERS if not names else []:
            gate.judge_container(*row)
    print("gate: " + ("an admission costs more instructions than it may" if gate.failed else "within the limit"))
    return 1 if gate.failed else 0


sys.exit(main())
