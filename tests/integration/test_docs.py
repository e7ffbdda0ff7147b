#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/OPERATIONS.md says of metrics is what the running program serves, and the other way round."""

import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import webhook_fixture  # noqa: E402


def documented():
    with open(os.path.join(ROOT, "docs", "OPERATIONS.md"), encoding="utf-8") as file:
        text = file.read()
    table = text[text.index("## Metrics"):text.index("### What to alert on")]
    return set(re.findall(r"`(weir_[a-z_]+)", table)), set(re.findall(r"\b(weir_[a-z_]+)", text))


class Documents(unittest.TestCase):
    def test_metrics_are_those_that_are_served(self):
        table, everywhere = documented()
        with webhook_fixture.Webhook() as served:
            _, text = served.probe("/metrics")
        names = set(re.findall(r"^# TYPE (weir_[a-z_]+)", text, re.M))
        self.assertEqual(table, names)
        self.assertEqual({re.sub("_bucket$", "", name) for name in everywhere} - names, set())

    def test_links_lead_somewhere(self):
        for folder, _, files in os.walk(ROOT):
            if "/build" in folder or "/.git" in folder or "/tests/data" in folder:
                continue
            for name in files:
                if name.endswith(".md"):
                    self.check_links(os.path.join(folder, name))

    def check_links(self, path):
        with open(path, encoding="utf-8") as file:
            targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read())
        for target in targets:
            if not re.match(r"[a-z]+:", target):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), target)), f"{path}: {target}")

    def test_every_command_has_its_help(self):
        weir = os.environ["WEIR"]
        listed = subprocess.run([weir, "--help"], capture_output=True, text=True, check=True).stdout
        for command in re.findall(r"^  ([a-z]+) {2,}", listed, re.M):
            done = subprocess.run([weir, command, "--help"], capture_output=True, text=True, check=True)
            self.assertIn("Usage:", done.stdout)


if __name__ == "__main__":
    unittest.main()
