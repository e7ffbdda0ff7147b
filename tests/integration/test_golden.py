#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Runs each case of tests/golden through `weir review`.

A case is a folder named by what it shows: review.json, objects.yaml, and where
needed resolutions.json and flags (one argument a line). response.json is the
answer with its patch decoded. The model of the rules must agree with each too,
so --update never writes an answer that the rules do not give.

  test_golden.py [--update] [CASE…]
"""

import argparse
import base64
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "model"))
import plain_yaml  # noqa: E402
import program  # noqa: E402

GOLDEN = os.path.join(HERE, "..", "golden")
NOW = "2026-03-01T12:00:00Z"


def read(case, name, fallback=None):
    path = os.path.join(GOLDEN, case, name)
    if fallback is not None and not os.path.exists(path):
        return fallback
    with open(path, encoding="utf-8") as file:
        return file.read()


def load(case):
    flags = read(case, "flags", "").split()
    options = {"now": NOW, "resolutions": json.loads(read(case, "resolutions.json", "{}")), "registry_hosts": []}
    for flag, value in zip(flags, flags[1:] + [""]):
        if flag == "--registry-host":
            options["registry_hosts"].append(value)
        elif flag == "--workload-paths":
            options["rows"] = plain_yaml.load_all(read(case, value))[0]["workloads"]
    options["always_pull_images"] = "--always-pull-images" in flags
    return {"review": json.loads(read(case, "review.json")), "options": options, "flags": flags,
            "objects": plain_yaml.load_all(read(case, "objects.yaml"))}


def run(case, flags):
    command = [os.path.abspath(program.WEIR), "review", "--objects", "objects.yaml", "--now", NOW] + flags
    if os.path.exists(os.path.join(GOLDEN, case, "resolutions.json")):
        command += ["--resolutions", "resolutions.json"]
    done = subprocess.run(command + ["review.json"], cwd=os.path.join(GOLDEN, case), capture_output=True, timeout=60)
    if done.returncode != 0:
        raise ValueError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def readable(output):
    """The printed answer with its patch decoded, so that a person can read it."""
    review = json.loads(output)
    if "patch" in review["response"]:
        review["response"]["patch"] = json.loads(base64.b64decode(review["response"]["patch"]))
    return json.dumps(review, indent=2, ensure_ascii=False) + "\n"


def check(case, update):
    """None, or what is wrong."""
    loaded = load(case)
    output = run(case, loaded["flags"])
    found = program.compare(loaded, program.decode(output), program.expected(loaded))
    if found:
        return f"the rules differ in {found[0]}: program {found[1]!r}, model {found[2]!r}"
    text = readable(output)
    if update:
        with open(os.path.join(GOLDEN, case, "response.json"), "w", encoding="utf-8") as file:
            file.write(text)
    elif json.loads(read(case, "response.json")) != json.loads(text):
        return f"answered\n{text}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true", help="write the answers as they are now")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    cases = arguments.cases or sorted(os.listdir(GOLDEN))
    failed = 0
    for case in (name for name in cases if os.path.isdir(os.path.join(GOLDEN, name))):
        try:
            wrong = check(case, arguments.update)
        except (ValueError, OSError, KeyError) as error:
            wrong = f"{error!r}"
        if wrong:
            failed += 1
            print(f"not ok - {case}: {wrong}", file=sys.stderr)
        else:
            print(f"ok - {case}")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
