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
    mkdir -p "$work/tree/webhook/base" "$work/tree/webhook/core/image" "$work/tree/include/base" \
        "$work/tree/include/core/image" "$work/tree/tests"
    ln -s "$tools" "$work/tree/tests/tools"
    echo 'int base_of(int x);' >"$work/tree/include/base/base.h"
    echo 'int digest_of(int x);' >"$work/tree/webhook/core/image/digest.h"
    printf '#include "base/base.h"\nint base_of(int x)\n{\n    return x;\n}\n' >"$work/tree/webhook/base/base.c"
    printf '#include "core/image/digest.h"\n#include "base/base.h"\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n' \
        >"$work/tree/webhook/core/image/digest.c"
    printf 'int digest_of(int x)\n{\n    return base_of(x); /* strcpy(a, b) */\n}\n' >>"$work/tree/webhook/core/image/digest.c"
}

# Objects lie as CMake lays them.
build_tree() {
    local source object layer
    rm -rf "$work/build"
    while read -r source; do
        layer=$(cut -d/ -f2 <<<"$source")
        object=$work/build/CMakeFiles/$layer.dir/$source.o
        mkdir -p "$(dirname "$object")"
        gcc -w -O1 -I"$work/tree/include" -I"$work/tree/webhook" -I"$work/tree/include/core/image" \
            -c "$work/tree/$source" -o "$object" 2>/dev/null || continue
        ar rcs "$work/build/lib$layer.a" "$object"
    done < <(cd "$work/tree" && find webhook -name '*.c')
}

expect() { # good|bad CHECK WHAT
    local got=good
    build_tree
    if [ -e "$tools/check_$2.py" ]; then
        python3 "$tools/check_$2.py" "$work/tree" "$work/build" >"$work/out" 2>&1 || got=bad
    else
        bash "$tools/check_$2.sh" "$work/tree" "$work/build" >"$work/out" 2>&1 || got=bad
    fi
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

for check in rooms circles names parameters purity banned lengths; do
    make_tree
    expect good "$check" "a tree with nothing wrong"
done
plant rooms webhook/base/base.c "base includes core" '#include "core/image/digest.h"'
plant rooms webhook/core/image/digest.c "core includes openssl" '#include <openssl/evp.h>'
plant rooms webhook/edge/kube/other.c "h2o in another room" '#include <h2o.h>'
plant rooms webhook/base/json/other.c "yajl in a third file" '#include <yajl/yajl_parse.h>'
plant rooms webhook/core/image/digest.c "an include without its room" '#include "digest.h"'
plant rooms webhook/core/other/new.c "a room that is not in the list" 'int x;'
plant rooms webhook/core/object/other.c "another room's own header" '#include "core/image/digest.h"'
plant rooms include/core/image/alone.h "a header for others that no other reads" 'int alone(void);'
plant circles webhook/base/base.c "an include that leads back" '#include "core/image/digest.h"'
plant circles webhook/base/base.c "a call that leads back" 'int digest_of(int x);' 'int base_too(int x) { return digest_of(x); }'
plant names webhook/core/image/digest.c "a name of another noun" 'int picture_of(int x) { return x; }'
plant parameters webhook/core/image/digest.c "six parameters" 'int digest_six(int a, int b, int c, int d, int e, int f)' '{' \
    '    return a + b + c + d + e + f;' '}'
plant purity webhook/core/image/digest.c "core prints" 'int shout(void) { return puts("loud"); }'
plant purity webhook/core/image/digest.c "core allocates" 'void *grab(void) { return malloc(7); }'
plant purity webhook/core/image/digest.c "core reads the clock" 'extern long time(long *); long when(void) { return time(0); }'
plant banned webhook/core/image/digest.c "strtok" 'char *cut(char *s) { return strtok(s, "."); }'
plant banned webhook/base/base.c "atoi, hidden by a macro" '#include <stdlib.h>' '#define NUMBER ato##i' \
    '#define JOIN(a, b) a##b' 'int number(const char *s) { return JOIN(ato, i)(s); }'
plant lengths webhook/core/image/digest.c "a function of 61 lines" 'int long_one(int x)' '{' \
    "$(for _ in $(seq 57); do echo "    x += '}'; /* { */"; done)" '    return x;' '}'
plant lengths webhook/core/image/digest.c "a file of 481 lines" "$(for line in $(seq 481); do echo "extern int x$line;"; done)"

[ "$failed" = 0 ] && echo "check_checks: each check accepts what is right and refuses what is planted"
exit "$failed"
