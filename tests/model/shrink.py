# SPDX-License-Identifier: Apache-2.0
"""Makes a failing case small: drops members and elements while the difference stays."""

import copy

KEEP = {"uid", "group", "version", "operation", "kind", "apiVersion", "now", "request", "review", "objects", "options", "object"}


def _paths(value, path=()):
    if isinstance(value, dict):
        for key in list(value):
            yield path + (key,)
            yield from _paths(value[key], path + (key,))
    elif isinstance(value, list):
        for index in range(len(value) - 1, -1, -1):
            yield path + (index,)
            yield from _paths(value[index], path + (index,))


def _without(case, path):
    smaller = copy.deepcopy(case)
    holder = smaller
    for token in path[:-1]:
        try:
            holder = holder[token]
        except (KeyError, IndexError, TypeError):
            return None
    try:
        del holder[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return smaller


def shrink(case, still_differs, tries=600):
    """The smallest case found within so many tries."""
    progress = True
    while progress and tries > 0:
        progress = False
        for path in sorted(_paths(case), key=len):
            if path[-1] in KEEP and len(path) < 5:
                continue
            smaller = _without(case, path)
            if smaller is None:
                continue
            tries -= 1
            if tries <= 0:
                break
            try:
                same = still_differs(smaller)
            except Exception:  # a case that is no case any more
                same = False
            if same:
                case, progress = smaller, True
    return case
