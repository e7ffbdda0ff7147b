#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No function of more than 60 lines (declaration to closing brace, comments included), no file of more than
# 480 lines of code (blank lines and comments apart).
#   check_lengths.sh SOURCE_DIR [BUILD_DIR]
set -euo pipefail
cd "$1"
tools=$1/tests/tools

files=0
found=$(while read -r file; do
    awk -f "$tools/code_only.awk" "$file" |
        awk -v file="$file" -v function_max=60 -v file_max=480 -f "$tools/lengths.awk"
done < <(find webhook include -name '*.[ch]' | sort))
files=$(find webhook include -name '*.[ch]' | wc -l)

if [ -n "$found" ] || [ "$files" = 0 ]; then
    printf 'check_lengths: %s\n' "${found:-no source found}"
    exit 1
fi
echo "check_lengths: $files files, no function above 60 lines, no file above 480 lines of code"
