#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The core is pure: what libcore.a needs from outside is base, memory and text functions, sorting; nothing else.
#   check_purity.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
build=$2

find_library() {
    local path
    path=$(find "$build" -maxdepth 2 -name "lib$1.a" | head -n 1)
    [ -n "$path" ] || { echo "check_purity: no lib$1.a below $build" >&2 && exit 1; }
    echo "$path"
}

base=$(find_library base)
core=$(find_library core)

# What a pure function may call.
pure='^(mem(cpy|move|set|cmp|chr)|str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn|pbrk)|bsearch|qsort)$'
# The same, as _FORTIFY_SOURCE and clang (bcmp for memcmp) spell them, and a failed assert.
hardened='^(bcmp|__(mem(cpy|move|set))_chk|__assert_fail|__stack_chk_fail)$'
# The compiler's and sanitizers' own.
runtime='^(_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|tsan|sanitizer|gcov|llvm|cpu)_.*|__cpu_model|__(u?div|u?mod|mul)[a-z]*[0-9])$'

symbols() { # nm's arguments
    nm "$@" 2>/dev/null | awk 'NF >= 2 && $NF !~ /:$/ {print $NF}' | sort -u
}

[ -n "$(symbols --defined-only -g "$core")" ] || { echo "check_purity: $core defines nothing" && exit 1; }
impure=$(comm -23 <(symbols -u "$core") <(sort -u <(symbols --defined-only "$base") <(symbols --defined-only "$core")) |
    grep -Ev "$pure|$hardened|$runtime" || true)

if [ -n "$impure" ]; then
    for symbol in $impure; do
        echo "check_purity: core needs '$symbol': $(nm -A -u "$core" 2>/dev/null |
            awk -v s="$symbol" '$NF == s {split($1, part, ":"); print part[2]}' | sort -u | tr '\n' ' ')"
    done
    exit 1
fi
echo "check_purity: libcore.a needs base, mem*, str*, bsearch and qsort only"
