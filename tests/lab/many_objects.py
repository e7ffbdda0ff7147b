# SPDX-License-Identifier: Apache-2.0
"""Files of many small objects in each form there is, to see how memory and instructions grow with them.

    python3 many_objects.py FOLDER COUNT      writes them; prints {"manifests": {form: path}, "objects": {form: path}}
"""
import json
import os
import sys

DIGEST = "sha256:" + "ab" * 32
NAMESPACE = "shop"


def _pod(number, image):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{number}"},
            "spec": {"containers": [{"name": "c", "image": image}]}}


def _yaml(number, image, indent=""):
    lines = ["apiVersion: v1", "kind: Pod", f"metadata: {{name: p{number}}}", "spec:", "  containers:", "  - name: c",
             f"    image: {image}"]
    return "".join(indent + line + "\n" for line in lines)


def _item(number, image):
    return "- " + _yaml(number, image, "  ")[2:]


def _list(count, image, head=""):
    return f"apiVersion: v1\nkind: List\n{head}items:\n" + "".join(_item(i, image(i)) for i in range(count))


def _containers(count, image):
    """A hundred containers to a Pod."""
    return "".join("---\n" + _yaml(first, image(first)) + "".join(
        f"  - {{name: c{i}, image: '{image(i)}'}}\n" for i in range(first + 1, min(first + 100, count)))
        for first in range(0, count, 100))


def manifests(count):
    """(form, text): what `weir resolve` reads, with `count` images each."""
    same, own = (lambda number: "nginx:1.27"), (lambda number: f"nginx:{number}")
    yield "documents", "".join("---\n" + _yaml(i, same(i)) for i in range(count))
    yield "documents, each its own tag", "".join("---\n" + _yaml(i, own(i)) for i in range(count))
    yield "a List", _list(count, own)
    yield "a List of aliases", _list(count, lambda number: "*image", "x-image: &image nginx:1.27\n")
    yield "beyond ASCII", "# \u00fc\n" + "".join("---\n" + _yaml(i, own(i)) for i in range(count))
    yield "containers", _containers(count, own)
    yield "JSON lines", "".join(json.dumps(_pod(i, own(i))) + "\n" for i in range(count))
    yield "a JSON List on one line", json.dumps({"apiVersion": "v1", "kind": "List",
                                                 "items": [_pod(i, own(i)) for i in range(count)]})
    yield "a PodList of many lines", json.dumps({"apiVersion": "v1", "kind": "PodList",
                                                 "items": [_pod(i, own(i)) for i in range(count)]}, indent=2)
    yield "images that are none", "".join("---\n" + _yaml(i, f"NO:{i}") for i in range(count))
    yield "kinds that are not known", "".join(
        "---\n" + _yaml(i, own(i)).replace("v1", "example.org/v1").replace("Pod", f"Kind{i}") for i in range(count))


def resolutions(count):
    """What `--resolutions` says of all their tags."""
    return json.dumps({**{f"nginx:{i}": DIGEST for i in range(count)}, "nginx:1.27": DIGEST})


def _stream(number):
    event = {"created": "2026-01-01T00:00:00Z", "image": DIGEST, "dockerImageReference": f"r.example/s{number}@{DIGEST}"}
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream",
            "metadata": {"name": f"s{number}", "namespace": NAMESPACE}, "spec": {"lookupPolicy": {"local": True}},
            "status": {"tags": [{"tag": "1", "items": [event]}]}}


def objects(count):
    """(form, file name, text): what `--objects` reads, `count` streams each. JSON is YAML, but for its end's name."""
    streams = [_stream(i) for i in range(count)]
    listed = {"apiVersion": "v1", "kind": "List", "items": streams}
    yield "streams as documents", "streams.yaml", "".join("---\n" + json.dumps(s) + "\n" for s in streams)
    yield "streams as a List", "streams.yaml", "# a List\n" + json.dumps(listed)
    yield "streams as JSON lines", "streams.json", "".join(json.dumps(s) + "\n" for s in streams)
    yield "streams as a JSON List", "streams.json", json.dumps(listed)


def write(folder, count):
    def put(name, text):
        path = os.path.join(folder, name.replace(" ", "-").replace(",", ""))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    put("known.json", resolutions(count))
    return {"manifests": {form: put(form, text) for form, text in manifests(count)},
            "objects": {form: put(f"{form}-{name}", text) for form, name, text in objects(count)}}


if __name__ == "__main__":
    print(json.dumps(write(sys.argv[1], int(sys.argv[2]))))
