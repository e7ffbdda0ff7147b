# SPDX-License-Identifier: Apache-2.0
"""What people are told, namespaces that differ, and other programs at the same API server."""
import json

from checks import check, eventually, expect, expect_in, expect_true
from injector import Injector
from setting import SYSTEM, policy
from workloads import container, containers_of, image_of, pod, words_of, workload


@check("a tag that does not exist: kubectl shows container, stream, tag and what there is instead")
def denial(setting):
    text = setting.cluster.refused("create", "-f", "-", stdin=pod("shop", "typo", container(image="mi-web:utlima")))
    for part in ("default.weir.dev", "denied the request", "containers[web]", "mi-web", "utlima", "ultima", "nueva"):
        expect_in(part, text)
    expect("what is stored", setting.cluster.find("Pod", "shop", "typo"), None)


@check("the same with kubectl apply of a Deployment and kubectl set image: refused, and what ran goes on")
def denial_of_a_workload(setting):
    cluster = setting.cluster
    expect_in("utlima", cluster.refused("apply", "-f", "-", stdin=workload(
        "Deployment", "shop", "typo", container(image="mi-web:utlima"))))
    cluster.apply(workload("Deployment", "shop", "no-typo"))
    expect_in("utlima", cluster.refused("-n", "shop", "set", "image", "deploy/no-typo", "web=mi-web:utlima"))
    expect("image", image_of(cluster.get("Deployment", "shop", "no-typo")), setting.pinned)


@check("namespace lax only warns: stored as by its policy, and kubectl prints the warning")
def warned(setting):
    code, _, stderr = setting.cluster.try_kubectl("create", "-f", "-", stdin=pod(
        "lax", "typo", container(image="mi-web:utlima")))
    expect("exit code", code, 0)
    expect_in("Warning: ", stderr)
    expect_in("utlima", stderr)
    lines = [line for line in stderr.splitlines() if line.startswith("Warning: ")]
    expect_true("no warning is longer than 120 characters",
                all(len(line.removeprefix("Warning: ")) <= 120 for line in lines))
    expect_in("utlima", image_of(setting.cluster.get("Pod", "lax", "typo")))


@check("what a rule sets in shop is a warning in lax")
def policies_differ(setting):
    written = pod("lax", "always", container(policy="Always"))
    code, _, stderr = setting.cluster.try_kubectl("create", "-f", "-", stdin=written)
    expect("exit code", code, 0)
    expect_in("Warning: ", stderr)
    stored = containers_of(setting.cluster.get("Pod", "lax", "always"))["web"]
    expect("image and pull policy", (stored["image"], stored["imagePullPolicy"]), (setting.pinned, "Always"))


@check("nothing is said about what is in order")
def silent(setting):
    _, _, stderr = setting.cluster.try_kubectl("create", "-f", "-", stdin=pod("shop", "silent"))
    expect("stderr", stderr, "")


@check("a namespace labelled weir.dev/enforce: off is left alone")
def off(setting):
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("off", "alone"))
    expect("image", image_of(setting.cluster.get("Pod", "off", "alone")), "mi-web:ultima")


@check("a configuration that names the webhook by url works like the Service")
def by_url(setting):
    cluster = setting.cluster
    made = cluster.get("MutatingWebhookConfiguration", None, "weir")
    one = made["webhooks"][0]
    one["clientConfig"] = {"url": f"https://{setting.address()}/admit", "caBundle": one["clientConfig"]["caBundle"]}
    one["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": "off"}}
    cluster.apply({**made, "metadata": {"name": "weir-by-url"}, "webhooks": [one]})
    try:
        eventually("it is asked", lambda: "@sha256:" in cluster.kubectl(
            "create", "--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}", "-f", "-",
            stdin=pod("off", "probe")))
        cluster.kubectl("create", "-f", "-", stdin=pod("off", "by-url"))
        expect("image", image_of(cluster.get("Pod", "off", "by-url")), setting.pinned)
    finally:
        cluster.kubectl("delete", "mutatingwebhookconfiguration", "weir-by-url")


@check("kube-system and weir-system are left alone")
def system(setting):
    for space in ("kube-system", SYSTEM):
        eventually(f"the ServiceAccount of {space}",
                   lambda space=space: setting.cluster.find("ServiceAccount", space, "default"))
        careful = container()
        careful["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        setting.cluster.kubectl("create", "-f", "-", stdin=pod(space, "alone", careful, securityContext={
            "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}))
        expect("image", image_of(setting.cluster.get("Pod", space, "alone")), "mi-web:ultima")
        setting.cluster.kubectl("-n", space, "delete", "pod", "alone", "--wait=false")


@check("a policy that changes is in force within a second")
def policy_changes(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "namespace", "change")
    eventually("its ServiceAccount", lambda: cluster.find("ServiceAccount", "change", "default"))
    setting.put([setting.stream("change", [setting.monday])])

    def image():
        answer = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=pod("change", "probe"))
        return image_of(json.loads(answer))
    eventually("the stream is in force", lambda: image() == setting.pinned)
    setting.put([policy("change", enforcement="Off")])
    eventually("the policy is in force", lambda: image() == "mi-web:ultima")


@check("kubectl debug: the ephemeral container is pinned, the Pod is not touched otherwise")
def debug(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "-f", "-", stdin=pod("shop", "debugged"))
    eventually("the Pod runs", lambda: cluster.get("Pod", "shop", "debugged")["status"].get("phase") == "Running")
    before = cluster.get("Pod", "shop", "debugged")
    cluster.kubectl("-n", "shop", "debug", "debugged", "--image=mi-web:ultima", "-c", "look", "--profile=general",
                    "--attach=false")
    after = cluster.get("Pod", "shop", "debugged")
    expect("image of the ephemeral container", image_of(after, "look"), setting.pinned)
    expect("its containers", after["spec"]["containers"], before["spec"]["containers"])
    expect("its annotations", after["metadata"].get("annotations"), before["metadata"].get("annotations"))


@check("kubectl debug twice: the first ephemeral container stays as it is")
def debug_again(setting):
    cluster = setting.cluster
    cluster.kubectl("-n", "shop", "debug", "debugged", "--image=mi-web:ultima", "-c", "again", "--profile=general",
                    "--attach=false")
    found = cluster.get("Pod", "shop", "debugged")
    expect("images", (image_of(found, "look"), image_of(found, "again")), (setting.pinned, setting.pinned))


@check("kubectl debug with a tag that does not exist is not refused: people debug in an outage")
def debug_in_an_outage(setting):
    setting.cluster.kubectl("-n", "shop", "debug", "debugged", "--image=mi-web:utlima", "-c", "typo",
                            "--profile=general", "--attach=false")
    expect_in("utlima", image_of(setting.cluster.get("Pod", "shop", "debugged"), "typo"))


@check("a sidecar that another webhook adds after us is covered by the second round")
def injected(setting):
    cluster = setting.cluster
    image = f"{setting.registry.host}/mesh/proxy:1"
    with open(setting.certs + "ca.crt", "rb") as file:
        authority = file.read()
    with Injector(image, setting.certs + "tls.crt", setting.certs + "tls.key") as injector:
        cluster.apply(injector.configuration("zz-injector", {"injected": "yes"}, authority))
        try:
            def with_sidecar():
                answer = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-",
                                         stdin=pod("mesh", "probe"))
                return "sidecar" in containers_of(json.loads(answer))
            eventually("the API server knows the injector", with_sidecar)
            cluster.kubectl("create", "-f", "-", stdin=pod("mesh", "meshed"))
        finally:
            cluster.kubectl("delete", "mutatingwebhookconfiguration", "zz-injector")
    stored = cluster.get("Pod", "mesh", "meshed")
    expect("images", (image_of(stored), image_of(stored, "sidecar")),
           (setting.pinned, f"{setting.registry.host}/mesh/proxy@{setting.sidecar}"))
    expect("words", (words_of(stored)["image"], words_of(stored, "sidecar")["image"]), ("mi-web:ultima", image))


@check("the API server's audit log names outcome and policy")
def audited(setting):
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("shop", "audited"))
    found = {}

    def look():
        with open(setting.cluster.folder + "/log/audit.log") as file:
            for line in file:
                if '"name":"audited"' in line and '"verb":"create"' in line and line.endswith("\n"):
                    found.update(json.loads(line).get("annotations", {}))
        return found
    eventually("a line of the audit log", look)
    expect("outcome", found.get("default.weir.dev/outcome"), "changed")
    expect("policy", found.get("default.weir.dev/policy"), "default")


@check("strict namespace: pinned as everywhere; what is not when all webhooks are through is refused by verify.weir.dev")
def strict(setting):
    """A Pod that ours was kept from changing stands for one that another webhook changed after us."""
    cluster = setting.cluster
    cluster.kubectl("create", "-f", "-", stdin=pod("strict", "fine"))
    expect("image", image_of(cluster.get("Pod", "strict", "fine")), setting.pinned)
    index = [one["name"] for one in cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"]].index(
        "strict.weir.dev")
    path = f"/webhooks/{index}/matchConditions/-"
    never = {"name": "kept-out", "expression": "object.metadata.?labels[?'kept-out'].orValue('') == ''"}
    cluster.kubectl("patch", "mutatingwebhookconfiguration", "weir", "--type=json", "-p",
                    json.dumps([{"op": "add", "path": path, "value": never}]))
    try:
        written = pod("strict", "sneaky")
        written["metadata"]["labels"] = {"kept-out": "yes"}

        def refused_by_verify():
            code, _, stderr = cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=written)
            return stderr if code != 0 else None
        text = eventually("it is refused", refused_by_verify)
        for part in ("verify.weir.dev", "is not what weir stores", setting.pinned):
            expect_in(part, text)
    finally:
        setting.apply_manifests()
