#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Workloads that move when a tag moves, on a real API server with the webhook: weir.dev/follow and OpenShift's image
triggers. No controller of Kubernetes runs: what a rollout would make, a test makes. Needs $K8S_TOOLS (see kube_fixture.py)."""

import base64
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import kube_fixture  # noqa: E402
import registry_fixture  # noqa: E402
import webhook_fixture  # noqa: E402
from test_controller import Controller  # noqa: E402
from webhook_fixture import wait_until  # noqa: E402

BASE = HERE.parent.parent / "manifests" / "base"
STREAMS = "/apis/weir.dev/v1alpha1/namespaces/shop/imagestreams"
APPS = "/apis/apps/v1/namespaces/shop"
APPLY = "application/apply-patch+yaml"
FOLLOW = {"weir.dev/follow": "true"}
REPOSITORY = "registry.example/app"
PLURALS = {"Deployment": f"{APPS}/deployments", "StatefulSet": f"{APPS}/statefulsets", "DaemonSet": f"{APPS}/daemonsets",
           "CronJob": "/apis/batch/v1/namespaces/shop/cronjobs"}


def digest(letter):
    return "sha256:" + letter * 64


def pinned(letter):
    return f"{REPOSITORY}@{digest(letter)}"


def trigger(tag, container="web", **more):
    return {"from": {"kind": "ImageStreamTag", "name": tag},
            "fieldPath": f"spec.template.spec.containers[?(@.name==\"{container}\")].image", **more}


def triggers(*entries):
    return {"image.openshift.io/triggers": json.dumps(entries)}


def workload(name, image, annotations, kind="Deployment", containers=("web",)):
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": c, "image": image} for c in containers]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    if kind == "CronJob":
        template["spec"]["restartPolicy"] = "Never"
        spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    return {"apiVersion": "batch/v1" if kind == "CronJob" else "apps/v1", "kind": kind,
            "metadata": {"name": name, "annotations": annotations}, "spec": spec}


def template_of(found):
    spec = found["spec"]
    return (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]


class Cluster(unittest.TestCase):
    webhook_flags, controller_flags = (), ()

    @classmethod
    def setUpClass(cls):
        reason = kube_fixture.skip_reason()
        if reason:
            raise unittest.SkipTest(reason)
        cls.api = cls.enterClassContext(kube_fixture.ApiServer())
        for path in sorted(BASE.glob("crd-*.yaml")):
            cls.api.kubectl("apply", "-f", path)
        cls.api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        for name in ("weir-system", "shop", "pods-only", "left"):
            labels = {"weir.dev/enforce": "off"} if name == "left" else {}
            cls.api.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        cls.webhook = cls.enterClassContext(webhook_fixture.Webhook(source=["--kubeconfig", cls.api.kubeconfig()],
                                                                    flags=cls.webhook_flags))
        wait_until(lambda: cls.webhook.probe("/readyz")[0] == 200, "a webhook that is ready")
        cls.register()
        cls.controller = cls.start(*cls.controller_flags, kubeconfig=cls.account())

    @classmethod
    def register(cls):
        bundle = base64.b64encode(cls.webhook.pki.ca.read_bytes()).decode()
        rules = [{"apiGroups": ["apps", "batch"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                  "resources": ["deployments", "statefulsets", "daemonsets", "cronjobs"]}]
        cls.api.post("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {
            "metadata": {"name": "streams"}, "webhooks": [{
                "name": "streams.weir.dev", "rules": rules, "failurePolicy": "Fail", "sideEffects": "None",
                "reinvocationPolicy": "IfNeeded", "admissionReviewVersions": ["v1"], "timeoutSeconds": 30,
                "clientConfig": {"url": f"https://127.0.0.1:{cls.webhook.port}/admit", "caBundle": bundle}}]})

    @classmethod
    def account(cls):
        """The controller's own, with what the manifests give it and no more; its kubeconfig."""
        for name in ("service-account-controller", "cluster-role-controller", "cluster-role-controller-workloads"):
            cls.api.kubectl("apply", "-f", BASE / f"{name}.yaml")
        return cls.api.kubeconfig(cls.api.token("weir-system", "weir-controller"))

    @classmethod
    def start(cls, *flags, kubeconfig=None):
        controller = Controller(kubeconfig or cls.api.kubeconfig(), "--workload-pause=10ms", "--rollouts-a-minute=60000",
                                *flags)
        cls.addClassCleanup(controller.__exit__)
        return controller.start()

    # The streams

    def stream(self, name, *letters):
        self.api.post(STREAMS, {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": name},
                                "spec": {"lookupPolicy": {"local": True}, "tags": [
                                    {"name": "latest", "from": {"kind": "DockerImage", "name": f"{REPOSITORY}:latest"}}]}})
        if letters:
            self.move(name, *letters)

    def move(self, name, *letters):
        """The newest digest first, made now by the API server's clock; those before it yesterday."""
        made = self.api.get(f"{STREAMS}/{name}")["status"]["tags"][0]["items"] if len(letters) > 1 else []
        made = {item["image"]: item["created"] for item in made}
        items = [{"image": digest(letter), "dockerImageReference": pinned(letter), "generation": 1,
                  "created": made.get(digest(letter)) or self.now()} for letter in letters]
        self.api.patch(f"{STREAMS}/{name}/status", {"status": {"tags": [{"tag": "latest", "items": items}]}})

    def now(self):
        """By the API server's clock, as an object that is made now has it."""
        made = self.api.post("/api/v1/namespaces/shop/configmaps?dryRun=All", {"metadata": {"name": "clock"}})
        return made["metadata"]["creationTimestamp"]

    # The workloads

    def create(self, name, image, annotations, kind="Deployment", **more):
        self.api.post(PLURALS[kind], workload(name, image, annotations, kind, **more))
        return self.api.get(f"{PLURALS[kind]}/{name}")

    def wait_for_webhook(self, name, image="@"):
        """The webhook pins the stream's name, to that image where one is given."""
        def answer():
            made = self.api.post(f"{PLURALS['Deployment']}?dryRun=All", workload("probe", f"{name}:latest", {}))
            return template_of(made)["spec"]["containers"][0]["image"]
        wait_until(lambda: image in answer(), f"the webhook's news of {name}")

    def found(self, name, kind="Deployment"):
        return self.api.get(f"{PLURALS[kind]}/{name}")

    def image(self, name, kind="Deployment", container=0):
        return template_of(self.found(name, kind))["spec"]["containers"][container]["image"]

    def wait_for_image(self, name, image, kind="Deployment"):
        wait_until(lambda: self.image(name, kind) == image, f"{name} with {image}")

    def events(self, name, reason):
        listed = self.api.get(f"/api/v1/namespaces/shop/events?fieldSelector=involvedObject.name={name},reason={reason}")
        return listed["items"]

    def moves(self, name, count=1):
        """The lines of the log, once there are so many; those that say the same again are left out: the webhook may be
        behind, and then a refresh is repeated."""
        def told():
            lines = [line["message"] for line in list(self.controller.lines)
                     if line.get("event") == "workload moved" and line["name"] == name]
            return [line for i, line in enumerate(lines) if i == 0 or lines[i - 1] != line]
        wait_until(lambda: len(told()) >= count, f"{count} lines that tell of {name}")
        return told()

    def owned(self, found, manager):
        return [entry["fieldsV1"] for entry in found["metadata"]["managedFields"] if entry["manager"] == manager]


class Following(Cluster):
    def test_a_workload_of_each_kind_follows(self):
        for kind in PLURALS:
            with self.subTest(kind=kind):
                name = f"follows-{kind.lower()}"
                self.stream(name, "a")
                self.wait_for_webhook(name)
                made = self.create(name, f"{name}:latest", FOLLOW, kind)
                self.assertEqual(template_of(made)["spec"]["containers"][0]["image"], pinned("a"))
                self.move(name, "b", "a")
                self.wait_for_image(name, pinned("b"), kind)
                found = self.found(name, kind)
                self.assertRegex(found["metadata"]["annotations"]["weir.dev/refresh"], "^b{12}(-[0-9]+)?$")
                self.assertEqual(json.loads(template_of(found)["metadata"]["annotations"]["weir.dev/images"])["web"]["image"],
                                 f"{name}:latest")
                self.assertEqual(self.owned(found, "weir-follow"),
                                 [{"f:metadata": {"f:annotations": {"f:weir.dev/refresh": {}}}}])
                wait_until(lambda: self.events(name, "Triggered"), "an Event")
                event = self.events(name, "Triggered")[0]
                self.assertEqual((event["involvedObject"]["kind"], event["type"]), (kind, "Normal"))
                self.assertEqual(event["message"],
                                 f"web: shop/{name}:latest, sha256:{'a' * 12} -> sha256:{'b' * 12}")

    def deployment(self, name, *letters, kind="Deployment"):
        self.stream(name, *letters)
        self.wait_for_webhook(name)
        return self.create(name, f"{name}:latest", FOLLOW, kind)

    def revision(self, of, image):
        """What the controllers of Deployments and StatefulSets make of a template with that image."""
        labels, kind = {"app": of["metadata"]["name"]}, "StatefulSet" if "serviceName" in of["spec"] else "Deployment"
        owner = {"apiVersion": "apps/v1", "kind": kind, "name": of["metadata"]["name"], "uid": of["metadata"]["uid"],
                 "controller": True}
        metadata = {"generateName": "revision-", "labels": labels, "ownerReferences": [owner]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
        if kind == "Deployment":
            self.api.post(f"{APPS}/replicasets", {"metadata": metadata, "spec": {
                "replicas": 0, "selector": {"matchLabels": labels}, "template": template}})
        else:
            self.api.post(f"{APPS}/controllerrevisions", {
                "metadata": metadata, "revision": 1, "data": {"spec": {"template": {**template, "$patch": "replace"}}}})

    def undo(self, name, kind):
        before = self.deployment(name, "a", kind=kind)
        self.revision(before, pinned("a"))
        self.move(name, "b", "a")
        self.wait_for_image(name, pinned("b"), kind)
        self.revision(before, pinned("b"))
        self.api.patch(f"{PLURALS[kind]}/{name}", {"spec": {"template": before["spec"]["template"]}})
        self.assertEqual(self.image(name, kind), pinned("a"))

    def test_what_was_undone_stays_until_the_tag_moves(self):
        for kind in ("Deployment", "StatefulSet"):
            with self.subTest(kind=kind):
                name = f"undone-{kind.lower()}"
                self.undo(name, kind)
                # What the controller does of its own accord comes before what follows.
                self.deployment(f"{name}-too", "a")
                self.move(f"{name}-too", "b", "a")
                self.wait_for_image(f"{name}-too", pinned("b"))
                self.assertEqual(self.image(name, kind), pinned("a"))
                self.move(name, "c", "b", "a")
                self.wait_for_image(name, pinned("c"), kind)
                self.assertEqual([line[-12:] for line in self.moves(name, 2)], ["b" * 12, "c" * 12])

    def test_a_suspended_one_and_one_without_the_annotation_stay(self):
        self.deployment("busy", "a")
        self.create("suspended", "busy:latest", {**FOLLOW, "weir.dev/suspend": "true"})
        self.create("pinned", "busy:latest", {})
        self.move("busy", "b", "a")
        self.wait_for_image("busy", pinned("b"))
        self.api.patch(f"{PLURALS['Deployment']}/suspended", {"metadata": {"annotations": {"weir.dev/suspend": None}}})
        self.wait_for_image("suspended", pinned("b"))
        self.assertEqual(self.image("pinned"), pinned("a"))
        self.assertEqual(len(self.moves("suspended")), 1)

    def test_a_loop_stops(self):
        name = "fought-over"
        before = self.deployment(name, "a")["spec"]["template"]
        self.move(name, "b", "a")
        for _ in range(6):
            self.wait_for_image(name, pinned("b"))
            self.api.patch(f"{PLURALS['Deployment']}/{name}", {"spec": {"template": before}})
        wait_until(lambda: self.events(name, "RolloutLoop"), "an Event that tells of the loop")
        self.assertEqual(self.image(name), pinned("a"))
        self.move(name, "c", "b", "a")
        self.wait_for_image(name, pinned("c"))

    def test_where_only_pods_are_pinned_the_template_rolls(self):
        at = "/apis/apps/v1/namespaces/pods-only/deployments"
        self.api.post("/apis/weir.dev/v1alpha1/namespaces/pods-only/streampolicies", {
            "apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "p"}, "spec": {"targets": ["Pods"]}})
        streams = "/apis/weir.dev/v1alpha1/namespaces/pods-only/imagestreams"
        self.api.post(streams, {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": "app"},
                                "spec": {"lookupPolicy": {"local": True}}})
        made = self.api.post(at, workload("app", "app:latest", FOLLOW))
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app", "uid": made["metadata"]["uid"], "controller": True}
        self.api.post("/apis/apps/v1/namespaces/pods-only/replicasets", {
            "metadata": {"name": "app-1", "labels": {"app": "app"}, "ownerReferences": [owner]},
            "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "app"}}, "template": made["spec"]["template"]}})
        items = [{"image": digest(letter), "dockerImageReference": pinned(letter), "created": created, "generation": 1}
                 for letter, created in (("b", "2099-01-01T00:00:00Z"), ("a", "2020-01-01T00:00:00Z"))]
        self.api.patch(f"{streams}/app/status", {"status": {"tags": [{"tag": "latest", "items": items}]}})

        def refresh():
            return self.api.get(f"{at}/app")["spec"]["template"]["metadata"].get("annotations", {}).get("weir.dev/refresh")
        wait_until(refresh, "a refresh in the template")
        self.assertTrue(refresh().startswith("b" * 12))
        self.assertEqual(self.api.get(f"{at}/app")["spec"]["template"]["spec"]["containers"][0]["image"], "app:latest")


class Triggers(Cluster):
    def test_a_trigger_sets_the_image_and_a_paused_one_does_not(self):
        self.stream("t-app", "a")
        self.create("triggered", "placeholder:1", triggers(trigger("t-app:latest")))
        self.create("paused", "placeholder:1", triggers(trigger("t-app:latest", paused="true")))
        self.wait_for_image("triggered", pinned("a"))
        self.move("t-app", "b", "a")
        self.wait_for_image("triggered", pinned("b"))
        self.assertEqual(self.image("paused"), "placeholder:1")
        self.api.patch(f"{PLURALS['Deployment']}/paused", {"metadata": {"annotations": triggers(trigger("t-app:latest"))}})
        self.wait_for_image("paused", pinned("b"))
        self.assertEqual(len(self.moves("paused")), 1)
        (fields,) = self.owned(self.found("triggered"), "weir-trigger")
        containers = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]
        self.assertEqual(set(containers['k:{"name":"web"}']), {".", "f:image", "f:name"} & set(containers['k:{"name":"web"}']))
        self.assertEqual(set(fields), {"f:spec"})

    def test_a_blank_image_is_filled_once_there_is_a_record(self):
        self.stream("blank-app")
        self.create("blank", " ", triggers(trigger("blank-app:latest")))
        self.assertEqual(self.image("blank"), " ")
        self.move("blank-app", "a")
        self.wait_for_image("blank", pinned("a"))

    def test_one_wrong_trigger_is_reported_and_the_other_works(self):
        self.stream("half-app", "a")
        self.create("half", "placeholder:1", triggers({"from": {"kind": "ImageStreamTag", "name": "half-app"}},
                                                      trigger("half-app:latest", "gone"), trigger("half-app:latest")))
        self.wait_for_image("half", pinned("a"))
        wait_until(lambda: self.events("half", "TriggerInvalid"), "an Event that tells what is wrong")
        message = self.events("half", "TriggerInvalid")[0]["message"]
        self.assertIn("from.name", message)
        self.assertIn("no such container", message)

    def test_a_container_that_its_author_removed_goes(self):
        self.stream("less-app", "a")
        both = workload("less", "placeholder:1", triggers(trigger("less-app:latest"), trigger("less-app:latest", "side")),
                        containers=("web", "side"))
        path = f"{PLURALS['Deployment']}/less?fieldManager=author&force=true"
        self.api.patch(path, both, APPLY)
        self.wait_for_image("less", pinned("a"))
        wait_until(lambda: self.image("less", container=1) == pinned("a"), "the side container's image")
        one = workload("less", "placeholder:1", triggers(trigger("less-app:latest")))
        del one["spec"]["template"]["spec"]["containers"][0]["image"]
        self.api.patch(path, one, APPLY)
        wait_until(lambda: len(self.found("less")["spec"]["template"]["spec"]["containers"]) == 1, "one container")
        self.assertEqual(self.image("less"), pinned("a"))

    def test_a_word_that_names_the_trigger_s_tag_keeps_its_word(self):
        self.stream("word-app", "a")
        self.wait_for_webhook("word-app")
        self.create("word", "word-app:latest", triggers(trigger("word-app:latest")))
        self.assertEqual(self.image("word"), pinned("a"))
        self.move("word-app", "b", "a")
        self.wait_for_image("word", pinned("b"))
        found = self.found("word")
        self.assertEqual(json.loads(found["spec"]["template"]["metadata"]["annotations"]["weir.dev/images"])["web"]["image"],
                         "word-app:latest")
        self.assertEqual(self.owned(found, "weir-trigger"), [])
        self.assertEqual(len(self.moves("word")), 1)

    def test_a_namespace_that_is_not_asked_about_is_left(self):
        at = "/apis/apps/v1/namespaces/left/deployments"
        self.stream("outside", "a")
        self.api.post(at, workload("outside", "placeholder:1", triggers(
            {**trigger("app:latest"), "from": {"kind": "ImageStreamTag", "name": "outside:latest"}})))
        self.api.post("/apis/weir.dev/v1alpha1/namespaces/left/imagestreams", {
            "apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": "outside"}})
        self.api.patch("/apis/weir.dev/v1alpha1/namespaces/left/imagestreams/outside/status", {
            "status": {"tags": [{"tag": "latest", "items": self.api.get(f"{STREAMS}/outside")["status"]["tags"][0]["items"]}]}})
        self.create("inside", "placeholder:1", triggers(trigger("outside:latest")))
        self.wait_for_image("inside", pinned("a"))
        self.assertEqual(self.api.get(f"{at}/outside")["spec"]["template"]["spec"]["containers"][0]["image"], "placeholder:1")


class FromTheRegistry(Cluster):
    """Nobody but the controller writes the streams' status here."""

    controller_flags = ("--import-interval=1s", "--minimum-interval=1s")

    @classmethod
    def setUpClass(cls):
        cls.registry = cls.enterClassContext(registry_fixture.Registry())
        cls.webhook_flags = ("--insecure-registry", cls.registry.host)
        super().setUpClass()

    def follow_registry(self, name, **policy):
        tag = {"name": "latest", "from": {"kind": "DockerImage", "name": f"{self.registry.host}/{name}:latest"}}
        self.api.post(STREAMS, {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": name},
                                "spec": {"lookupPolicy": {"local": True}, "tags": [{**tag, "importPolicy": policy}]}})

    def history(self, name):
        tags = self.api.get(f"{STREAMS}/{name}").get("status", {}).get("tags", [])
        return [item["image"] for item in tags[0].get("items", [])] if tags else []

    def wait_for_history(self, name, *digests):
        wait_until(lambda: self.history(name) == list(digests), lambda: f"{self.history(name)}\n{self.controller.log()}")

    def at(self, name, digest):
        return f"{self.registry.host}/{name}@{digest}"

    def test_what_is_pushed_is_rolled_out(self):
        first = self.registry.push("pushed", "latest", "one")
        self.follow_registry("pushed", scheduled=True)
        self.create("pushed-trigger", " ", triggers(trigger("pushed:latest")))
        self.wait_for_image("pushed-trigger", self.at("pushed", first))
        self.wait_for_webhook("pushed")
        self.create("pushed-follow", "pushed:latest", FOLLOW)
        self.assertEqual(self.image("pushed-follow"), self.at("pushed", first))
        second = self.registry.push("pushed", "latest", "two")
        for name in ("pushed-trigger", "pushed-follow"):
            self.wait_for_image(name, self.at("pushed", second))

    def test_a_newer_digest_than_the_record_s_is_imported_instead_of_taken_back(self):
        first = self.registry.push("newer", "latest", "one")
        self.follow_registry("newer")
        self.wait_for_history("newer", first)
        self.wait_for_webhook("newer")
        self.api.post("/apis/weir.dev/v1alpha1/namespaces/shop/streampolicies", {
            "apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "fresh"},
            "spec": {"freshness": "Always"}})
        self.create("newer-old", "newer:latest", FOLLOW)
        self.assertEqual(self.image("newer-old"), self.at("newer", first))
        second = self.registry.push("newer", "latest", "two")
        self.wait_for_webhook("newer", self.at("newer", second))
        self.create("newer-new", "newer:latest", FOLLOW)
        self.assertEqual(self.image("newer-new"), self.at("newer", second))
        self.wait_for_history("newer", second, first)
        self.wait_for_image("newer-old", self.at("newer", second))
        self.assertEqual(self.image("newer-new"), self.at("newer", second))
        self.assertEqual(self.moves("newer-new", 0), [])


class Rights(Cluster):
    def test_without_the_right_to_patch_it_is_off_and_says_so(self):
        role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/weir-controller-workloads"
        rules = self.api.get(role)["rules"]
        config = self.account()
        self.api.patch(role, {"rules": [{**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch"]}
                                        for rule in rules]})
        self.controller.kill()
        self.api.delete("/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir-controller")
        other = self.start(kubeconfig=config)
        wait_until(lambda: other.count("workloads are not moved") == 4, "a line for each kind")
        self.assertIn("weir_moved_workloads 0", other.probe("/metrics")[1])

    def test_the_flag_switches_it_off(self):
        self.assertNotIn("weir_moved_workloads", self.start("--follow=false").probe("/metrics")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
