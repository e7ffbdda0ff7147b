# SPDX-License-Identifier: Apache-2.0
"""How it behaves in the cluster: who is asked, what happens while it is away, and that its bundle looks after itself."""
import json
import time

from checks import check, eventually, expect, expect_in, expect_true
from workloads import image_of, pod, workload

from review import review, stored_object


@check("matchConditions spare the calls that can change nothing: status, scale, labels, ReplicaSets of Deployments")
def spared(setting):
    cluster = setting.cluster
    before = setting.admissions()
    cluster.apply(workload("Deployment", "shop", "spared"))
    cluster.settle("Deployment", "shop", "spared")
    expect("calls for a Deployment and its Pod", setting.admissions() - before, 2)
    before = setting.admissions()
    cluster.kubectl("-n", "shop", "label", "deploy/spared", "team=web")
    cluster.kubectl("-n", "shop", "scale", "deploy/spared", "--replicas=0")
    cluster.settle("Deployment", "shop", "spared")
    eventually("no Pod of it", lambda: not cluster.list("Pod", "shop", "app=spared"))
    expect("calls", setting.admissions() - before, 0)


@check("an edited caBundle is put right in seconds")
def bundle_repaired(setting):
    cluster = setting.cluster
    good = cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"][0]["clientConfig"]["caBundle"]
    patch = [{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]
    cluster.kubectl("patch", "mutatingwebhookconfiguration", "weir", "--type=json", "-p", json.dumps(patch))

    def repaired():
        found = cluster.get("MutatingWebhookConfiguration", None, "weir")["webhooks"][0]["clientConfig"]
        return found.get("caBundle") == good
    eventually("the bundle is back", repaired)


@check("weir away, default namespace: stored as it was written; strict namespace: refused")
def away(setting):
    cluster = setting.cluster
    setting.stop_webhook()
    try:
        cluster.kubectl("create", "-f", "-", stdin=pod("shop", "open"))
        expect("image", image_of(cluster.get("Pod", "shop", "open")), "mi-web:ultima")
        text = cluster.refused("create", "-f", "-", stdin=pod("strict", "closed"))
        expect_in("strict.weir.dev", text)
    finally:
        setting.start_webhook()
    eventually("it is asked again", lambda: "@sha256:" in cluster.kubectl(
        "create", "--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}", "-f", "-",
        stdin=pod("shop", "again")))


@check("the rescue command of the README: one line, and nothing of weir is asked any more")
def rescue(setting):
    cluster = setting.cluster
    cluster.kubectl("delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "weir")
    cluster.kubectl("create", "-f", "-", stdin=pod("strict", "rescued"))
    expect("image", image_of(cluster.get("Pod", "strict", "rescued")), "mi-web:ultima")
    setting.install_again()
    eventually("it is asked again", lambda: "@sha256:" in cluster.kubectl(
        "create", "--dry-run=server", "-o", "jsonpath={.spec.containers[0].image}", "-f", "-",
        stdin=pod("shop", "after-rescue")))


@check("SIGTERM and a second start: the log has no error of ours")
def no_errors(setting):
    for process in (setting.webhook.process, setting.controller):
        with open(process.log, errors="replace") as file:
            errors = [line.strip() for line in file if '"level":"error"' in line]
        expect_true(f"errors: {errors[:3]}", not errors)


@check("the API server is restarted: weir stays ready, decides meanwhile, and follows again what changes")
def api_server_restarted(setting):
    cluster = setting.cluster
    cluster.stop("kube-apiserver")
    try:
        for _ in range(20):
            expect("/readyz while the API server is away", setting.webhook.probe("/readyz")[0], 200)
            time.sleep(0.1)
        review_ = review(pod("shop", "meanwhile"))
        expect("an answer meanwhile", image_of(stored_object(pod("shop", "meanwhile"), setting.webhook_asked(review_))),
               setting.pinned)
    finally:
        expect("cluster-up.sh", cluster.script("cluster-up.sh", cluster.mode).returncode, 0)
    cluster.kubectl("create", "namespace", "later")
    setting.put([setting.stream("later", [setting.monday])])
    eventually("a stream made since is in force", lambda: "@sha256:" in cluster.kubectl(
        "create", "--dry-run=server", "-o", "jsonpath={.template.spec.containers[0].image}", "-f", "-",
        stdin=workload("PodTemplate", "later", "probe")), 20)
