# SPDX-License-Identifier: Apache-2.0
"""Control plane only: no Pod runs there, so webhook and controller are processes of this machine. The manifests'
Service has no selector but an address of the loopback block, at which the webhook listens: the API server calls it by
the Service. Both are the manifests' service accounts, with exactly their rights."""
import base64
import http.client
import json
import os
import ssl

from checks import eventually
from setting import SYSTEM, Setting, admissions_in

from processes import stop, wait_for
from registry import Registry
from weir import Weir

OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- {base}
patches:
- target: {kind: Deployment}
  patch: |-
    $patch: delete
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any}
- target: {kind: Service}
  patch: |-
    - {op: remove, path: /spec/selector}
    - {op: add, path: /spec/clusterIP, value: ADDRESS}
"""


class OnMachine(Setting):
    def make_registry(self):
        return Registry(self.stage)

    def address(self):
        """Of the Service: the tenth of the block, which cluster-up.sh derives from the offset of the ports."""
        offset = int(self.cluster.environment["PORT_OFFSET"])
        return f"127.{96 + offset // 1000}.0.10"

    def install(self, of="base"):
        self.choose(of)
        self.apply_manifests()
        self.start_controller()
        self.start_webhook()

    def choose(self, of):
        """Which folder of manifests/ is applied from here on."""
        self.folder = self.overlay(OVERLAY.replace("ADDRESS", self.address()), of)

    def apply_manifests(self):
        self.cluster.kubectl("apply", "-k", self.folder)
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/part-of=weir")

    def install_again(self):
        self.apply_manifests()
        eventually("caBundle of the configurations", self.has_bundles)

    def kubeconfig_of(self, account, space=SYSTEM):
        """A kubeconfig that is this service account, as a Pod with it would be."""
        token = self.cluster.kubectl("-n", space, "create", "token", account, "--duration=2h").strip()
        with open(self.cluster.folder + "/pki/ca.crt", "rb") as file:
            authority = base64.b64encode(file.read()).decode()
        path = self.stage.path(account + ".kubeconfig")
        server = f"https://127.0.0.1:{self.cluster.port()}"
        with open(path, "w") as file:
            os.chmod(path, 0o600)
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": server,
                                                              "certificate-authority-data": authority}}],
                       "users": [{"name": "u", "user": {"token": token}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": space}}]},
                      file)
        return path

    def start_controller(self):
        self.controller = self.stage.start("controller", [
            self.binary, "controller", "--kubeconfig", self.kubeconfig_of("weir-controller"), "-n", SYSTEM,
            "--probe-listen", "127.0.0.1:0", "--check-period", "1s", "--server-name", self.address()])
        wait_for("the webhook's certificate", self.write_certificate, 30, self.controller)
        wait_for("caBundle of the configurations", self.has_bundles, 30, self.controller)
        found = self.cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"][0]["clientConfig"]
        self.bundle = base64.b64decode(found["caBundle"]).decode()

    def write_certificate(self):
        """What a kubelet does with the Secret."""
        secret = self.cluster.find("Secret", SYSTEM, "weir-webhook-tls")
        if not secret or not secret.get("data", {}).get("tls.crt"):
            return False
        for name in ("tls.crt", "tls.key"):
            with open(self.stage.path("tls", name + ".new"), "wb") as file:
                file.write(base64.b64decode(secret["data"][name]))
        for name in ("tls.key", "tls.crt"):
            os.rename(self.stage.path("tls", name + ".new"), self.stage.path("tls", name))
        return True

    def start_webhook(self, *flags):
        self.webhook = Weir(self.stage, self.binary, [], [
            "--kubeconfig", self.kubeconfig_of("weir-webhook"), f"--listen={self.address()}:443", "--no-http2",
            "--drain-delay=100ms", "--log-admissions=all",
            "--tls-cert=" + self.stage.path("tls", "tls.crt"), "--tls-key=" + self.stage.path("tls", "tls.key"),
            *flags])
        self.webhook.wait_ready()

    def stop_webhook(self):
        stop(self.webhook.process)

    def webhook_asked(self, review):
        """Asked as the API server asks, past it."""
        context = ssl.create_default_context(cadata=self.bundle)
        connection = http.client.HTTPSConnection(self.address(), 443, context=context, timeout=10)
        try:
            connection.request("POST", "/admit?timeout=5s", json.dumps(review), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())["response"]
        finally:
            connection.close()

    def admissions(self):
        """How often weir was asked."""
        return admissions_in(self.webhook.probe("/metrics")[1])
