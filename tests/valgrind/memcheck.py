# SPDX-License-Identifier: Apache-2.0
"""The server under valgrind's memcheck: every sample review, good and bad, over TLS; then SIGTERM.

    python3 tests/valgrind/memcheck.py build/release/weir

Fails on any error, any definite leak, any unclosed descriptor beyond the standard ones, any exit code but 0.
"""
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lab"), os.path.join(HERE, "..", "bench")]

import bodies  # noqa: E402
from processes import Stage, tail  # noqa: E402
from registry import Registry  # noqa: E402
from weir import Weir  # noqa: E402

SAMPLES = os.path.join(HERE, "..", "samples")
ERROR = 99


def main():
    binary = os.path.abspath(sys.argv[1])
    with Stage() as stage:
        registry = Registry(stage)
        bodies.push_plain_tags(registry)
        folder = stage.path("bench", "")
        bodies.write(folder, 200, registry.host)
        weir = Weir(stage, binary, [os.path.join(folder, "objects")], ["--drain-delay=200ms"], seconds=120, name="memcheck", wrapper=[
            "valgrind", "--tool=memcheck", f"--error-exitcode={ERROR}", "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite",
            f"--suppressions={HERE}/weir.supp", "--num-callers=30", "--quiet"])
        weir.wait_ready(120)
        samples = sorted(glob.glob(os.path.join(SAMPLES, "[0-9]*.json")))
        samples += [os.path.join(folder, name + ".json") for name in {**bodies.SIZES, **bodies.MORE_SIZES}] * 2
        statuses = {}
        for path in samples:
            with open(path, "rb") as file:
                status = weir.post(file.read(), "3s")[0]
            statuses[status] = statuses.get(status, 0) + 1
        for path in ("/livez", "/readyz", "/metrics", "/nothing"):
            weir.probe(path)
        code = weir.stop()
        if code != 0:
            print(f"memcheck: the server ended with {code}")
            print(tail(weir.process.log, 120))
            return 1
    counted = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    print(f"memcheck: {len(samples)} reviews ({counted}), no error, no leak")
    return 0


sys.exit(main())
