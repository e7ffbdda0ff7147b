#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Compares `weir review` with the model of the rules on random cases.

  test_model.py [--count N] [--seed N] [--keep-going] [--replay FILE]

A difference is printed with the smallest case found that still shows it, and
written to a file that --replay takes.
"""

import argparse
import concurrent.futures
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
import generate  # noqa: E402
import json_patch  # noqa: E402
import program  # noqa: E402
from shrink import shrink  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


def check_patch_rules():
    """The applier refuses what the RFC or the API server refuses, and agrees with both elsewhere."""
    with open(os.path.join(DATA, "jsonpatch.json"), encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    wrong = []
    for vector in vectors:
        try:
            result = json_patch.apply(vector["doc"], vector["patch"])
        except (json_patch.PatchError, AttributeError, TypeError, KeyError):
            continue
        if not vector["apiserver"]["ok"] or result != vector.get("expected"):
            wrong.append(vector["id"])
    return wrong


def differs(seed):
    case = generate.case(seed)
    try:
        return seed, program.difference(case)
    except Exception as error:  # a broken answer is a difference, whatever broke
        return seed, ("broken", repr(error), None)


def what_differs(case):
    try:
        found = program.difference(case)
    except ValueError as error:
        return ("broken", repr(error), None)
    return found


def report(seed, found, directory, tries):
    case = generate.case(seed)
    small = shrink(case, lambda smaller: (what_differs(smaller) or [None])[0] == found[0], tries)
    path = os.path.join(directory, f"{found[0]}-{seed}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(small, file, indent=1)
    what, ours, models = what_differs(small) or found
    print(f"seed {seed}: {what} differs, replay with --replay {path}", file=sys.stderr)
    print(f"  program: {json.dumps(ours)}\n  model:   {json.dumps(models)}", file=sys.stderr)
    print(json.dumps(small), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reports", type=int, default=3, help="how many differences to shrink and print")
    parser.add_argument("--tries", type=int, default=600)
    parser.add_argument("--directory", help="where reproducers go")
    parser.add_argument("--replay", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.replay:
        with open(arguments.replay, encoding="utf-8") as file:
            found = what_differs(json.load(file))
        print(json.dumps(found, indent=1))
        return 1 if found else 0
    wrong = check_patch_rules()
    if wrong:
        print(f"the applier of patches is wrong on {wrong}", file=sys.stderr)
        return 1
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        results = list(workers.map(differs, range(arguments.seed, arguments.seed + arguments.count)))
    failures = [(seed, found) for seed, found in results if found]
    directory = arguments.directory or (tempfile.mkdtemp(prefix="weir-model-") if failures else "")
    for seed, found in failures[: arguments.reports]:
        report(seed, found, directory, arguments.tries)
    kinds = sorted({found[0] for _, found in failures})
    print(f"{arguments.count - len(failures)} of {arguments.count} cases agree" + (f"; {kinds}" if kinds else ""))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
