# SPDX-License-Identifier: Apache-2.0
"""What is stored of what people write: every kind, and the same file written again in every way that there is."""
import copy
import json

from checks import check, eventually, expect, expect_in, expect_true
from workloads import KINDS, container, containers_of, image_of, pod, template_of, words_of, workload


def on_create(kind):
    def stored_with_the_digest(setting):
        name = "new-" + kind.lower()
        written = (pod if kind == "Pod" else lambda *rest: workload(kind, *rest))("shop", name)
        setting.cluster.kubectl("create", "-f", "-", stdin=written)
        stored = setting.cluster.get(kind, "shop", name)
        expect("image", image_of(stored), setting.pinned)
        expect("the author's words", words_of(stored).get("image"), "mi-web:ultima")
    return stored_with_the_digest


for one in ["Pod", *KINDS]:
    check(f"a {one} with image mi-web:ultima is stored with the digest")(on_create(one))


def its_pods(kind):
    def run_with_the_digest(setting):
        name = "new-" + kind.lower()
        pods = eventually("a Pod of it", lambda: setting.cluster.list("Pod", "shop", "app=" + name))
        for one in pods:
            expect("image of its Pod", image_of(one), setting.pinned)
    return run_with_the_digest


for one in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job"):
    check(f"the Pods of that {one} have the digest")(its_pods(one))


@check("the Job that a CronJob makes has the digest, and so has its Pod")
def job_of_cron_job(setting):
    setting.cluster.kubectl("-n", "shop", "create", "job", "by-hand", "--from=cronjob/new-cronjob")
    expect("image of the Job", image_of(setting.cluster.get("Job", "shop", "by-hand")), setting.pinned)
    pods = eventually("a Pod of it", lambda: setting.cluster.list("Pod", "shop", "job-name=by-hand"))
    expect("image of its Pod", image_of(pods[0]), setting.pinned)


@check("what a Deployment's, StatefulSet's and DaemonSet's controller writes is not fought over")
def controllers_are_content(setting):
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        name = "new-" + kind.lower()
        setting.cluster.settle(kind, "shop", name)
    expect("ReplicaSets of the Deployment", len(setting.cluster.list("ReplicaSet", "shop", "app=new-deployment")), 1)
    for name in ("new-statefulset", "new-daemonset"):
        expect(f"revisions of {name}", len(setting.cluster.list("ControllerRevision", "shop", "app=" + name)), 1)


@check("init containers, several containers and a plain tag beside them: each its own answer")
def several_positions(setting):
    written = pod("shop", "several", container("web", "mi-web:ultima"), container("other", "registry.test/app:1"),
                  initContainers=[container("first", "mi-web")])
    written["spec"]["initContainers"][0]["image"] = "mi-web:ultima"
    setting.cluster.kubectl("create", "-f", "-", stdin=written)
    stored = setting.cluster.get("Pod", "shop", "several")
    got = {name: one["image"] for name, one in containers_of(stored).items()}
    expect("images", got, {"first": setting.pinned, "web": setting.pinned, "other": "registry.test/app:1"})


@check("a rule that Sets: imagePullPolicy Always is stored as IfNotPresent, the author's own is kept in the annotation")
def pull_policy_set(setting):
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("shop", "set", container(policy="Always")))
    stored = setting.cluster.get("Pod", "shop", "set")
    expect("pull policy", containers_of(stored)["web"]["imagePullPolicy"], "IfNotPresent")
    expect("its author's", words_of(stored).get("pullPolicy"), "Always")


@check("kubectl create --dry-run=server shows the digest and stores nothing")
def dry_run(setting):
    answer = setting.cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-",
                                     stdin=workload("Deployment", "shop", "dry"))
    expect("image", image_of(json.loads(answer)), setting.pinned)
    expect("what is stored", setting.cluster.find("Deployment", "shop", "dry"), None)


@check("kubectl run and kubectl create deployment need no file to be pinned")
def without_a_file(setting):
    setting.cluster.kubectl("-n", "shop", "run", "quick", "--image=mi-web:ultima")
    setting.cluster.kubectl("-n", "shop", "create", "deployment", "quick", "--image=mi-web:ultima")
    expect("image of the Pod", image_of(setting.cluster.get("Pod", "shop", "quick"), "quick"), setting.pinned)
    expect("image of the Deployment",
           image_of(setting.cluster.get("Deployment", "shop", "quick"), "mi-web"), setting.pinned)


def applied_twice(kind, name, setting, *flags):
    """The file, and once more; returns what was stored after each."""
    cluster = setting.cluster
    written = pod("shop", name, container(policy="Always")) if kind == "Pod" else \
        workload(kind, "shop", name, container(policy="Always"))
    cluster.apply(written, *flags)
    if kind == "Deployment":
        cluster.settle(kind, "shop", name)
    elif kind == "Pod":
        eventually("the Pod runs", lambda: cluster.get("Pod", "shop", name)["status"].get("phase") == "Running")
    before = cluster.get(kind, "shop", name)
    expect("image", image_of(before), setting.pinned)
    cluster.apply(written, *flags)
    return written, before, cluster.get(kind, "shop", name)


def expect_same(kind, before, after):
    expect("template", template_of(after)["spec"], template_of(before)["spec"])
    expect("annotations", template_of(after)["metadata"].get("annotations", {}).get("weir.dev/images"),
           template_of(before)["metadata"].get("annotations", {}).get("weir.dev/images"))


def apply_again(kind, way, *flags):
    def same_template(setting):
        name = f"{way}-{kind.lower()}"
        _, before, after = applied_twice(kind, name, setting, *flags)
        expect_same(kind, before, after)
        if kind == "Deployment":
            expect("generation", after["metadata"]["generation"], before["metadata"]["generation"])
            expect("ReplicaSets", len(setting.cluster.list("ReplicaSet", "shop", "app=" + name)), 1)
    return same_template


for one in ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod"):
    check(f"kubectl apply twice, {one}: nothing changes")(apply_again(one, "client"))
    check(f"kubectl apply --server-side twice, {one}: no conflict with ourselves, nothing changes")(
        apply_again(one, "server", "--server-side"))


@check("kubectl apply, then the same file with --server-side: Kubernetes asks for --force-conflicts, nothing changes")
def client_then_server(setting):
    """Two managers and two values: what any webhook changes is refused here. Once taken over, it is one's own."""
    written, before, _ = applied_twice("Deployment", "client-server", setting)
    expect_in("conflict", setting.cluster.refused("apply", "--server-side", "-f", "-", stdin=written))
    setting.cluster.apply(written, "--server-side", "--force-conflicts")
    setting.cluster.apply(written, "--server-side")
    expect_same("Deployment", before, setting.cluster.settle("Deployment", "shop", "client-server"))
    expect("ReplicaSets", len(setting.cluster.list("ReplicaSet", "shop", "app=client-server")), 1)


@check("server-side apply of other words: they are resolved, without a conflict")
def server_side_other_words(setting):
    written, _, _ = applied_twice("Deployment", "server-new-words", setting, "--server-side")
    written["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.test/app:2"
    setting.cluster.apply(written, "--server-side")
    after = setting.cluster.settle("Deployment", "shop", "server-new-words")
    expect("image", image_of(after), "registry.test/app:2")


@check("kubectl replace with the original file: the same template, one ReplicaSet")
def replace(setting):
    cluster = setting.cluster
    written = workload("Deployment", "shop", "replaced", container(policy="Always"))
    cluster.kubectl("create", "-f", "-", stdin=written)
    before = cluster.settle("Deployment", "shop", "replaced")
    expect("image", image_of(before), setting.pinned)
    cluster.kubectl("replace", "-f", "-", stdin=written)
    expect_same("Deployment", before, cluster.settle("Deployment", "shop", "replaced"))
    expect("ReplicaSets", len(cluster.list("ReplicaSet", "shop", "app=replaced")), 1)


@check("kubectl diff after kubectl apply says that nothing differs")
def diff(setting):
    written, _, _ = applied_twice("Deployment", "no-diff", setting)
    code, stdout, stderr = setting.cluster.try_kubectl("diff", "-f", "-", stdin=written)
    expect("kubectl diff", (code, stdout), (0, ""))


@check("label, annotate and a strategic patch that leaves the image alone change no image")
def metadata_writes(setting):
    cluster = setting.cluster
    cluster.apply(workload("Deployment", "shop", "labelled"))
    before = cluster.settle("Deployment", "shop", "labelled")
    expect("image", image_of(before), setting.pinned)
    cluster.kubectl("-n", "shop", "label", "deploy/labelled", "team=web")
    cluster.kubectl("-n", "shop", "annotate", "deploy/labelled", "note=x")
    cluster.kubectl("-n", "shop", "patch", "deploy/labelled", "-p", '{"spec": {"minReadySeconds": 1}}')
    expect_same("Deployment", before, cluster.get("Deployment", "shop", "labelled"))
    expect("ReplicaSets", len(cluster.list("ReplicaSet", "shop", "app=labelled")), 1)


@check("Helm's sequence of writes (create, upgrade, rollback): the old ReplicaSet itself is back")
def helm(setting):
    """Helm 3 sends strategic merge patches of old manifest against new one, each with the live object as the base."""
    cluster = setting.cluster
    first = workload("Deployment", "shop", "helm", container(policy="Always"))
    first["metadata"]["annotations"] = {"meta.helm.sh/release-name": "helm"}
    second = copy.deepcopy(first)
    second["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.test/app:2"
    cluster.kubectl("create", "--field-manager=helm", "-f", "-", stdin=first)
    installed = cluster.settle("Deployment", "shop", "helm")
    for written in (first, second, first):
        patch = {"spec": {"template": {"spec": {"containers": written["spec"]["template"]["spec"]["containers"]}}}}
        cluster.kubectl("-n", "shop", "patch", "deploy/helm", "--field-manager=helm", "-p", json.dumps(patch))
        now = cluster.settle("Deployment", "shop", "helm")
        expect_true("an upgrade without another image leaves the template alone",
                    written is not first or template_of(now) == template_of(installed))
    sets = cluster.list("ReplicaSet", "shop", "app=helm")
    expect("ReplicaSets after create, upgrade and rollback", len(sets), 2)
    running = [one for one in sets if one["spec"]["replicas"] == 1]
    expect("image that runs", [image_of(one) for one in running], [setting.pinned])


@check("a Pod's image that is changed in place is resolved, and its pull policy left alone")
def pod_update(setting):
    cluster = setting.cluster
    cluster.kubectl("create", "-f", "-", stdin=pod("shop", "in-place", container("web", "registry.test/app:1")))
    before = cluster.get("Pod", "shop", "in-place")
    cluster.kubectl("-n", "shop", "set", "image", "pod/in-place", "web=mi-web:ultima")
    after = cluster.get("Pod", "shop", "in-place")
    expect("image", image_of(after), setting.pinned)
    expect("pull policy", containers_of(after)["web"]["imagePullPolicy"],
           containers_of(before)["web"]["imagePullPolicy"])


@check("an image volume is pinned as well")
def image_volume(setting):
    written = pod("shop", "volume", volumes=[{"name": "data", "image": {"reference": "mi-web:ultima"}}])
    setting.cluster.kubectl("create", "-f", "-", stdin=written)
    volumes = setting.cluster.get("Pod", "shop", "volume")["spec"]["volumes"]
    expect_in({"name": "data", "image": {"reference": setting.pinned, "pullPolicy": "IfNotPresent"}}, volumes)
