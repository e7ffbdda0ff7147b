# SPDX-License-Identifier: Apache-2.0
"""A check is a function with a sentence; it holds where it returns, and is broken where it raises. One line each."""
import re
import time
import traceback

CHECKS = []


class Broken(Exception):
    """What was expected did not come about; the text says what was there instead."""


def check(sentence, modes=("cp",)):
    def note(function):
        CHECKS.append((sentence, modes, function))
        return function
    return note


def expect(what, got, wanted):
    if got != wanted:
        raise Broken(f"{what}: {got!r}, not {wanted!r}")


def expect_in(part, whole):
    if part not in whole:
        raise Broken(f"{part!r} is not in {whole!r}")


def expect_true(what, holds):
    if not holds:
        raise Broken("not so: " + what)


def eventually(what, ask, seconds=60.0):
    """The first true answer of ask(), asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Broken(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def run(self, sentence, function, *arguments):
        begin = time.monotonic()
        try:
            function(*arguments)
        except Broken as broken:
            self.failed.append(sentence)
            print(f"FAIL  {sentence}\n      {broken}", flush=True)
            return False
        except Exception:  # a check that stumbles is a failed one; the next ones still run
            self.failed.append(sentence)
            print(f"FAIL  {sentence}\n" + re.sub("(?m)^", "      ", traceback.format_exc()), flush=True)
            return False
        self.passed += 1
        print(f"ok    {sentence} ({time.monotonic() - begin:.1f} s)", flush=True)
        return True

    def end(self):
        for sentence in self.failed:
            print(f"failed: {sentence}")
        print(f"{self.passed} passed, {len(self.failed)} failed", flush=True)
        return 1 if self.failed else 0
