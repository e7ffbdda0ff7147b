#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""POST /verify: what a validating webhook says of the object after all mutators. It denies, and never patches."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webhook_fixture import DIGEST, Webhook, pod, stream  # noqa: E402

RECORDED = f"registry.example/mi-web@{DIGEST}"
PINNED = "registry.example/mi-web@sha256:" + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.webhook = Webhook(objects={"stream.yaml": stream()})
        cls.webhook.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.webhook.__exit__(None, None, None)

    def test_a_pinned_object_is_let_through_without_a_patch(self):
        answer = self.webhook.post(pod(PINNED), path="/verify")
        self.assertTrue(answer.allowed)
        self.assertNotIn("patch", answer.response)

    def test_what_somebody_unpinned_after_weir_is_denied(self):
        answer = self.webhook.post(pod("mi-web:ultima"), path="/verify")
        self.assertFalse(answer.allowed)
        self.assertEqual(answer.response["status"]["code"], 403)
        self.assertIn(f'containers[c0]: image "mi-web:ultima" is not what weir stores, "{RECORDED}"',
                      answer.response["status"]["message"])
        self.assertNotIn("patch", answer.response)

    def test_admit_pins_the_same_object(self):
        answer = self.webhook.post(pod("mi-web:ultima"))
        self.assertTrue(answer.allowed)
        self.assertIn("patch", answer.response)


if __name__ == "__main__":
    unittest.main()
