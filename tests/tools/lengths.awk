# SPDX-License-Identifier: Apache-2.0
# Reads what code_only.awk made of one file (-v file= -v function_max= -v file_max=), finds each function body by
# its braces, prints "length function" facts that are too long, and a last line "code N" for the file.
function finish(line) {
    length_ = line - first + 1
    functions++
    if (length_ > function_max) {
        printf "%s:%d: function '%s' has %d lines, at most %d\n", file, first, name, length_, function_max
    }
}

/[^ \t]/ { code++ }

# Preprocessor lines are no code of a function.
continued || /^[ \t]*#/ { continued = /\\$/; next }

{
    n = length($0)
    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        if (c == " " || c == "\t") {
            if (depth == 0) declaration = declaration " "
            continue
        }
        if (depth == 0 && first == 0) first = NR
        if (c == "{") {
            if (depth == 0) {
                in_function = last == ")"
                name = declaration
                gsub(/__attribute__\(\([^()]*(\([^()]*\))?[^()]*\)\)/, "", name)
                sub(/[ \t]*\(.*/, "", name)
                sub(/.*[^A-Za-z0-9_]/, "", name)
            }
            depth++
        } else if (c == "}") {
            depth--
            if (depth < 0) { printf "%s:%d: braces do not match\n", file, NR; exit }
            if (depth == 0) {
                if (in_function) { finish(NR); first = 0; declaration = "" }
                in_function = 0
            }
        } else if (depth == 0 && c == ";") {
            first = 0
            declaration = ""
            last = c
            continue
        }
        if (depth == 0 && c != "}") declaration = declaration c
        last = c
    }
    if (depth == 0) declaration = declaration " "
}

END {
    if (depth > 0) printf "%s: braces do not match\n", file
    if (code > file_max) printf "%s: %d lines of code, at most %d\n", file, code, file_max
}
