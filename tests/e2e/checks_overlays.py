# SPDX-License-Identifier: Apache-2.0
"""The overlays, each used: `strict` over the base; the others installed on a cluster without weir, and removed again.
What is not to be had here (OpenShift, cert-manager) is played by the check: it does what the overlay's annotations and
objects ask of it, and its resources are hand-written minimal ones."""
import base64
import json
import os
import subprocess

from checks import check, eventually, expect, expect_in
from checks_manifests import refusal
from checks_removal import remove
from setting import ROOT, SYSTEM, namespace
from workloads import image_of, pod

from processes import HeldPort, stop
from weir import GENERATE, Weir

LEFT = "crd,clusterrole,clusterrolebinding,mutatingwebhookconfiguration,validatingwebhookconfiguration,namespace"
BOTH = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def stored_image(setting, space):
    """Of a Pod that says mi-web:ultima, on a dry run; what stands there if it is refused."""
    code, stdout, stderr = setting.cluster.try_kubectl("create", "--dry-run=server", "-o", "json", "-f", "-",
                                                       stdin=pod(space, "probe"))
    return image_of(json.loads(stdout)) if code == 0 else stderr


def pinned_in(setting, space):
    eventually(f"mi-web:ultima is pinned in {space}", lambda: stored_image(setting, space) == setting.pinned)


def make_namespace(setting, name, **labels):
    setting.cluster.apply(namespace(name, **labels))
    eventually("its ServiceAccount", lambda: setting.cluster.find("ServiceAccount", name, "default"))


def remove_all(setting):
    """As manifests/README.md says, the resources with it; nothing is left."""
    remove(setting)
    setting.cluster.kubectl("delete", "crd", "-l", "app.kubernetes.io/name=weir")
    expect("what is left", setting.cluster.kubectl("get", LEFT, "-o", "name", "-l", "app.kubernetes.io/name=weir"), "")


def configurations(setting):
    return [setting.cluster.get(kind, None, "weir") for kind in BOTH]


def put_bundle(setting, authority):
    for found in configurations(setting):
        patch = [{"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle",
                  "value": base64.b64encode(authority).decode()} for index in range(len(found["webhooks"]))]
        setting.cluster.kubectl("patch", found["kind"].lower(), "weir", "--type=json", "-p", json.dumps(patch))


def issue(setting, secret, names):
    """An authority, and a leaf for these names in the Secret; the authority's certificate."""
    folder = setting.stage.path("issued-" + secret, "")
    subprocess.run(["bash", GENERATE, "-o", folder, *names], check=True, stdout=subprocess.DEVNULL)
    setting.cluster.kubectl("-n", SYSTEM, "create", "secret", "tls", secret, f"--cert={folder}tls.crt",
                            f"--key={folder}tls.key")
    with open(folder + "ca.crt", "rb") as file:
        return file.read()


def serve(setting, authority):
    """The webhook, with the certificate of the Secret that its Deployment mounts and the account of the manifests."""
    put_bundle(setting, authority)
    expect("the Secret is there", setting.write_certificate(), True)
    setting.start_webhook()


def clear(setting):
    """A cluster without weir: the checks before may have left some."""
    setting.stop_webhook()
    stop(setting.controller)
    if setting.cluster.find("Namespace", None, SYSTEM):
        remove_all(setting)
    make_namespace(setting, "plain")


@check("overlay strict: a namespace without a label fails closed and is verified, too; \"off\" stays out")
def strict(setting):
    cluster = setting.cluster
    if not cluster.find("Namespace", None, SYSTEM):
        clear(setting)
        setting.install()
    make_namespace(setting, "plain")
    setting.put([setting.stream("plain", [setting.monday])])
    pinned_in(setting, "plain")
    setting.choose("overlays/strict")
    setting.apply_manifests()
    setting.stop_webhook()
    try:
        text = eventually("refused while nobody answers", lambda: refusal(cluster, pod("plain", "closed")))
        expect_in("default.weir.dev", text)
        expect("image in a namespace that is off", stored_image(setting, "off"), "mi-web:ultima")
    finally:
        setting.start_webhook()
    pinned_in(setting, "plain")
    verify = cluster.get("ValidatingWebhookConfiguration", None, "weir")["webhooks"][0]
    expect("failurePolicy of verify", verify["failurePolicy"], "Fail")
    unverified(setting)
    setting.choose("base")
    setting.apply_manifests()
    policies = [one["failurePolicy"] for one in cluster.get(BOTH[0], None, "weir")["webhooks"]]
    expect("failure policies with the base again", policies, ["Ignore", "Fail"])


def unverified(setting):
    """What ours was kept from pinning is refused by the one that looks last."""
    setting.put([{"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
                  "metadata": {"name": "default", "namespace": "plain"}, "spec": {"streams": {"resolution": "Required"}}}])
    never = {"name": "kept-out", "expression": "object.metadata.?labels[?'kept-out'].orValue('') == ''"}
    patch = [{"op": "add", "path": "/webhooks/0/matchConditions/-", "value": never}]
    setting.cluster.kubectl("patch", "mutatingwebhookconfiguration", "weir", "--type=json", "-p", json.dumps(patch))
    written = pod("plain", "sneaky")
    written["metadata"]["labels"] = {"kept-out": "yes"}
    expect_in("verify.weir.dev", eventually("it is refused", lambda: refusal(setting.cluster, written)))


def command_of_readme(setting, port):
    """The one that installs the overlay dev, with the certificate and the port of this check."""
    with open(os.path.join(ROOT, "manifests", "README.md")) as file:
        text = file.read()
    command = text[text.index("kubectl kustomize manifests/overlays/dev"):]
    command = command[:command.index("\n```")]
    return command.replace("certs/out/", setting.certs).replace(
        " | kubectl apply", f" | sed 's|127.0.0.1:8443|127.0.0.1:{port}|' | kubectl apply")


@check("overlay dev, by the command of manifests/README.md: the API server asks the program on this machine, by url")
def dev(setting):
    clear(setting)
    cluster, held = setting.cluster, HeldPort()
    port = held.number
    subprocess.run(["bash", "-c", "set -euo pipefail; " + command_of_readme(setting, port)], cwd=ROOT, check=True,
                   env={**os.environ, "PATH": cluster.folder + ":" + os.environ["PATH"]}, capture_output=True)
    expect("Deployments, Services, accounts", cluster.kubectl(
        "-n", SYSTEM, "get", "deploy,svc,pdb,networkpolicy,role,rolebinding", "-o", "name"), "")
    expect("where the webhook is", {one["clientConfig"].get("url") for found in configurations(setting)
                                    for one in found["webhooks"]},
           {f"https://127.0.0.1:{port}/admit", f"https://127.0.0.1:{port}/verify"})
    cluster.kubectl("wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/part-of=weir")
    webhook = Weir(setting.stage, setting.binary, [], [
        "--kubeconfig", cluster.folder + "/admin.kubeconfig", f"--listen=127.0.0.1:{port}",
        "--tls-cert=" + setting.certs + "tls.crt", "--tls-key=" + setting.certs + "tls.key"], name="dev")
    webhook.wait_ready()
    try:
        setting.put([setting.stream("plain", [setting.monday])])
        pinned_in(setting, "plain")
        cluster.kubectl("label", "namespace", "plain", "weir.dev/enforce=strict")
        pinned_in(setting, "plain")
        cluster.kubectl("label", "namespace", "plain", "weir.dev/enforce-")
    finally:
        stop(webhook.process)
        held.close()
    remove_all(setting)


def annotated(object_, name):
    return object_["metadata"].get("annotations", {}).get(name)


@check("overlay openshift: the cluster's own streams are read, and the service CA is asked for what the webhook needs")
def openshift(setting):
    """The check is the service CA: a Secret for the Service's annotation, the bundle for that of the configurations."""
    clear(setting)
    cluster = setting.cluster
    cluster.kubectl("apply", "-f", os.path.join(ROOT, "tests", "data", "openshift-imagestreams.yaml"))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "imagestreams.image.openshift.io")
    setting.choose("overlays/openshift")
    setting.apply_manifests()
    service = json.loads(cluster.kubectl("-n", SYSTEM, "get", "service", "weir", "-o", "json"))
    secret = annotated(service, "service.beta.openshift.io/serving-cert-secret-name")
    expect("the Secret that the service CA shall write", secret, "weir-webhook-tls")
    for found in configurations(setting):
        expect("who writes caBundle", annotated(found, "service.beta.openshift.io/inject-cabundle"), "true")
    expect("accounts", "weir-controller" in cluster.kubectl("-n", SYSTEM, "get", "serviceaccount", "-o", "name"), False)
    serve(setting, issue(setting, secret, ["weir.weir-system.svc"]))
    try:
        make_namespace(setting, "native")
        setting.put([{**setting.stream("native", [setting.monday]), "apiVersion": "image.openshift.io/v1"}])
        pinned_in(setting, "native")
        setting.put([setting.stream("plain", [setting.monday])])
        pinned_in(setting, "plain")
    finally:
        setting.stop_webhook()
    remove_all(setting)
    cluster.kubectl("delete", "crd", "imagestreams.image.openshift.io")


@check("overlay cert-manager: its objects are taken by an API server that knows them, and what they ask for is enough")
def cert_manager(setting):
    """The check is cert-manager, as far as Certificate and annotations say what is wanted of it."""
    clear(setting)
    cluster = setting.cluster
    resources = os.path.join(ROOT, "tests", "data", "cert-manager.yaml")
    cluster.kubectl("apply", "-f", resources)
    cluster.kubectl("wait", "--for=condition=Established", "-f", resources)
    setting.choose("overlays/cert-manager")
    setting.apply_manifests()
    wanted = json.loads(cluster.kubectl("-n", SYSTEM, "get", "certificate", "weir", "-o", "json"))
    issuer = json.loads(cluster.kubectl("-n", SYSTEM, "get", "issuer", wanted["spec"]["issuerRef"]["name"], "-o", "json"))
    authority = json.loads(cluster.kubectl("-n", SYSTEM, "get", "certificate", "weir-ca", "-o", "json"))
    expect("the issuer's Secret", issuer["spec"]["ca"]["secretName"], authority["spec"]["secretName"])
    for found in configurations(setting):
        expect("whose CA is injected", annotated(found, "cert-manager.io/inject-ca-from"),
               f"{SYSTEM}/{wanted['metadata']['name']}")
    serve(setting, issue(setting, wanted["spec"]["secretName"], wanted["spec"]["dnsNames"]))
    try:
        setting.put([setting.stream("plain", [setting.monday])])
        pinned_in(setting, "plain")
    finally:
        setting.stop_webhook()
    remove_all(setting)
    cluster.kubectl("delete", "-f", resources)
