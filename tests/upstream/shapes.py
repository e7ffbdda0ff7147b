# SPDX-License-Identifier: Apache-2.0
"""What an object of a kind may hold: a pointer for each place, "*" for each element of a list and "{}" for each value of
a map, and what stands there. Two readers make it, of a CustomResourceDefinition (crd_schemas.py) and of the Go type
(go_types.py); a CustomResourceDefinition is often OPEN where the Go type is not."""

import re

MAP, LIST, TABLE, TEXT, OTHER = "map", "list", "table", "text", "other"
OPEN = "open"      # anything may stand there
AGAIN = "again"    # a type within itself within itself: not followed
IMAGE = re.compile(r"(.*/(image|[A-Za-z]+Image|podSpecPatch)|.*/image/reference|.*/images/\*)$")


def images(shapes):
    """Where an image can be written: a text that is called so. And a patch of a pod's spec, which is written as text."""
    return {pointer for pointer, shape in shapes.items() if shape == TEXT and IMAGE.match(pointer)}


def join(first, second):
    """Of two versions of a kind, or two readers: what either has, and of two shapes the one that says more."""
    def says(pointer, shapes):
        return {None: 0, OPEN: 1, AGAIN: 1, OTHER: 2}.get(shapes.get(pointer), 3)

    return {**first, **{pointer: shape for pointer, shape in second.items()
                        if says(pointer, second) > says(pointer, first)}}
