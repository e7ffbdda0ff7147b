#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make test`: [all | tsan | memcheck]. Stops at the first stage that fails; ends with ctest's own closing lines.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
jobs=${JOBS:-$(nproc)}

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:suppressions=$PWD/tests/tools/tsan.suppressions}

say() { printf '== %s\n' "$*"; }

# ThreadSanitizer needs its fixed shadow addresses: no address randomization, where we may ask for that.
plain_addresses=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
    plain_addresses=(setarch "$(uname -m)" -R)
fi

run_tsan() {
    say "server and threaded tests under ThreadSanitizer (build/tsan)"
    bash .ci/build.sh build/tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=thread
    "${plain_addresses[@]}" ctest --test-dir build/tsan -R '^(unit\.(edge|engine|cmd)|integration)\.' \
        -j "$jobs" --output-on-failure --no-tests=error --repeat until-pass:2
}

run_memcheck() {
    say "the server under valgrind's memcheck"
    bash .ci/build.sh build/release -DTESTS=OFF
    python3 tests/valgrind/memcheck.py build/release/weir
}

run_asan() {
    say "all tests under AddressSanitizer and UndefinedBehaviorSanitizer (build/asan)"
    bash .ci/build.sh build/asan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=address,undefined
    ctest --test-dir build/asan -j "$jobs" --output-on-failure --no-tests=error --repeat until-pass:2
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
