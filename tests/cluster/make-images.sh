#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two tiny OCI images, each one static program: make-images.sh FOLDER SOURCES (pause.c and hello.c). Made once for each
# state of the sources.
set -euo pipefail
out=${1:?} sources=${2:?}
key=$(cat "$sources/pause.c" "$sources/hello.c" "$0" | sha256sum)
[ "$(cat "$out/.key" 2>/dev/null)" != "$key" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "${work:?}"' EXIT
mkdir -p "$out"
for name in pause hello; do
    rm -rf "${out:?}/$name"
    gcc -std=c11 -O2 -Wall -Wextra -static -o "$work/$name.bin" "$sources/$name.c"
    umoci init --layout "$out/$name"
    umoci new --image "$out/$name:1"
    umoci unpack --image "$out/$name:1" "$work/$name" >/dev/null
    cp "$work/$name.bin" "$work/$name/rootfs/$name"
    umoci repack --image "$out/$name:1" "$work/$name"
    umoci config --image "$out/$name:1" --config.entrypoint "/$name" --config.user 65532
done
echo "$key" >"$out/.key"
