# SPDX-License-Identifier: Apache-2.0
"""The instruction gate: how many instructions an admission costs above the null handler, by callgrind.

    python3 tests/bench/gate.py build/weir [BODY...]       of bodies.py; without any, those of the published figures

One connection, one request at a time; two runs of different length are subtracted, so that start-up, loading and
the first look-up cancel out. The limit is 12 000 + 2.5 instructions a byte.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import bodies  # noqa: E402
import measure  # noqa: E402
from processes import Stage  # noqa: E402
from registry import Registry  # noqa: E402
from weir import Weir  # noqa: E402

FIXED, PER_BYTE = 12000, 2.5
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


def main():
    binary = os.path.abspath(sys.argv[1])
    if "no AVX2" in measure.machine():
        print("gate: this machine has no AVX2, for which the limit is made; nothing is judged")
        return 0
    failed = False
    with Stage() as stage:
        registry = Registry(stage)
        registry.push_image(bodies.PLAIN_REPOSITORY, bodies.PLAIN_TAG, "proxy")
        folder = stage.path("bench", "")
        bodies.write(folder, STREAMS, registry.host)
        print(f"{'body':>8} {'null':>10} {'webhook':>10} {'above':>10} {'limit':>10}")
        sizes = {**bodies.SIZES, **bodies.MORE_SIZES}
        for name in sys.argv[2:] or bodies.SIZES:
            size = sizes[name]
            null = per_request(stage, binary, folder, ["--handler=null"], name)
            webhook = per_request(stage, binary, folder, [], name)
            limit = FIXED + PER_BYTE * size
            over = webhook - null > limit
            failed = failed or over
            verdict = "   BEYOND THE LIMIT" if over else ""
            print(f"{name:>8} {null:10.0f} {webhook:10.0f} {webhook - null:10.0f} {limit:10.0f}{verdict}", flush=True)
    print("gate: " + ("an admission costs more instructions than it may" if failed else "within the limit"))
    return 1 if failed else 0


sys.exit(main())
