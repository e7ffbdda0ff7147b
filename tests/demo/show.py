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


def position(name, written, stored, before, after):
    """One container: as written, then as stored."""
    say(f"   {paint('name', name):<{18 if coloured else 9}} {short(written)}   {paint('dim', before or '(none)')}")
    same_image, same_policy = written == stored, before == after
    image = paint("dim", "(unchanged)") if same_image else paint("good", short(stored))
    policy = paint("dim", after or "(none)") if same_policy else paint("good", after)
    say(f"   {'':<7} → {image}   {policy}")


def decided(annotations):
    """Which policy and rules decided, from the answer's audit annotations."""
    parts = [f"{key} {annotations[key]}" for key in ("policy", "rule") if annotations.get(key)]
    if parts:
        say(paint("dim", f"             decided by {', '.join(parts)}"))


def warnings(response):
    for text in response.get("warnings", []):
        say(f"   {paint('warn', 'Warning: ' + short(text))}")
