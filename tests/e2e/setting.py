# SPDX-License-Identifier: Apache-2.0
"""weir on the cluster as the manifests install it, a registry, streams and policies: what the checks find.

On the control plane alone no Pod runs, so the webhook and the controller are processes of this machine: the manifests'
Service has no selector there but an address of the loopback block, at which the webhook listens. The API server calls
it by the Service, and the controller is its service account, with exactly the rights of the manifests."""
import base64
import datetime
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "lab"))

from checks import eventually  # noqa: E402
from processes import stop, wait_for  # noqa: E402
from registry import Registry  # noqa: E402
from weir import Weir  # noqa: E402

SYSTEM = "weir-system"
RULE = "pinned-images-are-not-pulled-twice"

OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- {base}
patches:
- target: {{kind: Deployment}}
  patch: |-
    $patch: delete
    apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: any}}
- target: {{kind: Service}}
  patch: |-
    - {{op: remove, path: /spec/selector}}
    - {{op: add, path: /spec/clusterIP, value: {address}}}
"""


def ago(**time):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**time)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {
        "kubernetes.io/metadata.name": name, **{key.replace("__", "/").replace("_", "."): labels[key]
                                                for key in labels}}}}


def policy(space, **spec):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
            "metadata": {"name": "default", "namespace": space}, "spec": spec}


class Setting:
    def __init__(self, stage, cluster, binary):
        self.stage = stage
        self.cluster = cluster
        self.binary = binary
        self.objects = stage.path("objects", "")

    def prepare(self):
        self.make_images()
        self.install()
        self.put(self.shop())
        for space in ("shop", "lax", "mesh", "off", "strict", "moving"):
            eventually(f"the ServiceAccount of {space}",
                       lambda space=space: self.cluster.find("ServiceAccount", space, "default"))
        self.start_webhook()

    # Images and what is said about them.

    def make_images(self):
        self.registry = Registry(self.stage)
        self.repository = self.registry.host + "/shop/web"
        self.monday = self.registry.push_index("shop/web", "ultima", "web of Monday")[0]["digest"]
        self.sidecar = self.registry.push_image("mesh/proxy", "1", "a proxy")["digest"]
        self.pinned = f"{self.repository}@{self.monday}"

    def stream(self, space, digests, repository=None):
        """mi-web: `ultima`, with its history, the newest first; `nueva`, that nobody has imported."""
        repository = repository or self.repository
        events = [{"created": ago(hours=2 + number), "dockerImageReference": f"{repository}@{digest}",
                   "image": digest, "generation": len(digests) - number} for number, digest in enumerate(digests)]
        made = {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
                "metadata": {"name": "mi-web", "namespace": space},
                "spec": {"lookupPolicy": {"local": True}, "tags": [
                    {"name": tag, "from": {"kind": "DockerImage", "name": f"{repository}:{tag}"}}
                    for tag in ("ultima", "nueva")]}}
        made["status"] = {"dockerImageRepository": "", "tags": [{"tag": "ultima", "items": events}]}
        return made

    def shop(self):
        """Namespaces, streams and policies: shop asks for everything, lax for nothing, off is left out."""
        rule = {"name": RULE, "match": {"pinned": True}, "allow": ["IfNotPresent", "Never"], "action": "Set"}
        made = [namespace("shop"), namespace("lax"), namespace("mesh", injected="yes"),
                namespace("off", weir_dev__enforce="off"), namespace("strict", weir_dev__enforce="strict"), namespace("moving"),
                policy("shop", streams={"resolution": "Required"}, freshness="FromPullPolicy", pullPolicy=[rule]),
                policy("lax", enforcement="Warn", streams={"resolution": "Required"}, pullPolicy=[rule]),
                policy("mesh", tags={"resolution": "Attempt"})]
        return made + [self.stream(space, [self.monday]) for space in ("shop", "lax", "mesh", "off", "strict")]

    def put(self, objects):
        """Into the cluster, where its schemas judge them, and into the files that the webhook reads."""
        self.cluster.apply({"apiVersion": "v1", "kind": "List", "items": objects}, "--server-side", "--force-conflicts")
        for one in objects:
            metadata = one["metadata"]
            if one["kind"] == "ImageStream":
                self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "--subresource=status", "-f", "-",
                                     stdin=one)
            path = self.objects + "-".join((one["kind"], metadata.get("namespace", ""), metadata["name"])) + ".json"
            with open(path + ".new", "w") as file:
                json.dump(one, file)
            os.rename(path + ".new", path)

    # weir itself.

    def address(self):
        """Of the Service: the tenth of the block; cluster-up.sh derives the block from the offset of the ports."""
        offset = int(self.cluster.environment.get("PORT_OFFSET", "0"))
        return f"127.{96 + offset // 1000}.0.10"

    def install(self):
        overlay = self.stage.path("overlay", "kustomization.yaml")
        base = os.path.relpath(os.path.join(ROOT, "manifests", "base"), os.path.realpath(os.path.dirname(overlay)))
        with open(overlay, "w") as file:
            file.write(OVERLAY.format(base=base, address=self.address()))
        self.overlay = os.path.dirname(overlay)
        self.cluster.kubectl("apply", "-k", self.overlay)
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/part-of=weir")
        self.start_controller()

    def install_again(self):
        self.cluster.kubectl("apply", "-k", self.overlay)
        wait_for("caBundle of the configuration", self.bundle, 30, self.controller)

    def account_kubeconfig(self, account):
        """A kubeconfig that is this service account, as a Pod with it would be."""
        token = self.cluster.kubectl("-n", SYSTEM, "create", "token", account, "--duration=2h").strip()
        with open(self.cluster.folder + "/pki/ca.crt", "rb") as file:
            authority = base64.b64encode(file.read()).decode()
        path = self.stage.path(account + ".kubeconfig")
        server = f"https://127.0.0.1:{self.cluster.port()}"
        with open(path, "w") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": server,
                                                              "certificate-authority-data": authority}}],
                       "users": [{"name": "u", "user": {"token": token}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": SYSTEM}}]},
                      file)
        os.chmod(path, 0o600)
        return path

    def start_controller(self):
        self.controller = self.stage.start("controller", [
            self.binary, "controller", "--kubeconfig", self.account_kubeconfig("weir-controller"), "-n", SYSTEM,
            "--probe-listen", "127.0.0.1:0", "--check-period", "1s", "--server-name", self.address()])
        wait_for("the webhook's certificate", self.write_certificate, 30, self.controller)
        wait_for("caBundle of the configuration", self.bundle, 30, self.controller)

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

    def bundle(self):
        found = self.cluster.get("MutatingWebhookConfiguration", None, "weir")
        return all(one["clientConfig"].get("caBundle") for one in found["webhooks"])

    def start_webhook(self):
        self.webhook = Weir(self.stage, self.binary, [self.objects], [
            f"--listen={self.address()}:443", "--no-http2", "--drain-delay=100ms", "--log-admissions=all",
            "--tls-cert=" + self.stage.path("tls", "tls.crt"), "--tls-key=" + self.stage.path("tls", "tls.key")])
        self.webhook.wait_ready()

    def stop_webhook(self):
        stop(self.webhook.process)
