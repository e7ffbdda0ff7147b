#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make lint`: what a program can judge. Every check runs; one that finds something fails the whole at the end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
jobs=${JOBS:-$(nproc)}
failed=()

check() { # NAME COMMAND...
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then
        printf 'lint: %-40s ok (%d s)\n' "$name" $((SECONDS - begin))
    else
        printf 'lint: %-40s FAILED\n' "$name"
        failed+=("$name")
    fi
}

c_files() { find webhook include tests -name '*.[ch]' -print0; }

format_is_right() { c_files | xargs -0 clang-format --dry-run -Werror; }

shell_is_right() {
    find .ci certs tests manifests \( -name '*.sh' -o -path .ci/run \) -type f -print0 2>/dev/null |
        xargs -0 shellcheck
}

python_is_right() {
    find tests -name '*.py' -print0 | xargs -0 -r python3 -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, "rb").read(), path)'
}

tidy_is_right() {
    local log ret=0
    log=$(mktemp)
    find webhook -name '*.c' -print0 |
        xargs -0 -P "$jobs" -n 4 clang-tidy --quiet -p build/clang >"$log" 2>/dev/null || ret=1
    [ "$ret" = 0 ] || cat "$log"
    rm -f "$log"
    return "$ret"
}

bash .ci/packages.sh build lint test || exit 1
check "gcc, warnings are errors" bash .ci/build.sh build/gcc -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=RelWithDebInfo
check "clang, warnings are errors" bash .ci/build.sh build/clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo
# What people build who ask CMake for a release: other optimisation, no asserts.
check "gcc, CMake's Release" bash .ci/build.sh build/gcc-release -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DTESTS=OFF
check "clang, CMake's Release" bash .ci/build.sh build/clang-release -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release \
    -DTESTS=OFF
check "gcc, Release with asserts" bash .ci/build.sh build/gcc-release-asserts -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O3 -DTESTS=OFF
check "clang-format" format_is_right
check "shellcheck" shell_is_right
check "python parses" python_is_right
for script in tests/tools/check_*.sh; do
    check "$(basename "$script" .sh)" bash "$script" "$PWD" "$PWD/build/gcc"
done
for script in tests/tools/check_*.py; do
    check "$(basename "$script" .py)" python3 "$script" "$PWD" "$PWD/build/gcc"
done
check "clang-tidy" tidy_is_right

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'lint: %d found something: %s\n' "${#failed[@]}" "${failed[*]}"
    exit 1
fi
echo "lint: nothing found"
