#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Functions that this project does without: unbounded, locale-bound, not reentrant, or silent about errors.
# Looked for in the source (comments and strings apart) and, for what macros hide, in the objects.
#   check_banned.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
source=$1
build=$2
tools=$source/tests/tools

banned='strcpy|stpcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|strtok_r'
banned+='|gmtime|localtime|asctime|ctime|mktime|setlocale'
banned+='|atoi|atol|atoll|atof|strto(l|ul|ll|ull|d|f|ld|imax|umax)|v?f?s?scanf'
banned+='|alloca|setjmp|longjmp|rand|srand|tmpnam|tempnam|mktemp|system|popen|yajl_tree_parse'
failed=0

while read -r file; do
    if found=$(awk -f "$tools/code_only.awk" "$file" | grep -nE "(^|[^A-Za-z0-9_.>])($banned)[[:space:]]*\("); then
        echo "check_banned: $file:"
        echo "$found"
        failed=1
    fi
done < <(cd "$source" && find webhook include -name '*.[ch]' | sort | sed "s|^|$source/|")

libraries=0
for layer in base core edge engine cmd; do
    library=$(find "$build" -maxdepth 2 -name "lib$layer.a" | head -n 1)
    [ -n "$library" ] || continue
    libraries=$((libraries + 1))
    # glibc and fortify rename some: __isoc99_sscanf, __sprintf_chk.
    if found=$(nm -A -u "$library" 2>/dev/null | grep -E "[[:space:]](__isoc(99|23)_|__)?($banned)(_chk)?$"); then
        echo "check_banned: $found"
        failed=1
    fi
done
if [ "$libraries" = 0 ]; then
    echo "check_banned: no library of ours below $build"
    failed=1
fi
[ "$failed" = 0 ] && echo "check_banned: none of the banned functions is used"
exit "$failed"
