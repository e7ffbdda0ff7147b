# SPDX-License-Identifier: Apache-2.0
"""The shapes of a kind by the schema of its CustomResourceDefinition."""

import glob
import os

import yaml
from shapes import LIST, MAP, OPEN, OTHER, TABLE, TEXT

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOT_OF_AN_AUTHOR = ("apiVersion", "kind", "metadata", "status")


def _shape(schema):
    if schema.get("properties"):
        return MAP
    if schema.get("x-kubernetes-int-or-string"):
        return OTHER
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return OPEN
    if isinstance(schema.get("additionalProperties"), dict):
        return TABLE
    return {"array": LIST, "string": TEXT, None: OPEN, "object": OPEN}.get(schema.get("type"), OTHER)


def _walk(schema, pointer, shapes):
    shapes[pointer] = _shape(schema)
    for name, member in schema.get("properties", {}).items():
        if pointer or name not in NOT_OF_AN_AUTHOR:
            _walk(member, f"{pointer}/{name}", shapes)
    if "items" in schema:
        _walk(schema["items"], pointer + "/*", shapes)
    if isinstance(schema.get("additionalProperties"), dict):
        _walk(schema["additionalProperties"], pointer + "/{}", shapes)


def shapes_of(schema):
    shapes = {}
    _walk(schema, "", shapes)
    return shapes


def read(pattern):
    """(group, kind, version) -> shapes, of each definition in the files."""
    found = {}
    for name in sorted(glob.glob(pattern)):
        with open(name, encoding="utf-8") as file:
            documents = [document for document in yaml.load_all(file, Loader=_LOADER) if document]
        for document in documents:
            if document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                key = (spec["group"], spec["names"]["kind"], version["name"])
                found[key] = shapes_of(version["schema"]["openAPIV3Schema"])
    if not found:
        raise FileNotFoundError(f"no CustomResourceDefinition in {os.path.relpath(pattern)}")
    return found
