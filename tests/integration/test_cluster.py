#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The webhook on a real API server: what it follows, what it asks for, and what becomes of it in an outage."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import kube_fixture  # noqa: E402
import registry_fixture  # noqa: E402
import webhook_fixture  # noqa: E402
from webhook_fixture import wait_until  # noqa: E402

MANIFESTS = HERE.parent.parent / "manifests" / "base"
GROUP = "/apis/weir.dev/v1alpha1"
BINDING = "kubectl create rolebinding weir-pull-secrets -n shop --clusterrole=weir-pull-secrets " \
          "--serviceaccount=weir-system:weir-webhook --serviceaccount=weir-system:weir-controller"


def digest(letter):
    return "sha256:" + letter * 64


def event(letter, created, repository="registry.example/mi-web"):
    return {"image": digest(letter), "created": created, "generation": 1,
            "dockerImageReference": f"{repository}@{digest(letter)}"}


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = cls.enterClassContext(kube_fixture.ApiServer())

    def apply_crds(self):
        for path in sorted(MANIFESTS.glob("crd-*.yaml")):
            self.api.kubectl("apply", "-f", path)
        self.api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")

    def namespace(self, name="shop", **labels):
        try:
            self.api.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        except kube_fixture.ApiError as err:
            if err.status != 409:
                raise

    def stream(self, *events, name="mi-web", namespace="shop", source="registry.example/mi-web:1"):
        at = f"{GROUP}/namespaces/{namespace}/imagestreams"
        self.api.post(at, {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": name},
                           "spec": {"lookupPolicy": {"local": True},
                                    "tags": [{"name": "ultima", "from": {"kind": "DockerImage", "name": source}}]}})
        self.history(*events, name=name, namespace=namespace)

    def history(self, *events, name="mi-web", namespace="shop"):
        self.api.patch(f"{GROUP}/namespaces/{namespace}/imagestreams/{name}/status",
                       {"status": {"tags": [{"tag": "ultima", "items": list(events)}]}})

    def policy(self, name, spec, namespace="shop"):
        self.api.post(f"{GROUP}/namespaces/{namespace}/streampolicies",
                      {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": name},
                       "spec": spec})

    def account(self):
        """The webhook's own, with what the manifests give it and no more; its kubeconfig."""
        self.namespace("weir-system")
        for name in ("service-account-webhook", "cluster-role-webhook", "cluster-role-pull-secrets"):
            self.api.kubectl("apply", "-n", "weir-system", "-f", MANIFESTS / f"{name}.yaml")
        return self.api.kubeconfig(self.api.token("weir-system", "weir-webhook"))

    def webhook(self, config=None, flags=()):
        return webhook_fixture.Webhook(source=["--kubeconfig", config or self.api.kubeconfig()], flags=flags)

    @staticmethod
    def ready(served):
        try:
            wait_until(lambda: served.probe("/readyz")[0] == 200, "ready")
        except AssertionError as err:
            raise AssertionError(served.probe("/readyz?verbose")[1]) from err

    def stored(self, served, image="mi-web:ultima", wanted=None, **changes):
        """The image as it is stored, once it is the wanted one."""
        seen = []

        def is_wanted():
            answer = served.post(self.pod(image, **changes))
            images = answer.images if answer.allowed else [answer.response["status"]["message"]]
            seen.append((images or [image])[0])
            return wanted is None or seen[-1] == wanted
        try:
            wait_until(is_wanted, "the image")
        except AssertionError as err:
            raise AssertionError(f"{seen[-1]}, not {wanted}") from err
        return seen[-1]

    @staticmethod
    def pod(image, owner=None, labels=None, secrets=(), account=None):
        review = webhook_fixture.pod(image)
        target = review["request"]["object"]
        if owner:
            target["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
        if labels:
            target["metadata"]["labels"] = labels
        if secrets:
            target["spec"]["imagePullSecrets"] = [{"name": name} for name in secrets]
        if account:
            target["spec"]["serviceAccountName"] = account
        return review

    def test_1_not_ready_before_everything_is_listed(self):
        with self.webhook() as served:
            wait_until(lambda: "404" in served.probe("/readyz")[1], "the reason")
            status, text = served.probe("/readyz")
            self.assertEqual(status, 503)
            self.assertRegex(text, r"\[-\]objects failed: .*weir\.dev")
            self.assertEqual(served.post(self.pod("mi-web:ultima")).status, 503)
            self.apply_crds()
            self.namespace()
            self.ready(served)

    def test_2_changes_are_in_force_at_once(self):
        self.api.patch("/api/v1/namespaces/shop", {"metadata": {"labels": {"shop": "true"}}})
        one, two = f"registry.example/mi-web@{digest('1')}", f"registry.example/mi-web@{digest('2')}"
        with self.webhook(self.account()) as served:
            self.ready(served)
            self.assertEqual(self.stored(served), "mi-web:ultima")
            self.stream(event("1", "2024-05-01T10:00:00Z"))
            self.stored(served, wanted=one)
            self.history(event("2", "2024-06-01T10:00:00Z"), event("1", "2024-05-01T10:00:00Z"))
            self.stored(served, wanted=two)
            self.policy("off", {"enforcement": "Off"})
            self.stored(served, wanted="mi-web:ultima")
            self.api.delete(f"{GROUP}/namespaces/shop/streampolicies/off")
            self.stored(served, wanted=two)
            self.api.post(f"{GROUP}/clusterstreampolicies",
                          {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy",
                           "metadata": {"name": "off"},
                           "spec": {"enforcement": "Off", "namespaceSelector": {"matchLabels": {"shop": "true"}}}})
            self.stored(served, wanted="mi-web:ultima")
            self.api.patch("/api/v1/namespaces/shop", {"metadata": {"labels": {"shop": None}}})
            self.stored(served, wanted=two)
            self.api.delete(f"{GROUP}/clusterstreampolicies/off")
            self.api.delete(f"{GROUP}/namespaces/shop/imagestreams/mi-web")
            self.stored(served, wanted="mi-web:ultima")

    def test_2_of_a_namespace_that_is_not_known_yet_nothing_is_decided(self):
        review = webhook_fixture.pod("mi-web:ultima", namespace="fresh")
        with self.webhook() as served:
            self.ready(served)
            answer = served.post(review)
            self.assertEqual((answer.status, answer.body), (503, b"the namespace is not known yet\n"))
            self.namespace("fresh")
            wait_until(lambda: served.post(review).status == 200, "an answer")

    def test_3_a_policy_that_does_not_decode_leaves_its_last_good_version_in_force(self):
        self.stream(event("3", "2024-05-01T10:00:00Z"), name="loose-web", namespace="shop")
        self.policy("broken", {"enforcement": "Off"})
        crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/streampolicies.weir.dev"
        strict = self.api.get(crd)["spec"]["versions"]
        loose = [{**version, "schema": {"openAPIV3Schema": {"type": "object",
                                                            "x-kubernetes-preserve-unknown-fields": True}}}
                 for version in strict]
        with self.webhook() as served:
            self.ready(served)
            self.stored(served, "loose-web:ultima", wanted="loose-web:ultima")
            self.api.patch(crd, {"spec": {"versions": loose}})
            at = f"{GROUP}/namespaces/shop/streampolicies/broken"

            def broken():
                try:
                    self.api.patch(at, {"spec": {"enforcement": "Perhaps"}})
                    return True
                except kube_fixture.ApiError:
                    return False
            wait_until(broken, "the looser schema")
            line = served.wait_for_line(event="object refused", name="broken")
            self.assertIn("Perhaps", line["message"])
            self.assertEqual(line["in_force"], "its last good version")
            self.assertEqual(self.stored(served, "loose-web:ultima"), "loose-web:ultima")
            served.wait_for_metric('weir_cluster_objects_refused{resource="streampolicies.weir.dev"}',
                                   lambda value: value == 1)
            self.check_a_start_without_a_good_version()
            self.api.patch(at, {"spec": {"enforcement": "Enforce"}})
            self.stored(served, "loose-web:ultima", wanted=f"registry.example/mi-web@{digest('3')}")
            served.wait_for_metric('weir_cluster_objects_refused{resource="streampolicies.weir.dev"}',
                                   lambda value: value == 0)
        self.api.delete(at)
        self.api.patch(crd, {"spec": {"versions": strict}})

    def check_a_start_without_a_good_version(self):
        """In a strict namespace nothing is decided without the policy, elsewhere the author is told."""
        review, shop = self.pod("loose-web:ultima"), "/api/v1/namespaces/shop"
        with self.webhook() as later:
            self.ready(later)
            self.assertEqual(later.wait_for_line(event="object refused", name="broken")["in_force"], "nothing of it")
            answer = later.post(review)
            self.assertEqual((answer.status, answer.images), (200, [f"registry.example/mi-web@{digest('3')}"]))
            self.assertEqual(answer.response["warnings"], ['policy "broken" is not applied: it does not decode'])
            self.api.patch(shop, {"metadata": {"labels": {"weir.dev/enforce": "strict"}}})
            wait_until(lambda: later.post(review).status == 503, "the label")
            self.assertEqual(later.post(review).body, b"a policy of this namespace does not decode\n")
            self.assertEqual(later.probe("/readyz")[0], 200)
            self.api.patch(f"{GROUP}/namespaces/shop/streampolicies/broken", {"spec": {"enforcement": "Warn"}})
            wait_until(lambda: later.post(review).status == 200, "a good version")
            self.assertNotIn("warnings", later.post(review).response)
            self.api.patch(shop, {"metadata": {"labels": {"weir.dev/enforce": None}}})

    def test_4_without_its_api_server_it_serves_what_it_knows(self):
        four = f"registry.example/mi-web@{digest('4')}"
        self.stream(event("4", "2024-05-01T10:00:00Z"), name="outage")
        with self.webhook() as served:
            self.ready(served)
            self.stored(served, "outage:ultima", wanted=four)
            self.api.kill("kube-apiserver")
            wait_until(lambda: "served from memory" in served.probe("/readyz?verbose")[1], "the outage")
            self.assertEqual(served.probe("/readyz")[0], 200)
            self.assertEqual(self.stored(served, "outage:ultima"), four)
            served.wait_for_metric("weir_cluster_lost_seconds", lambda value: value > 0)
            self.api.start()
            self.history(event("5", "2024-06-01T10:00:00Z"), name="outage")
            self.stored(served, "outage:ultima", wanted=f"registry.example/mi-web@{digest('5')}")
            wait_until(lambda: "[+]objects ok\n" in served.probe("/readyz?verbose")[1], "the end of the outage")
            # An API server that has just begun may not remember the version that was watched from.
            self.assertLessEqual(served.metric('weir_cluster_lists_total{resource="imagestreams.weir.dev"}'), 2)

    def test_5_pull_secrets_only_where_they_are_allowed(self):
        with registry_fixture.Registry(users={"alice": "secret:1"}) as registry:
            pinned = f"{registry.host}/private/app@{registry.push('private/app', '1', 'hello')}"
            image = f"{registry.host}/private/app:1"
            self.policy("required", {"tags": {"resolution": "Required"}})
            config = base64.b64encode(json.dumps(registry.docker_config("alice")).encode()).decode()
            self.api.post("/api/v1/namespaces/shop/secrets",
                          {"metadata": {"name": "regcred"}, "type": "kubernetes.io/dockerconfigjson",
                           "data": {".dockerconfigjson": config}})
            self.api.post("/api/v1/namespaces/shop/serviceaccounts",
                          {"metadata": {"name": "app"}, "imagePullSecrets": [{"name": "regcred"}]})
            with self.webhook(self.account(), ["--insecure-registry", registry.host]) as served:
                self.ready(served)
                for changes in ({"secrets": ["regcred"]}, {"account": "app"}):
                    denied = self.stored(served, image, **changes)
                    self.assertIn("401", denied)
                    self.assertIn(BINDING, denied)
                at = f"{GROUP}/namespaces/shop/streampolicies/required"
                self.api.patch(at, {"spec": {"tags": {"resolution": "Attempt"}}})
                wait_until(lambda: served.post(self.pod(image, secrets=["regcred"])).allowed, "the policy")
                warnings = served.post(self.pod(image, secrets=["regcred"])).warnings
                self.assertEqual(warnings[0], 'pull secret "shop/regcred" is not for weir to read')
                self.assertEqual("".join(warnings[1:]).replace(" \\", ""), "allow it with: " + BINDING)
                self.assertLessEqual(max(map(len, warnings)), 120)
                self.api.patch(at, {"spec": {"tags": {"resolution": "Required"}}})
                line = served.wait_for_line(event="cluster object not read", what="pull secret")
                self.assertEqual(line["allow_with"], BINDING)
                self.api.kubectl(*BINDING.split()[1:])
                self.stored(served, image, wanted=pinned, secrets=["regcred"])
                self.stored(served, image, wanted=pinned, account="app")
                self.assertGreater(served.metric('weir_cluster_reads_total{outcome="forbidden"}'), 0)
                reads = served.metric('weir_cluster_reads_total{outcome="found"}')
                for _ in range(20):
                    self.stored(served, image, wanted=pinned, account="app")
                self.assertEqual(served.metric('weir_cluster_reads_total{outcome="found"}'), reads)
        self.api.delete(f"{GROUP}/namespaces/shop/streampolicies/required")

    def test_6_pods_of_one_revision_run_what_their_siblings_run(self):
        old, new = (f"registry.example/mi-web@{digest(letter)}" for letter in "67")
        self.stream(event("6", "2024-05-01T10:00:00Z"), name="revision")
        made = self.api.post("/apis/apps/v1/namespaces/shop/replicasets", {
            "metadata": {"name": "web-1"},
            "spec": {"selector": {"matchLabels": {"app": "web"}},
                     "template": {"metadata": {"labels": {"app": "web"}},
                                  "spec": {"containers": [{"name": "app", "image": "revision:ultima"}]}}}})
        self.api.post("/apis/apps/v1/namespaces/shop/controllerrevisions", {
            "metadata": {"name": "web-85b6b89b8b"}, "revision": 1, "data": {}})
        self.history(event("7", "2099-06-01T10:00:00Z"), event("6", "2024-05-01T10:00:00Z"), name="revision")
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": made["metadata"]["uid"]}
        stateful = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "u"}
        daemon = {**stateful, "kind": "DaemonSet"}
        with self.webhook(self.account()) as served:
            self.ready(served)
            self.stored(served, "revision:ultima", wanted=new)
            self.assertEqual(self.stored(served, "revision:ultima", owner=owner), old)
            self.assertEqual(self.stored(served, "revision:ultima", owner={**owner, "uid": "another"}), new)
            labels = {"controller-revision-hash": "web-85b6b89b8b"}
            self.assertEqual(self.stored(served, "revision:ultima", owner=stateful, labels=labels), old)
            labels = {"controller-revision-hash": "85b6b89b8b"}
            self.assertEqual(self.stored(served, "revision:ultima", owner=daemon, labels=labels), old)
            self.assertEqual(self.stored(served, "revision:ultima", owner=daemon), new)
            reads = served.metric('weir_cluster_reads_total{outcome="found"}')
            for _ in range(20):
                self.stored(served, "revision:ultima", wanted=old, owner=owner)
            self.assertEqual(served.metric('weir_cluster_reads_total{outcome="found"}'), reads)

    def command(self, *arguments, text, code=0, name="weir", environment=None):
        """What it printed and said."""
        program = self.api.folder / name
        if not program.exists():
            program.symlink_to(os.path.abspath(webhook_fixture.WEIR))
        done = subprocess.run([program, *map(str, arguments)], input=text, capture_output=True, timeout=60, check=False,
                              env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def test_7_rights_in_a_namespace_are_enough_for_commands(self):
        self.namespace("narrow")
        self.namespace("closed")
        self.stream(event("9", "2024-05-01T10:00:00Z"), name="own", namespace="narrow")
        self.api.post(f"{GROUP}/clusterstreampolicies", {
            "apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "off"},
            "spec": {"enforcement": "Off", "namespaceSelector": {"matchLabels": {"ruled": "yes"}}}})
        self.api.post("/api/v1/namespaces/narrow/serviceaccounts", {"metadata": {"name": "ana"}})
        self.api.kubectl("apply", "-f", MANIFESTS / "cluster-role-users.yaml")
        self.api.kubectl("create", "rolebinding", "ana", "-n", "narrow", "--clusterrole=weir-view", "--serviceaccount=narrow:ana")
        config = self.api.kubeconfig(self.api.token("narrow", "ana"))
        manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: 'own:ultima'}]}\n"
        pinned = f"registry.example/mi-web@{digest('9')}"
        flags = ["resolve", "--kubeconfig", config, "--offline"]
        printed, said = self.command(*flags, "-n", "narrow", text=manifest.encode())
        self.assertIn(pinned, printed)
        for part in ("only the namespaces in question", "without the ClusterStreamPolicies", "without the labels"):
            self.assertIn(part, said)
        two = manifest.replace("name: a", "name: a, namespace: narrow") + "---\n" + manifest.replace("name: a", "name: b")
        _, said = self.command(*flags, "-n", "closed", text=two.encode(), code=2)
        self.assertIn('in the namespace "closed"', said)
        self.assertIn('ClusterRole "view"', said)
        review = json.dumps(self.pod("own:ultima"))
        review = review.replace('"shop"', '"narrow"').encode()
        printed, said = self.command("review", "--kubeconfig", config, "-", text=review)
        patch = json.loads(base64.b64decode(json.loads(printed)["response"]["patch"]))
        self.assertIn(pinned, [operation["value"] for operation in patch])

        # With the policies of the cluster and the Namespace, those decide.
        self.api.kubectl("create", "clusterrolebinding", "ana", "--clusterrole=weir-cluster-policies",
                         "--serviceaccount=narrow:ana")
        self.api.kubectl("create", "role", "ana-namespace", "-n", "narrow", "--verb=get", "--resource=namespaces")
        self.api.kubectl("create", "rolebinding", "ana-namespace", "-n", "narrow", "--role=ana-namespace",
                         "--serviceaccount=narrow:ana")
        printed, said = self.command(*flags, "-n", "narrow", text=manifest.encode())
        self.assertIn(pinned, printed)
        self.assertNotIn("decided without", said)
        self.api.kubectl("label", "namespace", "narrow", "ruled=yes")
        printed, _ = self.command(*flags, "-n", "narrow", text=manifest.encode())
        self.assertNotIn(pinned, printed)
        self.api.delete(f"{GROUP}/clusterstreampolicies/off")

    def test_7_as_a_plugin_of_kubectl_the_current_context_is_the_cluster(self):
        self.stream(event("9", "2024-05-01T10:00:00Z"), name="plugged")
        config = self.api.kubeconfig()
        self.api.kubectl("config", "set-context", "--current", "--namespace=shop")
        manifest = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n" \
                   b"spec: {containers: [{name: c, image: 'plugged:ultima'}]}\n"
        environment = {"KUBECONFIG": str(config), "PATH": f"{self.api.folder}:{os.environ['PATH']}"}
        printed, _ = self.command("resolve", "--offline", text=manifest, name="kubectl-weir", environment=environment)
        self.assertIn(f"registry.example/mi-web@{digest('9')}", printed)
        done = subprocess.run([kube_fixture.find("kubectl"), "weir", "resolve", "--offline", "-"], input=manifest,
                              capture_output=True, timeout=60, check=True, env={**os.environ, **environment})
        self.assertEqual(done.stdout.decode(), printed)
        _, said = self.command("resolve", "--offline", text=manifest, environment=environment, code=3)
        self.assertIn("plugged", said)  # as weir itself: no cluster, and everything is to be pinned

    def test_8_commands_decide_by_the_live_cluster(self):
        self.stream(event("8", "2024-05-01T10:00:00Z"), name="command")
        eight = f"registry.example/mi-web@{digest('8')}"
        config = self.api.kubeconfig()
        review = json.dumps(self.pod("command:ultima")).encode()
        done = subprocess.run([webhook_fixture.WEIR, "review", "--kubeconfig", config, "-"], input=review,
                              capture_output=True, timeout=60, check=True)
        patch = json.loads(base64.b64decode(json.loads(done.stdout)["response"]["patch"]))
        self.assertIn(eight, [operation["value"] for operation in patch])
        manifest = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\n" \
                   b"spec: {containers: [{name: c, image: 'command:ultima'}]}\n"
        done = subprocess.run([webhook_fixture.WEIR, "resolve", "--context", "c", "--offline"], input=manifest,
                              capture_output=True, timeout=60, check=True,
                              env={**os.environ, "KUBECONFIG": str(config)})
        self.assertIn(eight.encode(), done.stdout)
        for flags, code in ((["--kubeconfig", "/nowhere"], 2), (["--kubeconfig", config, "--objects", "/"], 2),
                            (["--kubeconfig", self.api.kubeconfig("no-such-token")], 2)):
            done = subprocess.run([webhook_fixture.WEIR, "review", *flags, "-"], input=review,
                                  capture_output=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr[:6]), (code, b"weir: "), flags)
        self.api.kill("kube-apiserver")
        done = subprocess.run([webhook_fixture.WEIR, "review", "--kubeconfig", config, "-"], input=review,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)


if __name__ == "__main__":
    reason = kube_fixture.skip_reason()
    if reason:
        print("skipped:", reason)
        sys.exit(0)
    unittest.main()
