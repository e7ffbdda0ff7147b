# SPDX-License-Identifier: Apache-2.0
"""Prints how many lines of webhook/ the tests reached (gcov's counters): coverage.py BUILD --layer core --least 95"""
import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))


def counters(build):
    for folder, _, names in os.walk(build):
        for name in names:
            if name.endswith(".gcda"):
                yield os.path.join(os.path.realpath(folder), name)


def line_counts(build):
    """{file below webhook/: {line: times run}}, summed over every object it was compiled into."""
    lines = {}
    for path in counters(build):
        out = subprocess.run(["gcov", "--json-format", "--stdout", path], cwd=build, capture_output=True, check=True)
        for document in out.stdout.splitlines():
            report = json.loads(document)
            for entry in report["files"]:
                full = os.path.realpath(os.path.join(report["current_working_directory"], entry["file"]))
                name = os.path.relpath(full, ROOT)
                if name.startswith("webhook" + os.sep) and name.endswith(".c"):
                    seen = lines.setdefault(name, {})
                    for line in entry["lines"]:
                        number = line["line_number"]
                        seen[number] = seen.get(number, 0) + line["count"]
    return lines


def ranges(numbers):
    """[1, 2, 3, 7] -> "1-3 7"."""
    parts = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in parts)


def percent(reached, total):
    return 100.0 * reached / total if total else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--layer", required=True)
    parser.add_argument("--least", type=float, required=True)
    parser.add_argument("--missing", action="store_true", help="also print the lines that no test reached")
    arguments = parser.parse_args()

    layers = {}
    for name, seen in sorted(line_counts(arguments.build).items()):
        reached = sum(1 for count in seen.values() if count)
        layer = layers.setdefault(name.split(os.sep)[1], [0, 0])
        layer[0] += reached
        layer[1] += len(seen)
        print(f"  {name:<44} {percent(reached, len(seen)):6.1f} %  {reached:5}/{len(seen)}")
        if arguments.missing and reached < len(seen):
            print("      " + ranges(sorted(number for number, count in seen.items() if not count)))
    for layer, (reached, total) in sorted(layers.items()):
        print(f"coverage: {layer:<6} {percent(reached, total):6.1f} % of {total} lines")
    reached, total = layers.get(arguments.layer, (0, 0))
    if percent(reached, total) < arguments.least:
        print(f"coverage: {arguments.layer} is below {arguments.least:g} %")
        sys.exit(1)


main()
