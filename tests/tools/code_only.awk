# SPDX-License-Identifier: Apache-2.0
# Prints C source with the same lines, but comments gone and the inside of strings and characters blank,
# so that what follows sees code only. Run it on one file at a time.
{
    out = ""
    text = $0
    n = length(text)
    for (i = 1; i <= n; i++) {
        c = substr(text, i, 1)
        two = substr(text, i, 2)
        if (state == "comment") {
            if (two == "*/") { state = ""; i++ }
        } else if (state != "") {
            if (c == "\\") i++
            else if (c == state) { state = ""; out = out c }
        } else if (two == "/*") {
            state = "comment"; i++; out = out " "
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "'") state = c
            out = out c
        }
    }
    # A string ends with its line, unless the line goes on: an apostrophe in #error opens nothing.
    if (state != "comment" && text !~ /\\$/) state = ""
    print out
}
