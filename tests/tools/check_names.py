# SPDX-License-Identifier: Apache-2.0
"""A name that leaves its file begins with its module's noun: what webhook/edge/kube/watch.c gives to others is called
kube_watch_… or watch_…; one of several, and several of one, count as the noun, too. A file whose name goes on from a
neighbour's (scan_start beside scan) may take that one's noun.
   check_names.py SOURCE_DIR BUILD_DIR
"""
import sys

import structure


def nouns(module, modules):
    """What its exported names may begin with: the file's name, with its room's or parents' in front of it."""
    room, stem = module.rsplit("/", 1)
    stems = [stem]
    for other in modules:
        other_room, other_stem = other.rsplit("/", 1)
        if other_room == room and stem.startswith(other_stem + "_"):
            stems.append(other_stem)
    rooms = room.split("/")
    stems += [one[:-1] if one.endswith("s") else one + "s" for one in stems]
    for one in stems:
        yield one
        yield rooms[-1] + "_" + one


def is_named_after(name, module, modules):
    return any(name == noun or name.startswith(noun + "_") for noun in nouns(module, modules))


def main():
    root, build = sys.argv[1], sys.argv[2]
    modules = {structure.module_of(path) for path in structure.sources(root)}
    files = structure.objects(root, build)
    names = 0
    failed = False
    for module, path in sorted(files.items()):
        for name in sorted(structure.exported(path)):
            names += 1
            if name != "main" and not name.startswith("__") and not is_named_after(name, module, modules):
                print(f"check_names: webhook/{module}.c gives '{name}' to others")
                failed = True
    if failed or not names:
        sys.exit(1 if names else f"check_names: no object of ours below {build}")
    print(f"check_names: {names} names, each begins with its module's noun")


main()
