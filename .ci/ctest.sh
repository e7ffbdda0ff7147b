#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ctest with the environment that sanitizers want: .ci/ctest.sh DIRECTORY [CTEST-ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."
directory=$1
shift

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:suppressions=$PWD/tests/tools/tsan.suppressions}

# ThreadSanitizer needs its fixed shadow addresses: no address randomization, where we may ask for that.
plain_addresses=()
if grep -qx 'SANITIZE:STRING=thread' "$directory/CMakeCache.txt" && setarch "$(uname -m)" -R true 2>/dev/null; then
    plain_addresses=(setarch "$(uname -m)" -R)
fi
exec "${plain_addresses[@]}" ctest --test-dir "$directory" --output-on-failure --no-tests=error "$@"
