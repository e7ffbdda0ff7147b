# SPDX-License-Identifier: Apache-2.0
"""Rows of --workload-paths beside the shapes of their kinds: both must say the same, but for what is excused."""

import re

from shapes import AGAIN, LIST, MAP, OPEN, TEXT, images

_OF_A_POD_SPEC = ("/containers/*/image", "/initContainers/*/image", "/volumes/*/image/reference")


def read_by(pointer, shapes):
    """The images that weir reads along one pointer of a row: the rule of include/core/workload/paths.h."""
    shape = shapes.get(pointer)
    if shape == MAP:
        candidates = {pointer + place for place in _OF_A_POD_SPEC}
    elif shape == LIST:
        candidates = {pointer + ("/*/image/reference" if pointer.endswith("/volumes") else "/*/image")}
    else:
        candidates = {pointer} if shape == TEXT else set()
    return candidates & images(shapes)


class Excuses:
    """(kind or "*", pattern of pointers, why) for what has no row; one that excuses nothing is one too many."""

    def __init__(self, table):
        self.table, self.used = table, set()

    def cover(self, kind, pointer):
        found = [number for number, (of, pattern, _) in enumerate(self.table)
                 if of in ("*", kind) and re.fullmatch(pattern, pointer)]
        self.used.update(found)
        return bool(found)

    def unused(self):
        return [f"the excuse for {of} {pattern} excuses nothing" for number, (of, pattern, _) in enumerate(self.table)
                if number not in self.used]


def compare(kind, shapes, pointers, excuses):
    """What is wrong, as sentences. `pointers` is empty where the kind has no row."""
    read = {pointer: read_by(pointer, shapes) for pointer in pointers}
    for pointer in sorted(pointer for pointer, found in read.items() if not found):
        yield f"{kind}: the row's pointer {pointer} leads to nothing"
    for image in sorted(images(shapes) - set().union(*read.values())):
        if not excuses.cover(kind, image):
            yield f"{kind}: {image} has no row"
    for pointer in sorted(pointer for pointer, shape in shapes.items() if shape in (OPEN, AGAIN)):
        if not excuses.cover(kind, pointer):
            yield f"{kind}: {pointer} may hold anything, an image too"


def compare_readers(kind, of_definition, of_type):
    """A definition is what the API server takes; what it leaves open, the Go type must know."""
    for pointer in sorted(images(of_definition) - images(of_type)):
        yield f"{kind}: {pointer} is in the definition and not in the Go type"
    for pointer in sorted(pointer for pointer, shape in of_definition.items() if shape == OPEN):
        if pointer not in of_type:
            yield f"{kind}: {pointer} is open in the definition and not in the Go type"


def put(obj, pointer, value):
    """Sets what a pointer with "*" leads to, in maps and in lists of one element, made where they are not there."""
    tokens = pointer.split("/")[1:]
    for token, following in zip(tokens, tokens[1:] + [None]):
        inner = value if following is None else [] if following == "*" else {}
        if token == "*":
            obj += [] if obj and following is not None else [inner]
            obj = obj[0]
        else:
            obj = obj.setdefault(token, inner)
