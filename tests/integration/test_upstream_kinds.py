#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manifests/examples/workload-paths.yaml beside the kinds themselves: their CustomResourceDefinitions and Go types, from
the modules of tests/upstream/go.mod (37 MB, fetched once into Go's module cache). Each place that can hold an image has a
row or an excuse here, each pointer leads to one, and `weir resolve` pins what stands there. Needs Go and a module proxy;
skipped where they are not to be had."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "upstream"))
import crd_schemas  # noqa: E402
import go_types  # noqa: E402
import modules  # noqa: E402
import rows  # noqa: E402
import shapes as shape  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
EXAMPLE = os.path.join(ROOT, "manifests", "examples", "workload-paths.yaml")
DIGEST = "sha256:" + "ab" * 32

# Module, its definitions, and the package of a group and version.
DEFINED = [
    ("github.com/argoproj/argo-rollouts", "manifests/crds/*-crd.yaml", {"argoproj.io": "pkg/apis/rollouts"}),
    ("github.com/argoproj/argo-workflows/v3", "manifests/base/crds/full/argo*.yaml", {"argoproj.io": "pkg/apis/workflow"}),
    ("github.com/openkruise/kruise", "config/crd/bases/*.yaml",
     {"apps.kruise.io": "apis/apps", "policy.kruise.io": "apis/policy"}),
    ("github.com/tektoncd/pipeline", "config/300-crds/*.yaml",
     {"tekton.dev": "pkg/apis/pipeline", "resolution.tekton.dev": "pkg/apis/resolution"}),
    ("knative.dev/serving", "config/core/300-resources/*.yaml",
     {"serving.knative.dev": "pkg/apis/serving", "autoscaling.internal.knative.dev": "pkg/apis/autoscaling"}),
]
# Kinds of OpenShift's own API server have no definition.
BUILT_IN = [("github.com/openshift/api", "apps.openshift.io", "apps/v1")]

# What an open value holds: kruise applies it as a patch to a PodTemplateSpec or a Pod (strategicpatch.StrategicMergePatch).
POD_TEMPLATE = ("k8s.io/api/core/v1", "PodTemplateSpec")
HELD = {("UnitedDeployment", "/spec/topology/subsets/*/patch"): POD_TEMPLATE,
        ("WorkloadSpread", "/spec/subsets/*/patch"): POD_TEMPLATE}

# Tekton 1.0 has no ClusterTask any more, and clusters with an older Tekton do: its spec was a Task's.
GONE = {("tekton.dev", "ClusterTask"): ("tekton.dev", "Task")}

EXCUSED = [
    ("*", r".*/volumes/\*/rbd/image", "is a block device of Ceph, no container image"),
    ("*", r".*/ephemeralContainers/\*/image", "the API server refuses ephemeral containers in a new Pod"),
    ("*", r".*/podSpecPatch", "is a patch written as text; what comes of it is a Pod, which is judged"),
    ("*", r".*/(inline|pipelineSpec)/.*/(inline|pipelineSpec)", "nests without end, and rows follow it once; what comes of "
                                                                "it is a Pod, which is judged"),
    ("*", r".*/params/\*/(value|default)|.*/results/\*/value|.*/withItems/\*", "is a value, which comes into an image by a "
                                                                              "variable; the Pod is judged"),
    ("*", r".*/plugin|.*/plugins?/\{\}|.*/plugin/config", "is the configuration of a plugin, of which the kind knows nothing"),
    ("*", r".*/provider/web/jsonBody", "is the body of an HTTP request"),
    ("*", r".*/(taskSpec|customSpec)/spec", "is the object of a custom task's own controller"),
    ("DeploymentConfig", r"/spec/triggers/\*/imageChangeParams/lastTriggeredImage",
     "is what OpenShift's controller last wrote into the container, for itself to compare"),
    ("ResourceDistribution", r"/spec/resource", "kruise's webhook takes none but a Secret or a ConfigMap"),
    ("SidecarSet", r"/spec/(initC|c)ontainers/\*/upgradeStrategy/hotUpgradeEmptyImage",
     "stands within a list that is a pointer; kruise puts it into a Pod, which is judged"),
    ("WorkflowTaskSet", r"/spec/tasks/.*", "is written by Argo's controller for its agent, which runs templates that have "
                                           "no image: http and plugin"),
]


def read_rows():
    with open(EXAMPLE, encoding="utf-8") as file:
        return {(row["group"], row["kind"]): row["pointers"] for row in yaml.safe_load(file)["workloads"]}


class Upstream:
    """(group, kind) -> shapes, of all versions and both readers; and what the readers disagree in."""

    def __init__(self, folders):
        self.kinds, self.versions, self.disagreements = {}, {}, []
        self.reader = go_types.Reader(folders)
        for module, pattern, packages in DEFINED:
            for (group, kind, version), defined in crd_schemas.read(os.path.join(folders[module], pattern)).items():
                of_type = self._of_type(f"{module}/{packages[group]}/{version}", kind)
                if kind != "WorkflowTaskSet":  # its definition knows steps as they are not written
                    self.disagreements += rows.compare_readers(kind, defined, of_type)
                self._add(group, kind, version, shape.join(of_type, defined))
        for module, group, package in BUILT_IN:
            for kind in self.reader.kinds(f"{module}/{package}"):
                self._add(group, kind, os.path.basename(package), self._of_type(f"{module}/{package}", kind))

    def _add(self, group, kind, version, shapes):
        self.kinds[group, kind] = shape.join(self.kinds.get((group, kind), {}), shapes)
        self.versions[group, kind] = version

    def _of_type(self, package, kind):
        shapes = self.reader.shapes_of(package, kind)
        for (of, pointer), held in HELD.items():
            if of == kind:
                shapes.update({pointer + below: what for below, what in self.reader.shapes_of(*held).items()})
        return shapes


class Kinds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = read_rows()
        cls.upstream = Upstream(FOLDERS)

    def test_both_readers_say_the_same(self):
        self.assertEqual(self.upstream.disagreements, [])
        self.assertGreater(len(self.upstream.kinds), 35)

    def test_each_place_has_a_row_or_an_excuse_and_each_pointer_a_place(self):
        excuses, wrong = rows.Excuses(EXCUSED), []
        for (group, kind), shapes in self.upstream.kinds.items():
            wrong += rows.compare(kind, shapes, self.rows.get((group, kind), []), excuses)
        self.assertEqual(wrong + excuses.unused(), [])

    def test_each_row_is_of_a_kind_there_is(self):
        self.assertEqual(set(self.rows) - set(self.upstream.kinds), set(GONE))
        for gone, alike in GONE.items():
            self.assertEqual(self.rows[gone], self.rows[alike])

    def test_resolve_pins_what_the_rows_say(self):
        for (group, kind), pointers in self.rows.items():
            shapes = self.upstream.kinds.get((group, kind))
            if not shapes:
                continue
            with self.subTest(kind=kind):
                images = sorted(set().union(*(rows.read_by(pointer, shapes) for pointer in pointers)))
                obj = {"apiVersion": f"{group}/{self.upstream.versions[group, kind]}", "kind": kind,
                       "metadata": {"name": "a", "namespace": "shop"}}
                for number, image in enumerate(images):
                    rows.put(obj, image, f"nginx:{number}")
                written = json.dumps(obj, indent=1) + "\n"
                expected = written
                for number in range(len(images)):
                    expected = expected.replace(f'"nginx:{number}"', f'"docker.io/library/nginx@{DIGEST}"')
                self.assertEqual(resolve(written, len(images)), (0, expected, ""))


def resolve(text, tags):
    with tempfile.TemporaryDirectory() as directory:
        known = os.path.join(directory, "known.json")
        with open(known, "w", encoding="utf-8") as file:
            json.dump({f"nginx:{number}": DIGEST for number in range(tags)}, file)
        done = subprocess.run([WEIR, "resolve", "--resolutions", known, "--workload-paths", EXAMPLE], input=text,
                              capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


if __name__ == "__main__":
    try:
        FOLDERS = modules.fetch()
    except modules.NotToBeHad as reason:
        print("skipped:", reason)
        sys.exit(0)
    unittest.main()
