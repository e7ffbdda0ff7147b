# SPDX-License-Identifier: Apache-2.0
"""The demonstration's story through kubectl, in a namespace and with a registry of its own: one check a scene, in order.
Then what authors, operators and outages bring that has no scene there."""
import json

from checks import check, eventually, expect, expect_in, expect_true
from setting import namespace, policy
from workloads import container, containers_of, image_of, pod, words_of, workload

from registry import Registry
from slow_registry import SlowRegistry

RULE = {"name": "pinned-images-are-not-pulled-twice", "match": {"pinned": True}, "allow": ["IfNotPresent", "Never"],
        "action": "Set"}


class Story:
    """Namespace `story`: stream mi-web as everywhere, plain tags are pinned, too."""

    def __init__(self, setting):
        self.setting = setting
        self.registry = Registry(setting.stage)
        self.repository = self.registry.host + "/shop/web"
        self.monday, self.unseen = self.push("ultima", "web of Monday"), self.push("nueva", "never imported")
        self.plain = self.registry.host + "/library/nginx"
        self.nginx = self.registry.push_index("library/nginx", "1.27", "nginx")[0]["digest"]
        setting.cluster.apply(namespace("story"))
        eventually("its ServiceAccount", lambda: setting.cluster.find("ServiceAccount", "story", "default"))
        self.put([self.monday])
        eventually("the stream is in force", lambda: self.stored("probe", "mi-web:ultima")[0] == self.pin(self.monday))

    def push(self, tag, text):
        return self.registry.push_index("shop/web", tag, text)[0]["digest"]

    def put(self, digests):
        self.setting.put([self.setting.stream("story", digests, self.repository),
                          policy("story", streams={"resolution": "Required"}, tags={"resolution": "Attempt"},
                                 freshness="FromPullPolicy", pullPolicy=[RULE])])

    def pin(self, digest):
        return f"{self.repository}@{digest}"

    def create(self, name, image, pull_policy="IfNotPresent", *flags):
        written = pod("story", name, container(image=image, policy=pull_policy))
        return self.setting.cluster.try_kubectl("create", *flags, "-o", "json", "-f", "-", stdin=written)

    def stored(self, name, image, pull_policy="IfNotPresent"):
        """Image and pull policy of such a Pod, as it was stored, and what kubectl printed beside."""
        code, stdout, stderr = self.create(name, image, pull_policy, *(["--dry-run=server"] if name == "probe" else []))
        if code != 0:
            return None, None, stderr
        web = containers_of(json.loads(stdout))["web"]
        return web["image"], web["imagePullPolicy"], stderr


def story_of(setting):
    if not hasattr(setting, "story"):
        setting.story = Story(setting)
    return setting.story


@check("story: names become digests: a stream's tag, a plain tag; what has a digest is left alone; the words are kept")
def names_become_digests(setting):
    story = story_of(setting)
    pinned = f"{story.plain}@{story.nginx}"
    setting.cluster.apply(workload("Deployment", "story", "tienda", container(policy="Always"),
                                   container("proxy", story.plain + ":1.27"), container("stats", pinned)))
    found = setting.cluster.settle("Deployment", "story", "tienda")
    got = {name: one["image"] for name, one in containers_of(found).items()}
    expect("images", got, {"web": story.pin(story.monday), "proxy": pinned, "stats": pinned})
    words = words_of(found)
    expect("the author's words", (words["image"], words["pullPolicy"]), ("mi-web:ultima", "Always"))


@check("story: the tag moves in the registry: Always gets the new digest, IfNotPresent and Never the recorded one")
def the_tag_moves(setting):
    story = story_of(setting)
    story.tuesday = story.push("ultima", "web of Tuesday")
    eventually("the registry is asked again",
               lambda: story.stored("probe", "mi-web:ultima", "Always")[0] == story.pin(story.tuesday), 60)
    expect("Always", story.stored("always", "mi-web:ultima", "Always")[:2], (story.pin(story.tuesday), "IfNotPresent"))
    expect("IfNotPresent", story.stored("recorded", "mi-web:ultima")[:2], (story.pin(story.monday), "IfNotPresent"))
    expect("Never", story.stored("never", "mi-web:ultima", "Never")[:2], (story.pin(story.monday), "Never"))


@check("story: a tag that nobody has imported yet: IfNotPresent asks the registry, Never is refused")
def never_imported(setting):
    story = story_of(setting)
    _, _, refused = story.stored("not-even-once", "mi-web:nueva", "Never")
    for part in ("(Forbidden)", "nueva"):
        expect_in(part, refused)
    expect("IfNotPresent", story.stored("first-time", "mi-web:nueva")[0], story.pin(story.unseen))


@check("story: the same words are applied again, with five replicas: the same pins, no new ReplicaSet")
def same_words(setting):
    cluster, story = setting.cluster, story_of(setting)
    written = workload("Deployment", "story", "tienda", container(policy="Always"),
                       container("proxy", story.plain + ":1.27"), container("stats", f"{story.plain}@{story.nginx}"))
    written["spec"]["replicas"] = 5
    cluster.apply(written)
    found = cluster.settle("Deployment", "story", "tienda")
    expect("image", image_of(found), story.pin(story.monday))
    sets = cluster.list("ReplicaSet", "story", "app=tienda")
    expect("replicas of its only ReplicaSet", [one["spec"]["replicas"] for one in sets], [5])
    cluster.kubectl("-n", "story", "delete", "deploy", "tienda", "--wait=false")


@check("story: the registry is stopped: a recorded digest is served with a warning, what needs the registry is refused")
def registry_stops(setting):
    story = story_of(setting)
    fresh = story.push("fresca", "pushed and never asked for")
    expect_true("there is such a tag", fresh.startswith("sha256:"))
    story.put([story.tuesday, story.monday])
    eventually("the new record", lambda: story.stored("probe", "mi-web:ultima")[0] == story.pin(story.tuesday))
    story.registry.stop()
    image, pull_policy, said = eventually(
        "the registry is not believed any more",
        lambda: [found for found in [story.stored("probe", "mi-web:ultima", "Always")] if "Warning" in found[2]], 60)[0]
    expect("Always", (image, pull_policy), (story.pin(story.tuesday), "IfNotPresent"))
    expect_in("confirmed", said)
    expect_true("no warning is longer than 120 characters",
                all(len(line.removeprefix("Warning: ")) <= 120 for line in said.splitlines()))
    made = setting.stream("story", [story.tuesday, story.monday], story.repository)
    made["spec"]["tags"].append({"name": "fresca", "from": {"kind": "DockerImage", "name": story.repository + ":fresca"}})
    setting.put([made])
    refused = eventually("tag fresca is there",
                         lambda: "not in the stream" not in refusal_of(story, "mi-web:fresca") and
                         refusal_of(story, "mi-web:fresca"))
    expect_in("fresca", refused)
    expect_true(f"it may be asked for again: {refused}", "(Forbidden)" not in refused)
    image, _, said = story.stored("probe", f"{story.plain}:1.28")
    expect("a plain tag that is only attempted", image, f"{story.plain}:1.28")
    expect_in("Warning", said)


def refusal_of(story, image):
    return story.stored("probe", image)[2]


@check("a registry that does not answer: refused or stored as written within the API server's five seconds")
def slow(setting):
    cluster = setting.cluster
    slow_registry = SlowRegistry(30)
    cluster.apply(namespace("slow"))
    eventually("its ServiceAccount", lambda: cluster.find("ServiceAccount", "slow", "default"))
    try:
        for resolution in ("Attempt", "Required"):
            setting.put([policy("slow", tags={"resolution": resolution})])
            written = pod("slow", "probe", container(image=f"{slow_registry.host}/a/{resolution.lower()}:1"))

            def answer(written=written):
                return cluster.try_kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=written)
            # weir's own answers, long before the registry's and not time-outs that were let through
            code, stdout, stderr = eventually(
                f"{resolution} is in force",
                lambda: [one for one in [answer()] if "Warning" in one[2] or one[0] != 0])[0]
            expect_in(slow_registry.host, stdout + stderr)
            expect("exit code", code, 0 if resolution == "Attempt" else 1)
            if resolution == "Required":
                expect_in("denied the request", stderr)
    finally:
        slow_registry.stop()


@check("Pods that an operator makes keep their plain tags, and get their streams; anybody else's get both")
def operators(setting):
    cluster, plain = setting.cluster, f"{setting.registry.host}/mesh/proxy:1"
    cluster.kubectl("-n", "mesh", "create", "rolebinding", "operator", "--clusterrole=edit", "--serviceaccount=mesh:operator")
    written = pod("mesh", "operated", container(), container("plain", plain))
    written["metadata"]["ownerReferences"] = [{"apiVersion": "example.com/v1", "kind": "Widget", "name": "w",
                                               "uid": "0f8fad5b-d9cb-469f-a165-70867728950e", "controller": True}]
    flags = ("create", "--dry-run=server", "-o", "json", "-f", "-")

    def by_operator():
        code, stdout, _ = cluster.try_kubectl(*flags, "--as=system:serviceaccount:mesh:operator", stdin=written)
        return json.loads(stdout) if code == 0 else None
    stored = eventually("the operator may create Pods", by_operator)
    expect("images", (image_of(stored), image_of(stored, "plain")), (setting.pinned, plain))
    stored = json.loads(cluster.kubectl(*flags, stdin=written))
    expect("images", (image_of(stored), image_of(stored, "plain")),
           (setting.pinned, f"{setting.registry.host}/mesh/proxy@{setting.sidecar}"))


@check("an object that is being deleted is never held up, whatever its images: its finalizer can be taken away")
def being_deleted(setting):
    cluster = setting.cluster
    written = workload("Deployment", "lax", "ending", container(image="mi-web:utlima"))
    written["metadata"]["finalizers"] = ["example.com/hold"]
    cluster.kubectl("create", "-f", "-", stdin=written)
    setting.put([policy("lax", enforcement="Enforce", streams={"resolution": "Required"})])
    probe = pod("lax", "probe", container(image="mi-web:utlima"))
    try:
        eventually("lax enforces", lambda: cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=probe)[0] != 0)
        cluster.kubectl("-n", "lax", "delete", "deploy", "ending", "--wait=false")
        cluster.kubectl("-n", "lax", "patch", "deploy", "ending", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        eventually("it is gone", lambda: cluster.find("Deployment", "lax", "ending") is None)
    finally:
        setting.put([policy("lax", enforcement="Warn", streams={"resolution": "Required"}, pullPolicy=[RULE])])


@check("a mirror Pod is left as its node made it; one that anybody else calls so is not")
def mirror_pod(setting):
    cluster = setting.cluster
    node = cluster.list("Node")[0]["metadata"]
    written = pod("shop", "mirror", nodeName=node["name"], automountServiceAccountToken=False)
    written["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "0123456789abcdef"}
    written["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Node", "name": node["name"], "uid": node["uid"],
                                               "controller": True}]
    flags = ("create", "--dry-run=server", "-o", "json", "-f", "-")
    stored = cluster.kubectl(*flags, "--as=system:node:" + node["name"], "--as-group=system:nodes", stdin=written)
    expect("image", image_of(json.loads(stored)), "mi-web:ultima")
    expect("image", image_of(json.loads(cluster.kubectl(*flags, stdin=written))), setting.pinned)


@check("an admission has its line of the log: object, outcome, policy")
def logged(setting):
    setting.cluster.kubectl("create", "-f", "-", stdin=pod("shop", "logged"))

    def line():
        with open(setting.webhook.process.log, errors="replace") as file:
            found = [one for one in file if '"name":"logged"' in one and one.endswith("}\n")]
        return json.loads(found[-1]) if found else None
    found = eventually("its line", line)
    expect("object", (found["kind"], found["namespace"], found["operation"]), ("Pod", "shop", "CREATE"))
    expect("outcome", (found["outcome"], found["code"], found["images"], found["policy"]), ("changed", 200, 1, "default"))
