# SPDX-License-Identifier: Apache-2.0
"""Where images are: the workload table, and the positions of an object in the order of §1."""

from cluster import metadata_of

_TEMPLATE, _CRON = ["/spec/template/spec"], ["/spec/jobTemplate/spec/template/spec"]
BUILTIN = [{"group": group, "kind": kind, "pointers": pointers} for group, kind, pointers in [
    ("", "Pod", ["/spec"]), ("", "PodTemplate", ["/template/spec"]), ("", "ReplicationController", _TEMPLATE),
    ("apps", "ReplicaSet", _TEMPLATE), ("apps", "Deployment", _TEMPLATE), ("apps", "DaemonSet", _TEMPLATE),
    ("apps", "StatefulSet", _TEMPLATE), ("extensions", "ReplicaSet", _TEMPLATE),
    ("extensions", "Deployment", _TEMPLATE), ("extensions", "DaemonSet", _TEMPLATE), ("batch", "Job", _TEMPLATE), ("batch", "CronJob", _CRON)]]


def find_row(kind, rows):
    """A row with that version first, then one for any; rows added replace the built-in ones."""
    same = [row for row in rows + BUILTIN if (row["group"], row["kind"]) == (kind.get("group"), kind.get("kind"))]
    exact = [row for row in same if row.get("version") and row["version"] == kind.get("version")]
    return next(iter(exact + [row for row in same if not row.get("version")]), None)


def template_pointer(row):
    """Whose metadata carries the intent: the template's where it is the one pointer beside lone images, else the object's."""
    pointers = [pointer for pointer in row["pointers"] if not pointer.endswith("/image")]
    if len(pointers) == 1 and pointers[0].endswith("/spec") and "*" not in pointers[0].split("/"):
        return pointers[0][: -len("/spec")]
    return ""


def tokens_of(pointer):
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def at(obj, pointer):
    for token in tokens_of(pointer):
        if isinstance(obj, list):
            obj = obj[int(token)] if token.isdigit() and int(token) < len(obj) else None
        else:
            obj = obj.get(token) if isinstance(obj, dict) else None
    return obj


def _expand(obj, pointer):
    found = [("", obj)]
    for raw, token in zip(pointer.split("/")[1:], tokens_of(pointer)):
        step = []
        for path, value in found:
            if token == "*" and isinstance(value, list):
                step += [(f"{path}/{i}", element) for i, element in enumerate(value)]
            elif isinstance(value, dict) and token in value:
                step.append((f"{path}/{raw}", value[token]))
        found = step
    return found


class Position:
    """One place that names an image: I, P, where they stand, and the key of its entry."""

    def __init__(self, kind, place, label, name, holder, image_member, policy_member):
        self.kind, self.place, self.holder = kind, place, holder
        self.image_member, self.policy_member = image_member, policy_member
        self.name = name if isinstance(name, str) and name else ""
        self.key = "" if not self.name else f"volume/{self.name}" if kind == "Volume" else self.name
        self.label = label
        image = holder[image_member] if isinstance(holder, list) else holder.get(image_member)
        self.image = image if isinstance(image, str) and image.strip(" \t\r\n\f\v") else None
        policy = holder.get(policy_member) if policy_member else None
        self.policy = policy if isinstance(policy, str) else ""
        self.first = False
        self.variable = False


def _label(list_name, index, element):
    name = element.get("name")
    return f"{list_name}[{name if isinstance(name, str) and name else index}]"


def _containers(kind, path, list_name, value):
    elements = enumerate(value if isinstance(value, list) else [])
    return [Position(kind, path, _label(list_name, i, element), element.get("name"), element, "image", "imagePullPolicy")
            for i, element in elements if isinstance(element, dict)]


def _volumes(path, value):
    volumes = [(i, v) for i, v in enumerate(value if isinstance(value, list) else []) if isinstance(v, dict)]
    return [Position("Volume", path, _label("volumes", i, volume), volume.get("name"), volume["image"], "reference",
                     "pullPolicy") for i, volume in volumes if isinstance(volume.get("image"), dict)]


def _of_pod_spec(path, spec):
    return (_containers("Main", path + "/containers", "containers", spec.get("containers"))
            + _containers("Init", path + "/initContainers", "initContainers", spec.get("initContainers"))
            + _volumes(path + "/volumes", spec.get("volumes")))


def _lone(obj, pointer, path):
    parent, _, member = path.rpartition("/")
    holder = at(obj, parent) if parent else obj
    label = next(token for token in reversed(pointer.split("/")) if token != "*")
    return Position("Main", path, label, None, holder, int(member) if isinstance(holder, list) else member, None)


def positions(obj, row, ephemeral):
    """Borrowing the object's own maps, so that writing to a position's holder changes the object."""
    if ephemeral:
        spec = obj.get("spec") if isinstance(obj.get("spec"), dict) else {}
        found = _containers("Ephemeral", "/spec/ephemeralContainers", "ephemeralContainers",
                            spec.get("ephemeralContainers"))
    else:
        found = []
        for pointer in row["pointers"]:
            for path, value in _expand(obj, pointer):
                if isinstance(value, dict):
                    found += _of_pod_spec(path, value)
                elif isinstance(value, list):
                    list_name = pointer.rsplit("/", 1)[1]
                    found += (_volumes(path, value) if list_name == "volumes" else
                              _containers("Init" if list_name == "initContainers" else "Main", path, list_name, value))
                elif isinstance(value, str):
                    found.append(_lone(obj, pointer, path))
    if (row["group"], row["kind"]) not in [(builtin["group"], builtin["kind"]) for builtin in BUILTIN]:
        for position in found:
            position.variable = any(mark in (position.image or "") for mark in ("$(", "${", "{{"))
    order = ("Main", "Init", "Volume", "Ephemeral")  # of the sentence, over all pod specs
    found.sort(key=lambda position: order.index(position.kind))
    keys = set()
    for position in found:
        position.first = bool(position.key) and position.key not in keys
        keys.add(position.key)
    return found


def controller_of(obj):
    owners = metadata_of(obj).get("ownerReferences")
    for owner in owners if isinstance(owners, list) else []:
        if isinstance(owner, dict) and owner.get("controller") is True:
            return owner
    return None
