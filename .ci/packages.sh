#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that a purpose needs: only those that are missing, saying what it does.
#   .ci/packages.sh [--list] PURPOSE...   build | test | lint | fuzz | demo | bench | coverage | e2e | image | faults |
#                                         arm64 | arm64-root (what is installed in the root of arm64-root.sh)
# --list only prints them, one a line.
# WEIR_NO_INSTALL=1 leaves the machine alone and only says what is missing.
set -euo pipefail

packages_of() {
    case $1 in
    build) echo gcc libc6-dev make cmake ninja-build pkg-config \
        libh2o-evloop-dev libssl-dev libyajl-dev libyaml-dev libcurl4-openssl-dev ;;
    demo) echo python3 openssl docker-registry ;;
    test) echo python3 python3-yaml openssl docker-registry apache2-utils prometheus valgrind binutils util-linux ;;
    lint) echo clang libclang-rt-14-dev clang-tidy clang-format shellcheck ;;
    fuzz) echo clang libclang-rt-14-dev ;;
    bench) echo python3 openssl nghttp2-client valgrind util-linux ;;
    coverage) echo gcc python3 ;;
    e2e) echo etcd-server etcd-client containerd runc containernetworking-plugins iptables conntrack skopeo umoci \
        iproute2 util-linux procps curl openssl python3 docker-registry apache2-utils ;;
    image) echo buildah debootstrap ;;
    faults) echo libfaketime ;;
    arm64) echo debootstrap util-linux ;;
    arm64-root) echo crossbuild-essential-arm64 cmake ninja-build pkg-config qemu-user libh2o-evloop-dev:arm64 \
        libssl-dev:arm64 libyajl-dev:arm64 libyaml-dev:arm64 libcurl4-openssl-dev:arm64 ;;
    *) echo "packages.sh: unknown purpose '$1'" >&2 && return 2 ;;
    esac
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

list_missing() {
    local purpose package
    for purpose in "$@"; do
        for package in $(packages_of "$purpose"); do
            is_installed "$package" || echo "$package"
        done
    done | sort -u
}

# Two of the packages bring a service of their own that nobody here wants running (docker-registry, prometheus):
# while we install, and only where the machine has no such rule of its own, none is started.
readonly POLICY=/usr/sbin/policy-rc.d

install_as_root() {
    local ours=no ret=0
    if [ ! -e "$POLICY" ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$POLICY" >/dev/null
        $sudo chmod 755 "$POLICY"
        ours=yes
    fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 || ret=$?
    [ "$ours" = no ] || $sudo rm -f "$POLICY"
    return "$ret"
}

if [ "${1:-}" = --list ]; then
    shift
    for purpose in "$@"; do
        packages_of "$purpose" | tr ' ' '\n'
    done
    exit 0
fi
for purpose in "$@"; do
    packages_of "$purpose" >/dev/null
done
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "packages: this is no Debian; expecting the equivalents of: $(for p in "$@"; do packages_of "$p"; done | tr '\n' ' ')"
    exit 0
fi
mapfile -t missing < <(list_missing "$@")
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "packages: missing for $*: ${missing[*]}"
if [ "${WEIR_NO_INSTALL:-}" = 1 ]; then
    echo "packages: WEIR_NO_INSTALL=1, so nothing is installed" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages: not root and no sudo here; as root, run: apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    sudo=sudo
    echo "packages: not root, so apt-get runs with sudo (it may ask for your password)"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "packages: apt-get install --no-install-recommends ${missing[*]}"
if ! install_as_root "${missing[@]}"; then
    echo "packages: not from the lists at hand; apt-get update, then once more"
    $sudo apt-get update -qq
    install_as_root "${missing[@]}" || {
        tail -n 30 "$log" >&2
        exit 1
    }
fi
echo "packages: installed ${#missing[@]}"
