#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make coverage`: builds with counters, runs ctest, prints lines reached by file and layer;
# fails if the core is below 95 %.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

bash .ci/packages.sh build test coverage
bash .ci/build.sh build/coverage -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCOVERAGE=ON
find build/coverage -name '*.gcda' -delete
if ! output=$(ctest --test-dir build/coverage -j "$jobs" --no-tests=error -LE architecture 2>&1); then
    printf '%s\n' "$output" | tail -n 40
    exit 1
fi
python3 tests/tools/coverage.py build/coverage --layer core --least 95
