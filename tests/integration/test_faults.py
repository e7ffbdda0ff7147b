#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judge of `make e2e-faults`: for each way in which a create can end, what it says. It must be able to say no."""

import pathlib
import sys
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from faults_judge import Judge, Sums  # noqa: E402
from faults_lab import OPEN, RULE, STRICT  # noqa: E402
from faults_load import Ask, Call  # noqa: E402
from faults_table import MAY, MUST, NO, Fault, table  # noqa: E402

PINNED = "registry.example/web@sha256:" + "a" * 64
OTHER = "registry.example/web@sha256:" + "b" * 64
WORDS = "mi-web:ultima"
NOT_REACHED = 'Internal error occurred: failed calling webhook "strict.weir.dev": connection refused'
BY_RULE = f"admission webhook denied the request: rule {RULE['name']}"
NO_ANSWER_YET = "admission webhook denied the request: the registry does not answer"

# (space, wanted, status, message, stored image, let through, fault's allowance, verdict)
CASES = [
    (OPEN, "pin", 201, "", PINNED, False, "", "pinned"),
    (STRICT, "pin", 201, "", PINNED, False, "", "pinned"),
    (OPEN, "pin", 201, "", OTHER, False, "", "wrong"),
    (OPEN, "pin", 201, "", None, False, "open stall", "lost"),
    (OPEN, "pin", 201, "", WORDS, False, "open", "wrong"),  # weir was asked
    (OPEN, "pin", 201, "", WORDS, True, "open", "opened"),
    (OPEN, "pin", 201, "", WORDS, True, "", "wrong"),  # weir should have been there
    (STRICT, "pin", 201, "", WORDS, True, "open", "wrong"),
    (STRICT, "pin", 500, NOT_REACHED, None, False, "open", "refused"),
    (STRICT, "pin", 500, NOT_REACHED, None, False, "", "wrong"),
    (OPEN, "pin", 500, NOT_REACHED, None, False, "open", "wrong"),
    (STRICT, "pin", 500, NOT_REACHED, PINNED, False, "open", "wrong"),  # refused, and stored all the same
    (OPEN, "deny", 403, BY_RULE, None, False, "", "denied"),
    (OPEN, "deny", 201, "", PINNED, False, "", "wrong"),
    (OPEN, "deny", 201, "", WORDS, True, "open", "opened"),
    (STRICT, "deny", 201, "", WORDS, True, "open", "wrong"),
    (OPEN, "pin", 503, NO_ANSWER_YET, None, False, "", "wrong"),
    (OPEN, "pin", 503, NO_ANSWER_YET, None, False, MAY, "denied"),
    (OPEN, "pin", 201, "", PINNED, False, MUST, "wrong"),
    (OPEN, "pin", 0, "ConnectionResetError", None, False, "stall", "unanswered"),
    (OPEN, "pin", 0, "ConnectionResetError", PINNED, False, "stall", "unanswered"),
    (OPEN, "pin", 0, "ConnectionResetError", WORDS, False, "stall", "wrong"),
    (OPEN, "pin", 0, "ConnectionResetError", None, False, "", "wrong"),
    (OPEN, "pin", 504, "Timeout", None, False, "stall", "unanswered"),
    (OPEN, "pin", 504, "Timeout", None, False, "", "wrong"),
]


def stored_with(image):
    return image and {"kind": "Pod", "metadata": {}, "spec": {"containers": [{"name": "web", "image": image}]}}


class Judging(unittest.TestCase):
    def test_each_way_in_which_a_create_ends(self):
        lab = types.SimpleNamespace(pinned=PINNED, is_strict=lambda space: space == STRICT)
        for case in CASES:
            space, wanted, status, message, image, through, allowed, verdict = case
            denial = allowed if allowed in (MAY, MUST) else NO
            fault = Fault("a", "a fault", None, "open" in allowed, "stall" in allowed, lambda *_, denial=denial: denial)
            call = Call(Ask("Pod", WORDS, "IfNotPresent", wanted), space, "one")
            call.status, call.message = status, message
            with self.subTest(case=case):
                self.assertEqual(Judge(lab, fault).verdict(call, stored_with(image), through)[0], verdict)

    def test_one_that_is_wrong_or_lost_fails_the_whole(self):
        for verdict in ("wrong", "lost"):
            sums = Sums("a fault")
            self.assertFalse(sums.is_bad())
            sums.add(Call(Ask("Pod", WORDS, "IfNotPresent", "pin"), OPEN, "one"), verdict, "why")
            self.assertTrue(sums.is_bad())

    def test_the_gap_is_the_longest_time_without_a_pin(self):
        sums = Sums("a fault")
        sums.measure(10.0, 20.0, [11.0, 15.5, 12.0])
        self.assertEqual(sums.gap, 4.5)
        self.assertIn("4.5 s", table([sums]))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
