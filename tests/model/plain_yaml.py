# SPDX-License-Identifier: Apache-2.0
"""The plain block YAML that the golden cases are written in: maps, lists, scalars, and JSON flow values."""

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9_./*$(<][^#\n]*?")


def _scalar(text):
    if text[:1] in '"[{':
        return json.loads(text)
    if text in ("true", "false", "null", "~", ""):
        return {"true": True, "false": False}.get(text)
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
        return int(text)
    return text[1:-1].replace("''", "'") if text[:1] == "'" else text


def _lines(text):
    for line in text.splitlines():
        bare = line.strip()
        if bare and not bare.startswith("#"):
            yield len(line) - len(line.lstrip(" ")), bare


class _Reader:
    def __init__(self, lines):
        self.lines, self.next = lines, 0

    def value(self, indent):
        if self.next >= len(self.lines) or self.lines[self.next][0] < indent:
            return None
        indent = self.lines[self.next][0]
        return self._list(indent) if self.lines[self.next][1].startswith("- ") else self._map(indent)

    def _list(self, indent):
        found = []
        while self.next < len(self.lines) and self.lines[self.next][0] == indent and \
                self.lines[self.next][1].startswith("- "):
            rest = self.lines[self.next][1][2:].lstrip()
            if rest[:1] not in '"[{\'' and re.match(r"[^ ]+:( |$)", rest):
                inner = indent + len(self.lines[self.next][1]) - len(rest)
                self.lines[self.next] = (inner, rest)
                found.append(self._map(inner))
            else:
                self.next += 1
                found.append(_scalar(rest))
        return found

    def _map(self, indent):
        found = {}
        while self.next < len(self.lines) and self.lines[self.next][0] == indent and \
                not self.lines[self.next][1].startswith("- "):
            key, _, rest = re.match(r'("(?:[^"\\]|\\.)*"|[^"].*?):( |$)(.*)', self.lines[self.next][1]).groups()
            self.next += 1
            if rest:
                found[_scalar(key)] = _scalar(rest.strip())
            else:
                inner = self.next < len(self.lines) and (
                    self.lines[self.next][0] > indent or
                    (self.lines[self.next][0] == indent and self.lines[self.next][1].startswith("- ")))
                found[_scalar(key)] = self.value(self.lines[self.next][0]) if inner else None
        return found


def load_all(text):
    documents = [list(_lines(part)) for part in re.split(r"(?m)^---\s*$", text)]
    return [_Reader(lines).value(0) for lines in documents if lines]


def _text(value):
    if isinstance(value, str) and _PLAIN.fullmatch(value) and ": " not in value and not value.endswith((":", " ")) \
            and value[0] != "*" and not isinstance(_scalar(value), (int, bool, type(None))):
        return value
    return json.dumps(value, ensure_ascii=False)


def _dump(value, indent):
    pad = "  " * indent
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if isinstance(item, (dict, list)) and item:
                yield f"{pad}{_text(key)}:"
                yield from _dump(item, indent + (isinstance(item, dict)))
            else:
                yield f"{pad}{_text(key)}: {_text(item)}"
    else:
        for item in value:
            if isinstance(item, dict) and item:
                first, *rest = _dump(item, indent + 1)
                yield f"{pad}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{pad}- {_text(item)}"


def dump_all(documents):
    return "---\n".join("\n".join(_dump(document, 0)) + "\n" for document in documents)
