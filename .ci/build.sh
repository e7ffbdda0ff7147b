#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds one variant: .ci/build.sh DIRECTORY [CMAKE-ARGUMENT...] [-- TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$1
shift
arguments=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    arguments+=("$1")
    shift
done
[ $# -eq 0 ] || shift

# A directory keeps the generator it was made with.
if [ ! -e "$directory/CMakeCache.txt" ] && command -v ninja >/dev/null; then
    arguments+=(-G Ninja)
fi
jobs=${JOBS:-$(nproc)}
cmake -S . -B "$directory" "${arguments[@]}" >"/dev/null"
targets=()
for target in "$@"; do
    targets+=(--target "$target")
done
# What went well is not worth a line: only what the compilers said is printed, and only where they failed.
if ! output=$(cmake --build "$directory" -j "$jobs" "${targets[@]}" 2>&1); then
    printf '%s\n' "$output" | grep -vE '^\[[ 0-9]+(%|/[0-9]+)\] '
    exit 1
fi
