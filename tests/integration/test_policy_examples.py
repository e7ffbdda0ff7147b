#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/POLICY.md, run: each policy with the images below it; every field of a policy is in one."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
import plain_yaml_read  # noqa: E402
import structural_schema  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
NOW = "2026-03-01T12:00:00Z"
OURS = "weir.dev/v1alpha1"
RESOLUTIONS = {"registry.example/mi-web:1": "b", "docker.io/library/nginx:1.27": "c", "gone:1": None}
OPERATOR = {"apiVersion": "example.com/v1", "kind": "Website", "name": "w", "uid": "u", "controller": True}


def digest(letter):
    return "sha256:" + letter * 64


def stream(namespace, name, tag, letter, local=True, registry="registry.example"):
    repository = f"{registry}/{name}"
    return {"apiVersion": OURS, "kind": "ImageStream", "metadata": {"name": name, "namespace": namespace},
            "spec": {"lookupPolicy": {"local": local},
                     "tags": [{"name": tag, "from": {"kind": "DockerImage", "name": repository + ":1"}}]},
            "status": {"tags": [{"tag": tag, "items": [
                {"created": "2026-03-01T09:00:00Z", "image": digest(letter),
                 "dockerImageReference": f"{repository}@{digest(letter)}"}]}]}}


CLUSTER = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "web"}}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "images", "labels": {"weir.dev/shared": "true"}}},
    stream("shop", "mi-web", "ultima", "a"), stream("shop", "stale", "ultima", "a", registry="down.example"),
    stream("shop", "tools", "v1", "d", local=False), stream("images", "base", "stable", "e", local=False)]


def review(kind, image, policy):
    container = {"name": "web", "image": image, "imagePullPolicy": policy}
    target = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"containers": [container]}}
    request = {"uid": "u", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop",
               "operation": "CREATE", "userInfo": {"username": "ana"}, "object": target}
    if kind == "Deployment":
        request["kind"] = {"group": "apps", "version": "v1", "kind": "Deployment"}
        target["spec"] = {"template": {"metadata": {}, "spec": {"containers": [container]}}}
    elif kind == "Pod of an operator":
        request["userInfo"]["username"] = "system:serviceaccount:operators:websites"
        target["metadata"]["ownerReferences"] = [OPERATOR]
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def examples():
    """(policies as YAML, rows of (written, becomes)), in the order of the page."""
    with open(os.path.join(ROOT, "docs", "POLICY.md"), encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("\n## By example"):]
    text = text[:text.index("\n## ", 1)]
    for block, table in re.findall(r"```yaml\n(.*?)```\n\n\| written \| becomes \|\n\|---\|---\|\n((?:\|[^\n]*\|\n)+)", text, re.S):
        if not block.startswith("apiVersion"):
            block = f"apiVersion: {OURS}\nkind: StreamPolicy\nmetadata: {{name: example, namespace: shop}}\n" + block
        yield block, [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in table.splitlines()]


def run(policies, body):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("cluster.yaml", "".join(f"---\n{json.dumps(one)}\n" for one in CLUSTER)),
                              ("policies.yaml", policies)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as resolutions:
            json.dump({name: letter and digest(letter) for name, letter in RESOLUTIONS.items()}, resolutions)
            resolutions.flush()
            done = subprocess.run([WEIR, "review", "--objects", folder, "--resolutions", resolutions.name, "--now", NOW],
                                  input=json.dumps(body).encode(), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{policies}: {done.stderr.decode()}")
    return json.loads(done.stdout)["response"]


class Examples(unittest.TestCase):
    def check_row(self, policies, written, becomes):
        kind, image, policy = re.fullmatch(r"(?:([A-Za-z ]+): )?`([^`]+)`(?: `([A-Za-z]+)`)?", written).groups()
        response = run(policies, review(kind or "Pod", image, policy or "IfNotPresent"))
        said = re.search(r": `([^`]+)`$", becomes)
        if becomes.startswith("denied"):
            self.assertFalse(response["allowed"])
            self.assertIn(f"denied, {response['status']['code']}:", becomes)
            self.assertIn(said.group(1), response["status"]["message"])
            return
        self.assertTrue(response["allowed"], response)
        patch = {step["path"].rsplit("/", 1)[1]: step.get("value")
                 for step in json.loads(base64.b64decode(response.get("patch", "W10=")))}
        want, want_policy = (None, None) if becomes.startswith("left") else re.match(
            r"`([^`]+)`(?: `([A-Za-z]+)`)?", becomes).groups()
        want = want and re.sub(r"sha256:([a-f])\1\1\1…", lambda match: digest(match.group(1)), want)
        self.assertEqual(patch.get("image"), want)
        self.assertEqual(patch.get("imagePullPolicy", policy or "IfNotPresent"), want_policy or policy or "IfNotPresent")
        self.assertEqual(len(response.get("warnings", [])), int("warning:" in becomes), response)
        if "warning:" in becomes:
            self.assertIn(said.group(1), response["warnings"][0])
        if "audit log:" in becomes:
            self.assertIn(said.group(1), response["auditAnnotations"]["violations"])

    def test_they_are_what_happens(self):
        count = 0
        for policies, rows in examples():
            for written, becomes in rows:
                count += 1
                with self.subTest(policies=policies, written=written, becomes=becomes):
                    self.check_row(policies, written, becomes)
        self.assertGreater(count, 30)

    def test_every_field_is_in_one(self):
        (crd,) = plain_yaml_read.read_file(os.path.join(ROOT, "manifests", "base", "crd-cluster-stream-policies.yaml"))
        fields = set(structural_schema.paths_of(structural_schema.schema_of(crd)["properties"]["spec"]))
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("---\n".join(policies for policies, _ in examples()))
            file.flush()
            used = set()
            for policy in plain_yaml_read.read_file(file.name):
                used |= set(self.paths(policy["spec"] or {}))
        self.assertEqual(fields - used, set())

    def paths(self, value, prefix=""):
        for key, inner in value.items():
            yield prefix + key
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, dict):
                    yield from self.paths(one, f"{prefix}{key}.")


if __name__ == "__main__":
    unittest.main()
