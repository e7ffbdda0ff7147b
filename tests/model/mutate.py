# SPDX-License-Identifier: Apache-2.0
"""JSON documents changed in their structure: members deleted, replaced, duplicated, moved, renamed."""

import copy
import json

SCALARS = [None, True, False, 0, -1, 1.5, 10 ** 30, "", " ", "x", "nginx:1.25", "a b", "\u0000", "\U0001F600", "Always",
           "CREATE", "UPDATE", "ephemeralcontainers", [], {}, [None], {"": None}, [[]], ["nginx"], {"image": "nginx"}]
NAMES = ["image", "name", "imagePullPolicy", "containers", "initContainers", "annotations", "metadata", "spec", "weir.dev/images",
         "weir.dev/refresh", "ownerReferences", "Image", "", "~1/", "object"]
ANNOTATIONS = ['{}', '{"web":{"image":"nginx:1.25","stored":"nginx:1.25"}}', '{"web":[]}', '[]', '{"a":{"stored":1}}', '{']


class Twice(dict):
    """A map of which one member is written twice."""

    def __init__(self, members, again):
        super().__init__(members)
        self.again = again


def encode(value):
    """As JSON, Twice included."""
    if isinstance(value, dict):
        members = list(value.items()) + ([value.again] if isinstance(value, Twice) else [])
        return "{" + ",".join(f"{json.dumps(key)}:{encode(member)}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value)


def has_twice(value):
    if isinstance(value, dict):
        return isinstance(value, Twice) or any(map(has_twice, value.values()))
    return isinstance(value, list) and any(map(has_twice, value))


def places_of(value, path=()):
    """(container, key, path) of every node below a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key, path + (key,)
        yield from places_of(inner, path + (key,))


def _delete(random, holder, key, places):
    del holder[key]


def _replace(random, holder, key, places):
    holder[key] = copy.deepcopy(random.choice(SCALARS))


def _graft(random, holder, key, places):
    other, name, _ = random.choice(places)
    if isinstance(name, int) and name >= len(other) or isinstance(name, str) and name not in other:
        return
    holder[key] = copy.deepcopy(other[name])


def _add(random, holder, key, places):
    value = copy.deepcopy(random.choice(SCALARS))
    if isinstance(holder, list):
        holder.insert(random.randrange(len(holder) + 1), value)
    else:
        holder[random.choice(NAMES)] = value


def _repeat(random, holder, key, places):
    if isinstance(holder, list):
        holder.insert(random.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    else:
        _graft(random, holder, key, places)


def _rename(random, holder, key, places):
    if isinstance(holder, dict):
        holder[random.choice(NAMES)] = holder.pop(key)
    else:
        random.shuffle(holder)


def _annotate(random, holder, key, places):
    if key == "metadata" and isinstance(holder[key], dict):
        holder[key]["annotations"] = {"weir.dev/images": random.choice(ANNOTATIONS), "weir.dev/refresh": random.choice("ab")}
    else:
        _replace(random, holder, key, places)


CHANGES = [_delete, _replace, _replace, _graft, _add, _repeat, _rename, _annotate]


def mutate(random, document, below, changes):
    """Changes a document in place at random, below one of its nodes; returns the paths."""
    paths = []
    for _ in range(changes):
        places = [place for place in places_of(document) if place[2][: len(below)] == below and len(place[2]) > len(below)]
        if not places:
            break
        holder, key, path = random.choice(places)
        random.choice(CHANGES)(random, holder, key, places)
        paths.append(path)
    return paths


def double(random, document, below):
    """The document with one member, below a node, written twice; None where there is no map."""
    places = [place for place in places_of(document) if place[2][: len(below)] == below and isinstance(place[0], dict)]
    if not places:
        return None
    target, key, _ = random.choice(places)

    def rebuild(value):
        if isinstance(value, dict):
            members = {name: rebuild(inner) for name, inner in value.items()}
            return Twice(members, (key, copy.deepcopy(random.choice(SCALARS)))) if value is target else members
        return [rebuild(inner) for inner in value] if isinstance(value, list) else value
    return rebuild(document)
