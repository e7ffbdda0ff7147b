#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sentence that heads a part of docs/TROUBLESHOOTING.md is one that the program can say."""

import glob
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Said by the API server, of a webhook of ours.
FOREIGN = {'failed calling webhook "strict.weir.dev"'}


def sources():
    text = ""
    for path in glob.glob(os.path.join(ROOT, "webhook", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    text = re.sub(r'"\s*\n\s*"', "", text)
    return text.replace('\\"', '"')


class Sentences(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, "docs", "TROUBLESHOOTING.md"), encoding="utf-8") as file:
            self.text = file.read()
        self.heads = set(re.findall(r"^### `(.*)`$", self.text, re.M))

    def test_there_are_thirteen(self):
        self.assertEqual(len(self.heads), 13)

    def test_they_are_the_programs(self):
        program = sources()
        for head in self.heads - FOREIGN:
            for part in head.split("…"):
                words = part.strip(' ":;')
                self.assertTrue(words in program, f"{head}: nobody says {words!r}")

    def test_those_of_others_name_what_is_there(self):
        for name in re.findall(r'"([a-z]+\.weir\.dev)"', " ".join(FOREIGN)):
            with open(os.path.join(ROOT, "manifests", "install.yaml"), encoding="utf-8") as file:
                self.assertIn(f"- name: {name}", file.read())


if __name__ == "__main__":
    unittest.main()
