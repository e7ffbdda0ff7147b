#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The custom resources' schemas, the program and docs/POLICY.md agree on what may be written.

Examples are in tests/data/policies: `accepted` is taken by both the API server and --objects, `rejected` by neither,
`server` are streams that the API server refuses and files may hold (there a source that names nothing is none). The
comments in front of each example hold what must be said. Without a cluster the rules in CEL are not run, only found;
with WEIR_KUBECTL="kubectl --kubeconfig FILE", of a cluster that has the resources, that one is asked, too.
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
import plain_yaml_read  # noqa: E402
import structural_schema  # noqa: E402

WEIR = os.environ.get("WEIR", "weir")
KUBECTL = shlex.split(os.environ.get("WEIR_KUBECTL", ""))
REVIEW = os.path.join(ROOT, "tests", "samples", "101-pod-create.json")
EXAMPLES = os.path.join(ROOT, "manifests", "examples")
OURS = "weir.dev/v1alpha1"


def crds():
    found = {}
    for path in glob.glob(os.path.join(ROOT, "manifests", "base", "crd-*.yaml")):
        (crd,) = plain_yaml_read.read_file(path)
        found[crd["spec"]["names"]["kind"]] = crd
    return found


CRDS = crds()
SCHEMAS = {kind: structural_schema.schema_of(crd) for kind, crd in CRDS.items()}


def examples(folder):
    return sorted(glob.glob(os.path.join(ROOT, "tests", "data", "policies", folder, "*.yaml")))


def said(path, who):
    with open(path, encoding="utf-8") as file:
        return re.search(rf"^# {who}: (.*)$", file.read(), re.M).group(1)


def load(path):
    with open(REVIEW, "rb") as review:
        return subprocess.run([WEIR, "review", "--objects", path], stdin=review, capture_output=True, text=True, timeout=60,
                              check=False)


def structural_errors(path):
    for value in plain_yaml_read.read_file(path):
        if value.get("apiVersion") == OURS:
            yield from structural_schema.errors(SCHEMAS[value["kind"]], value)


class Examples(unittest.TestCase):
    def test_there_are_some(self):
        self.assertGreater(len(examples("accepted")), 10)
        self.assertGreater(len(examples("rejected")), 50)

    def test_accepted_ones_are_loaded(self):
        for path in examples("accepted") + examples("server"):
            done = load(path)
            self.assertEqual(done.returncode, 0, f"{path}: {done.stderr}")

    def test_accepted_ones_fit_the_schema(self):
        for path in examples("accepted"):
            self.assertEqual(list(structural_errors(path)), [], path)

    def test_rejected_ones_are_not_loaded_and_it_is_said_why(self):
        for path in examples("rejected"):
            done = load(path)
            self.assertEqual(done.returncode, 2, path)
            self.assertIn(said(path, "loader"), done.stderr, path)

    def test_rejected_ones_break_the_schema_or_a_rule(self):
        for path in examples("rejected") + examples("server"):
            (value,) = plain_yaml_read.read_file(path)
            want, errors = said(path, "server"), list(structural_errors(path))
            rules = structural_schema.messages_of(SCHEMAS[value["kind"]])
            if any(want in message for message in rules):
                self.assertEqual(errors, [], path)
            else:
                self.assertTrue(any(want in error for error in errors), f"{path}: {want!r} is not in {errors}")

    def test_every_rule_has_an_example_that_breaks_it(self):
        wanted = [said(path, "server") for path in examples("rejected") + examples("server")]
        for kind in set(SCHEMAS) - {"Image"}:
            for message in structural_schema.messages_of(SCHEMAS[kind]):
                self.assertTrue(any(want in message for want in wanted), f"{kind}: {message}")

    def test_those_of_the_manifests_load_and_fit(self):
        for path in glob.glob(os.path.join(EXAMPLES, "*.yaml")):
            if os.path.basename(path) == "workload-paths.yaml":
                continue
            self.assertEqual(list(structural_errors(path)), [], path)
            done = load(path)
            self.assertEqual(done.returncode, 0, f"{path}: {done.stderr}")


@unittest.skipUnless(KUBECTL, "WEIR_KUBECTL is not set")
class Server(unittest.TestCase):
    def apply(self, path):
        return subprocess.run(KUBECTL + ["apply", "--dry-run=server", "-f", path], capture_output=True, text=True,
                              timeout=60, check=False)

    def test_accepted_ones_are_taken(self):
        for path in examples("accepted"):
            done = self.apply(path)
            self.assertEqual(done.returncode, 0, f"{path}: {done.stderr}")

    def test_rejected_ones_are_refused_with_a_sentence(self):
        for path in examples("rejected") + examples("server"):
            done = self.apply(path)
            self.assertNotEqual(done.returncode, 0, path)
            self.assertIn(said(path, "server"), done.stderr, path)


class Documents(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, "docs", "POLICY.md"), encoding="utf-8") as file:
            self.text = file.read()

    def documented(self):
        table = self.text[self.text.index("## Fields"):]
        return set(re.findall(r"^\| `([A-Za-z.]+)` \|", table[:table.index("\n## ")], re.M))

    def fields(self):
        paths = set(structural_schema.paths_of(SCHEMAS["ClusterStreamPolicy"]["properties"]["spec"]))
        paths = {path for path in paths if not path.startswith("namespaceSelector.")}
        return {path for path in paths if not path.startswith("pullPolicy.")} - {"streams", "tags"}

    def test_the_table_of_fields_is_the_schema(self):
        self.assertEqual(self.documented(), self.fields())

    def test_every_value_is_named(self):
        for path, choices in self.choices(SCHEMAS["ClusterStreamPolicy"]["properties"]["spec"]):
            for choice in choices:
                self.assertRegex(self.text, rf"\b{choice}\b", path)

    def choices(self, schema, path=""):
        if "enum" in schema and not path.startswith(".namespaceSelector"):
            yield path, schema["enum"]
        for name, inner in schema.get("properties", {}).items():
            yield from self.choices(inner, f"{path}.{name}")
        if "items" in schema:
            yield from self.choices(schema["items"], path)

    def test_fields_of_rules_are_named(self):
        rules = self.text[self.text.index("## Pull policy rules"):]
        rule = SCHEMAS["StreamPolicy"]["properties"]["spec"]["properties"]["pullPolicy"]
        for path in structural_schema.paths_of(rule):
            self.assertIn(path.split(".")[-1], rules, path)


class Resources(unittest.TestCase):
    def test_both_policies_have_one_spec(self):
        own = SCHEMAS["StreamPolicy"]["properties"]["spec"]["properties"]
        cluster = dict(SCHEMAS["ClusterStreamPolicy"]["properties"]["spec"]["properties"])
        del cluster["final"], cluster["namespaceSelector"]
        self.assertEqual(own, cluster)

    def test_names_and_scopes(self):
        self.assertEqual(set(CRDS), {"ImageStream", "Image", "StreamPolicy", "ClusterStreamPolicy"})
        for kind, crd in CRDS.items():
            spec = crd["spec"]
            self.assertEqual(crd["metadata"]["name"], spec["names"]["plural"] + ".weir.dev")
            self.assertEqual(spec["scope"], "Namespaced" if kind in ("ImageStream", "StreamPolicy") else "Cluster")
            self.assertEqual(spec["names"]["categories"], ["weir"])
            self.assertTrue(spec["versions"][0]["additionalPrinterColumns"])
        self.assertEqual(CRDS["ImageStream"]["spec"]["names"]["shortNames"], ["is"])
        self.assertEqual(CRDS["ImageStream"]["spec"]["versions"][0]["subresources"], {"status": {}})


if __name__ == "__main__":
    unittest.main()
