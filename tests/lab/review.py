# SPDX-License-Identifier: Apache-2.0
"""AdmissionReviews as the API server writes them, and what their answers do to an object."""
import base64
import copy
import json
import uuid

PLURALS = {"Pod": ("", "v1", "pods"), "Deployment": ("apps", "v1", "deployments"),
           "CronJob": ("batch", "v1", "cronjobs")}


def review(object_, operation="CREATE", old=None, user="ana", subresource=""):
    group, version, plural = PLURALS[object_["kind"]]
    kind = {"group": group, "version": version, "kind": object_["kind"]}
    resource = {"group": group, "version": version, "resource": plural}
    request = {"uid": str(uuid.uuid4()), "kind": kind, "resource": resource, "requestKind": kind,
               "requestResource": resource, "name": object_["metadata"]["name"],
               "namespace": object_["metadata"]["namespace"], "operation": operation,
               "userInfo": {"username": user, "groups": ["system:authenticated"]},
               "object": object_, "oldObject": old, "dryRun": False,
               "options": {"kind": "CreateOptions" if operation == "CREATE" else "UpdateOptions",
                           "apiVersion": "meta.k8s.io/v1"}}
    if subresource:
        request["subResource"] = request["requestSubResource"] = subresource
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}


def encode(value):
    """Compact, as Go writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def tokens_of(pointer):
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def apply_patch(object_, operations):
    """RFC 6902's add, replace and remove."""
    result = copy.deepcopy(object_)
    for operation in operations:
        *parents, last = tokens_of(operation["path"])
        target = result
        for token in parents:
            target = target[int(token)] if isinstance(target, list) else target[token]
        if isinstance(target, list):
            last = len(target) if last == "-" else int(last)
        if operation["op"] == "remove":
            del target[last]
        elif operation["op"] == "add" and isinstance(target, list):
            target.insert(last, operation["value"])
        else:
            if operation["op"] == "replace":
                target[last]  # must be there
            target[last] = operation["value"]
    return result


def stored_object(object_, response):
    """The object as the API server would store it after this answer."""
    if "patch" not in response:
        return copy.deepcopy(object_)
    if response.get("patchType") != "JSONPatch":
        raise ValueError("a patch without its type")
    return apply_patch(object_, json.loads(base64.b64decode(response["patch"])))


def pod_spec(object_):
    spec = object_["spec"]
    if object_["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else spec


def containers(object_):
    """(name, image, pull policy) in the order a person reads them."""
    spec = pod_spec(object_)
    return [(c["name"], c["image"], c.get("imagePullPolicy", ""))
            for c in spec.get("initContainers", []) + spec["containers"]]
