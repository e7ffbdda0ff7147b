#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That test_upstream_kinds.py bites: its readers of schemas and Go types, and its comparison, shown one thing wrong each.
Needs neither Go nor a network."""

import json
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "upstream"))
import crd_schemas  # noqa: E402
import go_types  # noqa: E402
import modules  # noqa: E402
import rows  # noqa: E402
from shapes import AGAIN, LIST, MAP, OPEN, OTHER, TABLE, TEXT, images, join  # noqa: E402

API = """\
package v1

import (
	"k8s.io/apimachinery/pkg/runtime"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	more "example.com/api/more"
)

// Thing is an object. type Nothing struct {
type Thing struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// what is wanted
	Spec   ThingSpec   `json:"spec"`
	Status ThingStatus `json:"status"` // image string `json:"image"`
}

type ThingSpec struct {
	more.Shared `json:",inline"`
	Image      *string                  `json:"image,omitempty"`
	Hidden     string                   `json:"-"`
	Bare       Word
	Containers []*Container             `json:"containers"`
	Named      map[string]more.Shared   `json:"named"`
	Patch      runtime.RawExtension     `json:"patch"`
	Steps      Odd                      `json:"steps"`
	Inner      *ThingSpec               `json:"inner"`
}

type (
	// Word is a text.
	Word = string

	Container struct {
		Name  string `json:"name"`
		Image Word   `json:"image"`
	}
)

type ThingStatus struct{}

type Odd struct{ }

func (o Odd) MarshalJSON() ([]byte, error) { return nil, nil }
"""
MORE = """\
package more

type Shared struct {
	Count   int32    `json:"count"`
	Sidecar Sidecar  `json:"sidecar"`
	Images  []string `json:"images"`
}
type Sidecar struct {
	EmptyImage string `json:"emptyImage"`
}
"""
SCHEMA = {"type": "object", "properties": {
    "metadata": {"type": "object"}, "status": {"type": "object", "properties": {"image": {"type": "string"}}},
    "spec": {"type": "object", "properties": {
        "image": {"type": "string"}, "port": {"x-kubernetes-int-or-string": True},
        "containers": {"type": "array", "items": {"type": "object", "properties": {"image": {"type": "string"}}}},
        "named": {"type": "object", "additionalProperties": {"type": "object", "properties": {"image": {"type": "string"}}}},
        "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}, "anything": {}}}}}
SPEC = {"": MAP, "/spec": MAP, "/spec/image": TEXT, "/spec/template": MAP, "/spec/template/spec": MAP}
POD_SPEC = {"/spec/template/spec/containers/*/image": TEXT, "/spec/template/spec/volumes/*/image/reference": TEXT,
            "/spec/template/spec/ephemeralContainers/*/image": TEXT}
LISTS = {"/spec/steps": LIST, "/spec/steps/*/image": TEXT, "/spec/volumes": LIST, "/spec/volumes/*/image/reference": TEXT,
         "/spec/volumes/*/image": MAP}


class Sources(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def shapes(self, api=API):
        self.write("api/v1/types.go", api)
        self.write("api/more/types.go", MORE)
        reader = go_types.Reader({"example.com/api": os.path.join(self.root, "api")})
        with mock.patch.dict(go_types.OWN_JSON, {"Odd": "[]Container"}):
            return reader.shapes_of("example.com/api/v1", "Thing"), reader.kinds("example.com/api/v1")


class GoTypes(Sources):
    def test_a_type_is_read_with_what_it_embeds_names_and_nests(self):
        shapes, kinds = self.shapes()
        self.assertEqual(kinds, ["Thing"])
        spec = {"/image", "/containers/*/image", "/sidecar/emptyImage", "/images/*", "/named/{}/sidecar/emptyImage",
                "/named/{}/images/*", "/steps/*/image"}
        self.assertEqual(images(shapes), {f"/spec{inner}{place}" for inner in ("", "/inner") for place in spec})
        self.assertEqual({pointer: shape for pointer, shape in shapes.items() if shape in (OPEN, AGAIN)},
                         {"/spec/patch": OPEN, "/spec/inner/patch": OPEN, "/spec/inner/inner": AGAIN})
        self.assertEqual((shapes["/spec"], shapes["/spec/Bare"], shapes["/spec/named"], shapes["/spec/count"]),
                         (MAP, TEXT, TABLE, OTHER))
        self.assertFalse([pointer for pointer in shapes if "idden" in pointer or pointer.startswith(("/status", "/meta"))])

    def test_what_is_not_known_is_an_error(self):
        for change, said in (
                (('more "example.com/api/more"', 'more "example.com/other"'), "package example.com/other is of no module"),
                (('more "example.com/api/more"', 'more "example.com/api/none"'), "package example.com/api/none has no sources"),
                (("Steps      Odd ", "Steps      Lost"), "has no type Lost"),
                (("func (o Odd) MarshalJSON", "func (o *Container) UnmarshalJSON"), "Container writes its own JSON"),
                (("Bare       Word\n", "A, B       Word\n"), "field 'A, B       Word'"),
                (("Bare       Word\n", "Bare       func() Word\n"), "field 'Bare       func() Word'")):
            self.assertIn(change[0], API)
            with self.subTest(said=said), self.assertRaisesRegex(go_types.Unknown, r"(?s).*" + said.replace("(", r"\(").replace(
                    ")", r"\)")):
                self.shapes(API.replace(*change))


class Definitions(Sources):
    def test_a_schema_is_read_with_its_lists_maps_and_open_places(self):
        shapes = crd_schemas.shapes_of(SCHEMA)
        self.assertEqual(images(shapes), {"/spec/image", "/spec/containers/*/image", "/spec/named/{}/image"})
        self.assertEqual({pointer for pointer, shape in shapes.items() if shape == OPEN}, {"/spec/template", "/spec/anything"})

    def test_each_version_of_each_definition_is_found(self):
        definition = {"kind": "CustomResourceDefinition", "spec": {"group": "g", "names": {"kind": "K"}, "versions": [
            {"name": name, "schema": {"openAPIV3Schema": SCHEMA}} for name in ("v1", "v2")]}}
        self.write("crds/a.yaml", json.dumps(definition) + "\n---\n{kind: Other}\n")
        found = crd_schemas.read(os.path.join(self.root, "crds", "*.yaml"))
        self.assertEqual(sorted(found), [("g", "K", "v1"), ("g", "K", "v2")])
        with self.assertRaises(FileNotFoundError):
            crd_schemas.read(os.path.join(self.root, "none", "*.yaml"))


class Comparison(unittest.TestCase):
    def compare(self, shapes, pointers, excused=()):
        excuses = rows.Excuses(excused)
        return list(rows.compare("K", shapes, pointers, excuses)) + excuses.unused()

    def test_a_row_reads_what_weir_reads(self):
        self.assertEqual(rows.read_by("/spec/template/spec", {**SPEC, **POD_SPEC}),
                         {"/spec/template/spec/containers/*/image", "/spec/template/spec/volumes/*/image/reference"})
        self.assertEqual(rows.read_by("/spec/steps", LISTS), {"/spec/steps/*/image"})
        self.assertEqual(rows.read_by("/spec/volumes", LISTS), {"/spec/volumes/*/image/reference"})
        self.assertEqual(rows.read_by("/spec/image", SPEC), {"/spec/image"})

    def test_what_is_right_is_silent(self):
        self.assertEqual(self.compare(LISTS, ["/spec/steps", "/spec/volumes"]), [])
        self.assertEqual(self.compare({**SPEC, **POD_SPEC}, ["/spec/image", "/spec/template/spec"],
                                      [("*", r".*/ephemeralContainers/\*/image", "")]), [])

    def test_what_is_wrong_is_said(self):
        for shapes, pointers, excused, said in (
                (SPEC, [], [], "K: /spec/image has no row"),
                (LISTS, ["/spec/steps"], [], "K: /spec/volumes/*/image/reference has no row"),
                ({"/spec/tasks/{}/image": TEXT}, ["/spec/tasks/*/image"], [("K", ".*", "")],
                 "K: the row's pointer /spec/tasks/*/image leads to nothing"),
                (SPEC, ["/spec/image", "/spec/template/spec"], [], "K: the row's pointer /spec/template/spec leads to nothing"),
                ({"/spec/template": OPEN}, [], [], "K: /spec/template may hold anything, an image too"),
                ({"/spec/inline/inline": AGAIN}, [], [], "K: /spec/inline/inline may hold anything, an image too"),
                (SPEC, ["/spec/image"], [("K", "/spec/image", "")], "the excuse for K /spec/image excuses nothing"),
                ({}, [], [("Other", ".*", "")], "the excuse for Other .* excuses nothing")):
            with self.subTest(said=said):
                self.assertEqual(self.compare(shapes, pointers, excused), [said])

    def test_readers_that_disagree_are_told(self):
        self.assertEqual(list(rows.compare_readers("K", {"/spec": OPEN, "/spec/image": TEXT}, SPEC)), [])
        self.assertEqual(list(rows.compare_readers("K", {"/a": OPEN, "/b/image": TEXT}, SPEC)),
                         ["K: /b/image is in the definition and not in the Go type",
                          "K: /a is open in the definition and not in the Go type"])

    def test_of_two_shapes_the_one_that_says_more_counts(self):
        self.assertEqual(join({"/a": OPEN, "/b": MAP, "/c": OTHER}, {"/a": MAP, "/b": OPEN, "/c": OPEN, "/d": TEXT}),
                         {"/a": MAP, "/b": MAP, "/c": OTHER, "/d": TEXT})

    def test_an_object_is_made_of_pointers(self):
        made = {}
        for pointer in ("/spec/image", "/spec/images/*", "/spec/steps/*/*/inline/image", "/spec/volumes/*/image/reference"):
            rows.put(made, pointer, pointer)
        self.assertEqual(made, {"spec": {"image": "/spec/image", "images": ["/spec/images/*"],
                                         "steps": [[{"inline": {"image": "/spec/steps/*/*/inline/image"}}]],
                                         "volumes": [{"image": {"reference": "/spec/volumes/*/image/reference"}}]}})


class Modules(Sources):
    def fetch(self, answer, version="go1.26.1"):
        """What a `go` of that version, which answers so, makes of one pinned module."""
        self.write("pins/go.mod", "module m\n\nrequire (\n\texample.com/a v1.0.0\n)\n")
        self.write("pins/go.sum", "example.com/a v1.0.0 h1:right\n")
        if answer is not None:
            os.chmod(self.write("bin/go", "#!/bin/sh\n"
                                f"[ $1 != env ] || exec /bin/echo {version}\n/bin/cat <<'END'\n{json.dumps(answer)}\nEND\n"), 0o755)
        with mock.patch.dict(os.environ, {"PATH": os.path.join(self.root, "bin")}):
            return modules.fetch(os.path.join(self.root, "pins"))

    def test_without_go_or_a_proxy_there_is_nothing_to_be_had(self):
        for answer in (None, {"Path": "example.com/a", "Error": "Get \"https://proxy\": dial tcp: lookup proxy: no such host"},
                       {"Path": "example.com/a", "Error": "reading https://proxy/a.zip: 403 Forbidden"}):
            with self.assertRaises(modules.NotToBeHad):
                self.fetch(answer)
        with self.assertRaisesRegex(modules.NotToBeHad, "go1.19.8 is older than Go 1.26"):
            self.fetch({}, "go1.19.8")

    def test_what_came_is_what_was_pinned(self):
        answer = {"Path": "example.com/a", "Sum": "h1:right", "Dir": "/there"}
        self.assertEqual(self.fetch(answer), {"example.com/a": "/there"})
        with self.assertRaisesRegex(RuntimeError, "its sum is h1:wrong, not that of go.sum"):
            self.fetch({**answer, "Sum": "h1:wrong"})
        with self.assertRaisesRegex(RuntimeError, "checksum mismatch"):
            self.fetch({"Path": "example.com/a", "Error": "verifying module: checksum mismatch"})

    def test_each_module_has_a_sum(self):
        self.write("pins/go.mod", "module m\n\nrequire (\n\texample.com/a v1.0.0\n)\n")
        self.write("pins/go.sum", "example.com/a v1.0.1 h1:right\n")
        with self.assertRaisesRegex(ValueError, "go.sum lacks .*example.com/a"):
            modules.pinned(os.path.join(self.root, "pins"))


if __name__ == "__main__":
    unittest.main()
