# SPDX-License-Identifier: Apache-2.0
"""The manifests from a user's side: schemas and accounts, examples, who may do what."""
import json
import os
import subprocess
import sys

from checks import Broken, check, eventually, expect, expect_in
from setting import ROOT, SYSTEM
from workloads import image_of, pod

EXAMPLES = os.path.join(ROOT, "manifests", "examples")
ODOO = "docker.io/library/odoo@sha256:5f0e6d3cbe4a1b0b7f5bb2ff7b7d14b2a1c5b8a5f4f0c1d2e3a4b5c6d7e8f901"


def record(setting, space, name, tag, reference):
    """What the controller would write: the registries that the examples name are not reached from here."""
    repository, image = reference.split("@")
    event = {"created": "2026-10-21T06:00:00Z", "dockerImageReference": f"{repository}@{image}", "image": image}
    setting.cluster.kubectl("patch", "is", name, "-n", space, "--subresource=status", "--type=merge", "-p",
                            json.dumps({"status": {"tags": [{"tag": tag, "items": [event]}]}}))


def run_tests(setting, name, **environment):
    """A test of tests/integration that wants a cluster; one that skips has not been run."""
    run = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "integration", name)], capture_output=True,
                         text=True, timeout=300, env={**os.environ, "WEIR": setting.binary, **environment})
    output = run.stdout + run.stderr
    if run.returncode != 0 or "skipped" in output:
        raise Broken(f"{name}: exit code {run.returncode}\n{output[-3000:]}")


@check("what the accounts may do is the checked-in list; install.yaml is current; the API server takes every overlay")
def accounts_and_overlays(setting):
    run_tests(setting, "test_manifests.py", WEIR_KUBECTL=setting.cluster.folder + "/kubectl")


@check("the API server's schemas and the file loader refuse and accept the same policies and streams")
def schemas(setting):
    run_tests(setting, "test_schema.py", WEIR_KUBECTL=setting.cluster.folder + "/kubectl")


@check("manifests/README.md, \"See it work\": a digest is printed")
def see_it_work(setting):
    cluster = setting.cluster
    stream = os.path.join(EXAMPLES, "stream-odoo.yaml")
    cluster.kubectl("apply", "-f", stream)
    record(setting, "shop", "odoo", "13", ODOO)

    def image():
        return cluster.kubectl("run", "odoo", "-n", "shop", "--image=odoo:13", "--dry-run=server", "-o",
                               "jsonpath={.spec.containers[0].image}")
    found = eventually("odoo is known", lambda: "@sha256:" in image() and image())
    expect_in("docker.io/library/odoo@sha256:", found)
    expect_in("odoo", cluster.kubectl("get", "weir", "-A"))
    expect_in("pull", cluster.kubectl("explain", "streampolicy.spec.pullPolicy").lower())


@check("a mistake in a policy is refused by the API server itself, with a sentence")
def refused_by_schema(setting):
    made = {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
            "metadata": {"name": "wrong", "namespace": "shop"},
            "spec": {"enforcement": "Sometimes",
                     "pullPolicy": [{"name": "empty", "allow": [], "action": "Deny"}]}}
    text = setting.cluster.refused("create", "-f", "-", stdin=made)
    for part in ("spec.enforcement", "Sometimes", "spec.pullPolicy[0].allow"):
        expect_in(part, text)


@check("namespace roles: edit may write streams, admin also policies, view only reads; nobody's may write the cluster's")
def roles(setting):
    cluster = setting.cluster
    for role in ("view", "edit", "admin"):
        cluster.kubectl("-n", "shop", "create", "rolebinding", role, "--clusterrole=" + role, "--user=" + role)

    def may(user, verb, resource):
        _, answer, _ = cluster.try_kubectl("-n", "shop", "auth", "can-i", verb, resource, "--as=" + user)
        return answer.strip()
    expected = {("view", "get", "imagestreams.weir.dev"): "yes", ("view", "update", "imagestreams.weir.dev"): "no",
                ("edit", "create", "imagestreams.weir.dev"): "yes", ("edit", "create", "streampolicies.weir.dev"): "no",
                ("admin", "create", "streampolicies.weir.dev"): "yes",
                ("admin", "create", "clusterstreampolicies.weir.dev"): "no"}
    eventually("the roles are aggregated", lambda: may("admin", "create", "streampolicies.weir.dev") == "yes")
    for question, answer in expected.items():
        expect(" ".join(question), may(*question), answer)


@check("a namespace's administrator sets its policy with the rights there and no other: in force within a second")
def owner(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "namespace", "owned")
    cluster.kubectl("-n", "owned", "create", "rolebinding", "owner", "--clusterrole=admin", "--user=owner")
    eventually("the ServiceAccount", lambda: cluster.find("ServiceAccount", "owned", "default"))
    setting.put([setting.stream("owned", [setting.monday])])
    written = pod("owned", "probe")
    written["spec"]["containers"][0]["image"] = "mi-web:utlima"
    eventually("the stream is in force", lambda: "Warning" in cluster.try_kubectl(
        "create", "--dry-run=server", "-f", "-", stdin=written)[2])
    made = {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "own", "namespace": "owned"},
            "spec": {"streams": {"resolution": "Required"}}}
    eventually("the rights are in force", lambda: cluster.try_kubectl(
        "apply", "--as=owner", "--dry-run=server", "-f", "-", stdin=made)[0] == 0)
    cluster.apply(made, "--as=owner")
    expect_in("utlima", eventually("it is in force", lambda: refusal(cluster, written)))  # with kubectl's own time
    expect_in("forbidden", cluster.refused("apply", "--as=owner", "-f", "-", stdin={
        "apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "own"}, "spec": {}}))


@check("a cluster policy that is final cannot be weakened by a namespace")
def final(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "namespace", "bound")
    setting.put([
        {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "bind"},
         "spec": {"final": True, "enforcement": "Enforce", "streams": {"resolution": "Required", "lookup": "Only"},
                  "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bound"}}}},
        {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "own", "namespace": "bound"},
         "spec": {"enforcement": "Off", "streams": {"resolution": "Off", "lookup": "OptIn"}}}])
    eventually("the ServiceAccount", lambda: cluster.find("ServiceAccount", "bound", "default"))
    text = eventually("both are in force", lambda: refusal(cluster, pod("bound", "free")))
    expect_in("mi-web", text)


def refusal(cluster, object_):
    code, _, stderr = cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=object_)
    return stderr if code != 0 else None


@check("manifests/README.md, \"Upgrade\": the same manifests again leave caBundle, and nothing stops")
def applied_again(setting):
    before = setting.cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"][0]["clientConfig"]
    setting.apply_manifests()
    after = setting.cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"][0]["clientConfig"]
    expect("clientConfig", after, before)
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("shop", "after-upgrade"))
    expect("image", image_of(setting.cluster.get("Pod", "shop", "after-upgrade")), setting.pinned)
