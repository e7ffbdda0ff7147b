# SPDX-License-Identifier: Apache-2.0
"""RFC 6902 for the three operations that weir emits, refusing whatever the RFC and the API server do not both take."""

import copy
import re


class PatchError(Exception):
    pass


def _tokens(pointer):
    if not pointer.startswith("/"):
        raise PatchError(f"pointer {pointer!r} is not absolute")
    tokens = pointer[1:].split("/")
    for token in tokens:
        if re.search(r"~(?![01])", token):
            raise PatchError(f"pointer {pointer!r} has a stray ~")
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]


def _index(token, length):
    if not re.fullmatch(r"0|[1-9][0-9]*", token) or int(token) >= length:
        raise PatchError(f"index {token!r} is not within {length} elements")
    return int(token)


def _parent(document, tokens):
    for token in tokens[:-1]:
        if isinstance(document, list):
            document = document[_index(token, len(document))]
        elif isinstance(document, dict) and token in document:
            document = document[token]
        else:
            raise PatchError(f"parent {token!r} is missing")
    if not isinstance(document, (dict, list)):
        raise PatchError("parent is neither map nor list")
    return document


def _apply(document, operation):
    op = operation.get("op")
    if op not in ("add", "replace", "remove"):
        raise PatchError(f"operation {op!r}")
    if set(operation) != ({"op", "path"} if op == "remove" else {"op", "path", "value"}):
        raise PatchError(f"members {sorted(operation)}")
    tokens = _tokens(operation["path"])
    parent, last = _parent(document, tokens), tokens[-1]
    if isinstance(parent, list):
        last = _index(last, len(parent))  # list lengths are never touched
        if op != "replace":
            raise PatchError(f"{op} in a list")
    elif op != "add" and last not in parent:
        raise PatchError(f"{op} of the missing member {last!r}")
    elif op == "add" and isinstance(parent.get(last), dict):
        raise PatchError(f"add over the map {last!r}")
    if op == "remove":
        del parent[last]
    else:
        parent[last] = copy.deepcopy(operation["value"])


def apply(document, operations):
    """A patched copy; the document itself where there is nothing to do. PatchError where an applier may refuse, or a rule of the house is broken."""
    if not operations:
        return document
    document = copy.deepcopy(document)
    if len({operation.get("path") for operation in operations}) != len(operations):
        raise PatchError("two operations on one path")
    for operation in operations:
        _apply(document, operation)
    return document
