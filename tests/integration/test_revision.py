#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pods of one revision: what they are given is what the tag was when the revision was made."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import webhook_fixture  # noqa: E402

REPOSITORY = "registry.example/mi-web"
OWNERS = {kind: {"apiVersion": version, "kind": kind, "name": "web", "uid": "u", "controller": True}
          for kind, version in (("ReplicaSet", "apps/v1"), ("Job", "batch/v1"), ("StatefulSet", "apps/v1"),
                                ("DaemonSet", "apps/v1"), ("Rollout", "argoproj.io/v1alpha1"))}


def digest(letter):
    return "sha256:" + letter * 64


def stored(letter):
    return f"{REPOSITORY}@{digest(letter)}"


EVENTS = (("3", "2024-03-01T00:00:00Z"), ("2", "2024-02-01T00:00:00Z"), ("1", "2024-01-01T00:00:00Z"))


def stream(events=EVENTS, source=REPOSITORY + ":1", name="mi-web", kind="DockerImage"):
    items = [{"created": created, "image": digest(letter), "dockerImageReference": stored(letter), "generation": 1}
             for letter, created in events]
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"lookupPolicy": {"local": True}, "tags": [{"name": "ultima", "from": {"kind": kind, "name": source}}]},
            "status": {"tags": [{"tag": "ultima", "items": items}] if items else []}}


class Revision(unittest.TestCase):
    def review(self, created, owner="ReplicaSet", labels=None, objects=(stream(),), image="mi-web:ultima", freshness=None,
               resolutions=None):
        review = webhook_fixture.pod(image)
        metadata = review["request"]["object"]["metadata"]
        metadata["ownerReferences"] = [OWNERS[owner]]
        metadata["labels"] = labels or {"app": "web"}
        objects = list(objects)
        if freshness:
            objects.append({"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
                            "metadata": {"name": "fresh", "namespace": "shop"}, "spec": {"freshness": freshness}})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "objects.json")
            path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
            flags = ["--owner-created", created] if created else []
            if resolutions is not None:
                known = pathlib.Path(folder, "known")
                known.write_text(json.dumps(resolutions))
                flags += ["--resolutions", known]
            done = subprocess.run([os.environ["WEIR"], "review", "--objects", path, "--now", "2024-04-01T00:00:00Z",
                                   *flags, "-"], input=json.dumps(review).encode(), capture_output=True, timeout=60, check=True)
        patch = json.loads(done.stdout)["response"].get("patch")
        images = [step["value"] for step in json.loads(base64.b64decode(patch or "W10=")) if step["path"].endswith("/image")]
        return images[0] if images else image

    def test_the_newest_event_before_the_revision_counts(self):
        for created, letter in (("2024-03-15T00:00:00Z", "3"), ("2024-03-01T00:00:00Z", "3"), ("2024-02-29T23:59:59Z", "2"),
                                ("2024-01-01T00:00:00Z", "1")):
            self.assertEqual(self.review(created), stored(letter), created)

    def test_before_all_events_the_oldest_counts(self):
        self.assertEqual(self.review("2023-01-01T00:00:00Z"), stored("1"))

    def test_an_event_of_an_unknown_time_is_very_old(self):
        events = (*EVENTS[:2], ("1", None))
        self.assertEqual(self.review("2023-01-01T00:00:00Z", objects=[stream(events)]), stored("1"))

    def test_an_event_that_is_no_record_is_passed_over(self):
        made = stream()
        made["status"]["tags"][0]["items"][1]["image"] = "nonsense"
        self.assertEqual(self.review("2024-02-15T00:00:00Z", objects=[made]), stored("1"))

    def test_nothing_is_asked_whatever_the_freshness(self):
        newer = {REPOSITORY + ":1": digest("9")}
        self.assertEqual(self.review("2024-02-15T00:00:00Z", freshness="Always", resolutions=newer), stored("2"))
        self.assertEqual(self.review(None, freshness="Always", resolutions=newer), stored("9"))

    def test_without_any_event_the_source_is_asked(self):
        newer = {REPOSITORY + ":1": digest("9")}
        self.assertEqual(self.review("2024-02-15T00:00:00Z", objects=[stream(())], resolutions=newer), stored("9"))

    def test_an_alias_has_the_history_of_what_it_follows(self):
        alias = stream((), source="mi-web:ultima", name="alias", kind="ImageStreamTag")
        self.assertEqual(self.review("2024-02-15T00:00:00Z", objects=[stream(), alias], image="alias:ultima"), stored("2"))

    def test_the_four_controllers_have_revisions_and_no_other(self):
        labels = {"controller-revision-hash": "web-5d8f"}
        for owner, letter in (("ReplicaSet", "2"), ("Job", "2"), ("StatefulSet", "2"), ("DaemonSet", "2"), ("Rollout", "3")):
            self.assertEqual(self.review("2024-02-15T00:00:00Z", owner, labels), stored(letter), owner)
        self.assertEqual(self.review("2024-02-15T00:00:00Z", "DaemonSet"), stored("3"), "without the label")


if __name__ == "__main__":
    unittest.main()
