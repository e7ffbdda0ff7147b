# SPDX-License-Identifier: Apache-2.0
"""No two modules include or call each other, directly or round about.
   check_circles.py SOURCE_DIR [BUILD_DIR]
"""
import sys

import structure


def describe(circle, graph):
    """One way through the circle's arrows, with what makes each of them."""
    lines = []
    for module in sorted(circle):
        for other, why in sorted(graph.get(module, {}).items()):
            if other in circle:
                lines.append(f"    {module} -> {other} ({why})")
    return "\n".join(lines)


def main():
    graph = structure.own_includes(sys.argv[1])
    arrows = sum(len(edges) for edges in graph.values())
    if len(sys.argv) > 2:
        for module, edges in structure.calls(sys.argv[1], sys.argv[2]).items():
            for other, name in edges.items():
                graph.setdefault(module, {}).setdefault(other, name + "()")
    if not arrows:
        sys.exit(f"check_circles: no source found below {sys.argv[1]}")
    found = structure.circles(graph)
    for circle in found:
        print(f"check_circles: {len(circle)} modules in a circle:\n{describe(circle, graph)}")
    if found:
        sys.exit(1)
    print(f"check_circles: {len(graph)} modules, none leads back to itself")


main()
