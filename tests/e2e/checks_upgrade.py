# SPDX-License-Identifier: Apache-2.0
"""From the manifests of before (tests/e2e/previous) to today's, on a node, while Pods are created without a pause."""
import json

from checks import check, eventually, expect
from checks_node import NODE, Creating
from checks_overlays import LEFT, make_namespace, pinned_in, remove_all
from checks_removal import remove
from on_node import HOST
from setting import SYSTEM, policy
from workloads import image_of, workload

PREVIOUS = "../tests/e2e/previous"
OURS = "app.kubernetes.io/name=weir"


def events_of(stream):
    """The history of each tag; the controller adds conditions of its own."""
    return {tag["tag"]: tag.get("items") for tag in stream.get("status", {}).get("tags", [])}


def written(setting):
    """What users have put there, and the Secrets that must outlive an upgrade: uid and contents."""
    found = json.loads(setting.cluster.kubectl("-n", "kept", "get", "is,streampolicy,deploy", "-o", "json"))["items"]
    found += json.loads(setting.cluster.kubectl("get", "csp", "-o", "json"))["items"]
    kept = {(one["kind"], one["metadata"]["name"]): (one["metadata"]["uid"], one["spec"],
                                                      events_of(one) if one["kind"] == "ImageStream" else None)
            for one in found}
    secret = setting.cluster.get("Secret", SYSTEM, "weir-ca")
    kept["Secret", "weir-ca"] = (secret["metadata"]["uid"], secret["data"], None)
    return kept


def names_in_cluster(setting):
    inside = "deploy,svc,sa,role,rolebinding,pdb,networkpolicy"
    return sorted((setting.cluster.kubectl("get", LEFT, "-o", "name", "-l", OURS) +
                   setting.cluster.kubectl("-n", SYSTEM, "get", inside, "-o", "name", "-l", OURS)).split())


def names_of_manifests(setting):
    return sorted(setting.cluster.kubectl("create", "--dry-run=client", "-o", "name", "-k", setting.folder).split())


@check("upgrade from the manifests of before under load: every Pod is pinned, objects are kept, nothing is left behind",
       NODE)
def upgrade(setting):
    cluster = setting.cluster
    if cluster.find("Namespace", None, SYSTEM):
        remove(setting)
        cluster.kubectl("delete", "crd", "-l", OURS)
    setting.choose(PREVIOUS, setting.push_earlier_weir())
    setting.apply_manifests()
    make_namespace(setting, "kept")
    final = {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "kept"},
             "spec": {"final": True, "tags": {"resolution": "Attempt"}}}
    setting.put([setting.stream("kept", [setting.monday]), policy("kept", streams={"resolution": "Required"}), final])
    pinned_in(setting, "kept")
    cluster.apply(workload("Deployment", "kept", "web"))
    cluster.settle("Deployment", "kept", "web")
    before = written(setting)
    setting.choose("base", setting.digest)
    with Creating(setting, "kept") as load:
        setting.apply_manifests()
        for name in ("weir-webhook", "weir-controller"):
            cluster.kubectl("-n", SYSTEM, "rollout", "status", "deploy/" + name, "--timeout=120s")
        load.go_on()
    load.judge()
    for one in setting.pods("webhook"):
        # Not imageID: of two manifests with the same content containerd tells either.
        expect("image of the webhook", one["spec"]["containers"][0]["image"], f"{HOST}/weir@{setting.digest}")
    expect("what users wrote", written(setting), before)
    expect("objects of weir", names_in_cluster(setting), names_of_manifests(setting))


@check("after that upgrade, uninstalled: nothing of weir is left, and what it pinned runs on", NODE)
def uninstall(setting):
    cluster = setting.cluster
    before = [one["metadata"]["uid"] for one in cluster.list("Pod", "kept", "app=web")]
    remove_all(setting)
    eventually("the namespace is gone", lambda: cluster.find("Namespace", None, SYSTEM) is None)
    expect("image of the Deployment", image_of(cluster.get("Deployment", "kept", "web")), setting.pinned)
    expect("its Pods", [one["metadata"]["uid"] for one in cluster.list("Pod", "kept", "app=web")], before)
    _, groups = cluster.ask("GET", "/apis")
    expect("its API group", [one["name"] for one in groups["groups"] if one["name"] == "weir.dev"], [])
