#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manifests/base as one file: what its kustomization names, in that order, as it is written there.

    render.py              prints it
    render.py FILE         writes it
    render.py --check FILE fails where FILE is not what would be written
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plain_yaml_read  # noqa: E402

BASE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "manifests", "base")
LICENSE = "# SPDX-License-Identifier: Apache-2.0\n"
HEAD = LICENSE + "# Written by tests/tools/render.py from manifests/base: change it there.\n"


def render(base=BASE):
    (kustomization,) = plain_yaml_read.read_file(os.path.join(base, "kustomization.yaml"))
    if set(kustomization) != {"apiVersion", "kind", "resources"}:
        raise SystemExit("render.py: the kustomization of the base changes more than it names: this only joins files")
    parts = []
    for name in kustomization["resources"]:
        with open(os.path.join(base, name), encoding="utf-8") as file:
            parts.append(file.read().removeprefix(LICENSE).rstrip("\n") + "\n")
    return HEAD + "".join("---\n" + part for part in parts)


def main(arguments):
    check = arguments[:1] == ["--check"]
    if check:
        arguments = arguments[1:]
    text = render()
    if not arguments:
        sys.stdout.write(text)
        return 0
    if not check:
        with open(arguments[0], "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(arguments[0], encoding="utf-8") as file:
        if file.read() == text:
            return 0
    print(f"{arguments[0]} is not current: python3 tests/tools/render.py {arguments[0]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
