#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzzer under libFuzzer with ASan and UBSan: run.sh [SECONDS-EACH] [PARALLEL] [NAME...]
# Starts from the seed corpus; what it finds grows in build/fuzz/corpus, crashes stay in build/fuzz/crashes.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-300}
parallel=${2:-$(nproc)}
shift $(($# < 2 ? $# : 2))
names=("$@")
build=build/fuzz

if [ "${#names[@]}" = 0 ]; then
    mapfile -t names < <(find tests/fuzz -name 'fuzz_*.c' -exec basename {} .c \; | sort)
fi
[ "${#names[@]}" -gt 0 ] || { echo "fuzz: no fuzzer found" >&2 && exit 1; }

echo "fuzz: building ${#names[@]} fuzzers with clang (build/fuzz)"
bash .ci/build.sh "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFUZZ=ON \
    -DSANITIZE=address,undefined -- "${names[@]}"

fuzz_one() { # NAME
    local name=$1 seed=tests/fuzz/corpus/$1 found=$build/corpus/$1 log=$build/$1.log dictionary=()
    mkdir -p "$found" "$build/crashes"
    [ ! -e "tests/fuzz/$name.dict" ] || dictionary=(-dict="tests/fuzz/$name.dict")
    if ! "$build/tests/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$name-" "${dictionary[@]}" "$found" "$seed" >"$log" 2>&1; then
        echo "fuzz: $name FAILED"
        tail -n 40 "$log"
        return 1
    fi
    printf 'fuzz: %-28s %10s runs, %s\n' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)"
}
export -f fuzz_one
export build seconds

printf '%s\n' "${names[@]}" | xargs -P "$parallel" -I NAME bash -c 'set -euo pipefail; fuzz_one NAME'
echo "fuzz: ${#names[@]} fuzzers, $seconds s each, nothing found"
