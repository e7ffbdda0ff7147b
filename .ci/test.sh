#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make test`: [all | tsan | memcheck]. Stops at the first stage that fails; ends with ctest's own closing lines.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
jobs=${JOBS:-$(nproc)}

say() { printf '== %s\n' "$*"; }

run_tsan() {
    say "server and threaded tests under ThreadSanitizer (build/tsan)"
    bash .ci/build.sh build/tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=thread
    bash .ci/ctest.sh build/tsan -R '^(unit\.(edge|engine|cmd)|integration)\.' -j "$jobs"
}

run_memcheck() {
    say "the server under valgrind's memcheck"
    bash .ci/build.sh build/release -DTESTS=OFF
    python3 tests/valgrind/memcheck.py build/release/weir
}

run_asan() {
    say "all tests under AddressSanitizer and UndefinedBehaviorSanitizer (build/asan)"
    bash .ci/build.sh build/asan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=address,undefined
    bash .ci/ctest.sh build/asan -j "$jobs"
}

bash .ci/packages.sh build test
case $what in
tsan) run_tsan ;;
memcheck) run_memcheck ;;
all)
    run_tsan
    run_memcheck
    run_asan
    ;;
*) echo "test.sh: unknown stage '$what'" >&2 && exit 2 ;;
esac
