#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/OPERATIONS.md says of metrics is what the running program serves, and the other way round."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import webhook_fixture  # noqa: E402


def documented():
    with open(os.path.join(ROOT, "docs", "OPERATIONS.md"), encoding="utf-8") as file:
        text = file.read()
    webhook = text[text.index("## Metrics"):text.index("### What to alert on")]
    controller = text[text.index("## The controller"):text.index("## Registries")]
    return (set(re.findall(r"`(weir_[a-z_]+)", webhook)), set(re.findall(r"`(weir_[a-z_]+)", controller)),
            set(re.findall(r"\b(weir_[a-z_]+)", text)))


def families(text):
    return set(re.findall(r"^# TYPE (weir_[a-z_]+)", text, re.M))


def write_kubeconfig(path):
    """Of an API server that is not there."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                   "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
                   "users": [{"name": "u", "user": {}}],
                   "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}, file)


def cluster_metrics():
    """Those of a webhook that follows a cluster."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        write_kubeconfig(path)
        with webhook_fixture.Webhook(source=["--kubeconfig", path]) as served:
            return families(served.probe("/metrics")[1])


def controller_metrics():
    """Those of a controller that reaches no API server."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        write_kubeconfig(path)
        with subprocess.Popen([os.environ["WEIR"], "controller", "--kubeconfig", path, "-n", "weir-system",
                               "--probe-listen=127.0.0.1:0"], stderr=subprocess.PIPE) as process:
            try:
                line = next(line for line in map(json.loads, process.stderr) if line["event"] == "started")
                with urllib.request.urlopen(f"http://{line['probe_address']}/metrics", timeout=30) as answer:
                    return families(answer.read().decode())
            finally:
                process.terminate()


class Documents(unittest.TestCase):
    def test_metrics_are_those_that_are_served(self):
        webhook, controller, everywhere = documented()
        with webhook_fixture.Webhook() as served:
            names = families(served.probe("/metrics")[1])
        others = controller_metrics()
        cluster = cluster_metrics() - names
        self.assertEqual({name for name in webhook if not name.startswith("weir_cluster_")}, names)
        self.assertEqual({name for name in webhook if name.startswith("weir_cluster_")}, cluster)
        names |= cluster
        self.assertEqual(controller, others)
        self.assertEqual({re.sub("_bucket$", "", name) for name in everywhere} - names - others, set())

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
