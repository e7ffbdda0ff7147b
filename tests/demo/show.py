# SPDX-License-Identifier: Apache-2.0
"""How the demonstration looks: colours on a terminal only, digests short, each expectation said and checked."""
import os
import re
import sys

COLOURS = {"bold": "1", "dim": "2", "good": "32", "bad": "31;1", "warn": "33", "name": "36"}
coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(colour, text):
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if coloured else text


def short(text):
    """sha256:<64 hex> as its first twelve, for eyes."""
    return re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", r"\1…", text)


def say(text=""):
    print(text, flush=True)


class Story:
    """Counts scenes and expectations."""

    def __init__(self):
        self.scenes = 0
        self.held = 0
        self.broken = []

    def scene(self, title, *lines):
        self.scenes += 1
        say()
        say(paint("bold", f"{self.scenes}. {title}"))
        for line in lines:
            say(paint("dim", f"   {line}"))

    def expect(self, what, holds):
        if holds:
            self.held += 1
            say(f"     {paint('good', '✓')} {what}")
        else:
            self.broken.append(f"scene {self.scenes}: {what}")
            say(f"     {paint('bad', '✗ not so: ' + what)}")

    def ending(self):
        say()
        for broken in self.broken:
            say(paint("bad", f"expected, but not so: {broken}"))
        colour = "bad" if self.broken else "good"
        say(paint(colour, f"{self.held} of {self.held + len(self.broken)} expectations held."))
        return 1 if self.broken else 0


ORIGINS = {"recorded": "recorded {age} ago", "registry": "asked of the registry now",
           "cache": "asked of the registry a moment ago", "unchanged intent": "the author's words are unchanged: kept",
           "intent": "the author's words are unchanged: kept", "source": "the stream's source"}


def ago(seconds):
    if seconds is None:
        return "some time"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def position(name, written, stored, before, after):
    """One container as written, and, where there is such a thing, as stored."""
    say(f"   {paint('name', name.ljust(9))}   {short(written)}   {paint('dim', before or '(none)')}")
    if stored is not None:
        image = paint("dim", "(unchanged)") if written == stored else paint("good", short(stored))
        policy = paint("dim", after or "(none)") if before == after else paint("good", after)
        say(f"           → {image}   {policy}")


def why(row, annotations):
    """Which stream, where its digest is from, which policy and rule decided."""
    parts = []
    if row.get("stream"):
        parts.append(f"stream {row['stream']}, tag {row['tag']}")
    if row.get("origin") in ORIGINS:
        parts.append(ORIGINS[row["origin"]].format(age=ago(row.get("ageSeconds"))))
    if annotations.get("policy"):
        parts.append(f"policy {annotations['policy']}")
    if row.get("rule"):
        parts.append(f"rule {row['rule']}")
    if parts:
        say(paint("dim", f"             {' · '.join(parts)}"))


def denied(status):
    say(f"           → {paint('bad', 'denied')} ({status['code']} {status.get('reason', '')})")
    for line in short(status["message"]).splitlines():
        say(f"             {line}")


def warnings(response):
    for text in response.get("warnings", []):
        say(f"             {paint('warn', 'Warning: ' + short(text))}")
