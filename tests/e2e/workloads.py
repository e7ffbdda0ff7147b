# SPDX-License-Identifier: Apache-2.0
"""Objects as people write them, one of every kind that holds Pods, and where their images are."""
import copy
import json

MARK = "weir.dev/images"


def container(name="web", image="mi-web:ultima", policy=None):
    made = {"name": name, "image": image}
    if policy:
        made["imagePullPolicy"] = policy
    return made


def template(name, *containers, **spec):
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": list(containers) or [container()], **spec}}


def pod(namespace, name, *containers, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace},
            "spec": template(name, *containers, **spec)["spec"]}


def workload(kind, namespace, name, *containers, **spec):
    """One of the built-in kinds other than Pod, with a template of these containers."""
    of = template(name, *containers, **spec)
    selected = {"selector": {"matchLabels": {"app": name}}, "template": of}
    forever = copy.deepcopy(of)
    of_job = copy.deepcopy(of)
    of_job["spec"]["restartPolicy"] = "Never"
    version, body = {
        "Deployment": ("apps/v1", {"spec": {"replicas": 1, **selected}}),
        "ReplicaSet": ("apps/v1", {"spec": {"replicas": 1, **selected}}),
        "StatefulSet": ("apps/v1", {"spec": {"replicas": 1, "serviceName": name, **selected}}),
        "DaemonSet": ("apps/v1", {"spec": selected}),
        "ReplicationController": ("v1", {"spec": {"replicas": 1, "selector": {"app": name}, "template": forever}}),
        "PodTemplate": ("v1", {"template": forever}),
        "Job": ("batch/v1", {"spec": {"template": of_job}}),
        "CronJob": ("batch/v1", {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": of_job}}}}),
    }[kind]
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **body}


KINDS = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "PodTemplate", "Job",
         "CronJob"]


def template_of(object_):
    """Metadata and spec of the Pods; of a Pod itself."""
    kind = object_["kind"]
    if kind == "Pod":
        return object_
    if kind == "PodTemplate":
        return object_["template"]
    if kind == "CronJob":
        return object_["spec"]["jobTemplate"]["spec"]["template"]
    return object_["spec"]["template"]


def containers_of(object_):
    spec = template_of(object_)["spec"]
    return {one["name"]: one for part in ("initContainers", "containers", "ephemeralContainers")
            for one in spec.get(part) or []}


def image_of(object_, name="web"):
    return containers_of(object_)[name]["image"]


def words_of(object_, name="web"):
    """What the annotation keeps of the author's words."""
    annotations = template_of(object_)["metadata"].get("annotations", {})
    return json.loads(annotations.get(MARK, "{}")).get(name, {})
