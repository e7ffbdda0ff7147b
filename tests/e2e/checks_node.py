# SPDX-License-Identifier: Apache-2.0
"""On a real node: what was pinned is what runs, and weir itself runs as the manifests promise."""
import threading
import time

from checks import check, eventually, expect, expect_in
from on_node import HOST, PRIVATE
from setting import RULE, SYSTEM, policy
from workloads import container, containers_of, image_of, pod, workload

NODE = ("node",)


def image_ids(one):
    return [status["imageID"] for status in one["status"]["containerStatuses"]]


@check("kubectl apply -k: both Deployments are available, each Pod at its first start", NODE)
def installed(setting):
    for component in ("webhook", "controller"):
        pods = setting.pods(component)
        expect("Pods of the " + component, len(pods), 2)
        for one in pods:
            expect("ready", [status["ready"] for status in one["status"]["containerStatuses"]], [True])
            expect("restarts", [status["restartCount"] for status in one["status"]["containerStatuses"]], [0])
            expect("imageID", image_ids(one), [f"{HOST}/weir@{setting.digest}"])


@check("a Pod with image mi-web:ultima runs the pinned digest: imageID", NODE)
def pod_runs(setting):
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("shop", "runs"))
    expect("imageID", image_ids(setting.runs("shop", "runs")), [setting.pinned])
    expect("its log", setting.cluster.kubectl("-n", "shop", "logs", "runs").strip(), "hello from pid 1")


@check("a Deployment of two: both Pods run the digest; one that is deleted comes back with it", NODE)
def deployment_runs(setting):
    cluster = setting.cluster
    written = workload("Deployment", "shop", "two")
    written["spec"]["replicas"] = 2
    cluster.apply(written)
    cluster.settle("Deployment", "shop", "two")
    first = cluster.list("Pod", "shop", "app=two")[0]["metadata"]["name"]
    cluster.kubectl("-n", "shop", "delete", "pod", first, "--now")
    cluster.settle("Deployment", "shop", "two")
    pods = [one for one in cluster.list("Pod", "shop", "app=two") if not one["metadata"].get("deletionTimestamp")]
    expect("imageIDs", [image_ids(one) for one in pods], [[setting.pinned]] * 2)


@check("every built-in kind of Pod maker runs the digest on the node", NODE)
def kinds_run(setting):
    for kind in ("StatefulSet", "DaemonSet", "Job", "ReplicaSet"):
        name = "kind-" + kind.lower()
        setting.cluster.apply(workload(kind, "shop", name))
        made = eventually("its Pod", lambda name=name: setting.cluster.list("Pod", "shop", "app=" + name))
        expect("imageID of the Pod of a " + kind,
               image_ids(setting.runs("shop", made[0]["metadata"]["name"])), [setting.pinned])


@check(f"rule {RULE}: Always is stored as IfNotPresent, and the tag that moved is looked up all the same", NODE)
def freshness(setting):
    """The author's Always means: look for a newer one at each admission. What runs is pinned."""
    cluster = setting.cluster
    tuesday = setting.registry.push_index("shop/web", "ultima", "web of Tuesday")[0]["digest"]
    try:
        cluster.kubectl("create", "-f", "-", stdin=pod("shop", "fresh", container(policy="Always")))
        cluster.kubectl("create", "-f", "-", stdin=pod("shop", "recorded", container(policy="IfNotPresent")))
        fresh, recorded = setting.runs("shop", "fresh"), setting.runs("shop", "recorded")
        expect("imageID of Always", image_ids(fresh), [f"{setting.repository}@{tuesday}"])
        expect("imageID of IfNotPresent", image_ids(recorded), [setting.pinned])
        expect("pull policy", containers_of(fresh)["web"]["imagePullPolicy"], "IfNotPresent")
    finally:
        setting.registry.push_index("shop/web", "ultima", "web of Monday")


@check("kubectl debug: the ephemeral container runs the pinned digest", NODE)
def debug_runs(setting):
    cluster = setting.cluster
    cluster.kubectl("-n", "shop", "debug", "runs", "--image=mi-web:ultima", "-c", "look", "--profile=general",
                    "--attach=false")

    def running():
        states = cluster.get("Pod", "shop", "runs")["status"].get("ephemeralContainerStatuses", [])
        return [one["imageID"] for one in states if "running" in one["state"] or "terminated" in one["state"]]
    expect("imageID of the ephemeral container", eventually("it started", running), [setting.pinned])


def private_stream(setting):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
            "metadata": {"name": "secreta", "namespace": "private"},
            "spec": {"lookupPolicy": {"local": True}, "tags": [
                {"name": "1", "from": {"kind": "DockerImage", "name": f"{PRIVATE}/private/web:1"}}]}}


@check("a private registry, the namespace's Secrets not shown to weir: a warning; if Required, a denial with the command",
       NODE)
def private_without_a_binding(setting):
    cluster = setting.cluster
    registry = setting.make_private_registry("ana", "s3cret")
    setting.private = registry.push_index("private/web", "1", "not for all")[0]["digest"]
    cluster.kubectl("create", "namespace", "private")
    eventually("its ServiceAccount", lambda: cluster.find("ServiceAccount", "private", "default"))
    cluster.kubectl("-n", "private", "create", "secret", "docker-registry", "pull", "--docker-server=" + PRIVATE,
                    "--docker-username=ana", "--docker-password=s3cret")
    setting.put([private_stream(setting), policy("private", streams={"resolution": "Attempt"})])
    written = pod("private", "unbound", container(image="secreta:1"), imagePullSecrets=[{"name": "pull"}])

    def warned():
        code, _, stderr = cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=written)
        return stderr if code == 0 and "Warning" in stderr else None
    expect_in("401", eventually("the stream is known", warned))
    setting.put([policy("private", streams={"resolution": "Required"})])

    def denied():
        code, _, stderr = cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=written)
        return stderr if code != 0 else None
    expect_in("weir-pull-secrets", eventually("it is required", denied))


@check("with the RoleBinding of the documents: pinned with the Pod's pull secret, and the node runs that digest", NODE)
def private_registry(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "rolebinding", "weir-pull-secrets", "-n", "private", "--clusterrole=weir-pull-secrets",
                    f"--serviceaccount={SYSTEM}:weir-webhook")
    written = pod("private", "bound", container(image="secreta:1"), imagePullSecrets=[{"name": "pull"}])
    pinned = f"{PRIVATE}/private/web@{setting.private}"

    def answer():
        return cluster.try_kubectl("create", "--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}", "-f",
                                   "-", stdin=written)[1] == pinned
    eventually("the binding is in force", answer)
    cluster.kubectl("create", "-f", "-", stdin=written)
    expect("imageID", image_ids(setting.runs("private", "bound")), [pinned])


class Creating:
    """Creates Pods without end (they are never scheduled), and keeps what was stored of each."""

    def __init__(self, setting, namespace="shop"):
        self.setting = setting
        self.namespace = namespace
        self.stored = []
        self.refused = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        from cluster import Cluster, path_of
        client = Cluster("node", self.setting.cluster.folder, self.setting.cluster.environment)
        number = 0
        while not self.ending.is_set():
            number += 1
            made = pod(self.namespace, f"load-{id(self)}-{number}", schedulingGates=[{"name": "example.com/never"}])
            status, answer = client.ask("POST", path_of("Pod", self.namespace), made)
            if status == 201:
                self.stored.append(image_of({"kind": "Pod", **answer}))
            else:
                self.refused.append(answer.get("message", str(status)))
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        eventually("the first Pods are created", lambda: len(self.stored) >= 20)
        return self

    def go_on(self, count=100):
        """So many more, for the time after what happened."""
        before = len(self.stored)
        eventually(f"{count} more creates", lambda: len(self.stored) >= before + count)

    def __exit__(self, *unused):
        self.ending.set()
        self.thread.join()

    def judge(self):
        expect("refused", self.refused[:3], [])
        expect("stored without the digest", len([one for one in self.stored if one != self.setting.pinned]), 0)


@check("a rolling update of the webhook under load: every Pod is pinned, none refused", NODE)
def rolling_update(setting):
    with Creating(setting) as load:
        setting.cluster.kubectl("-n", SYSTEM, "rollout", "restart", "deploy/weir-webhook")
        setting.cluster.kubectl("-n", SYSTEM, "rollout", "status", "deploy/weir-webhook", "--timeout=120s")
        load.go_on()
    load.judge()


@check("a deleted certificate Secret is made anew in seconds, and calls go on", NODE)
def secret_deleted(setting):
    cluster = setting.cluster
    before = cluster.get("Secret", SYSTEM, "weir-webhook-tls")["metadata"]["uid"]
    with Creating(setting) as load:
        cluster.kubectl("-n", SYSTEM, "delete", "secret", "weir-webhook-tls")
        eventually("another Secret", lambda: (cluster.find("Secret", SYSTEM, "weir-webhook-tls") or {}).get(
            "metadata", {}).get("uid", before) != before, 30)
        load.go_on()
    load.judge()


@check("the leading controller is deleted: another holds the lease", NODE)
def leader_deleted(setting):
    cluster = setting.cluster

    def holder():
        return cluster.kubectl("-n", SYSTEM, "get", "lease", "weir-controller", "-o",
                               "jsonpath={.spec.holderIdentity}")
    first = eventually("a leader", holder)
    name = [one["metadata"]["name"] for one in setting.pods("controller") if one["metadata"]["name"] in first]
    expect("the Pod that leads", len(name), 1)
    cluster.kubectl("-n", SYSTEM, "delete", "pod", name[0], "--wait=false")
    eventually("another leader", lambda: holder() not in ("", first))
