#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes, once, the root in which weir is cross-built for arm64 and its tests run under qemu: a debootstrap of Debian 12
# with a cross compiler, the libraries of arm64 and qemu's user mode, so that the machine itself gets none of them.
# Outside the tree, by checksum of this script and of the packages it installs. About two minutes and 1.1 GB.
#   arm64-root.sh [--where]     --where: only prints the folder
# Exits with 3, and says why, where this machine does not allow it.
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t packages < <(bash packages.sh --list arm64-root)
key=$({ cat arm64-root.sh && printf '%s\n' "${packages[@]}"; } | sha256sum | cut -c1-16)
root=${XDG_CACHE_HOME:-$HOME/.cache}/weir/arm64-$key
if [ "${1:-}" = --where ]; then
    echo "$root"
    exit 0
fi

cannot() {
    echo "arm64: $*" >&2
    exit 3
}

quietly() { # COMMAND...: what it says only where it fails
    "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2 && return 1; }
}

[ "$(id -u)" = 0 ] || cannot "debootstrap and chroot need root"
unshare --mount true 2>/dev/null || cannot "this machine allows no mount namespace"
[ ! -e "$root" ] || exit 0
command -v debootstrap >/dev/null || cannot "there is no debootstrap here"

mkdir -p "$(dirname "$root")"
half=$(mktemp -d "$root.XXXXXX") # becomes the root where it is whole: what is there is always all of it
log=$(mktemp)
trap 'rm -f "$log"; rm -rf --one-file-system "${half:?}"' EXIT
echo "arm64: debootstrap of Debian 12 with a cross compiler into $root (minutes, once)"
quietly debootstrap --variant=minbase bookworm "$half" || cannot "debootstrap does not work here"
mkdir "$half/src"
inside=(env DEBIAN_FRONTEND=noninteractive chroot "$half")
quietly "${inside[@]}" dpkg --add-architecture arm64
quietly "${inside[@]}" apt-get update -q || cannot "the lists of arm64's packages are not to be had"
quietly "${inside[@]}" apt-get install -y -q --no-install-recommends "${packages[@]}"
quietly "${inside[@]}" apt-get clean
chmod 755 "$half"
mv -T "$half" "$root" 2>/dev/null || [ -e "$root" ] # another run may have been first
