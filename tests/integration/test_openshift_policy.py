#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
OpenShift's own admission cases (tests/data/openshift-policy.json) through
`weir review`. Where weir answers differently on purpose, the row stands in
tests/data/openshift-differences.json with the reason; a row that differs and is
not listed fails, and so does one that is listed and does not differ.
Rows with execution rules, and builds, are no business of weir's.
"""

import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "model"))
import json_patch  # noqa: E402
import program  # noqa: E402
from workloads import at, find_row  # noqa: E402

DATA = os.path.join(HERE, "..", "data")
NOW = "2026-03-01T12:00:00Z"
REQUIRED = {"streams": {"resolution": "Required"}, "tags": {"resolution": "Required"}}
SPECS = {"Required": REQUIRED, "RequiredRewrite": REQUIRED, "AttemptRewrite": {"tags": {"resolution": "Attempt"}},
         "Attempt": {}, "DoNotAttempt": {}}


def load(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return json.load(file)


def applies(vector):
    return vector["scope"] == "kubernetes" and not vector["config"].get("executionRules")


def case_of(vector):
    config, group = vector["config"], vector["resource"]["group"]
    namespace = vector.get("namespaceObject")
    spec = SPECS[config.get("resolveImages") or "Attempt"]
    if config.get("resolveImages") == "DoNotAttempt" and config.get("resolutionRules") == []:
        spec = {"streams": {"resolution": "Off"}}
    policy = {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "openshift"},
              "spec": spec}
    request = {"uid": vector["name"], "kind": {"group": group, "version": vector["resource"]["version"],
                                              "kind": vector["input"]["kind"]},
               "resource": vector["resource"], "subResource": vector.get("subresource", ""),
               "namespace": vector["namespace"], "operation": vector["operation"], "userInfo": {"username": "alice"},
               "object": vector["input"], "oldObject": vector.get("oldObject")}
    registry = config.get("integratedRegistry")
    return {"review": {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request},
            "objects": vector["streams"] + [policy] + ([namespace] if namespace else []),
            "options": {"now": NOW, "registry_hosts": [registry] if registry else [], "resolutions": {}}}


def images_of(obj, kind):
    row = find_row({**kind}, []) or {"pointers": ["/spec/template/spec"]}
    spec = at(obj, row["pointers"][0]) or {}
    return [container["image"] for name in ("initContainers", "containers") for container in spec.get(name) or []]


def answered(vector):
    """What weir answers: "denied", or the images as stored."""
    case = case_of(vector)
    with tempfile.TemporaryDirectory() as directory:
        answer = program.run(case, directory)
    if answer.error:
        raise ValueError(answer.error)
    request = case["review"]["request"]
    return images_of(json_patch.apply(request["object"], answer.patch), request["kind"]) if answer.allowed else "denied"


def check(vector, differences):
    expect = vector["expect"]
    expected = "denied" if expect.get("denied") else expect["images"]
    found, listed = answered(vector), vector["name"] in differences
    if found == expected:
        return "is listed as different and does not differ" if listed else None
    return None if listed else f"OpenShift: {expected}, weir: {found}"


def main():
    vectors, listed = [v for v in load("openshift-policy.json") if applies(v)], load("openshift-differences.json")
    differences = {row["name"]: row["why"] for row in listed}
    unknown = set(differences) - {vector["name"] for vector in vectors}
    failed = len(unknown) + sum(not why for why in differences.values())
    for vector in vectors:
        try:
            wrong = check(vector, differences)
        except (ValueError, KeyError, json_patch.PatchError) as error:
            wrong = repr(error)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} - {vector['name']}{': ' + wrong if wrong else ''}")
    for name in sorted(unknown):
        print(f"not ok - {name}: no such row")
    print(f"{len(vectors)} rows, {len(differences)} differ on purpose")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
