# SPDX-License-Identifier: Apache-2.0
"""weir's story on one machine: a real registry, the real server, real AdmissionReviews.

    python3 tests/demo/demo.py build/weir

Each expectation is checked; one that does not hold makes the exit code 1. Everything that is started here is ended
here, also on Ctrl-C.
"""
import copy
import datetime
import json
import os
import re
import string
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import show  # noqa: E402
from processes import Stage, wait_for  # noqa: E402
from registry import Registry  # noqa: E402
from review import containers, encode, review, stored_object  # noqa: E402
from weir import Weir  # noqa: E402

RULE = "pinned-images-are-not-pulled-twice"


def now(minus_hours):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=minus_hours)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def container(name, image, policy):
    return {"name": name, "image": image, "imagePullPolicy": policy}


def deployment(name, init, main):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"initContainers": init, "containers": main}}}}


def pod(name, image, policy):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"serviceAccountName": "default", "containers": [container("web", image, policy)]}}


class Demo:
    def __init__(self, stage, binary, story):
        self.stage = stage
        self.binary = binary
        self.story = story
        self.objects = stage.path("objects", "")

    def write_objects(self, names, **values):
        """The object files with this run's registry and digests; replaced whole, as every good editor does."""
        for name in names:
            with open(os.path.join(HERE, "objects", name)) as file:
                text = string.Template(file.read()).substitute(values)
            with open(self.objects + name + ".new", "w") as file:
                file.write(text)
            os.rename(self.objects + name + ".new", self.objects + name)

    def explain(self, body):
        """What `weir review --explain` says of the same review and the same files: rows by container name."""
        run = subprocess.run([self.binary, "review", "--objects", self.objects, "--online", "--explain", "-o", "json"],
                             input=encode(body), capture_output=True, timeout=30)
        for line in run.stderr.splitlines():
            if line.startswith(b"["):
                return {re.sub(r".*\[(.*)\]", r"\1", row["position"]): row for row in json.loads(line)}
        return {}

    def admit(self, object_, operation="CREATE", old=None):
        """Posts it, shows what became of it; returns (response, object as stored)."""
        body = review(object_, operation, old)
        response = self.weir.admit(body)
        rows = self.explain(body)
        stored = stored_object(object_, response) if response["allowed"] else None
        if stored is None:
            for name, image, policy in containers(object_):
                show.position(name, image, None, policy, None)
            show.denied(response["status"])
        else:
            for (name, written, before), (_, kept, after) in zip(containers(object_), containers(stored)):
                show.position(name, written, kept, before, after)
                show.why(rows.get(name, {}), response.get("auditAnnotations", {}))
        show.warnings(response)
        if stored is not None and [rows.get(name, {}).get("stored") for name, _, _ in containers(stored)] != [
                image for _, image, _ in containers(stored)]:
            self.story.expect("weir review decides the same offline", False)
        return response, stored

    def one(self, name, image, policy):
        """A Pod of one container: (response, image as stored, pull policy as stored)."""
        response, stored = self.admit(pod(name, image, policy))
        return (response, *(containers(stored)[0][1:] if stored else ("", "")))


def set_the_stage(demo):
    """Registry, images, objects, server."""
    demo.registry = registry = Registry(demo.stage)
    demo.repository = f"{registry.host}/shop/web"
    demo.nginx = registry.push_index("library/nginx", "1.27", "nginx 1.27")[0]["digest"]
    demo.odoo = registry.push_image("erp/odoo", "13", "odoo 13")["digest"]
    demo.first = registry.push_index("shop/web", "ultima", "web of Monday")[0]["digest"]
    demo.unseen = registry.push_image("shop/web", "nueva", "web for the daring")["digest"]
    demo.values = {"REGISTRY": registry.host, "ODOO": demo.odoo, "WEB": demo.first, "RECORDED_AT": now(minus_hours=2)}
    demo.write_objects(["namespace.yaml", "policy.yaml", "odoo.yaml", "mi-web.yaml"], **demo.values)
    demo.weir = Weir(demo.stage, demo.binary, [demo.objects], ["--drain-delay=200ms"])
    demo.weir.wait_ready()
    show.say(show.paint("bold", "weir, a demonstration"))
    show.say(f"   docker-registry on {registry.host}, with four small images")
    show.say(f"   weir webhook on {demo.weir.address} (TLS, development certificate), objects from YAML files")
    show.say("   namespace shop: streams mi-web (tags ultima, nueva) and odoo (13; latest follows 13),")
    show.say(f"   policy default: streams Required, freshness FromPullPolicy, rule {RULE}")


def names_become_digests(demo):
    demo.story.scene("A name becomes a digest", "Ana creates a Deployment. As written → as stored:")
    plain = f"{demo.registry.host}/library/nginx:1.27"
    pinned = f"{demo.registry.host}/library/nginx@{demo.nginx}"
    demo.written = deployment("tienda", [container("migrate", "odoo", "Always")],
                              [container("web", "mi-web:ultima", "IfNotPresent"),
                               container("proxy", plain, "IfNotPresent"), container("stats", pinned, "IfNotPresent")])
    response, demo.stored = demo.admit(demo.written)
    got = {name: (image, policy) for name, image, policy in containers(demo.stored or demo.written)}
    expect = demo.story.expect
    expect("odoo is stream shop/odoo, tag latest, which follows 13: pinned to its digest",
           got["migrate"][0] == f"{demo.registry.host}/erp/odoo@{demo.odoo}")
    expect("its pull policy went from Always to IfNotPresent: a digest never changes",
           got["migrate"][1] == "IfNotPresent")
    expect("mi-web:ultima is the digest that the stream shop/mi-web records",
           got["web"][0] == f"{demo.repository}@{demo.first}")
    expect("the plain tag nginx:1.27 is pinned to its multi-platform index, not to one platform",
           got["proxy"][0] == pinned)
    expect("what carried a digest was left alone", got["stats"] == (pinned, "IfNotPresent"))
    audit = response.get("auditAnnotations", {})
    expect("the audit log of the cluster will name policy and rule",
           audit.get("policy") == "default" and audit.get("rule") == RULE)
    kept = json.loads((demo.stored or demo.written)["spec"]["template"]["metadata"].get("annotations", {})
                      .get("weir.dev/images", "{}"))
    expect("an annotation of the template keeps Ana's own words",
           kept.get("web", {}).get("image") == "mi-web:ultima" and kept.get("migrate", {}).get("pullPolicy") == "Always")
    again = demo.weir.admit(review(demo.stored, "CREATE"))
    expect("weir's own output, sent in again, is left as it is", again["allowed"] and "patch" not in again)


def the_tag_moves(demo):
    demo.second = demo.registry.push_index("shop/web", "ultima", "web of Tuesday")[0]["digest"]
    demo.story.scene("The tag moves in the registry",
                     f"{demo.repository}:ultima now is {show.short(demo.second)}; the stream still records "
                     f"{show.short(demo.first)}.", "Three Pods differ in their pull policy only:")
    expect = demo.story.expect
    _, image, policy = demo.one("always", "mi-web:ultima", "Always")
    expect("Always looks for a newer one: the new digest", image == f"{demo.repository}@{demo.second}")
    expect("… and the node need not pull it twice: IfNotPresent", policy == "IfNotPresent")
    _, image, _ = demo.one("if-not-present", "mi-web:ultima", "IfNotPresent")
    expect("IfNotPresent takes what is recorded: the old digest", image == f"{demo.repository}@{demo.first}")
    _, image, policy = demo.one("never", "mi-web:ultima", "Never")
    expect("Never takes what is recorded, too", image == f"{demo.repository}@{demo.first}" and policy == "Never")
    show.say(show.paint("dim", "   A tag that nobody has imported yet tells the other two apart:"))
    _, image, _ = demo.one("first-time", "mi-web:nueva", "IfNotPresent")
    expect("IfNotPresent asks once, the first time", image == f"{demo.repository}@{demo.unseen}")
    response, _, _ = demo.one("not-even-once", "mi-web:nueva", "Never")
    expect("Never does not ask: without a record there is no answer", not response["allowed"])


def the_same_words_again(demo):
    demo.story.scene("The author applies the same words again",
                     "The tag has moved meanwhile; nobody asked for another image:")
    words = copy.deepcopy(demo.stored)
    template = words["spec"]["template"]["spec"]
    template["containers"] = copy.deepcopy(demo.written["spec"]["template"]["spec"]["containers"])
    template["initContainers"] = copy.deepcopy(demo.written["spec"]["template"]["spec"]["initContainers"])
    words["spec"]["replicas"] = 5
    _, stored = demo.admit(words, "UPDATE", demo.stored)
    expect = demo.story.expect
    expect("the same words, the same pins", stored is not None and containers(stored) == containers(demo.stored))
    expect("the pod template is the very same, so no Pod is replaced",
           stored is not None and stored["spec"]["template"] == demo.stored["spec"]["template"])


def denied_with_a_hint(demo):
    demo.story.scene("A denial says why", "A tag that the stream does not have:")
    response, _, _ = demo.one("typo", "mi-web:utlima", "IfNotPresent")
    message = response.get("status", {}).get("message", "")
    expect = demo.story.expect
    expect("refused with 403: asking again cannot help",
           not response["allowed"] and response["status"].get("code") == 403)
    expect("the message names container, stream and the tags there are",
           all(word in message for word in ("containers[web]", "mi-web", "utlima", "ultima", "nueva")))


def the_registry_stops(demo):
    demo.write_objects(["mi-web.yaml"], **{**demo.values, "WEB": demo.second, "RECORDED_AT": now(minus_hours=0.1)})
    body = review(pod("probe", "mi-web:ultima", "IfNotPresent"))

    def is_live():
        stored = stored_object(body["request"]["object"], demo.weir.admit(body))
        return containers(stored)[0][1].endswith(demo.second)

    wait_for("the changed file", is_live, process=demo.weir.process)
    demo.registry.stop()
    demo.story.scene("The registry goes away",
                     "An import recorded the new digest; then the registry was stopped. A Pod that wants the newest:")
    expect = demo.story.expect
    response, image, policy = demo.one("outage", "mi-web:ultima", "Always")
    expect("the recorded digest is served", image == f"{demo.repository}@{demo.second}")
    expect("with a warning to its author that says when the registry last confirmed it: the server asked for it above",
           any("digest confirmed" in text for text in response.get("warnings", [])))
    expect("every warning fits in 120 characters", all(len(text) <= 120 for text in response.get("warnings", [])))


def it_stops_cleanly(demo):
    demo.story.scene("SIGTERM", "The server is asked to stop:")
    code = demo.weir.stop()
    demo.story.expect("weir finished what was in flight and ended with 0", code == 0)


SCENES = [set_the_stage, names_become_digests, the_tag_moves, the_same_words_again, denied_with_a_hint,
          the_registry_stops, it_stops_cleanly]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py PATH-OF-WEIR")
    story = show.Story()
    try:
        with Stage() as stage:
            demo = Demo(stage, os.path.abspath(sys.argv[1]), story)
            for scene in SCENES:
                scene(demo)
    except KeyboardInterrupt:
        show.say("\ninterrupted; everything that was started here has been ended")
        return 130
    except RuntimeError as error:
        show.say(show.paint("bad", f"\nthe demonstration cannot go on: {error}"))
        return 1
    return story.ending()


sys.exit(main())
