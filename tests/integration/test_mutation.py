#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The reviews of tests/samples, changed in their structure at random, through the real webhook.

What is odd inside an object is never an error, and is decided as the model of the rules decides it; what is odd around
it is HTTP 400 with a sentence, or is decided too; a member twice is HTTP 400 or of no interest. Nothing ends the process.

  test_mutation.py [--count N] [--seed N]
"""

import argparse
import copy
import json
import os
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "model"), str(HERE.parent / "tools")]
import mutate  # noqa: E402
import plain_yaml_read  # noqa: E402
import program  # noqa: E402
from webhook_fixture import Webhook  # noqa: E402

SAMPLES = HERE.parent / "samples"
ROWS = HERE.parent.parent / "manifests" / "examples" / "workload-paths.yaml"
SECONDS_MAX = 20
BODY_MAX = 200000
NOW = "2026-03-01T12:00:00Z"


def stream(name, tag, letter):
    repository, digest = f"registry.example/{name}", "sha256:" + letter * 64
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": name, "namespace": "images"},
            "spec": {"tags": [{"name": tag, "from": {"kind": "DockerImage", "name": f"{repository}:{tag}"}}]},
            "status": {"tags": [{"tag": tag, "items": [{
                "created": "2026-01-01T00:00:00Z", "image": digest, "dockerImageReference": f"{repository}@{digest}"}]}]}}


OBJECTS = [
    {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "all"},
     "spec": {"streams": {"sharedNamespaces": ["images"]},
              "pullPolicy": [{"name": "pinned", "match": {"pinned": True}, "allow": ["IfNotPresent"], "action": "Set"}]}},
    stream("nginx", "1.25", "1"), stream("nginx-next", "1.26", "2"), stream("busybox", "1.36", "3"),
    stream("alpine", "latest", "4"), stream("golang", "1.22", "5"), stream("perl", "5.34", "6")]


def reviews():
    """Those that are answered, by name."""
    index = json.loads((SAMPLES / "index.json").read_text(encoding="utf-8"))["samples"]
    for sample in index:
        data = (SAMPLES / sample["file"]).read_bytes()
        if sample["expect"]["http"] == 200 and len(data) < BODY_MAX:
            yield sample["file"], json.loads(data)


class Checker:
    def __init__(self, webhook, rows):
        self.webhook, self.rows = webhook, rows
        self.connection = webhook.connect()
        self.counts = {}

    def post(self, review):
        answer = self.webhook.post(mutate.encode(review).encode(), connection=self.connection)
        kind = f"{answer.status}{', changed' if answer.patch else ''}{'' if answer.allowed or answer.review is None else ', denied'}"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if answer.status not in (200, 400, 413):
            raise AssertionError(f"HTTP {answer.status}: {answer.body!r}")
        if answer.status != 200 and not (10 < len(answer.body) < 1000 and answer.body.isascii()):
            raise AssertionError(f"no sentence: {answer.body!r}")
        return answer

    def differs(self, review):
        """Decided as the model decides it, or what differs."""
        answer = self.post(review)
        if answer.status != 200:
            return ("status", answer.status, answer.body)
        return self.compare(review, answer)

    def compare(self, review, answer):
        case = {"review": review, "objects": OBJECTS, "options": {"now": NOW, "resolutions": {}, "rows": self.rows}}
        return program.compare(case, program.decode(answer.body), program.expected(case))


def inside(checker, review, chance):
    """The object and the old one may hold anything."""
    below = ("request", chance.choice(["object", "object", "oldObject"]))
    mutate.mutate(chance, review, below, chance.choice([1, 1, 2, 5]))
    return checker.differs(review)


def around(checker, review, chance):
    """The envelope: an error, or an answer that is one."""
    mutate.mutate(chance, review, (), chance.choice([1, 1, 3]))
    answer = checker.post(review)
    if answer.status != 200:
        return None
    if answer.response["uid"] != review["request"]["uid"]:
        return ("uid", answer.response, review["request"]["uid"])
    program.decode(answer.body)
    return None


def twice(checker, review, chance):
    doubled = mutate.double(chance, review, chance.choice([(), ("request",), ("request", "object")]))
    if doubled is not None:
        answer = checker.post(doubled)
        if answer.status == 200:
            program.decode(answer.body)
    return None


KINDS = [inside, inside, inside, around, twice]


def run(checker, seed, samples):
    chance = random.Random(seed)
    name, review = chance.choice(samples)
    review = copy.deepcopy(review)
    kind = chance.choice(KINDS)
    try:
        found = kind(checker, review, chance)
    except (AssertionError, OSError, ValueError, KeyError, TypeError) as error:
        found = ("broken", repr(error), None)
    if found:
        print(f"seed {seed}, {name}, {kind.__name__}: {found[0]}: program {found[1]!r}, model {found[2]!r}")
        print(mutate.encode(review))
    return not found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sys.setrecursionlimit(20000)  # one of them is nested deeply
    samples = list(reviews())
    rows = plain_yaml_read.read_file(str(ROWS))[0]["workloads"]
    wrong = done = 0
    end = time.monotonic() + SECONDS_MAX
    with Webhook(objects={"objects.yaml": "".join(f"---\n{json.dumps(one)}\n" for one in OBJECTS)},
                 flags=["--workload-paths", str(ROWS), "--log-admissions=none"], log_all=False) as webhook:
        checker = Checker(webhook, rows)
        while done < arguments.count and time.monotonic() < end and wrong < 10:
            wrong += not run(checker, arguments.seed + done, samples)
            done += 1
        if webhook.process.poll() is not None:
            raise SystemExit(f"the webhook ended with {webhook.process.returncode}")
    print(f"{done} changed reviews, {wrong} not as they shall be; HTTP {dict(sorted(checker.counts.items()))}")
    return 1 if wrong or done < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
