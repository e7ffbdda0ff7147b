# SPDX-License-Identifier: Apache-2.0
"""What the checks find: weir installed from the manifests, a registry, streams, policies. How weir runs differs by
mode: see on_machine.py and on_node.py."""
import datetime
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "lab"))

from checks import eventually  # noqa: E402
from cluster import path_of  # noqa: E402
from workloads import pod  # noqa: E402
from weir import make_certificates  # noqa: E402

SYSTEM = "weir-system"
RULE = "pinned-images-are-not-pulled-twice"


def ago(**time):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**time)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def enforced(name, how):
    return namespace(name, **{"weir.dev/enforce": how})


def policy(space, **spec):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
            "metadata": {"name": "default", "namespace": space}, "spec": spec}


class Setting:
    """A mode's own part: registry (set by make_registry), install(), admissions()."""

    def __init__(self, stage, cluster, binary):
        self.stage = stage
        self.cluster = cluster
        self.binary = binary
        self.certs = make_certificates(stage)  # for programs of the tests; weir's own come from its controller

    def prepare(self):
        self.registry = self.make_registry()
        self.repository = self.registry.host + "/shop/web"
        self.monday = self.registry.push_index("shop/web", "ultima", "web of Monday")[0]["digest"]
        self.sidecar = self.registry.push_image("mesh/proxy", "1", "a proxy")["digest"]
        self.pinned = f"{self.repository}@{self.monday}"
        self.install()
        self.put(self.shop())
        for space in ("shop", "lax", "mesh", "off", "strict", "moving", "gitops"):
            eventually(f"the ServiceAccount of {space}",
                       lambda space=space: self.cluster.find("ServiceAccount", space, "default"))

        for space in ("shop", "lax", "mesh", "strict"):
            eventually(f"the stream of {space} is in force", lambda space=space: self.probe_image(space) == self.pinned)

    def probe_image(self, space):
        """What would be stored of mi-web:ultima there."""
        made = pod(space, "probe")
        _, answer = self.cluster.ask("POST", path_of("Pod", space) + "?dryRun=All", made)
        return answer.get("spec", made["spec"])["containers"][0]["image"]

    def overlay(self, text, of="base"):
        """A kustomization on top of a folder of manifests; {base} in the text is the way there. Returns its folder."""
        path = self.stage.path("overlay-" + of.replace("/", "-"), "kustomization.yaml")
        folder = os.path.dirname(path)
        with open(path, "w") as file:
            file.write(text.replace("{base}", os.path.relpath(os.path.join(ROOT, "manifests", of),
                                                              os.path.realpath(folder))))
        return folder

    def stream(self, space, digests, repository=None):
        """
        mi-web: `ultima`, with its history, the newest first; `nueva`, that nobody has imported. Suspended, so that the
        controller leaves it as it is written here.
        """
        repository = repository or self.repository
        events = [{"created": ago(hours=2 + number), "dockerImageReference": f"{repository}@{digest}",
                   "image": digest, "generation": len(digests) - number} for number, digest in enumerate(digests)]
        made = {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
                "metadata": {"name": "mi-web", "namespace": space, "annotations": {"weir.dev/suspend": "true"}},
                "spec": {"lookupPolicy": {"local": True}, "tags": [
                    {"name": tag, "from": {"kind": "DockerImage", "name": f"{repository}:{tag}"}}
                    for tag in ("ultima", "nueva")]}}
        made["status"] = {"dockerImageRepository": "", "tags": [{"tag": "ultima", "items": events}]}
        return made

    def shop(self):
        """Namespaces, streams and policies: shop asks for everything, lax for nothing, off is left out."""
        rule = {"name": RULE, "match": {"pinned": True}, "allow": ["IfNotPresent", "Never"], "action": "Set"}
        made = [namespace("shop"), namespace("lax"), namespace("mesh", injected="yes"), namespace("moving"), namespace("gitops"),
                enforced("off", "off"), enforced("strict", "strict"),
                policy("shop", streams={"resolution": "Required"}, freshness="FromPullPolicy", pullPolicy=[rule]),
                policy("lax", enforcement="Warn", streams={"resolution": "Required"}, pullPolicy=[rule]),
                policy("strict", streams={"resolution": "Required"}, pullPolicy=[rule]),
                policy("mesh", tags={"resolution": "Attempt"})]
        return made + [self.stream(space, [self.monday]) for space in ("shop", "lax", "mesh", "off", "strict")]

    def put(self, objects):
        """Into the cluster, where its schemas judge them; a stream's status as whoever imports would write it."""
        flags = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        self.cluster.kubectl(*flags, stdin={"apiVersion": "v1", "kind": "List", "items": objects})
        streams = [one for one in objects if one["kind"] == "ImageStream"]
        if streams:
            self.cluster.kubectl(*flags, "--subresource=status",
                                 stdin={"apiVersion": "v1", "kind": "List", "items": streams})

    def has_bundles(self):
        return all(one["clientConfig"].get("caBundle")
                   for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
                   for one in self.cluster.get(kind, None, "weir")["webhooks"])


def admissions_in(metrics):
    return sum(float(line.rpartition(" ")[2]) for line in metrics.decode().splitlines()
               if line.startswith("weir_admissions_total"))
