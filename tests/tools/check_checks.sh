#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The architecture checks bite: each is shown a small tree with nothing wrong, then with one thing wrong.
#   check_checks.sh SOURCE_DIR [BUILD_DIR]
set -euo pipefail
tools=$1/tests/tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# A tree of two layers, its libraries built.
make_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/webhook/base" "$work/tree/webhook/core" "$work/tree/webhook/edge" "$work/tree/include/base" \
        "$work/tree/include/core" "$work/tree/tests" "$work/build"
    ln -s "$tools" "$work/tree/tests/tools"
    echo 'int base_of(int x);' >"$work/tree/include/base/base.h"
    echo 'int core_of(int x);' >"$work/tree/include/core/core.h"
    printf '#include "base/base.h"\nint base_of(int x)\n{\n    return x;\n}\n' >"$work/tree/webhook/base/base.c"
    printf '#include "core/core.h"\n#include "base/base.h"\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n' >"$work/tree/webhook/core/core.c"
    printf 'int core_of(int x)\n{\n    return base_of(x); /* strcpy(a, b) */\n}\n' >>"$work/tree/webhook/core/core.c"
}

build_tree() {
    local layer
    rm -f "$work/build"/*
    for layer in base core; do
        gcc -w -O1 -I"$work/tree/include" -I"$work/tree/include/core" -c "$work/tree/webhook/$layer/$layer.c" -o "$work/build/$layer.o"
        ar rcs "$work/build/lib$layer.a" "$work/build/$layer.o"
    done
}

expect() { # good|bad CHECK WHAT
    local got=good
    build_tree
    bash "$tools/check_$2.sh" "$work/tree" "$work/build" >"$work/out" 2>&1 || got=bad
    if [ "$got" != "$1" ]; then
        echo "check_checks: check_$2 says '$got' to: $3"
        cat "$work/out"
        failed=1
    fi
}

plant() { # CHECK FILE WHAT LINE...
    local check=$1 file=$work/tree/$2 what=$3
    shift 3
    make_tree
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >>"$file"
    expect bad "$check" "$what"
}

for check in layers purity banned lengths; do
    make_tree
    expect good "$check" "a tree with nothing wrong"
done
plant layers webhook/base/base.c "base includes core" '#include "core/core.h"'
plant layers webhook/core/core.c "core includes openssl" '#include <openssl/evp.h>'
plant layers webhook/edge/other.c "h2o in another file" '#include <h2o.h>'
plant layers webhook/base/other.c "yajl in a third file" '#include <yajl/yajl_parse.h>'
plant layers webhook/core/core.c "an include without its layer" '#include "core.h"'
plant purity webhook/core/core.c "core prints" 'int shout(void) { return puts("loud"); }'
plant purity webhook/core/core.c "core allocates" 'void *grab(void) { return malloc(7); }'
plant purity webhook/core/core.c "core reads the clock" 'extern long time(long *); long when(void) { return time(0); }'
plant banned webhook/core/core.c "strtok" 'char *cut(char *s) { return strtok(s, "."); }'
plant banned webhook/base/base.c "atoi, hidden by a macro" '#include <stdlib.h>' '#define NUMBER ato##i' \
    '#define JOIN(a, b) a##b' 'int number(const char *s) { return JOIN(ato, i)(s); }'
plant lengths webhook/core/core.c "a function of 61 lines" 'int long_one(int x)' '{' \
    "$(for _ in $(seq 57); do echo "    x += '}'; /* { */"; done)" '    return x;' '}'
plant lengths webhook/core/core.c "a file of 481 lines" "$(for line in $(seq 481); do echo "extern int x$line;"; done)"

[ "$failed" = 0 ] && echo "check_checks: each check accepts what is right and refuses what is planted"
exit "$failed"
