# SPDX-License-Identifier: Apache-2.0
"""Random worlds and reviews from a small vocabulary, so that names meet. The same seed gives the same case."""

import copy
import json
import random

import weir_model as model
from workloads import at, template_pointer

NOW = "2026-03-01T12:00:00Z"
NAMESPACES = ["shop", "images", "tools", "secret"]
STREAMS = ["mi-web", "odoo", "nginx", "foo.bar"]
TAGS = ["latest", "1", "ultima", "prod"]
HOST = "weir.local:5000"
POLICIES = ["Always", "IfNotPresent", "Never"]
ROWS = [
    {"group": "tekton.dev", "kind": "Task", "pointers": ["/spec/steps", "/spec/sidecars", "/spec/stepTemplate/image"]},
    {"group": "apps.kruise.io", "kind": "SidecarSet", "pointers": ["/spec/containers", "/spec/initContainers"]},
    {"group": "serving.knative.dev", "kind": "Service", "pointers": ["/spec/template/spec"]},
    {"group": "example.org", "version": "v1", "kind": "Fleet", "pointers": ["/spec/members/*/template/spec"]},
]
KINDS = [("", "v1", "Pod"), ("apps", "v1", "Deployment"), ("apps", "v1", "StatefulSet"), ("batch", "v1", "Job"),
         ("batch", "v1", "CronJob"), ("", "v1", "PodTemplate"), ("apps", "v1", "ReplicaSet"), ("apps", "v1", "DaemonSet"),
         ("", "v1", "ReplicationController"), ("tekton.dev", "v1", "Task"), ("serving.knative.dev", "v1", "Service"),
         ("apps.kruise.io", "v1", "SidecarSet"), ("example.org", "v1", "Fleet"), ("example.org", "v2", "Fleet"), ("", "v1", "ConfigMap")]


def digest(number):
    return "sha256:" + f"{number:x}".rjust(2, "0") * 32


DIGESTS = [digest(n) for n in range(1, 13)]
SOURCES = ["docker.io/odoo:12", "odoo:13", "nginx", "docker.io/library/nginx:1.27", "registry.local/shop/mi-web:1",
           "registry.local/shop/mi-web:2", "quay.io/o/app:v1", "quay.io/o/app", "localhost/x:1"]
ODD_SOURCES = ["UPPER/x", "exa_mple.com/x:1", HOST + "/shop/mi-web:1", "", "quay.io/o/app@" + DIGESTS[7],
               "quay.io/o/app:v1@" + DIGESTS[8]]
IMAGES = ["mi-web", "mi-web:latest", "mi-web:1", "mi-web:ultima", "mi-web:prod", "odoo:1", "odoo", "nginx", "nginx:1",
          "nginx:1.27", "foo.bar:1", "images/mi-web:1", "images/odoo", "tools/nginx:prod", "secret/mi-web:1",
          "shop/mi-web:ultima", "shop/none:1", HOST + "/shop/mi-web:1", HOST + "/images/odoo:1", HOST + "/mi-web",
          HOST + "/secret/odoo:1", HOST + "/a/b/c", "docker.io/library/nginx:1.27", "registry.local/shop/mi-web:1",
          "registry.local/shop/mi-web:2", "quay.io/o/app:v1", "redis:7", "team/redis:7", "localhost/x:1",
          "images/none:1", "Quay.IO:443/o/app:v1", "quay.io:443/o/app"]
ODD_IMAGES = ["", " ", None, 7, "UPPER/x", "$(params.x)", "nginx:${TAG}", "{{inputs.parameters.image}}", "exa_mple.com/x:1", "a" * 300, "mi-web:", "a//b",
              "nginx@" + DIGESTS[3], "nginx:1@" + DIGESTS[4], HOST + "/shop/mi-web@" + DIGESTS[5], "x@sha256:12",
              "nginx:latest@" + DIGESTS[3], "\t ", " nginx:1", "nginx:1\n", "\u00a0", "nginx\u0000:1", HOST.upper() + "/shop/odoo:1",
              "index.docker.io/library/nginx:1.27", "docker.io/nginx:1.27", "weir.alt/shop/mi-web:1", "mi-web@sha256:" + "A" * 64]
NAMES = ["app", "web", "side", "init"]
ODD_NAMES = ["volume/data", "a~/b", "", "é", 7, None]


def maybe(rng, chance):
    return rng.random() < chance


# worlds


def _event(rng):
    days = rng.choice([0, 0.01, 0.5, 2, 40, -3])
    stamp = {0: NOW, 0.01: "2026-03-01T11:45:00Z", 0.5: "2026-03-01T00:00:00Z", 2: "2026-02-27T12:00:00Z",
             40: "2026-01-20T12:00:00Z", -3: "2026-03-04T12:00:00Z"}[days]
    event = {"created": stamp, "image": rng.choice(DIGESTS), "generation": 1}
    repository = rng.choice(SOURCES).rpartition(":")[0] or "nginx"
    event["dockerImageReference"] = f"{repository}@{event['image']}"
    if maybe(rng, 0.12):
        event["dockerImageReference"] = rng.choice(["", rng.choice(SOURCES)])
    if maybe(rng, 0.05):
        event["image"] = ""
    if maybe(rng, 0.04):
        del event["created"]
    return event


def _from(rng, own_tags):
    pick = rng.random()
    if pick < 0.5:
        return {"kind": "DockerImage", "name": rng.choice(SOURCES)}
    if pick < 0.58:
        return {"kind": "DockerImage", "name": rng.choice(ODD_SOURCES)}
    namespace = {"namespace": rng.choice(NAMESPACES)} if maybe(rng, 0.3) else {}
    if pick < 0.72:
        return {"kind": "ImageStreamTag", "name": rng.choice(own_tags), **namespace}
    if pick < 0.9:
        name = rng.choice([f"{rng.choice(STREAMS)}:{rng.choice(TAGS)}"] * 6 + [":1", "a:b:c"])
        return {"kind": "ImageStreamTag", "name": name, **namespace}
    name = f"{rng.choice(STREAMS)}@{rng.choice(DIGESTS)}" if maybe(rng, 0.85) else "mi-web@sha256:12"
    return {"kind": "ImageStreamImage", "name": name, **namespace}


def _kept_by_a_controller(rng):
    """Members that are beyond OpenShift's."""
    found = {}
    if maybe(rng, 0.2):
        found["lastChecked"] = rng.choice([NOW, "2026-03-01T11:59:00Z", "2026-02-28T12:00:00Z", "2026-01-01T00:00:00Z"])
    if maybe(rng, 0.06):
        found["removedSince"] = "2026-02-28T12:00:00Z"
    if maybe(rng, 0.08):
        found["pending"] = {"digest": rng.choice(DIGESTS), "until": NOW}
    return found


def stream(rng, namespace, name, group="weir.dev/v1alpha1"):
    spec_tags, status_tags = [], []
    for tag in TAGS:
        if maybe(rng, 0.75):
            entry = {"name": tag}
            if maybe(rng, 0.85):
                entry["from"] = _from(rng, TAGS)
            if maybe(rng, 0.12):
                entry["reference"] = True
            if maybe(rng, 0.3):
                entry["referencePolicy"] = {"type": rng.choice(["Local", "Source"])}
            spec_tags.append(entry)
        if maybe(rng, 0.6):
            items = [_event(rng) for _ in range(rng.choice([0, 1, 1, 2]))]
            status_tags.append({"tag": tag, "items": items, **_kept_by_a_controller(rng)})
    for tags in (spec_tags, status_tags):
        if tags and maybe(rng, 0.03):
            tags.append(copy.deepcopy(rng.choice(tags)))
            tags[-1].pop("from", None)
    obj = {"apiVersion": group, "kind": "ImageStream", "metadata": {"name": name, "namespace": namespace},
           "spec": {"tags": spec_tags}, "status": {"tags": status_tags}}
    if maybe(rng, 0.6):
        obj["spec"]["lookupPolicy"] = {"local": maybe(rng, 0.8)}
    if maybe(rng, 0.4):
        obj["status"]["dockerImageRepository"] = f"registry.local/{namespace}/{name}"
    return obj


def _rule(rng, number):
    match = {}
    if maybe(rng, 0.5):
        patterns = ["*", "nginx", "docker.io/*", "registry.local/*", "library/*", "*web*", "quay.io/o/app", "ngin?", "mi-web",
                    "Quay.io/*", "quay.io:443/o/*", "QUAY.io/o/app", "*:443/o/app"]
        match["images"] = rng.sample(patterns, rng.choice([0, 1, 1, 2]))
    if maybe(rng, 0.4):
        match["pinned"] = maybe(rng, 0.6)
    if maybe(rng, 0.35):
        match["containers"] = rng.sample(["Init", "Main", "Ephemeral", "Volume"], rng.choice([1, 2, 3]))
    rule = {"name": f"rule-{number}", "allow": rng.sample(POLICIES, rng.choice([1, 1, 2])),
            "action": rng.choice(["Set", "Set", "Set", "Deny", "Deny", "Warn"])}
    if match or maybe(rng, 0.5):
        rule["match"] = match
    return rule


def policy_spec(rng, cluster, number):
    spec = {}
    choices = {"enforcement": ["Enforce", "Enforce", "Warn", "Audit"], "freshness": POLICIES + ["FromPullPolicy"] * 2,
               "maxStale": ["30m", "24h", "1h30m", "1000h"], "reference": ["Digest", "TagAndDigest"],
               "customControllers": ["StreamsOnly", "Full"]}
    for field, values in choices.items():
        if maybe(rng, 0.4):
            spec[field] = rng.choice(values)
    if maybe(rng, 0.03):
        spec["enforcement"] = "Off"
    if maybe(rng, 0.08):
        spec["targets"] = rng.choice([["Pods"], ["Workloads"], ["Workloads", "Pods"]])
    streams, tags = {}, {}
    if maybe(rng, 0.5):
        streams["resolution"] = rng.choice(["Required", "Attempt", "Required", "Attempt", "Off"])
    if maybe(rng, 0.4):
        streams["lookup"] = rng.choice(["OptIn", "All", "All", "Only"])
    if maybe(rng, 0.5):
        streams["sharedNamespaces"] = rng.sample(NAMESPACES, rng.choice([0, 1, 1, 2]))
    if maybe(rng, 0.5):
        tags["resolution"] = rng.choice(["Required", "Attempt", "Attempt", "Off"])
    if maybe(rng, 0.2):
        tags["skip"] = rng.sample(["registry.local/*", "nginx", "library/*", "quay.io/*"], rng.choice([0, 1, 2]))
    if streams:
        spec["streams"] = streams
    if tags:
        spec["tags"] = tags
    if maybe(rng, 0.5):
        spec["pullPolicy"] = [_rule(rng, number * 10 + i) for i in range(rng.choice([1, 1, 2]))]
    if cluster and maybe(rng, 0.25):
        spec["final"] = True
    if cluster and maybe(rng, 0.3):
        spec["namespaceSelector"] = rng.choice([
            {"matchLabels": {"team": "a"}}, {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
            {"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]},
            {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["a"]}]},
            {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, {}])
    return spec


def policies(rng):
    found = []
    for number in range(rng.choice([0, 1, 1, 2])):
        found.append({"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy",
                      "metadata": {"name": f"cluster-{rng.choice('abc')}{number}"},
                      "spec": policy_spec(rng, True, number + 1)})
    for number in range(rng.choice([0, 1, 1, 1, 2])):
        found.append({"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy",
                      "metadata": {"name": f"own-{rng.choice('abc')}{number}", "namespace": rng.choice(["shop"] * 5 + ["tools"])},
                      "spec": policy_spec(rng, False, number + 5)})
    return found


def world(rng):
    objects = []
    for namespace in NAMESPACES:
        if maybe(rng, 0.85):
            labels = {"kubernetes.io/metadata.name": namespace}
            if namespace != "secret" and maybe(rng, 0.8):
                labels["weir.dev/shared"] = rng.choice(["true"] * 4 + ["false"])
            if maybe(rng, 0.4):
                labels["team"] = rng.choice("abc")
            objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        for name in STREAMS:
            if maybe(rng, 0.7 if namespace == "shop" else 0.45):
                objects.append(stream(rng, namespace, name))
            if maybe(rng, 0.05):
                objects.append(stream(rng, namespace, name, "image.openshift.io/v1"))
    rng.shuffle(objects)
    return objects + policies(rng)


def resolutions(rng):
    names = SOURCES + ["redis:7", "team/redis:7", "nginx:1", "mi-web", "mi-web:1", "foo.bar:1",
                       "images/mi-web:1", "odoo:1", HOST + "/shop/mi-web:1"]
    found = {}
    for name in names:
        if maybe(rng, 0.75):
            found[name] = rng.choice(DIGESTS) if maybe(rng, 0.85) else None
    return found


# objects


def image(rng):
    return rng.choice(ODD_IMAGES) if maybe(rng, 0.07) else rng.choice(IMAGES)


def _container(rng, name=None):
    container = {"name": name or rng.choice(NAMES), "image": image(rng)}
    if container["image"] is None and maybe(rng, 0.5):
        del container["image"]
    if maybe(rng, 0.75):
        container["imagePullPolicy"] = rng.choice(POLICIES)
    elif maybe(rng, 0.1):
        container["imagePullPolicy"] = rng.choice(["Bogus", None, ""])
    if maybe(rng, 0.03):
        del container["name"]
    elif maybe(rng, 0.03):
        container["name"] = rng.choice(ODD_NAMES)
    return container


def _named(rng, count, start=0):
    names = NAMES[start:] + NAMES[:start]
    return [_container(rng, names[i] if maybe(rng, 0.95) else None) for i in range(count)]


def pod_spec(rng):
    spec = {"containers": _named(rng, rng.choice([1, 1, 2, 3]))}
    if maybe(rng, 0.3):
        spec["initContainers"] = _named(rng, rng.choice([1, 1, 2]), 3)
    if maybe(rng, 0.2):
        volume = {"name": rng.choice(["data", "app"]), "image": {"reference": image(rng)}}
        if maybe(rng, 0.7):
            volume["image"]["pullPolicy"] = rng.choice(POLICIES)
        spec["volumes"] = [{"name": "tmp", "emptyDir": {}}, volume]
    if maybe(rng, 0.02):
        spec["containers"].append(None)
    return spec


def _metadata(rng, **more):
    annotations = {}
    if maybe(rng, 0.12):
        annotations[model.RESOLVE_NAMES] = rng.choice(["*", "*", "x"])
    if maybe(rng, 0.1):
        annotations[model.REFRESH] = "r0"
    if annotations or maybe(rng, 0.3):
        more["annotations"] = annotations
    elif maybe(rng, 0.05):
        more["annotations"] = None
    return more


def _template(rng):
    template = {"metadata": _metadata(rng), "spec": pod_spec(rng)}
    if maybe(rng, 0.1):
        del template["metadata"]
    elif maybe(rng, 0.03):
        template["metadata"] = None
    elif maybe(rng, 0.02):
        template["metadata"] = rng.choice(["text", {"annotations": "text"}])
    return template


def entry(rng):
    found = {"stored": rng.choice(IMAGES + [f"{s.partition(':')[0]}@{d}" for s in SOURCES[3:5] for d in DIGESTS[:3]])}
    if maybe(rng, 0.8):
        found["image"] = rng.choice(IMAGES + ["UPPER/x", "nginx@" + DIGESTS[0]])
    if maybe(rng, 0.4):
        found["pullPolicy"], found["setPolicy"] = rng.choice(POLICIES + [""]), rng.choice(POLICIES)
    if maybe(rng, 0.1):
        found["note"] = "kept"
    return found


def forge(rng, obj, row):
    """An annotation from an author's hand: right, wrong, broken or huge."""
    places = [p for p in model.positions(obj, row, False) if p.key]
    entries = {}
    for position in places:
        if maybe(rng, 0.7):
            entries[position.key] = entry(rng)
            if isinstance(position.image, str) and maybe(rng, 0.7):
                entries[position.key]["stored"] = position.image
            if position.policy and "setPolicy" in entries[position.key] and maybe(rng, 0.7):
                entries[position.key]["setPolicy"] = position.policy
    text = json.dumps(entries, separators=rng.choice([(",", ":"), (", ", ": ")]))
    pick = rng.random()
    if pick < 0.04:
        text = rng.choice(["", "[]", '{"app":{"note":[1,{"a":1,"a":2}]}}', '{"app":{"note":[1.0,null,"é\\u00e9"]},"web":{"stored":"nginx:1","image":"nginx"}} ', "{", "null", "{}", '{"app":1}', '{"app":{"stored":7}}', '{"app":{"image":7,"stored":"nginx"}}'])
    elif pick < 0.06:
        text = '{"app":{"stored":"nginx"},"app":{"stored":"nginx:1"}}'
    elif pick < 0.07:
        text = json.dumps({**entries, "pad": {"x": "y" * 17000}})
    return text


def set_annotation(obj, row, key, value, template=True):
    holder = at(obj, template_pointer(row)) if template else obj
    if not isinstance(holder, dict):
        return
    if not isinstance(holder.get("metadata"), dict):
        holder["metadata"] = {}
    if not isinstance(holder["metadata"].get("annotations"), dict):
        holder["metadata"]["annotations"] = {}
    if value is None:
        holder["metadata"]["annotations"].pop(key, None)
    else:
        holder["metadata"]["annotations"][key] = value


def workload(rng, kind):
    group, version, name = kind
    obj = {"apiVersion": f"{group}/{version}".lstrip("/"), "kind": name,
           "metadata": _metadata(rng, name="thing", namespace="shop")}
    if name == "Pod":
        obj["spec"] = pod_spec(rng)
    elif name == "PodTemplate":
        obj["template"] = _template(rng)
    elif name == "CronJob":
        obj["spec"] = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _template(rng)}}}
    elif name == "Task":
        obj["spec"] = {"steps": _named(rng, 2), "sidecars": _named(rng, 1, 2), "stepTemplate": {"image": image(rng)}}
    elif name == "SidecarSet":
        obj["spec"] = {"containers": _named(rng, 2), "initContainers": _named(rng, 1, 2)}
    elif name == "Fleet":
        obj["spec"] = {"members": [{"template": _template(rng)} for _ in range(2)]}
    else:
        obj["spec"] = {"replicas": 1, "template": _template(rng)}
    _own(rng, obj, name)
    return obj


def _own(rng, obj, kind):
    if maybe(rng, 0.4 if kind in ("Pod", "Job") else 0.04):
        version, owner = rng.choice([("apps/v1", "ReplicaSet"), ("batch/v1", "Job"), ("kafka.io/v1", "Broker"),
                                     ("example.org/v1", "ReplicaSet"), ("apps/v1", "Deployment"), ("v1", "ReplicationController")])
        obj["metadata"]["ownerReferences"] = [{"apiVersion": version, "kind": owner, "name": "o", "uid": "u",
                                               "controller": maybe(rng, 0.9)}]
        if maybe(rng, 0.1):
            obj["metadata"]["ownerReferences"].append({"apiVersion": "kafka.io/v1", "kind": "Broker", "name": "o", "uid": "u",
                                                       "controller": maybe(rng, 0.5)})


# edits that make an UPDATE


def _all_positions(obj, row):
    return [p for p in model.positions(obj, row, False) if p.policy_member]


def _edit_image(rng, new, row, first):
    places = _all_positions(new, row)
    if places:
        position = rng.choice(places)
        position.holder[position.image_member] = image(rng)


def _edit_policy(rng, new, row, first):
    places = _all_positions(new, row)
    if places:
        position = rng.choice(places)
        position.holder[position.policy_member] = rng.choice(POLICIES)


def _edit_words(rng, new, row, first, keep=None):
    """The author's own object again, for all or some of the positions."""
    written = {(p.place, p.name): p for p in _all_positions(first, row)}
    keep = maybe(rng, 0.5) if keep is None else keep
    if not keep:
        set_annotation(new, row, model.IMAGES, None)
    some = maybe(rng, 0.3)
    for position in _all_positions(new, row):
        before = written.get((position.place, position.name))
        if before is None or (some and maybe(rng, 0.5)):
            continue
        position.holder[position.image_member] = before.holder.get(position.image_member)
        if before.policy and maybe(rng, 0.8):
            position.holder[position.policy_member] = before.policy


def _edit_refresh(rng, new, row, first):
    set_annotation(new, row, model.REFRESH, rng.choice(["r1", "r2", "", "r0"]), maybe(rng, 0.4))


def _edit_restart(rng, new, row, first):
    set_annotation(new, row, model.RESTARTED, rng.choice(["2026-03-01T11:00:00Z", "2026-03-01T11:00:00.5Z", "soon",
                                                            "2026-03-01T11:00:00.25Z", "2026-03-01T11:00:00+01:00"]))


def _lists(new, row):
    return [(spec, name) for pointer in row["pointers"] if isinstance(spec := at(new, pointer), dict)
            for name in ("containers", "initContainers") if isinstance(spec.get(name), list) and spec[name]]


def _edit_lists(rng, new, row, first):
    lists = _lists(new, row)
    if not lists:
        return
    spec, name = rng.choice(lists)
    pick = rng.choice(["rename", "remove", "add", "reorder", "move", "copy"])
    element = rng.choice(spec[name])
    if pick == "reorder":
        rng.shuffle(spec[name])
    elif not isinstance(element, dict):
        return
    elif pick == "rename":
        element["name"] = rng.choice(["renamed", "web"])
    elif pick == "remove":
        spec[name].remove(element)
    elif pick == "add":
        spec[name].append(_container(rng, "added"))
    elif pick == "copy":
        written = [p.image for p in _all_positions(first, row) if p.image]
        spec[name].append({**copy.deepcopy(element), "name": "copied", "image": rng.choice(written + [element.get("image")])})
    else:
        other = "initContainers" if name == "containers" else "containers"
        spec[name].remove(element)
        spec.setdefault(other, []).append(element)


def _edit_annotation(rng, new, row, first):
    text = model.annotations_of(at(new, template_pointer(row)) or {}).get(model.IMAGES)
    entries = model.decode_annotation(text)
    if not entries or maybe(rng, 0.3):
        set_annotation(new, row, model.IMAGES, rng.choice([None, forge(rng, new, row)]))
        return
    key = rng.choice(sorted(entries))
    pick = rng.choice(["drop", "note", "spaces", "image", "stale", "policy"])
    if pick == "drop":
        del entries[key]
    elif pick == "note":
        entries[key]["note"] = "kept"
    elif pick == "image":
        entries[key]["image"] = rng.choice(IMAGES)
    elif pick == "stale":
        entries["gone"] = entry(rng)
    elif pick == "policy" and "pullPolicy" in entries[key]:
        entries[key]["pullPolicy"] = rng.choice(POLICIES)
    set_annotation(new, row, model.IMAGES, json.dumps(entries) if pick == "spaces" else model.encode_annotation(entries))


def _edit_labels(rng, new, row, first):
    new["metadata"].setdefault("labels", {})["edited"] = "yes"


def _edit_refresh_and_policy(rng, new, row, first):
    """What a Deny must not let pass."""
    _edit_refresh(rng, new, row, first)
    _edit_policy(rng, new, row, first)


EDITS = [_edit_image, _edit_policy, _edit_words, _edit_words, _edit_words, _edit_refresh, _edit_refresh,
         _edit_refresh_and_policy, _edit_restart, _edit_lists,
         _edit_lists, _edit_annotation, _edit_labels]


def _move_tags(rng, objects):
    """Time passes: some tags have a new event, at times another policy holds."""
    for obj in objects:
        for tag in obj.get("status", {}).get("tags", []):
            if maybe(rng, 0.3):
                tag["items"].insert(0, _event(rng))
    if maybe(rng, 0.3):
        objects[:] = [o for o in objects if not o["kind"].endswith("StreamPolicy")] + policies(rng)


def _request(rng, kind, operation, obj, old):
    group, version, name = kind
    user = rng.choice(["alice", "alice", "system:serviceaccount:shop:operator"])
    groups = ["system:authenticated"] + (["system:nodes"] if maybe(rng, 0.03) else [])
    request = {"uid": "u-1", "kind": {"group": group, "version": version, "kind": name},
               "resource": {"group": group, "version": version, "resource": name.lower() + "s"}, "name": "thing",
               "namespace": "shop", "operation": operation, "userInfo": {"username": user, "groups": groups},
               "object": copy.deepcopy(obj), "oldObject": copy.deepcopy(old), "dryRun": False, "options": None}
    obj, old = request["object"], request["oldObject"]
    if maybe(rng, 0.03):
        holder = rng.choice([obj, old or obj])
        holder["metadata"]["deletionTimestamp"] = rng.choice([NOW, NOW, None])
    if maybe(rng, 0.02):
        del request[rng.choice(["userInfo", "namespace", "name", "resource", "dryRun", "options"])]
    if "system:nodes" in groups and name == "Pod":
        set_annotation(obj, {"pointers": ["/spec"]}, model.MIRROR, "x")
    return request


def _options(rng):
    return {"now": NOW, "registry_hosts": rng.choice([[HOST]] * 6 + [[HOST, "weir.alt"], [], []]), "always_pull_images": maybe(rng, 0.08),
            "resolutions": resolutions(rng), "rows": ROWS if maybe(rng, 0.95) else []}


def _ephemeral(rng, kind, obj):
    old = copy.deepcopy(obj)
    old["spec"]["ephemeralContainers"] = [_container(rng, "debug-1")] if maybe(rng, 0.5) else []
    new = copy.deepcopy(old)
    new["spec"]["ephemeralContainers"] += [_container(rng, name) for name in ("debug-2", "debug-3")[: rng.choice([1, 2])]]
    if maybe(rng, 0.2):
        entries = {name: entry(rng) for name in ("debug-1", "debug-2")}
        if maybe(rng, 0.7) and isinstance(new["spec"]["ephemeralContainers"][-1].get("image"), str):
            entries["debug-2"]["stored"] = new["spec"]["ephemeralContainers"][-1]["image"]
        for obj in (old, new):
            set_annotation(obj, {"pointers": ["/spec"]}, model.IMAGES, json.dumps(entries))
    request = _request(rng, kind, "UPDATE", new, old)
    request["subResource"] = rng.choice(["ephemeralcontainers"] * 9 + ["status"])
    return request


def case(seed):
    """{"review", "objects", "options"}: what the program and the model are both given."""
    rng = random.Random(seed)
    objects, options = world(rng), _options(rng)
    kind = rng.choice(KINDS[:5] * 3 + KINDS)
    first = workload(rng, kind)
    row = model.find_row(dict(zip(("group", "version", "kind"), kind)), options["rows"])
    if row and maybe(rng, 0.15):
        set_annotation(first, row, model.IMAGES, forge(rng, first, row))
    request = _request(rng, kind, "CREATE", copy.deepcopy(first), None)
    if kind[2] == "Pod" and maybe(rng, 0.2):
        request = _ephemeral(rng, kind, first)
    elif row and maybe(rng, 0.65):
        request = _update(rng, kind, row, request, first, objects, options)
    elif maybe(rng, 0.02):
        request["operation"] = rng.choice(["DELETE", "CONNECT"])
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    return {"review": review, "objects": objects, "options": options}


def _stored(request, objects, options):
    decision = model.review(request, objects, {**options, "now": model.timestamps.seconds(NOW)})
    return copy.deepcopy(decision.object if decision.allowed else request["object"])


def _edited(rng, old, row, first):
    new = copy.deepcopy(old)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        rng.choice(EDITS)(rng, new, row, first)
    return new


def _update(rng, kind, row, request, first, objects, options):
    """An UPDATE of what the model stores for the CREATE, at times with another UPDATE between the two."""
    created = old = _stored(request, objects, options)
    if maybe(rng, 0.6):
        _move_tags(rng, objects)
    if maybe(rng, 0.3):
        options["resolutions"] = resolutions(rng)
    if maybe(rng, 0.35):
        between = _request(rng, kind, "UPDATE", _edited(rng, created, row, first), created)
        old = _stored(between, objects, options)
        if maybe(rng, 0.3):
            return _request(rng, kind, "UPDATE", _undone(rng, old, created, row), old)
        if maybe(rng, 0.5):
            _move_tags(rng, objects)
    if maybe(rng, 0.25):
        return _around_a_refresh(rng, kind, row, old, first, objects, options)
    return _request(rng, kind, "UPDATE", _edited(rng, old, row, first), old)


def _around_a_refresh(rng, kind, row, old, first, objects, options):
    """A refresh undone with another value of the annotation, or seen again after another webhook's edit."""
    new = _edited(rng, old, row, first) if maybe(rng, 0.3) else copy.deepcopy(old)
    set_annotation(new, row, model.REFRESH, "r3", maybe(rng, 0.2))
    if maybe(rng, 0.2):
        set_annotation(new, row, model.RESTARTED, "2026-03-01T11:30:00Z")
    refreshed = _stored(_request(rng, kind, "UPDATE", new, old), objects, options)
    edited = _edited(rng, refreshed, row, first) if maybe(rng, 0.5) else refreshed
    if maybe(rng, 0.5):
        return _request(rng, kind, "UPDATE", edited, old)
    undone = copy.deepcopy(old)
    set_annotation(undone, row, model.REFRESH, "r2", False)
    return _request(rng, kind, "UPDATE", undone, edited)


def _undone(rng, old, created, row):
    """`kubectl rollout undo`: the earlier template, of a Deployment with the object's annotations of then."""
    undone = copy.deepcopy(created)
    if template_pointer(row) and maybe(rng, 0.5):
        undone["metadata"] = copy.deepcopy(old["metadata"])
    return undone
