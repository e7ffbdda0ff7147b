#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir controller` against a real API server: the certificate from nothing to its rotations, leaders that die,
Secrets and bundles that people delete and edit. Needs $K8S_TOOLS (see kube_fixture.py); skipped where it is not set."""

import base64
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from datetime import datetime

import kube_fixture
import webhook_fixture as fixture
from webhook_fixture import EVENT_SECONDS, Webhook, pod, wait_until

NAMESPACE = "weir-system"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/weir-controller"
REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
MUTATING = f"{REGISTRATION}/mutatingwebhookconfigurations"
VALIDATING = f"{REGISTRATION}/validatingwebhookconfigurations"
# Looks often, and keeps a lease longer than any test takes: where one is lost, that is what the test is about.
FAST = ["--check-period=300ms", "--retry-period=300ms", "--lease-duration=10m", "--renew-deadline=8m"]
LEASE_SECONDS = 10
EXPIRING = [f"--lease-duration={LEASE_SECONDS}s", "--renew-deadline=8s"]
MANIFESTS = pathlib.Path(__file__).resolve().parents[2] / "manifests"

SERVICE = {"service": {"name": "weir", "namespace": NAMESPACE, "path": "/admit"}}
OTHER = {"service": {"name": "other", "namespace": NAMESPACE, "path": "/"}, "caBundle": ""}


def webhook_of(name, client, policy="Ignore"):
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "Namespaced"}
    return {"name": name, "clientConfig": client, "rules": [rule], "failurePolicy": policy, "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "timeoutSeconds": 30,
            "namespaceSelector": {"matchLabels": {"weir-test": "on"}}}


def configuration(kind, *webhooks, name="weir"):
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name},
            "webhooks": list(webhooks)}


class Controller(Webhook):
    """The process, its log and its probes; the rest of Webhook is not for it."""

    def __init__(self, kubeconfig, *flags):
        super().__init__()
        self.flags = ["--kubeconfig", kubeconfig, "-n", NAMESPACE, "--probe-listen=127.0.0.1:0", *FAST, *flags]

    def start(self):
        self.process = subprocess.Popen([fixture.WEIR, "controller", *map(str, self.flags)], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        line = self.wait_for_line(event="started")
        self.probe_port = int(line["probe_address"].rsplit(":", 1)[1])
        self.identity = line["identity"]
        return self

    def count(self, event):
        return sum(line.get("event") == event for line in self.lines)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_):
        """Every way to end but a kill of ours is exit code 0: sanitizers have their say."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        code = self.process.wait(EVENT_SECONDS)
        self.reader.join()
        self.process.stderr.close()
        fixture.shutil.rmtree(self.directory, ignore_errors=True)
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"exit code {code}:\n" + self.log())


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = kube_fixture.skip_reason()
        if reason:
            raise unittest.SkipTest(reason)
        cls.api = kube_fixture.ApiServer()
        cls.addClassCleanup(cls.api.__exit__)
        cls.api.__enter__()
        cls.api.post("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        cls.api.post("/api/v1/namespaces", {"metadata": {"name": "shop", "labels": {"weir-test": "on"}}})

    def setUp(self):
        for path in (f"{SECRETS}/weir-ca", f"{SECRETS}/weir-webhook-tls", LEASE, f"{MUTATING}/weir", f"{VALIDATING}/weir"):
            try:
                self.api.delete(path)
            except kube_fixture.ApiError as err:
                self.assertEqual(err.status, 404)

    def start(self, *flags, kubeconfig=None):
        controller = Controller(kubeconfig or self.api.kubeconfig(), *flags)
        self.addCleanup(controller.__exit__)
        return controller.start()

    def register(self, kind="MutatingWebhookConfiguration", client=SERVICE):
        path = MUTATING if kind.startswith("Mutating") else VALIDATING
        return self.api.post(path, configuration(kind, webhook_of("a.weir.dev", client), webhook_of("b.other.dev", OTHER)))

    def secret(self, name):
        """The members, decoded; None where it is not there."""
        try:
            data = self.api.get(f"{SECRETS}/{name}").get("data", {})
        except kube_fixture.ApiError as err:
            if err.status != 404:
                raise
            return None
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def bundle(self, path=MUTATING, index=0):
        client = self.api.get(f"{path}/weir")["webhooks"][index]["clientConfig"]
        return base64.b64decode(client.get("caBundle") or "").decode()

    def serves(self):
        """Leaf, its CA and the bundle fit together; the leaf's text, or None."""
        leaf, authority = self.secret("weir-webhook-tls"), self.secret("weir-ca")
        if not leaf or not authority or "tls.crt" not in leaf or "ca.crt" not in authority:
            return None
        return leaf["tls.crt"] if self.verifies(leaf["tls.crt"], self.bundle()) else None

    @staticmethod
    def verifies(leaf, bundle):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("leaf", leaf), ("bundle", bundle)):
                pathlib.Path(folder, name).write_text(text)
            done = subprocess.run(["openssl", "verify", "-purpose", "sslserver", "-verify_hostname", f"weir.{NAMESPACE}.svc",
                                   "-CAfile", f"{folder}/bundle", f"{folder}/leaf"], capture_output=True)
        return done.returncode == 0

    def wait_until_served(self):
        return wait_until(self.serves, "a leaf that the bundle verifies")


class Certificate(Cluster):
    def test_an_empty_cluster_gets_a_certificate_and_only_our_bundles_change(self):
        before = [self.register(), self.register("ValidatingWebhookConfiguration")]
        controller = self.start()
        self.wait_until_served()
        controller.wait_for_line(event="certificate issued")
        for path, was in zip((MUTATING, VALIDATING), before):
            now = self.api.get(f"{path}/weir")
            self.assertIn("BEGIN CERTIFICATE", self.bundle(path))
            self.assertEqual(self.bundle(path), self.secret("weir-ca")["ca.crt"])
            for one in (was, now):
                one["webhooks"][0]["clientConfig"].pop("caBundle", None)
                for member in ("resourceVersion", "generation", "managedFields"):
                    one["metadata"].pop(member)
            self.assertEqual(now, was)
        self.assertEqual(self.api.get(f"{SECRETS}/weir-webhook-tls")["type"], "kubernetes.io/tls")
        self.assertEqual(controller.probe("/readyz")[0], 200)
        self.assertEqual(controller.metric("weir_leader"), 1)
        self.assertGreater(controller.metric('weir_certificate_expiry_seconds{certificate="ca"}'), 364 * 86400)
        serving = 'weir_certificate_expiry_seconds{certificate="serving"}'
        wait_until(lambda: controller.metric(serving) > 89 * 86400, "the next look")
        self.assertEqual(controller.metric("weir_certificate_failures_total"), 0)

    def test_the_names_of_all_it_keeps_are_flags(self):
        lease = LEASE.replace("weir-controller", "other-lease")
        made = {MUTATING: "other-mutating", VALIDATING: "other-validating"}
        for path, name in made.items():
            kind = "MutatingWebhookConfiguration" if path == MUTATING else "ValidatingWebhookConfiguration"
            self.api.post(path, configuration(kind, webhook_of("a.weir.dev", SERVICE), name=name))
            self.addCleanup(self.api.delete, f"{path}/{name}")
        self.register()
        self.start("--ca-secret=other-ca", "--tls-secret=other-tls", "--lease-name=other-lease",
                   "--mutating-configuration=other-mutating", "--validating-configuration=other-validating")
        for path, name in made.items():
            wait_until(lambda: self.api.get(f"{path}/{name}")["webhooks"][0]["clientConfig"].get("caBundle"), name)
        leaf = wait_until(lambda: (self.secret("other-tls") or {}).get("tls.crt"), "a leaf")
        self.assertTrue(self.verifies(leaf, self.secret("other-ca")["ca.crt"]))
        self.assertTrue(self.api.get(lease)["spec"]["holderIdentity"])
        self.assertEqual(self.bundle(), "", "the configuration of the usual name")
        self.assertIsNone(self.secret("weir-ca"))
        self.assertIsNone(self.secret("weir-webhook-tls"))

    def test_what_is_deleted_or_edited_is_repaired_in_seconds(self):
        self.register()
        self.start()
        first = self.wait_until_served()

        self.api.patch(f"{MUTATING}/weir", [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "Zm9v"}],
                       "application/json-patch+json")
        self.assertEqual(self.wait_until_served(), first)

        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        second = self.wait_until_served()
        self.assertNotEqual(second, first)

        garbage = base64.b64encode(b"garbage").decode()
        self.api.patch(f"{SECRETS}/weir-webhook-tls", {"data": {"tls.key": garbage}})
        wait_until(lambda: self.secret("weir-webhook-tls")["tls.key"] != "garbage", "a new pair")
        self.wait_until_served()

        self.api.delete(f"{MUTATING}/weir")
        self.register()
        self.wait_until_served()

        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        self.api.delete(f"{SECRETS}/weir-ca")
        self.wait_until_served()

    def test_what_others_keep_in_our_secrets_stays(self):
        self.start()
        self.register()
        self.wait_until_served()
        self.api.patch(f"{SECRETS}/weir-webhook-tls", {"metadata": {"labels": {"owner": "alice"}},
                                                       "data": {"note": "aGVsbG8=", "tls.crt": "Zm9v"}})
        self.wait_until_served()
        self.assertEqual(self.secret("weir-webhook-tls")["note"], "hello")
        self.assertEqual(self.api.get(f"{SECRETS}/weir-webhook-tls")["metadata"]["labels"]["owner"], "alice")

    def test_a_lost_ca_is_replaced_while_the_leaf_it_signed_stays_good(self):
        self.register()
        self.start("--rotation-grace=1s", "--certificate-lifetime=1h")
        first = self.wait_until_served()
        stop, looks = threading.Event(), []

        def look():
            """A leaf that is the same before and after a bundle was read was there together with it."""
            while not stop.is_set():
                leaf, bundle = self.secret("weir-webhook-tls"), self.bundle()
                if leaf == self.secret("weir-webhook-tls"):
                    looks.append(leaf is not None and self.verifies(leaf["tls.crt"], bundle))
        self.api.delete(f"{SECRETS}/weir-ca")
        wait_until(lambda: self.secret("weir-ca"), "a Secret for the CA")
        looking = threading.Thread(target=look)
        looking.start()
        try:
            wait_until(lambda: self.secret("weir-webhook-tls")["tls.crt"] != first, "a leaf of the new CA")
            wait_until(lambda: "previous.crt" not in self.secret("weir-ca"), "the end of the lost CA")
            wait_until(lambda: self.bundle().count("BEGIN") == 1, "a bundle of one")
            self.wait_until_served()
        finally:
            stop.set()
            looking.join()
        self.assertGreater(len(looks), 5)
        self.assertEqual(looks.count(False), 0)

    def test_an_account_with_the_rights_of_the_manifests_is_enough(self):
        for name in ("service-account-controller.yaml", "cluster-role-controller.yaml"):
            self.api.kubectl("apply", "-f", MANIFESTS / "base" / name)
        self.register()
        self.register("ValidatingWebhookConfiguration")
        controller = self.start(kubeconfig=self.api.kubeconfig(self.api.token(NAMESPACE, "weir-controller")))
        self.wait_until_served()
        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        self.wait_until_served()
        self.assertEqual(controller.metric("weir_certificate_failures_total"), 0)
        controller.process.terminate()
        self.assertEqual(controller.process.wait(EVENT_SECONDS), 0)
        controller.wait_for_line(event="lease released")

    def test_without_a_right_it_says_so_and_does_the_rest(self):
        self.api.post(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", {"metadata": {"name": "weak"}})
        roles = "/apis/rbac.authorization.k8s.io/v1"
        self.api.post(f"{roles}/namespaces/{NAMESPACE}/roles", {"metadata": {"name": "weak"}, "rules": [
            {"apiGroups": ["", "coordination.k8s.io"], "resources": ["secrets", "leases"], "verbs": ["get", "create", "patch"]}]})
        self.api.post(f"{roles}/namespaces/{NAMESPACE}/rolebindings", {
            "metadata": {"name": "weak"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "weak"},
            "subjects": [{"kind": "ServiceAccount", "name": "weak", "namespace": NAMESPACE}]})
        self.register()
        controller = self.start(kubeconfig=self.api.kubeconfig(self.api.token(NAMESPACE, "weak")))
        line = controller.wait_for_line(event="certificate duty failed")
        self.assertIn("mutatingwebhookconfigurations", line["message"])
        controller.wait_for_line(event="certificate issued")
        self.assertGreater(controller.metric("weir_certificate_failures_total"), 0)


class Leaders(Cluster):
    def holder(self):
        return self.api.get(LEASE)["spec"].get("holderIdentity")

    def leads(self, controller):
        return controller.metric("weir_leader") == 1

    def start_two(self, *flags):
        self.register()
        one = self.start(*flags)
        one.wait_for_line(event="leading")
        two = self.start(*flags)
        two.wait_for_line(event="another leads", holder=one.identity)
        return one, two

    def test_the_other_one_takes_over_from_a_leader_that_was_killed(self):
        one, two = self.start_two(*EXPIRING)
        self.wait_until_served()
        self.assertFalse(self.leads(two))
        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        one.kill()
        before = self.api.get(LEASE)["spec"]
        self.assertEqual(before["holderIdentity"], one.identity)
        two.wait_for_line(event="leading")
        after = self.api.get(LEASE)["spec"]
        waited = datetime.fromisoformat(after["acquireTime"]) - datetime.fromisoformat(before["renewTime"])
        self.assertGreaterEqual(waited.total_seconds(), LEASE_SECONDS)
        self.assertEqual(after["leaseTransitions"], 1)
        self.wait_until_served()

    def test_a_leader_that_is_told_to_end_gives_the_lease_up(self):
        one, two = self.start_two()
        one.process.terminate()
        two.wait_for_line(event="leading")  # long before the lease would have ended
        self.assertEqual(one.process.wait(EVENT_SECONDS), 0)
        self.assertEqual(self.holder(), two.identity)

    def test_a_leader_that_slept_does_nothing_more(self):
        one, two = self.start_two(*EXPIRING)
        self.wait_until_served()
        one.wait_for_line(event="certificate issued")  # lines come a tenth of a second later
        one.process.send_signal(signal.SIGSTOP)
        two.wait_for_line(event="leading")
        issued = one.count("certificate issued")
        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        one.process.send_signal(signal.SIGCONT)
        one.wait_for_line(event="not leading any more")
        self.wait_until_served()
        wait_until(lambda: self.leads(two) and not self.leads(one), "one leader")
        self.assertEqual(one.count("certificate issued"), issued)

    def test_a_leader_that_cannot_renew_stops_and_one_leads_again_afterwards(self):
        one, two = self.start_two("--lease-duration=10s", "--renew-deadline=3s")
        self.api.pause()
        try:
            one.wait_for_line(event="not leading any more")
            self.assertEqual(one.probe("/livez")[0], 200)
            wait_until(lambda: one.probe("/readyz")[0] == 503, "a controller that is not ready")
        finally:
            self.api.resume()
        wait_until(lambda: self.leads(one) + self.leads(two) == 1, "one leader")
        wait_until(lambda: one.probe("/readyz")[0] == 200, "a ready controller")

    def test_the_api_server_may_be_restarted(self):
        one, two = self.start_two()
        self.wait_until_served()
        self.api.kill("kube-apiserver")
        self.api.start()
        wait_until(lambda: self.leads(one) + self.leads(two) == 1, "one leader")
        self.api.delete(f"{SECRETS}/weir-webhook-tls")
        self.wait_until_served()


class Mount:
    """The Secret as a kubelet mounts it: a folder whose files change all at once, by a swap of ..data."""

    def __init__(self, read):
        self.read, self.folder = read, pathlib.Path(tempfile.mkdtemp(prefix="weir-mount-"))
        self.stopping, self.version, self.shown = threading.Event(), 0, None
        for name in ("tls.crt", "tls.key"):
            (self.folder / name).symlink_to(f"..data/{name}")
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        while not self.stopping.wait(0.3):
            members = self.read()
            if members and members != self.shown:
                self.swap(members)

    def swap(self, members):
        self.version += 1
        folder = self.folder / f"..{self.version}"
        folder.mkdir()
        for name, text in members.items():
            (folder / name).write_text(text)
        (self.folder / "..data_tmp").symlink_to(folder.name)
        (self.folder / "..data_tmp").rename(self.folder / "..data")
        self.shown = members

    def end(self):
        self.stopping.set()
        self.thread.join()
        fixture.shutil.rmtree(self.folder)


class Load:
    """What runs all the time while certificates change, each in a thread of its own; counts calls and failures."""

    def __init__(self, **calls):
        self.stopping, self.counts, self.failures = threading.Event(), dict.fromkeys(calls, 0), []
        self.threads = [threading.Thread(target=self.run, args=item) for item in calls.items()]
        for thread in self.threads:
            thread.start()

    def run(self, name, call):
        while not self.stopping.is_set():
            try:
                call()
            except Exception as err:  # pylint: disable=broad-except
                self.failures.append(f"{time.strftime('%X')} {name}: {err!r}")
            self.counts[name] += 1

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Rotation(Cluster):
    """Lives of seconds: the API server's calls, and handshakes that trust what a configuration says, never fail."""

    LIVES = ["--ca-lifetime=60s", "--certificate-lifetime=20s", "--rotation-grace=6s", "--server-name=127.0.0.1", *EXPIRING]

    def make_creates(self):
        """A Pod on a dry run, through the webhook whose policy is Fail: stored pinned."""
        connection = self.api.connect()
        self.addCleanup(connection.close)

        def create():
            made = self.api.post("/api/v1/namespaces/shop/pods?dryRun=All", {
                "metadata": {"generateName": "web-"},
                "spec": {"containers": [{"name": "c", "image": "mi-web:ultima"}]}}, connection=connection)
            image = made["spec"]["containers"][0]["image"]
            if image != f"registry.example/mi-web@{fixture.DIGEST}":
                raise AssertionError(image)
        return create

    def make_handshakes(self, port):
        """Kept-alive connections would hide a leaf that nobody can verify: each call here makes its own."""
        connection = self.api.connect()
        self.addCleanup(connection.close)

        def shake():
            found = self.api.request("GET", f"{MUTATING}/weir", connection=connection)
            bundle = base64.b64decode(found["webhooks"][0]["clientConfig"]["caBundle"]).decode()
            context = ssl.create_default_context(cadata=bundle)
            asked = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=EVENT_SECONDS)
            asked.request("POST", "/admit?timeout=30s", fixture.encode(pod("mi-web:ultima")), fixture.HEADERS)
            answer = asked.getresponse()
            answer.read()
            asked.close()
            if answer.status != 200:
                raise AssertionError(f"HTTP {answer.status}")
        return shake

    def start_webhook(self, mount):
        """Before there is a certificate, as its Pod is."""
        webhook = Webhook(leaf=lambda _: (mount.folder / "tls.crt", mount.folder / "tls.key"), log_all=False)
        webhook.__enter__()
        self.addCleanup(webhook.__exit__, None, None, None)
        webhook.wait_for_line(event="certificate awaited")
        return webhook

    def test_three_leaves_and_two_cas_under_load_without_a_failed_call(self):
        mount = Mount(lambda: self.secret("weir-webhook-tls"))
        self.addCleanup(mount.end)
        webhook = self.start_webhook(mount)
        client = {"url": f"https://127.0.0.1:{webhook.port}/admit"}
        self.api.post(MUTATING, configuration("MutatingWebhookConfiguration", webhook_of("a.weir.dev", client, "Fail")))
        controllers = [self.start(*self.LIVES), self.start(*self.LIVES)]
        wait_until(lambda: webhook.probe("/readyz")[0] == 200, "a webhook that is ready")
        wait_until(self.bundle, "a bundle")
        create = self.make_creates()
        wait_until(lambda: self.succeeds(create), "the API server's news of the bundle")

        began = time.monotonic()
        load = Load(create=create, create_too=self.make_creates(), handshake=self.make_handshakes(webhook.port))
        try:
            wait_until(lambda: self.rotations(controllers, "previous ca removed") >= 1, "one CA replaced", 180)
            leader = next(one for one in controllers if one.metric("weir_leader") == 1)
            leader.kill()  # in between, the other one goes on
            wait_until(lambda: self.rotations(controllers, "previous ca removed") >= 2, "another CA replaced", 180)
        finally:
            load.end()
        took = time.monotonic() - began
        leaves = self.rotations(controllers, "certificate issued") - 1
        print(f"# {took:.0f} s: {leaves} leaves, {self.rotations(controllers, 'next ca signs from now on')} CAs, "
              f"one leader killed; calls {load.counts}, failed {len(load.failures)}", file=sys.stderr)
        self.assertEqual(load.failures, [])
        self.assertGreaterEqual(leaves, 3)
        self.assertGreater(min(load.counts.values()), 10)
        self.assertEqual(webhook.metric('weir_certificate_reloads_total{result="failure"}'), 0)

    def rotations(self, controllers, event):
        return sum(one.count(event) for one in controllers)

    @staticmethod
    def succeeds(call):
        try:
            call()
        except (kube_fixture.ApiError, AssertionError):
            return False
        return True


class Usage(unittest.TestCase):
    def test_flags_that_do_not_fit_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "config")
            config.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}], "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
            for flags, text in [
                (["--ca-lifetime=1h", "--certificate-lifetime=30m"], "three times as long"),
                (["--certificate-lifetime=1h", "--rotation-grace=30m"], "within a third"),
                (["--renew-deadline=15s"], "--renew-deadline must be less"),
                (["--retry-period=10s"], "--retry-period must be less"),
                (["--server-name=a b"], "is no name of a server"),
                (["--probe-listen=nowhere"], "is not ADDRESS:PORT"),
                (["--context=other"], "other"),
                (["surplus"], "one argument too many"),
                ([], "no namespace"),
            ]:
                with self.subTest(text=text):
                    given = flags + (["-n", NAMESPACE] if flags else [])
                    done = subprocess.run([fixture.WEIR, "controller", "--kubeconfig", config, *given], capture_output=True,
                                          timeout=60)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(text, done.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
