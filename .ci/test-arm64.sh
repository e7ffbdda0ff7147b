#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make test-arm64`: everything cross-built for arm64 (build/arm64), and the tests that need neither a thread nor a
# socket run under qemu: the units of base, core and cmd, and each fuzzer's seed corpus. The scanner's NEON code runs
# nowhere else. Exits with 3 where this machine does not allow it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Inside the root, where the tree is at /src.
if [ "${1:-}" = --inside ]; then
    cd /src
    export PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig
    bash .ci/build.sh build/arm64 -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_SYSTEM_NAME=Linux \
        -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc \
        "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/"
    exec ctest --test-dir build/arm64 -R '^(unit\.(base|core|cmd)|fuzz)\.' -j "${JOBS:-$(nproc)}" \
        --output-on-failure --no-tests=error
fi

bash .ci/packages.sh arm64
bash .ci/arm64-root.sh
root=$(bash .ci/arm64-root.sh --where)
echo "== units and fuzz corpora as arm64, under qemu (build/arm64)"
# The mounts are this process's own, so that several trees may use one root, and they end with it.
# shellcheck disable=SC2016 # the inner shell's variables
exec unshare --mount --propagation private bash -c '
    set -euo pipefail
    mount --bind "$1" "$2/src"
    mount --rbind /dev "$2/dev"
    mount -t proc proc "$2/proc"
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 JOBS="${JOBS:-}" chroot "$2" \
        bash /src/.ci/test-arm64.sh --inside' bash "$PWD" "$root"
