# SPDX-License-Identifier: Apache-2.0
"""The shapes of a kind by its Go type, read from gofmt's layout of the sources: structs with JSON tags, aliases, lists,
maps. What is not known is an error, never passed over: a package that is neither read nor in CLOSED, a type that writes
its own JSON and is not in OWN_JSON."""

import glob
import os
import re

from crd_schemas import NOT_OF_AN_AUTHOR
from shapes import AGAIN, LIST, MAP, OPEN, OTHER, TABLE, TEXT

# Packages whose types hold no image.
CLOSED = ("k8s.io/apimachinery/pkg/api/resource", "k8s.io/apimachinery/pkg/apis/meta/v1",
          "k8s.io/apimachinery/pkg/runtime", "k8s.io/apimachinery/pkg/selection", "k8s.io/apimachinery/pkg/types",
          "k8s.io/apimachinery/pkg/util/intstr", "knative.dev/pkg/apis", "knative.dev/pkg/apis/duck/v1",
          "knative.dev/networking/pkg/apis/networking", "time")
OPEN_TYPES = (("k8s.io/apimachinery/pkg/runtime", "RawExtension"), ("encoding/json", "RawMessage"),
              ("k8s.io/apimachinery/pkg/apis/meta/v1/unstructured", "Unstructured"))
# What a type writes that has a MarshalJSON or an UnmarshalJSON of its own: a Go type, or a shape.
OWN_JSON = {"Amount": OTHER, "AnyString": TEXT, "Item": OPEN, "Object": OPEN, "ParallelSteps": "[]WorkflowStep",
            "ParamValue": OPEN, "Plugin": OPEN, "RolloutSpec": MAP}
NESTING_MAX = 2  # of a type within itself
_BASIC = {"string": TEXT, "bool": OTHER, "byte": OTHER, "any": OPEN, "interface{}": OPEN, "[]byte": TEXT,
          **{f"{kind}{bits}": OTHER for kind in ("int", "uint", "float") for bits in ("", 8, 16, 32, 64)}}


class Unknown(Exception):
    pass


class Package:
    """The types of a folder: name -> (what is written after it, the imports of its file)."""

    def __init__(self, path, texts):
        self.path, self.types, self.own_json = path, {}, set()
        for text in texts:
            self._read(re.sub(r"/\*.*?\*/", "", re.sub(r"(?m)(?<![:\"'`])//.*$", "", text), flags=re.DOTALL))

    def _read(self, text):
        imports = {}
        for alias, path in re.findall(r'^(?:import |\t)([\w.]+ )?"([^"\s]+)"$', text, re.MULTILINE):
            imports[alias.strip() or path.rsplit("/", 1)[-1]] = path
        self.own_json.update(re.findall(r"^func \(\w+ \*?(\w+)\) (?:Unm|M)arshalJSON\(", text, re.MULTILINE))
        groups = re.findall(r"^type \(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL)
        plain = re.findall(r"^type ((?!\().*?(?:\{\n.*?^\}|\{\}|[^{\n]))$", text, re.MULTILINE | re.DOTALL)
        for group in groups:
            inner = re.sub(r"(?m)^\t", "", group)
            plain += re.findall(r"^(\w.*?(?:\{\n.*?^\}|\{\}|[^{\n]))$", inner, re.MULTILINE | re.DOTALL)
        for declaration in plain:
            name, _, rest = declaration.partition(" ")
            self.types[name] = (rest.removeprefix("=").strip(), imports)


def _fields(body):
    """(JSON name, or None where its members are the struct's own; type) of each field of a struct."""
    for line in filter(None, map(str.strip, body.split("\n")[1:-1])):
        declared, _, tag = line.partition("`")
        words = declared.split()
        json_tag = re.search(r'json:"([^"]*)"', tag)
        json_name = json_tag.group(1).partition(",")[0] if json_tag else ""
        names, type_ = (words[:-1], words[-1]) if len(words) > 1 else ([], words[0])
        if len(names) > 1 or not re.match(r"[\w.\[\]*{}]+$", type_):
            raise Unknown(f"field {line!r}")
        if json_name == "-":
            continue
        if not names and not json_name:
            yield None, type_
        elif json_name or names[0][0].isupper():
            yield json_name or names[0], type_


class Reader:
    def __init__(self, folders):
        self.folders, self.packages = folders, {}

    def package(self, path):
        if path not in self.packages:
            module = max((module for module in self.folders if (path + "/").startswith(module + "/")), key=len, default=None)
            if module is None:
                raise Unknown(f"package {path} is of no module of go.mod, and not in CLOSED")
            folder = self.folders[module] + path[len(module):]
            texts = []
            for name in sorted(glob.glob(os.path.join(folder, "*.go"))):
                if not re.search(r"(_test|\.pb|zz_generated.*|_generated)\.go$", name):
                    with open(name, encoding="utf-8") as file:
                        texts.append(file.read())
            if not texts:
                raise Unknown(f"package {path} has no sources")
            self.packages[path] = Package(path, texts)
        return self.packages[path]

    def kinds(self, path):
        """The types of a package that are objects."""
        return [name for name, (body, _) in sorted(self.package(path).types.items())
                if re.search(r"^\tmetav1\.TypeMeta\b", body, re.MULTILINE)
                and re.search(r"^\tmetav1\.ObjectMeta\b", body, re.MULTILINE)]

    def shapes_of(self, path, kind):
        shapes = {}
        self._named(path, kind, "", shapes, ())
        return shapes

    def _type(self, text, at, pointer, shapes, stack):
        path, imports = at
        text = text.removeprefix("*")
        if text in _BASIC:
            shapes[pointer] = _BASIC[text]
        elif text.startswith("[]"):
            shapes[pointer] = LIST
            self._type(text[2:], at, pointer + "/*", shapes, stack)
        elif text.startswith("map["):
            shapes[pointer] = TABLE
            self._type(text.partition("]")[2], at, pointer + "/{}", shapes, stack)
        elif text.startswith("struct"):
            raise Unknown(f"a struct without a name at {pointer}")
        elif "." in text:
            alias, name = text.split(".")
            self._named(imports.get(alias, alias), name, pointer, shapes, stack)
        else:
            self._named(path, text, pointer, shapes, stack)

    def _named(self, path, name, pointer, shapes, stack):
        if (path, name) in OPEN_TYPES:
            shapes[pointer] = OPEN
        elif path in CLOSED:
            shapes[pointer] = OTHER
        elif stack.count((path, name)) >= NESTING_MAX:
            shapes[pointer] = AGAIN
        else:
            self._declared(path, name, pointer, shapes, stack + ((path, name),))

    def _declared(self, path, name, pointer, shapes, stack):
        package = self.package(path)
        if name not in package.types:
            raise Unknown(f"{path} has no type {name}")
        body, imports = package.types[name]
        own = OWN_JSON.get(name) if name in package.own_json else MAP
        if own is None:
            raise Unknown(f"{path}.{name} writes its own JSON, and is not in OWN_JSON")
        if own.startswith("[]"):
            self._type(own, (path, imports), pointer, shapes, stack)
        elif own != MAP:
            shapes[pointer] = own
        elif body.startswith("struct"):
            self._members(body, (path, imports), pointer, shapes, stack)
        else:
            self._type(body, (path, imports), pointer, shapes, stack)

    def _members(self, body, at, pointer, shapes, stack):
        for name, type_ in _fields(body):
            if pointer or name not in NOT_OF_AN_AUTHOR:
                self._type(type_, at, f"{pointer}/{name}" if name else pointer, shapes, stack)
        shapes[pointer] = MAP  # whatever was embedded
