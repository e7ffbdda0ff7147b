#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Includes point down only (base <- core <- edge <- cmd), and each outside library stays in its room.
#   check_layers.sh SOURCE_DIR [BUILD_DIR]
set -euo pipefail
cd "$1"

layers="base core edge cmd"
failed=0
files=0

complain() {
    echo "check_layers: $1"
    failed=1
}

rank_of() {
    local rank=0 layer
    for layer in $layers; do
        [ "$layer" != "$1" ] || { echo "$rank" && return; }
        rank=$((rank + 1))
    done
    echo 99
}

# Which files may include a header of an outside library.
may_include() { # FILE HEADER
    case $2 in
    h2o.h | h2o/*) [[ $1 =~ ^webhook/edge/(http_server|admission_handler|admission_wait)\.c$ ]] ;;
    yajl/*) [[ $1 =~ ^webhook/base/json_(read|write)\.c$ ]] ;;
    yaml.h) [ "$1" = webhook/base/yaml_read.c ] ;;
    curl/* | openssl/*) [[ $1 =~ ^(webhook|include)/edge/ ]] ;;
    pthread.h | threads.h | stdatomic.h) [[ ! $1 =~ ^(webhook|include)/core/ ]] ;;
    *) true ;;
    esac
}

check_include() { # FILE LAYER HEADER
    local above
    may_include "$1" "$3" || complain "$1: '$3' does not belong here"
    [[ $3 =~ ^(base|core|edge|cmd)/ ]] || return 0
    above=$(rank_of "${3%%/*}")
    [ "$above" -le "$(rank_of "$2")" ] || complain "$1: '$3' is of a layer above $2"
}

while read -r file; do
    files=$((files + 1))
    layer=$(cut -d/ -f2 <<<"$file")
    [ "$(rank_of "$layer")" -lt 99 ] || complain "$file: '$layer' is not a layer ($layers)"
    while read -r header; do
        check_include "$file" "$layer" "$header"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/p' "$file")
    while read -r header; do
        [[ $header =~ ^(base|core|edge|cmd)/ ]] || [[ $header == h2o* ]] ||
            complain "$file: '$header' is included without its layer"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]+)".*/\1/p' "$file")
done < <(find webhook include -mindepth 2 -name '*.[ch]' | sort)

[ "$files" -gt 0 ] || complain "no source found below $1"
[ "$failed" = 0 ] && echo "check_layers: $files files, every include points down"
exit "$failed"
