#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the YAML that this repository writes: block and flow collections, plain and quoted scalars, `|` and `>` blocks,
comments, anchors and aliases. What it does not know it refuses, so that nothing is read wrong in silence."""

import re

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?$")
_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)""")
_WORDS = {"": None, "null": None, "~": None, "true": True, "false": False}
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "0": "\0"}


class Unknown(Exception):
    pass


def _scalar(text):
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return text


def _double_quoted(text):
    return re.sub(r"\\(.)", lambda found: _ESCAPES[found.group(1)], text)


def _without_comment(line):
    quote = None
    for at, c in enumerate(line):
        if quote:
            quote = None if c == quote and not (quote == '"' and line[at - 1] == "\\" and line[at - 2] != "\\") else quote
        elif c in "\"'" and (at == 0 or line[at - 1] in " [{,:"):
            quote = c
        elif c == "#" and (at == 0 or line[at - 1] in " \t"):
            return line[:at].rstrip()
    return line.rstrip()


class _Flow:
    """[a, {b: c}] in one line, or on several that were joined."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def skip(self):
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, want):
        if self.skip() != want:
            raise Unknown(f"expected {want!r} at {self.at} of {self.text!r}")
        self.at += 1

    def quoted(self, quote):
        pattern = r'"((?:[^"\\]|\\.)*)"' if quote == '"' else r"'((?:[^']|'')*)'"
        found = re.compile(pattern, re.S).match(self.text, self.at)
        if not found:
            raise Unknown(self.text)
        self.at = found.end()
        return _double_quoted(found.group(1)) if quote == '"' else found.group(1).replace("''", "'")

    def plain(self):
        found = re.compile(r"(?:[^,\[\]{}:]|:(?=[^\s,\]}]))*").match(self.text, self.at)
        self.at = found.end()
        return found.group().strip()

    def collection(self, closing, element):
        self.at += 1
        while self.skip() != closing:
            element()
            if self.skip() != closing:
                self.take(",")
        self.at += 1

    def value(self):
        c = self.skip()
        if c in "\"'" and c:
            return self.quoted(c)
        if c == "[":
            items = []
            self.collection("]", lambda: items.append(self.value()))
            return items
        if c == "{":
            members = {}
            self.collection("}", lambda: members.update([self.member()]))
            return members
        return _scalar(self.plain())

    def member(self):
        c = self.skip()
        key = self.quoted(c) if c in "\"'" else self.plain()
        self.take(":")
        return str(key), self.value()


class _Block:
    def __init__(self, text):
        self.lines = []
        for raw in text.split("\n"):
            bare = _without_comment(raw)
            self.lines.append((len(raw) - len(raw.lstrip(" ")), bare.strip(), raw))
        self.at, self.anchors = 0, {}

    def peek(self):
        while self.at < len(self.lines) and not self.lines[self.at][1]:
            self.at += 1
        return self.lines[self.at] if self.at < len(self.lines) else (-1, "", "")

    def node(self, indent):
        """The collection or scalar whose first line is the next one, at `indent` or deeper."""
        found, text, _ = self.peek()
        if found < indent:
            return None
        if text.startswith("- ") or text == "-":
            return self.sequence(found)
        if _KEY.match(text):
            return self.mapping(found)
        self.at += 1
        return self.inline(text, found)

    def sequence(self, indent):
        items = []
        while True:
            found, text, raw = self.peek()
            if found != indent or not (text.startswith("- ") or text == "-"):
                return items
            rest = text[1:].strip()
            if not rest:
                self.at += 1
                items.append(self.node(indent + 1))
            elif _KEY.match(rest) and rest[0] not in "[{":
                inner = indent + (len(text) - len(rest))
                self.lines[self.at] = (inner, rest, " " * inner + rest)
                items.append(self.mapping(inner))
            else:
                self.at += 1
                items.append(self.inline(rest, indent))

    def mapping(self, indent):
        members = {}
        while True:
            found, text, _ = self.peek()
            key = _KEY.match(text) if found == indent else None
            if not key:
                if found > indent:
                    raise Unknown(text)
                return members
            self.at += 1
            name, rest = _Flow(key.group(1)).value(), text[key.end():].strip()
            name = key.group(1) if not isinstance(name, str) else name
            if name in members:
                raise Unknown(f"{name} twice")
            members[name] = self.value(rest, indent)

    def value(self, rest, indent):
        anchor = re.match(r"&([\w-]+)\s*(.*)$", rest)
        if anchor:
            value = self.value(anchor.group(2), indent)
            self.anchors[anchor.group(1)] = value
            return value
        if rest:
            return self.inline(rest, indent)
        found, text, _ = self.peek()
        if found == indent and text.startswith("-"):
            return self.sequence(indent)
        return self.node(indent + 1)

    def inline(self, rest, indent):
        if rest[0] == "*":
            return self.anchors[rest[1:]]
        if rest[0] in "|>":
            return self.block_scalar(rest, indent)
        if rest[0] in "[{\"'":
            return self.flow(rest)
        while self.peek()[0] > indent:
            rest += " " + self.peek()[1]
            self.at += 1
        return _scalar(rest)

    def flow(self, rest):
        while True:
            flow = _Flow(rest)
            try:
                value = flow.value()
            except (Unknown, IndexError):
                if self.at >= len(self.lines):
                    raise
                rest += " " + self.peek()[1]
                self.at += 1
                continue
            if flow.skip():
                raise Unknown(rest)
            return value

    def block_scalar(self, rest, indent):
        lines = []
        while self.at < len(self.lines):
            raw = self.lines[self.at][2]
            if raw.strip() and len(raw) - len(raw.lstrip(" ")) <= indent:
                break
            lines.append(raw)
            self.at += 1
        while lines and not lines[-1].strip():
            lines.pop()
        depth = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        lines = [line[depth:] for line in lines]
        if rest[0] == ">":
            if any(not line or line[0] == " " for line in lines):
                # Lines that are indented deeper keep their ends.
                folded = ""
                for before, line in zip([""] + lines, lines):
                    deep = line.startswith(" ") or before.startswith(" ")
                    folded += line if not folded else ("\n" if deep else " ") + line
                text = folded
            else:
                text = " ".join(lines)
        else:
            text = "\n".join(lines)
        return text if "-" in rest else text + "\n"


def documents(text):
    """Each document of the text, without those that are empty."""
    for part in re.split(r"^---\s*$", text, flags=re.M):
        block = _Block(part)
        value = block.node(0)
        if block.peek()[0] >= 0:
            raise Unknown(block.peek()[1])
        if value is not None:
            yield value


def read_file(path):
    with open(path, encoding="utf-8") as file:
        return list(documents(file.read()))
