# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks send and load: reviews of 4, 12 and 60 KB as an API server writes them (compact JSON, Go's key
order of the envelope, the defaults already filled in), and any number of streams in which every image of them is a hit.

    4k        CREATE of a Pod with one container
    12k       CREATE of a Deployment with two containers and managedFields
    60k       UPDATE of a Deployment with four, oldObject and both managedFields; every image is another than before
    4k-tag    the Pod of 4k with a second container whose image is a plain registry tag, known to the cache
    12k-many  the Deployment of 12k with eight containers
    60k-streams, 60k-tags          CREATE of a Deployment of 60 KB with eight containers: of streams, of plain tags in
                                   the cache
    60k-one-stream, 60k-one-tag    the same size with the first of them alone, which says what each further one costs

    python3 bodies.py FOLDER [STREAMS] [REGISTRY-HOST]     writes NAME.json of each, streams, policy, namespaces
"""
import hashlib
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

from review import encode, review  # noqa: E402

# The bodies of the published figures, and others that show what a container or a plain tag more costs.
SIZES = {"4k": 4000, "12k": 12000, "60k": 60000}
MORE_SIZES = {"4k-tag": 4000, "12k-many": 12000, "60k-streams": 60000, "60k-one-stream": 60000, "60k-tags": 60000,
              "60k-one-tag": 60000}
MANY = 8
TEAMS = 100
NAMESPACE = "team-07"
# Plain tags; a registry that answers for them must be there to warm the cache. 4k-tag has the first.
PLAIN_REPOSITORIES = ["bench/proxy", *(f"bench/sidecar-{number}" for number in range(1, MANY))]
PLAIN_TAG = "1.27"


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def stream(number, registry="registry.example.com"):
    """Stream app-N of one of the teams' namespaces, its tag imported once."""
    namespace, name = f"team-{number % TEAMS:02d}", f"app-{number // TEAMS:03d}"
    repository = f"{registry}/{namespace}/{name}"
    image = digest(repository)
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"lookupPolicy": {"local": True},
                     "tags": [{"name": "stable", "from": {"kind": "DockerImage", "name": repository + ":stable"}}]},
            "status": {"tags": [{"tag": "stable", "items": [
                {"created": "2026-01-05T08:00:00Z", "dockerImageReference": f"{repository}@{image}",
                 "image": image}]}]}}


def namespace(number):
    name = f"team-{number:02d}"
    return {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}}


def policy():
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "default"},
            "spec": {"streams": {"resolution": "Required"}, "tags": {"resolution": "Attempt"},
                     "freshness": "IfNotPresent",
                     "pullPolicy": [{"name": "pinned", "match": {"pinned": True}, "allow": ["IfNotPresent", "Never"],
                                     "action": "Set"}]}}


def environment(dice, count):
    return [{"name": f"SETTING_{number:03d}", "value": f"https://service-{dice.randrange(10**6)}.svc:8443/v1?a=b"}
            for number in range(count)]


def container(dice, name, image, settings):
    return {"name": name, "image": image, "command": ["/usr/bin/serve"], "args": ["--listen=:8080", "--log=\"json\""],
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "env": environment(dice, settings),
            "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
            "volumeMounts": [{"name": "config", "readOnly": True, "mountPath": "/etc/config"}],
            "livenessProbe": probe("/livez"), "readinessProbe": probe("/readyz"),
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent",
            "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
                                "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}}


def probe(path):
    return {"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10,
            "successThreshold": 1, "failureThreshold": 3}


def pod_spec(dice, images, settings):
    return {"volumes": [{"name": "config", "configMap": {"name": "config", "defaultMode": 420}}],
            "containers": [container(dice, f"c{number}", image, settings) for number, image in enumerate(images)],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "serviceAccount": "default", "securityContext": {},
            "schedulerName": "default-scheduler"}


def stream_names(count, first=0):
    return [f"app-{first + number:03d}:stable" for number in range(count)]


def admitted_pod(spec):
    """What the API server's own admission has added to a Pod by the time it asks a webhook."""
    token = {"name": "kube-api-access-x7k2p", "projected": {"sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1",
                                                                      "fieldPath": "metadata.namespace"}}]}}],
        "defaultMode": 420}}
    spec["volumes"].append(token)
    for each in spec["containers"]:
        each["volumeMounts"].append({"name": token["name"], "readOnly": True,
                                     "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
    spec["tolerations"] = [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute",
                            "tolerationSeconds": 300} for key in ("not-ready", "unreachable")]
    return {**spec, "priority": 0, "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority"}


def managed_fields(spec):
    """The fieldsV1 bookkeeping of kubectl for these containers."""
    owned = {f'k:{{"name":"{c["name"]}"}}': {
        ".": {}, "f:name": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:command": {}, "f:args": {}, "f:ports": {},
        "f:resources": {".": {}, "f:limits": {".": {}, "f:cpu": {}, "f:memory": {}}},
        "f:env": {f'k:{{"name":"{e["name"]}"}}': {".": {}, "f:name": {}, "f:value": {}} for e in c["env"]},
    } for c in spec["containers"]}
    return [{"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-05T08:00:00Z",
             "fieldsType": "FieldsV1",
             "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": owned}}}}}]


def metadata(name):
    return {"name": name, "namespace": NAMESPACE, "uid": "6b5a6f3e-8a0f-4d3f-9a5a-0d6d9c4a1b2c",
            "creationTimestamp": "2026-01-05T08:00:00Z", "labels": {"app.kubernetes.io/name": name, "tier": "web"}}


def deployment(spec, fields):
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("shop"),
            "spec": {"replicas": 3, "selector": {"matchLabels": {"tier": "web"}},
                     "template": {"metadata": {"labels": {"tier": "web"}}, "spec": spec}}}
    if fields:
        made["metadata"]["managedFields"] = managed_fields(spec)
    return made


def pod_create(images, settings):
    return review({"apiVersion": "v1", "kind": "Pod", "metadata": metadata("shop-7d9f"),
                   "spec": admitted_pod(pod_spec(random.Random(4), images, settings))})


def deployment_create(images, settings):
    return review(deployment(pod_spec(random.Random(12), images, settings), True))


def deployment_update(images, settings):
    """Every stream image is another one than before."""
    old = deployment(pod_spec(random.Random(60), stream_names(len(images), first=50), settings), True)
    new = deployment(pod_spec(random.Random(60), images, settings), True)
    return review(new, "UPDATE", old)


def maker(name, host):
    """What makes the body, and its images."""
    tags = [f"{host}/{repository}:{PLAIN_TAG}" for repository in PLAIN_REPOSITORIES]
    return {"4k": (pod_create, stream_names(1)), "12k": (deployment_create, stream_names(2)),
            "60k": (deployment_update, stream_names(4)), "4k-tag": (pod_create, [*stream_names(1), tags[0]]),
            "12k-many": (deployment_create, stream_names(MANY)),
            "60k-streams": (deployment_create, stream_names(MANY)), "60k-tags": (deployment_create, tags),
            "60k-one-stream": (deployment_create, stream_names(1)), "60k-one-tag": (deployment_create, tags[:1])}[name]


def push_plain_tags(registry):
    """Gives a registry the images of every plain tag."""
    for repository in PLAIN_REPOSITORIES:
        registry.push_image(repository, PLAIN_TAG, repository)


def body(name, host):
    """The review nearest below the size in environment variables, filled up to it with an annotation."""
    (make, images), size = maker(name, host), {**SIZES, **MORE_SIZES}[name]
    settings = 0
    while len(encode(make(images, settings + 1))) < size - 40:
        settings += 1
    made = make(images, settings)
    made["request"]["uid"] = "0df28fbd-5f5f-11e8-bc74-36e6bb280816"
    note = made["request"]["object"]["metadata"].setdefault("annotations", {})
    note["note"] = "x" * max(0, size - len(encode(made)) - len('"note":""'))
    return encode(made)


def write(folder, streams=10000, host="127.0.0.1:5000"):
    for name in {**SIZES, **MORE_SIZES}:
        with open(os.path.join(folder, name + ".json"), "wb") as file:
            file.write(body(name, host))
    os.makedirs(os.path.join(folder, "objects"), exist_ok=True)
    with open(os.path.join(folder, "objects", "policy.json"), "wb") as file:
        file.write(encode(policy()))
    with open(os.path.join(folder, "objects", "streams.json"), "wb") as file:
        file.write(encode({"apiVersion": "v1", "kind": "List", "items": [stream(number) for number in range(streams)]}))
    with open(os.path.join(folder, "objects", "namespaces.json"), "wb") as file:
        file.write(encode({"apiVersion": "v1", "kind": "List", "items": [namespace(number) for number in range(TEAMS)]}))


if __name__ == "__main__":
    write(sys.argv[1], *(int(text) for text in sys.argv[2:3]), *sys.argv[3:4])
