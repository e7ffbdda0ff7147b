#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make image`: the OCI image of the Dockerfile, as an OCI layout in build/image (tag: the version).
# With buildah and root alone, no registry and no daemon: the base is a debootstrap of Debian 12, made once and kept in
# the cache. BASE=... names another base, which buildah then pulls.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/weir
version=$(sed -n 's/^project(weir.* VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# No kernel feature is taken for granted: files are copied, and RUN is a chroot.
builder() { buildah --root "$cache/buildah" --runroot "$cache/buildah-run" --storage-driver vfs "$@"; }

quietly() { # COMMAND...: what it says only where it fails
    "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2 && return 1; }
}

make_base() {
    local tree container
    tree=$(mktemp -d)
    echo "image: debootstrap of Debian 12 as the base (once)"
    quietly debootstrap --variant=minbase bookworm "$tree/root" ||
        { rm -rf --one-file-system "${tree:?}" && return 1; }
    container=$(builder from scratch)
    builder copy -q "$container" "$tree/root" / >/dev/null
    builder commit -q "$container" "$1" >/dev/null
    builder rm "$container" >/dev/null
    rm -rf --one-file-system "${tree:?}"
}

[ -n "$version" ] || { echo "image: no version in CMakeLists.txt" >&2 && exit 1; }
base=${BASE:-}
if [ -z "$base" ]; then
    base=localhost/debian:12-slim
    builder inspect --type image "$base" >/dev/null 2>&1 || make_base "$base"
fi
revision=$(git rev-parse HEAD 2>/dev/null || true)
echo "image: building weir:$version on $base"
quietly builder bud --isolation chroot --format oci --timestamp 0 --layers=false --pull=false \
    --build-arg BASE="$base" --build-arg VERSION="$version" --build-arg REVISION="$revision" -t "localhost/weir:$version" .
mkdir -p build
rm -rf build/image
builder rmi --prune >/dev/null # what this build replaced
builder push -q "localhost/weir:$version" "oci:build/image:$version"
size=$(du -sk build/image | cut -f1)
echo "image: build/image holds weir:$version, $((size / 1024)) MiB"
