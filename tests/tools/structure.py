# SPDX-License-Identifier: Apache-2.0
"""The house as the checks see it: its rooms from bottom to top, its modules, who includes whom, who calls whom.

A room is a folder below webhook/ and include/, a module is a noun in it: webhook/edge/kube/watch.c and
include/edge/kube/watch.h are the module edge/kube/watch.
"""
import os
import re
import subprocess

ROOMS = """
base base/json base/yaml
core/image core/registry core/object core/policy core/workload core/cluster core/stream core/import core/trigger core/admission core/controller
edge/system edge/log edge/metrics edge/outbound edge/server edge/kube edge/registry
engine/cluster engine/object engine/resolver engine/admission engine/controller engine/import engine/trigger
cmd/line cmd/decide cmd/resolve cmd/stream cmd/process cmd/webhook cmd/controller cmd
""".split()
LAYERS = ["base", "core", "edge", "engine", "cmd"]

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(root):
    """Every C file of the program, as a path from `root`."""
    for top in ("webhook", "include"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def module_of(path):
    """webhook/edge/kube/watch.c -> edge/kube/watch"""
    return path.split("/", 1)[1].rsplit(".", 1)[0]


def room_of(module):
    return module.rsplit("/", 1)[0]


def includes(root, path):
    """[("<" or '"', header)] of one file."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return _INCLUDE.findall(file.read())


def own_includes(root):
    """{module: {module it includes: a file that does}}"""
    graph = {}
    for path in sources(root):
        module = module_of(path)
        edges = graph.setdefault(module, {})
        for quote, header in includes(root, path):
            other = header.rsplit(".", 1)[0]
            if quote == '"' and other != module:
                edges.setdefault(other, path)
    return graph


def _nm(path, *flags):
    out = subprocess.run(["nm", "-P", *flags, path], capture_output=True, text=True, check=True).stdout
    return [line.split()[0:2] for line in out.splitlines() if line.strip()]


def objects(root, build):
    """{module: its object file} below a build folder of CMake's, without those of sources that are gone."""
    found = {}
    for folder, _, names in os.walk(build):
        for name in names:
            at = re.search(r"CMakeFiles/[a-z]+\.dir/webhook/(.+)\.c\.o$", os.path.join(folder, name))
            if at and os.path.exists(os.path.join(root, "webhook", at.group(1) + ".c")):
                found[at.group(1)] = os.path.join(folder, name)
    return found


def exported(path):
    """The names that an object file gives to others."""
    return {name for name, kind in _nm(path, "-g", "--defined-only") if kind.upper() in "TDBRVC"}


def wanted(path):
    return {name for name, _ in _nm(path, "-u")}


def calls(root, build):
    """{module: {module whose names it needs: one of them}}, by the symbols of the object files."""
    files = objects(root, build)
    owner = {name: module for module, path in files.items() for name in exported(path)}
    graph = {}
    for module, path in files.items():
        edges = graph.setdefault(module, {})
        for name in sorted(wanted(path)):
            if name in owner and owner[name] != module:
                edges.setdefault(owner[name], name)
    return graph


def circles(graph):
    """Sets of more than one module, each of which leads to each (Tarjan's strongly connected components)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(start):
        work = [(start, iter(graph.get(start, ())))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, edges = work[-1]
            for other in edges:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(graph.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    circle = set()
                    while node not in circle:
                        circle.add(stack.pop())
                    on_stack.difference_update(circle)
                    if len(circle) > 1:
                        found.append(circle)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found
