# SPDX-License-Identifier: Apache-2.0
"""Roll-outs: what starts one, what does not, and that an undo brings back the very revision."""
import json

from checks import check, eventually, expect, expect_true
from setting import ago, policy
from workloads import container, image_of, pod, template_of, workload

AUTOSCALER = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}


def deploy(setting, name, *containers):
    """With image mi-web:ultima, or these containers; settled."""
    setting.cluster.apply(workload("Deployment", "shop", name, *containers))
    made = setting.cluster.settle("Deployment", "shop", name)
    if all(one["image"] == "mi-web:ultima" for one in containers):
        expect("image", image_of(made), setting.pinned)
    return made


def replica_sets(setting, name):
    return {one["metadata"]["name"]: one["spec"]["replicas"]
            for one in setting.cluster.list("ReplicaSet", "shop", "app=" + name)}


@check("kubectl set image: new words are resolved and rolled out")
def set_image(setting):
    deploy(setting, "set-image", container("web", "registry.test/app:1"))
    setting.cluster.kubectl("-n", "shop", "set", "image", "deploy/set-image", "web=mi-web:ultima")
    after = setting.cluster.settle("Deployment", "shop", "set-image")
    expect("image", image_of(after), setting.pinned)
    expect("ReplicaSets", len(replica_sets(setting, "set-image")), 2)


@check("kubectl set image with the words that stand there already starts no roll-out")
def set_image_again(setting):
    before = deploy(setting, "set-again")
    setting.cluster.kubectl("-n", "shop", "set", "image", "deploy/set-again", "web=mi-web:ultima")
    after = setting.cluster.settle("Deployment", "shop", "set-again")
    expect("template", template_of(after), template_of(before))
    expect("ReplicaSets", len(replica_sets(setting, "set-again")), 1)


@check("kubectl rollout undo, Deployment: the old ReplicaSet itself is back, annotation and all")
def undo_deployment(setting):
    cluster = setting.cluster
    before = deploy(setting, "undo", container(policy="Always"))
    first = list(replica_sets(setting, "undo"))
    cluster.kubectl("-n", "shop", "set", "image", "deploy/undo", "web=registry.test/app:2")
    cluster.settle("Deployment", "shop", "undo")
    cluster.kubectl("-n", "shop", "rollout", "undo", "deploy/undo")
    after = cluster.settle("Deployment", "shop", "undo")
    expect("template", template_of(after), template_of(before))
    sets = replica_sets(setting, "undo")
    expect("ReplicaSets", len(sets), 2)
    expect("the first one's replicas", sets[first[0]], 1)


def undo_revision(kind):
    def revision_is_used_again(setting):
        cluster, name = setting.cluster, "undo-" + kind.lower()
        path = f"{kind.lower()}/{name}"
        cluster.apply(workload(kind, "shop", name, container(policy="Always")))
        before = cluster.settle(kind, "shop", name)
        expect("image", image_of(before), setting.pinned)
        first = cluster.list("ControllerRevision", "shop", "app=" + name)
        cluster.kubectl("-n", "shop", "set", "image", path, "web=registry.test/app:2")
        cluster.settle(kind, "shop", name)
        cluster.kubectl("-n", "shop", "rollout", "undo", path)
        after = cluster.settle(kind, "shop", name)
        expect("template", template_of(after), template_of(before))
        revisions = cluster.list("ControllerRevision", "shop", "app=" + name)
        expect("revisions", len(revisions), 2)
        newest = max(revisions, key=lambda one: one["revision"])
        expect("the newest one", newest["metadata"]["name"], first[0]["metadata"]["name"])
    return revision_is_used_again


for one in ("StatefulSet", "DaemonSet"):
    check(f"kubectl rollout undo, {one}: the old revision itself is back")(undo_revision(one))


@check("kubectl rollout restart: a new ReplicaSet, the same digest")
def restart(setting):
    deploy(setting, "restart")
    setting.cluster.kubectl("-n", "shop", "rollout", "restart", "deploy/restart")
    after = setting.cluster.settle("Deployment", "shop", "restart")
    expect("image", image_of(after), setting.pinned)
    expect("ReplicaSets", len(replica_sets(setting, "restart")), 2)


@check("kubectl scale changes the number of Pods and nothing else")
def scale(setting):
    before = deploy(setting, "scaled", container(policy="Always"))
    setting.cluster.kubectl("-n", "shop", "scale", "deploy/scaled", "--replicas=3")
    after = setting.cluster.settle("Deployment", "shop", "scaled")
    expect("template", template_of(after), template_of(before))
    expect("replicas of its only ReplicaSet", list(replica_sets(setting, "scaled").values()), [3])


@check("a HorizontalPodAutoscaler changes the number of Pods and nothing else")
def autoscaler(setting):
    before = deploy(setting, "auto", container(policy="Always"))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "auto"}
    setting.cluster.apply({**AUTOSCALER, "metadata": {"name": "auto", "namespace": "shop"},
                           "spec": {"minReplicas": 2, "maxReplicas": 3, "scaleTargetRef": target}})
    eventually("scaled to two", lambda: list(replica_sets(setting, "auto").values()) == [2])
    after = setting.cluster.settle("Deployment", "shop", "auto")
    expect("template", template_of(after), template_of(before))


class Moving:
    """A namespace with a stream of its own, whose tag moves in the registry and in the record."""

    def __init__(self, setting, namespace="moving"):
        self.setting = setting
        self.namespace = namespace
        self.repository = f"{setting.registry.host}/{namespace}/web"
        self.digests = []

    def move(self, text):
        """Returns the pinned form of the image to which the tag now points, once that is in force."""
        digest = self.setting.registry.push_index(self.namespace + "/web", "ultima", text)[0]["digest"]
        stream = self.setting.stream(self.namespace, [digest, *self.digests], self.repository)
        if self.digests:
            stream["status"]["tags"][0]["items"][0]["created"] = ago(seconds=0)
        self.digests.insert(0, digest)
        self.setting.put([stream])
        pinned = f"{self.repository}@{digest}"
        probe = json.dumps(pod(self.namespace, "probe"))

        def in_force():
            answer = self.setting.cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=probe)
            return image_of(json.loads(answer)) == pinned
        eventually("the moved tag is in force", in_force)
        return pinned


@check("the tag moves: applied again, scaled, relabelled, nothing rolls; weir.dev/refresh does; an undo goes back")
def tag_moves(setting):
    cluster = setting.cluster
    moving = Moving(setting)
    monday = moving.move("Monday")
    written = workload("Deployment", "moving", "follows")
    cluster.apply(written)
    before = cluster.settle("Deployment", "moving", "follows")
    expect("image", image_of(before), monday)
    tuesday = moving.move("Tuesday")
    cluster.apply(written)
    cluster.kubectl("-n", "moving", "scale", "deploy/follows", "--replicas=2")
    cluster.kubectl("-n", "moving", "label", "deploy/follows", "team=web")
    now = cluster.settle("Deployment", "moving", "follows")
    expect("template", template_of(now), template_of(before))
    cluster.kubectl("-n", "moving", "annotate", "deploy/follows", "weir.dev/refresh=1")
    expect("image after a refresh", image_of(cluster.settle("Deployment", "moving", "follows")), tuesday)
    cluster.kubectl("-n", "moving", "rollout", "undo", "deploy/follows")
    after = cluster.settle("Deployment", "moving", "follows")
    expect("template after the undo", template_of(after), template_of(before))
    expect("ReplicaSets", len(cluster.list("ReplicaSet", "moving", "app=follows")), 2)
    cluster.apply(written)
    expect("image when applied once more", image_of(cluster.get("Deployment", "moving", "follows")), monday)
    cluster.apply(workload("Deployment", "moving", "newer"))
    expect("image of a new Deployment", image_of(cluster.get("Deployment", "moving", "newer")), tuesday)


@check("a Pod that is deleted comes back with the digest of its siblings")
def pod_comes_back(setting):
    cluster = setting.cluster
    deploy(setting, "siblings")
    cluster.kubectl("-n", "shop", "scale", "deploy/siblings", "--replicas=2")
    cluster.settle("Deployment", "shop", "siblings")
    gone = cluster.list("Pod", "shop", "app=siblings")[0]["metadata"]["name"]
    cluster.kubectl("-n", "shop", "delete", "pod", gone, "--wait=false")
    eventually("it is gone", lambda: cluster.find("Pod", "shop", gone) is None)
    cluster.settle("Deployment", "shop", "siblings")
    images = {image_of(one) for one in cluster.list("Pod", "shop", "app=siblings")}
    expect_true(f"one image, not {images}", images == {setting.pinned})


@check("targets: [Pods]: the template keeps its words, and a Pod that comes later has the digest of its siblings")
def one_revision(setting):
    """The tag's history and the age of the ReplicaSet decide; a new revision gets the newer image."""
    cluster = setting.cluster
    setting.put([policy("gitops", targets=["Pods"])])
    moving = Moving(setting, "gitops")
    monday = moving.move("Monday")
    written = workload("Deployment", "gitops", "web")
    cluster.apply(written)
    made = cluster.settle("Deployment", "gitops", "web")
    expect("words in the template", image_of(made), "mi-web:ultima")
    born = cluster.list("ReplicaSet", "gitops", "app=web")[0]["metadata"]["creationTimestamp"]
    eventually("another second", lambda: ago(seconds=0) > born)
    tuesday = moving.move("Tuesday")
    cluster.kubectl("-n", "gitops", "scale", "deploy/web", "--replicas=3")
    cluster.settle("Deployment", "gitops", "web")
    pods = cluster.list("Pod", "gitops", "app=web")
    expect("images of three Pods", [image_of(one) for one in pods], [monday] * 3)
    cluster.kubectl("-n", "gitops", "rollout", "restart", "deploy/web")
    cluster.settle("Deployment", "gitops", "web")
    eventually("the old Pods are gone", lambda: len(cluster.list("Pod", "gitops", "app=web")) == 3)
    images = [image_of(one) for one in cluster.list("Pod", "gitops", "app=web")]
    expect("images of the new revision", images, [tuesday] * 3)
    cluster.kubectl("-n", "gitops", "rollout", "undo", "deploy/web")
    cluster.settle("Deployment", "gitops", "web")
    eventually("the new Pods are gone", lambda: len(cluster.list("Pod", "gitops", "app=web")) == 3)
    images = [image_of(one) for one in cluster.list("Pod", "gitops", "app=web")]
    expect("images after the undo", images, [monday] * 3)
