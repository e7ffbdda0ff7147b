#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every review of tests/samples through `weir review`: what index.json says of each must happen."""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "model"))
import json_patch  # noqa: E402
import program  # noqa: E402
from workloads import at  # noqa: E402

SAMPLES = os.path.join(HERE, "..", "samples")
ROWS = os.path.join(HERE, "..", "..", "manifests", "examples", "workload-paths.yaml")
POLICY = {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "plain-tags"},
          "spec": {"tags": {"resolution": "Attempt"}}}
DIGEST = "sha256:" + "ab" * 32
NOT_CANDIDATES = ("already_pinned", "must_not_patch", "invalid", "unresolvable", "variable", "unchanged")


def run(sample, directory, images):
    objects, resolutions = os.path.join(directory, "policy.json"), os.path.join(directory, "resolutions.json")
    with open(objects, "w", encoding="utf-8") as file:
        json.dump(POLICY, file)
    answers = {image["value"]: DIGEST for image in images if is_candidate(image)}
    with open(resolutions, "w", encoding="utf-8") as file:
        json.dump(answers, file)
    command = [program.WEIR, "review", "--objects", objects, "--resolutions", resolutions, "--workload-paths", ROWS]
    with open(os.path.join(SAMPLES, sample), "rb") as file:
        return subprocess.run(command, stdin=file, capture_output=True, timeout=60)


def is_candidate(image):
    return not any(image.get(mark) for mark in NOT_CANDIDATES)


def wrong_images(request, patched, images):
    for image in images:
        path = image["path"].removeprefix("/request/object")
        before, after = at(request["object"], path), at(patched, path)
        if before != image["value"]:
            yield f"{path} holds {before!r}"
        if is_candidate(image) and not str(after).endswith("@" + DIGEST):
            yield f"{path} is {after!r}, not pinned"
        if not is_candidate(image) and after != before:
            yield f"{path} became {after!r}"


def check(sample):
    """What is wrong, as sentences."""
    images, outcome = sample.get("images", []), sample["expect"]["outcome"]
    with tempfile.TemporaryDirectory() as directory:
        done = run(sample["file"], directory, images)
    if outcome == "reject":
        if done.returncode != 2 or done.stdout or not done.stderr:
            yield f"exit {done.returncode}, not refused"
        return
    if done.returncode != 0:
        yield f"exit {done.returncode}: {done.stderr.decode(errors='replace')}"
        return
    answer = program.decode(done.stdout)
    with open(os.path.join(SAMPLES, sample["file"]), encoding="utf-8") as file:
        request = json.load(file)["request"]
    if answer.uid != request["uid"]:
        yield f"uid {answer.uid!r}"
    if outcome != "policy" and not answer.allowed:
        yield f"denied: {answer.message}"
    if outcome == "allow-no-patch" and answer.patch:
        yield f"patched: {answer.patch}"
    yield from wrong_images(request, json_patch.apply(request.get("object"), answer.patch), images)


def main():
    with open(os.path.join(SAMPLES, "index.json"), encoding="utf-8") as file:
        samples = json.load(file)["samples"]
    failed = 0
    for sample in samples:
        try:
            wrong = list(check(sample))
        except (ValueError, json_patch.PatchError) as error:
            wrong = [repr(error)]
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} - {sample['file']}: {'; '.join(wrong) or sample['what']}")
    print(f"{len(samples) - failed} of {len(samples)} samples")
    return 1 if failed or len(samples) < 90 else 0


if __name__ == "__main__":
    sys.exit(main())
