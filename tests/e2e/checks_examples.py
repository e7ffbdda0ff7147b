# SPDX-License-Identifier: Apache-2.0
"""Every file of manifests/examples, applied, and what becomes of Pods by it. Last of all namespaces' own checks, since the
cluster's policies among the examples are for all of them."""
import json
import os

from checks import check, eventually, expect, expect_in, expect_true
from checks_manifests import EXAMPLES, ODOO, record, refusal
from setting import namespace
from workloads import container, image_of, pod

POSTGRES = "registry.example.com/library/postgres@sha256:9b74c9897bac770ffc029102a200c5de4a5c5b8b9b74c9897bac770ffc029102"
STREAMS = ("stream-odoo.yaml", "stream-shared.yaml")
POLICIES = ("policy-namespace.yaml", "policy-cluster.yaml")
PATHS = "workload-paths.yaml"


def dry(setting, object_):
    """As it would be stored, and the warnings; a refusal is a failure."""
    code, stdout, stderr = setting.cluster.try_kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=object_)
    expect_true(f"taken: {stderr}", code == 0)
    return json.loads(stdout), stderr


def image_in(setting, space, image, policy="IfNotPresent"):
    return image_of(dry(setting, pod(space, "probe", container(image=image, policy=policy)))[0])


def apply(setting, name):
    setting.cluster.kubectl("apply", "-f", os.path.join(EXAMPLES, name))
    if name == "stream-odoo.yaml":
        record(setting, "shop", "odoo", "13", ODOO)
    if name == "stream-shared.yaml":
        record(setting, "images", "postgres", "16", POSTGRES)


@check("the examples: no file that is not tested here")
def all_of_them(setting):
    expect("files", sorted(os.listdir(EXAMPLES)), sorted([*STREAMS, *POLICIES, PATHS]))


@check("the examples of streams and of a namespace's policy: odoo:13, odoo:latest, images/postgres:16 and postgres:16")
def streams(setting):
    for name in (*STREAMS, "policy-namespace.yaml"):
        apply(setting, name)
    eventually("they are in force", lambda: image_in(setting, "shop", "odoo:13") == ODOO)
    for written, stored in (("odoo:latest", ODOO), ("images/postgres:16", POSTGRES), ("postgres:16", POSTGRES)):
        eventually(f"{written} is {stored}", lambda written=written, stored=stored:
                   image_in(setting, "shop", written) == stored)
    expect("image where the streams are not shared with", image_in(setting, "off", "images/postgres:16"),
           "images/postgres:16")


@check("the examples of cluster policies: a gentle start for all, and what production cannot change")
def policies(setting):
    cluster = setting.cluster
    cluster.apply(namespace("gentle"))
    cluster.apply(namespace("production", env="production"))
    for space in ("gentle", "production"):
        eventually("its ServiceAccount", lambda space=space: cluster.find("ServiceAccount", space, "default"))
    setting.put([setting.stream("gentle", [setting.monday])])
    apply(setting, "policy-cluster.yaml")
    scratch = "registry.example.com/scratch/tool:1"
    try:
        text = eventually("production is ruled", lambda: refusal(cluster, pod("production", "probe", container(
            image=scratch, policy="IfNotPresent"))))
        expect_in("no-unpinned-image-from-the-node", text)
        expect("image in scratch, pulled each time", image_in(setting, "production", scratch, "Always"), scratch)
        written = pod("gentle", "probe", container(image="mi-web:utlima"))
        stored, said = eventually("warned", lambda: [one for one in [dry(setting, written)] if "Warning" in one[1]])[0]
        expect_in("utlima", said)
        expect_in("utlima", image_of(stored))
    finally:
        cluster.kubectl("delete", "csp", "10-defaults", "20-production")


def custom_resource(group, kind, version):
    """A kind of which the API server knows nothing but its name."""
    plural = kind.lower() + "s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}}


@check("the example of --workload-paths: a Rollout's template and a Task's steps are pinned, once their kinds are registered")
def more_kinds(setting):
    cluster = setting.cluster
    kinds = (("argoproj.io", "Rollout", "v1alpha1"), ("tekton.dev", "Task", "v1"))
    for kind in kinds:
        cluster.apply(custom_resource(*kind))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "rollouts.argoproj.io", "tasks.tekton.dev")
    rule = {"apiGroups": ["argoproj.io", "tekton.dev"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"],
            "resources": ["rollouts", "tasks"], "scope": "Namespaced"}
    cluster.kubectl("patch", "mutatingwebhookconfiguration", "weir", "--type=json", "-p",
                    json.dumps([{"op": "add", "path": "/webhooks/0/rules/-", "value": rule}]))
    setting.stop_webhook()
    setting.start_webhook("--workload-paths", os.path.join(EXAMPLES, PATHS))
    web = {"spec": {"containers": [container()]}}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "namespace": "mesh"},
               "spec": {"template": web}}
    task = {"apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": {"name": "build", "namespace": "mesh"},
            "spec": {"steps": [{"name": "a", "image": "mi-web:ultima"}, {"name": "b", "image": "$(params.image)"}]}}
    try:
        stored = eventually("a Rollout is pinned", lambda: [one for one in [dry(setting, rollout)[0]] if setting.pinned in
                                                            one["spec"]["template"]["spec"]["containers"][0]["image"]])[0]
        expect_in("weir.dev/images", stored["spec"]["template"]["metadata"]["annotations"])
        expect("images of the steps", [step["image"] for step in dry(setting, task)[0]["spec"]["steps"]],
               [setting.pinned, "$(params.image)"])
        cluster.apply(rollout)
        before = json.loads(cluster.kubectl("-n", "mesh", "get", "rollout", "web", "-o", "json"))["metadata"]
        cluster.apply(rollout)
        after = json.loads(cluster.kubectl("-n", "mesh", "get", "rollout", "web", "-o", "json"))["metadata"]
        expect("generation when applied again", after["generation"], before["generation"])
    finally:
        setting.stop_webhook()
        setting.start_webhook()
        cluster.kubectl("delete", "crd", "rollouts.argoproj.io", "tasks.tekton.dev", "--wait=false")
        setting.apply_manifests()
