# SPDX-License-Identifier: Apache-2.0
"""The world a decision is made in: streams, namespaces, and the effective policy of a namespace."""

import re

from reference import glob_matches  # noqa: F401  (re-exported for the rules)

SHARED_LABEL = "weir.dev/shared"
DEFAULTS = {
    "enforcement": "Enforce",
    "targets": ["Workloads", "Pods"],
    "streams.resolution": "Attempt",
    "streams.lookup": "OptIn",
    "streams.sharedNamespaces": [],
    "tags.resolution": "Off",
    "tags.skip": [],
    "freshness": "IfNotPresent",
    "maxStale": None,
    "reference": "Digest",
    "customControllers": "StreamsOnly",
}


def metadata_of(obj):
    metadata = obj.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def annotations_of(holder):
    annotations = metadata_of(holder).get("annotations") if isinstance(holder, dict) else None
    return annotations if isinstance(annotations, dict) else {}


def duration_seconds(text):
    units = {"h": 3600, "m": 60, "s": 1}
    parts = re.findall(r"([0-9.]+)([hms])", text)
    return sum(float(number) * units[unit] for number, unit in parts)


class Stream:
    def __init__(self, obj):
        self.namespace = metadata_of(obj).get("namespace", "")
        self.name = metadata_of(obj)["name"]
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        self.local = (spec.get("lookupPolicy") or {}).get("local") is True
        self.repository_text = status.get("dockerImageRepository") or ""
        self.spec_tags = {tag["name"]: tag for tag in spec.get("tags") or []}
        self.histories = {tag["tag"]: tag for tag in status.get("tags") or []}
        self.status_tags = {name: tag.get("items") or [] for name, tag in self.histories.items()}

    def tag_names(self):
        return sorted(set(self.spec_tags) | set(self.status_tags))


class Policy:
    """What holds in one namespace: `fields`, `rules` in order, the names that set something."""

    def __init__(self):
        self.fields, self.rules, self.names, self.ignored_shared = dict(DEFAULTS), [], [], []

    def __getitem__(self, field):
        return self.fields[field]


def _fields_of(spec):
    for field in DEFAULTS:
        holder = spec
        *outer, last = field.split(".")
        for member in outer:
            holder = holder.get(member) or {}
        if holder.get(last) is not None:
            yield field, holder[last]


def selector_matches(selector, labels):
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for requirement in selector.get("matchExpressions") or []:
        key, operator, values = requirement["key"], requirement["operator"], requirement.get("values") or []
        if not {"In": labels.get(key) in values, "NotIn": labels.get(key) not in values,
                "Exists": key in labels, "DoesNotExist": key not in labels}[operator]:
            return False
    return True


class World:
    def __init__(self, objects):
        self.streams, self.labels, self.policies, self.cluster_policies = {}, {}, [], []
        for obj in objects:
            group = obj["apiVersion"].rpartition("/")[0]
            kind, metadata = obj["kind"], metadata_of(obj)
            if kind == "ImageStream":
                key = (metadata.get("namespace", ""), metadata["name"])
                if group == "weir.dev" or key not in self.streams:
                    self.streams[key] = Stream(obj)
            elif kind == "Namespace":
                self.labels[metadata["name"]] = {"kubernetes.io/metadata.name": metadata["name"],
                                                 **(metadata.get("labels") or {})}
            elif kind == "StreamPolicy":
                self.policies.append(obj)
            elif kind == "ClusterStreamPolicy":
                self.cluster_policies.append(obj)

    def labels_of(self, namespace):
        return self.labels.get(namespace, {"kubernetes.io/metadata.name": namespace})

    def effective_policy(self, namespace):
        """§6: cluster policies, then the namespace's, by name; `final` binds; rules joined."""
        labels, result, locked = self.labels_of(namespace), Policy(), set()
        cluster = [p for p in self.cluster_policies
                   if selector_matches(p.get("spec", {}).get("namespaceSelector") or {}, labels)]
        own = [p for p in self.policies if metadata_of(p).get("namespace", "") == namespace]
        by_name = lambda policy: metadata_of(policy)["name"].encode()
        cluster.sort(key=by_name), own.sort(key=by_name)
        rules = {"final": [], "own": [], "cluster": []}
        for policy in cluster + own:
            spec, is_own = policy.get("spec") or {}, policy in own
            final = not is_own and spec.get("final") is True
            set_something = False
            for field, value in _fields_of(spec):
                if field == "streams.sharedNamespaces" and is_own:
                    allowed = [n for n in value if self.labels_of(n).get(SHARED_LABEL) == "true"]
                    result.ignored_shared += [n for n in value if n not in allowed]
                    if value and not allowed:
                        continue
                    value = allowed
                set_something = True
                if field in locked:
                    continue
                result.fields[field] = value
                if final:
                    locked.add(field)
            new_rules = spec.get("pullPolicy") or []
            rules["final" if final else "own" if is_own else "cluster"] += new_rules
            if set_something or new_rules:
                result.names.append(metadata_of(policy)["name"])
        result.rules = rules["final"] + rules["own"] + rules["cluster"]
        return result
