#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir controller` makes image streams live: on a real API server, from a real registry, with the rights that the
manifests give it and no more."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import kube_fixture  # noqa: E402
import registry_fixture  # noqa: E402
from test_controller import NAMESPACE, Controller  # noqa: E402
from webhook_fixture import EVENT_SECONDS, wait_until  # noqa: E402

MANIFESTS = HERE.parent.parent / "manifests" / "base"
GROUP = "/apis/weir.dev/v1alpha1"
RIGHTS = ("service-account-controller", "cluster-role-controller", "cluster-role-pull-secrets")


def tag(name, source, kind="DockerImage", **more):
    return {"name": name, "from": {"kind": kind, "name": source}, **more}


class Imports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = kube_fixture.skip_reason()
        if reason:
            raise unittest.SkipTest(reason)
        cls.api = cls.enterClassContext(kube_fixture.ApiServer())
        cls.registry = cls.enterClassContext(registry_fixture.Registry(users={"alice": "wonder"}))
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="weir-import-")))
        for name in ("shop", "base", NAMESPACE):
            cls.api.post("/api/v1/namespaces", {"metadata": {"name": name}})
        for path in sorted(MANIFESTS.glob("crd-*.yaml")):
            cls.api.kubectl("apply", "-f", path)
        cls.api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        for name in RIGHTS:
            cls.api.kubectl("apply", "-f", MANIFESTS / f"{name}.yaml")
        cls.admin = cls.api.kubeconfig()
        for name in ("shop", "base"):
            cls.api.kubectl("create", "rolebinding", "weir-pull-secrets", "-n", name, "--clusterrole=weir-pull-secrets",
                            f"--serviceaccount={NAMESPACE}:weir-controller")
            cls.secret("regcred", cls.registry.docker_config("alice"), name)
        cls.account = cls.api.kubeconfig(cls.api.token(NAMESPACE, "weir-controller"))
        cls.controller = Controller(cls.account, "--import-interval=1s", "--minimum-interval=1s", "--retry-pause=1s")
        cls.addClassCleanup(cls.controller.__exit__)
        cls.controller.start()

    @classmethod
    def secret(cls, name, config, namespace="shop"):
        cls.api.post(f"/api/v1/namespaces/{namespace}/secrets",
                     {"metadata": {"name": name}, "type": "kubernetes.io/dockerconfigjson",
                      "data": {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}})

    # Streams

    def place(self, name, namespace="shop"):
        return f"{GROUP}/namespaces/{namespace}/imagestreams/{name}"

    def apply(self, name, *tags, namespace="shop", **metadata):
        self.api.post(f"{GROUP}/namespaces/{namespace}/imagestreams",
                      {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
                       "metadata": {"name": name, **metadata}, "spec": {"tags": list(tags)}})

    def status(self, name, namespace="shop"):
        return self.api.get(self.place(name, namespace)).get("status", {})

    def tag_status(self, name, which, namespace="shop"):
        return next((each for each in self.status(name, namespace).get("tags", []) if each["tag"] == which), {})

    def history(self, name, which, namespace="shop"):
        return [event["image"] for event in self.tag_status(name, which, namespace).get("items", [])]

    def failure(self, name, which):
        return next((each for each in self.tag_status(name, which).get("conditions", [])
                     if each["type"] == "ImportSuccess"), None)

    def ready(self, name):
        return next((each for each in self.status(name).get("conditions", []) if each["type"] == "Ready"), {})

    def wait(self, condition, what):
        try:
            wait_until(condition, what)
        except AssertionError as err:
            raise AssertionError(f"{err}\n{self.controller.log()[-6000:]}") from err

    def wait_for_history(self, name, which, *digests, namespace="shop"):
        try:
            self.wait(lambda: self.history(name, which, namespace) == list(digests), f"{name}:{which}")
        except AssertionError as err:
            raise AssertionError(f"{self.status(name, namespace)}\n{err}") from err

    def kubectl(self, *arguments):
        done = subprocess.run([kube_fixture.find("kubectl"), "--kubeconfig", self.api.folder / "admin.kubeconfig",
                               "-n", "shop", *arguments], capture_output=True, text=True, timeout=EVENT_SECONDS, check=True)
        return done.stdout

    def reasons(self, name):
        events = self.api.get("/api/v1/namespaces/shop/events")["items"]
        return {event["reason"]: event for event in events if event["involvedObject"]["name"] == name}

    # What they do

    def test_a_new_stream_is_imported_and_ready(self):
        digest = self.registry.push("team/maria", "10.2", "maria 1")
        self.apply("maria", tag("10.2", f"{self.registry.host}/team/maria:10.2"))
        self.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "is/maria")
        self.assertEqual(self.history("maria", "10.2"), [digest])
        entry = self.tag_status("maria", "10.2")
        self.assertEqual(entry["source"], f"DockerImage {self.registry.host}/team/maria:10.2")
        self.assertEqual(entry["items"][0]["dockerImageReference"], f"{self.registry.host}/team/maria@{digest}")
        self.assertIn("lastChecked", entry)
        image = self.api.get(f"{GROUP}/images/{digest.replace(':', '-')}")
        self.assertEqual(image["dockerImageReference"], f"{self.registry.host}/team/maria@{digest}")
        self.assertEqual(image["dockerImageMetadata"]["Config"]["Labels"], {"text": "maria 1"})
        self.wait(lambda: "Imported" in self.reasons("maria"), "the Event")
        self.assertIn("10.2", self.kubectl("get", "is", "maria"))
        self.assertIn("True", self.kubectl("get", "is", "maria"))

    def test_a_scheduled_tag_moves_and_keeps_its_history(self):
        first = self.registry.push("team/web", "1", "web 1")
        self.apply("web", tag("1", f"{self.registry.host}/team/web:1", importPolicy={"scheduled": True}))
        self.wait_for_history("web", "1", first)
        second = self.registry.push("team/web", "1", "web 2")
        self.wait_for_history("web", "1", second, first)
        self.registry.push("team/web", "1", "web 1")
        self.wait_for_history("web", "1", first, second, first)

    def test_another_source_is_imported_at_once(self):
        old, new = (self.registry.push("team/api", each, f"api {each}") for each in ("1", "2"))
        self.apply("api", tag("prod", f"{self.registry.host}/team/api:1"))
        self.wait_for_history("api", "prod", old)
        self.api.patch(self.place("api"), {"spec": {"tags": [tag("prod", f"{self.registry.host}/team/api:2")]}})
        self.wait_for_history("api", "prod", new, old)

    def test_an_index_tells_the_facts_of_one_child(self):
        digest, children = self.registry.push_index("team/multi", "1", "multi")
        self.apply("multi", tag("1", f"{self.registry.host}/team/multi:1"))
        self.wait_for_history("multi", "1", digest)
        image = self.api.get(f"{GROUP}/images/{digest.replace(':', '-')}")
        self.assertEqual([each["digest"] for each in image["dockerImageManifests"]], children)
        self.assertIn("multi", image["dockerImageMetadata"]["Config"]["Labels"]["text"])

    def test_a_failure_is_said_and_mends_itself(self):
        self.apply("late", tag("1", f"{self.registry.host}/team/late:1"))
        self.wait(lambda: self.failure("late", "1"), "the condition")
        failure = self.failure("late", "1")
        self.assertEqual((failure["status"], failure["reason"]), ("False", "NotFound"))
        self.assertIn(f"{self.registry.host}/team/late:1: registry", failure["message"])
        self.assertIn("tried secret shop/regcred", failure["message"])
        self.assertEqual((self.ready("late")["status"], self.ready("late")["reason"]), ("False", "NotFound"))
        self.wait(lambda: "ImportFailed" in self.reasons("late"), "the Event")
        digest = self.registry.push("team/late", "1", "late 1")
        self.wait_for_history("late", "1", digest)
        self.wait(lambda: self.ready("late")["status"] == "True", "Ready")
        self.assertIsNone(self.failure("late", "1"))

    def test_an_annotation_asks_again(self):
        first = self.registry.push("team/asked", "1", "asked 1")
        self.apply("asked", tag("1", f"{self.registry.host}/team/asked:1"))
        self.wait_for_history("asked", "1", first)
        second = self.registry.push("team/asked", "1", "asked 2")
        self.kubectl("annotate", "is", "asked", "weir.dev/import=now")
        self.wait_for_history("asked", "1", second, first)
        self.wait(lambda: self.status("asked").get("importRequested") == "now", "the answer")

    def test_a_tag_follows_tags_of_its_own_and_of_another_stream(self):
        digest = self.registry.push("team/origin", "1", "origin 1")
        self.apply("origin", tag("1", f"{self.registry.host}/team/origin:1"), tag("prod", "1", "ImageStreamTag"))
        self.apply("follower", tag("a", "origin:prod", "ImageStreamTag"))
        self.wait_for_history("origin", "prod", digest)
        self.wait_for_history("follower", "a", digest)

    def test_a_foreign_stream_is_followed_where_it_is_shared(self):
        digest = self.registry.push("team/base", "1", "base 1")
        self.apply("base", tag("1", f"{self.registry.host}/team/base:1"), namespace="base")
        self.wait_for_history("base", "1", digest, namespace="base")
        foreign = {"name": "1", "from": {"kind": "ImageStreamTag", "name": "base:1", "namespace": "base"}}
        self.apply("foreign", foreign)
        self.wait(lambda: (self.failure("foreign", "1") or {}).get("reason") == "Forbidden", "the refusal")
        self.kubectl("label", "namespace", "base", "weir.dev/shared=true")
        self.api.post(f"{GROUP}/namespaces/shop/streampolicies",
                      {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "p"},
                       "spec": {"streams": {"sharedNamespaces": ["base"]}}})
        self.wait_for_history("foreign", "1", digest)

    def test_a_wrong_password_names_the_secret_and_no_password(self):
        self.api.post("/api/v1/namespaces", {"metadata": {"name": "wrong"}})
        self.api.kubectl("create", "rolebinding", "weir-pull-secrets", "-n", "wrong", "--clusterrole=weir-pull-secrets",
                         f"--serviceaccount={NAMESPACE}:weir-controller")
        self.secret("mine", self.registry.docker_config("alice", "guess-me"), "wrong")
        self.apply("private", tag("1", f"{self.registry.host}/team/private:1"), namespace="wrong")
        self.wait(lambda: self.tag_status("private", "1", "wrong").get("conditions"), "the condition")
        condition = self.tag_status("private", "1", "wrong")["conditions"][0]
        self.assertEqual(condition["reason"], "Unauthorized")
        self.assertIn(f'tried secret wrong/mine ("{self.registry.host}")', condition["message"])
        self.assertNotIn("guess-me", self.controller.log() + json.dumps(condition))

    def test_without_a_binding_the_failure_names_the_command(self):
        self.api.post("/api/v1/namespaces", {"metadata": {"name": "unbound"}})
        self.apply("private", tag("1", f"{self.registry.host}/team/private:1"), namespace="unbound")
        self.wait(lambda: self.tag_status("private", "1", "unbound").get("conditions"), "the condition")
        self.assertIn("kubectl create rolebinding weir-pull-secrets -n unbound --clusterrole=weir-pull-secrets "
                      "--serviceaccount=weir-system:weir-webhook --serviceaccount=weir-system:weir-controller",
                      self.tag_status("private", "1", "unbound")["conditions"][0]["message"])


if __name__ == "__main__":
    reason = kube_fixture.skip_reason()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(0)
    unittest.main(verbosity=int(os.environ.get("VERBOSE", "1")))
