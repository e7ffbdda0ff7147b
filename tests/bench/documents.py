# SPDX-License-Identifier: Apache-2.0
"""What a document costs the offline commands: bytes of memory and instructions, and that neither grows with their number.

    python3 tests/bench/documents.py build/weir

Three files of each form, each twice as large as the one before; one document's share is the difference of two over
the difference of their counts. Fails where a document of the larger files costs half as much again as one of the
smaller: that is what grows with the square.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import many_objects  # noqa: E402
from processes import Stage  # noqa: E402

INSTRUCTIONS_AT = (500, 1000, 2000)  # objects; callgrind is slow
BYTES_AT = (10000, 20000, 40000)  # well above what the process has anyway
GROWTH_MAX = 1.5
REVIEW = ('{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u", "operation": "CREATE", '
          '"kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop", "object": {}}}')


def commands(stage, binary, count):
    """(form, argv) over files of `count` objects, which another process writes: a child inherits its parent's peak."""
    folder = stage.path(str(count), "")
    written = subprocess.run([sys.executable, many_objects.__file__, folder, str(count)], check=True, capture_output=True)
    files = json.loads(written.stdout)
    resolve = [binary, "resolve", "--offline", "--resolutions", os.path.join(folder, "known.json")]
    for form, path in files["manifests"].items():
        yield form, [*resolve, path]
        if "JSON" in form or form == "documents":
            yield form + ", --diff", [*resolve, "--diff", path]
    review = os.path.join(folder, "review.json")
    with open(review, "w", encoding="utf-8") as file:
        file.write(REVIEW)
    for form, path in files["objects"].items():
        yield form, [binary, "review", "--objects", path, review]


def peak_bytes(argv):
    """The most memory it had at once. Its exit code is not asked: some forms are there to be refused."""
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        usage = os.wait4(process.pid, 0)[2]
        process.returncode = 0
    return usage.ru_maxrss * 1024


def instructions(stage, argv):
    out = stage.path("callgrind.out")
    subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, *argv], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    with open(out, encoding="utf-8", errors="replace") as file:
        return int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))


def shares(stage, binary, measure, counts):
    """For each form what one object costs between the first two files and between the last two."""
    for forms in zip(*(commands(stage, binary, count) for count in counts)):
        few, middle, many = (measure(argv) for _, argv in forms)
        yield forms[0][0], (middle - few) / (counts[1] - counts[0]), (many - middle) / (counts[2] - counts[1])


def main():
    binary = os.path.abspath(sys.argv[1])
    failed = False
    with Stage() as stage:
        print(f"{'one of many':>38} {'bytes':>8} {'growth':>7} {'instructions':>13} {'growth':>7}")
        rows = zip(shares(stage, binary, peak_bytes, BYTES_AT),
                   shares(stage, binary, lambda argv: instructions(stage, argv), INSTRUCTIONS_AT))
        for (form, small, large), (_, first, last) in rows:
            growth, slower = large / max(small, 256), last / first
            over = growth > GROWTH_MAX or slower > GROWTH_MAX
            failed = failed or over
            print(f"{form:>38} {large:8.0f} {growth:7.2f} {last:13.0f} {slower:7.2f}{'   GROWS' if over else ''}",
                  flush=True)
    print("documents: " + ("their cost grows with their number" if failed else "each costs the same, however many"))
    return 1 if failed else 0


sys.exit(main())
