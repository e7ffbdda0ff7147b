# SPDX-License-Identifier: Apache-2.0
"""Includes point down: a file reads its own room and the rooms before it in structure.ROOMS. A header below webhook/ is
read by its own room's sources alone, one below include/ by another room, or by such a header of its own room. Each
outside library stays where it belongs.
   check_rooms.py SOURCE_DIR [BUILD_DIR]
"""
import re
import sys

import structure

# Which files may include a header of an outside library.
OUTSIDE = [
    (r"h2o\.h|h2o/.*", r"webhook/edge/server/.*"),
    (r"yajl/.*", r"webhook/base/json/(read|write)\.c"),
    (r"yaml\.h", r"webhook/base/yaml/read\.c"),
    (r"curl/.*", r"(webhook|include)/edge/outbound/.*"),
    (r"openssl/.*", r"(webhook|include)/(edge|engine/controller|engine/resolver)/.*"),
    (r"(pthread|threads|stdatomic)\.h", r"(webhook|include)/(base|edge|engine|cmd)/.*"),
]


def main():
    root = sys.argv[1]
    rank = {room: number for number, room in enumerate(structure.ROOMS)}
    paths = {path.split("/", 1)[1]: path for path in structure.sources(root)}
    read_outside = set()
    complaints = []

    def check_own(path, room, header):
        other = structure.room_of(structure.module_of("x/" + header)) if "/" in header else ""
        if other not in rank or header not in paths:
            complaints.append(f"{path}: '{header}' is no header of a room")
            return
        if other != room or path.startswith("include/"):
            read_outside.add(paths[header])
        if rank[other] > rank[room]:
            complaints.append(f"{path}: '{header}' is of a room above {room}")
        if other != room and paths[header].startswith("webhook/"):
            complaints.append(f"{path}: '{header}' is for {other} alone; if {room} needs it, it belongs in include/")
        if path.startswith("include/") and paths[header].startswith("webhook/"):
            complaints.append(f"{path}: '{header}' lies beside its source, so no header in include/ may need it")

    for path in paths.values():
        room = structure.room_of(structure.module_of(path))
        if room not in rank:
            complaints.append(f"{path}: '{room}' is no room of tests/tools/structure.py")
            continue
        for quote, header in structure.includes(root, path):
            for library, place in OUTSIDE:
                if re.fullmatch(library, header) and not re.fullmatch(place, path):
                    complaints.append(f"{path}: '{header}' does not belong here")
            if quote == '"' and not header.startswith("h2o"):
                check_own(path, room, header)
    for path in paths.values():
        if path.startswith("include/") and path not in read_outside:
            complaints.append(f"{path}: no other room reads it; it belongs beside its source")
    if not paths:
        complaints.append(f"no source found below {root}")
    for complaint in complaints:
        print(f"check_rooms: {complaint}")
    if complaints:
        sys.exit(1)
    print(f"check_rooms: {len(paths)} files in {len(rank)} rooms, every include points down")


main()
