# SPDX-License-Identifier: Apache-2.0
"""No function of more than five parameters, but for callbacks whose type a library dictates.
   check_parameters.py SOURCE_DIR [BUILD_DIR]
"""
import os
import re
import sys

import structure

MOST = 5
DICTATED = {
    "select_protocol": "OpenSSL's SSL_CTX_alpn_select_cb_func",
}
# A definition as clang-format lays it: from the line's start to the brace on a line of its own.
DEFINITION = re.compile(r"^[A-Za-z_][^;{}=#]*?\b(\w+)\(([^;{}]*)\)\n\{", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def count(parameters):
    depth = 0
    commas = 0
    for character in parameters:
        depth += (character == "(") - (character == ")")
        commas += character == "," and depth == 0
    return 0 if parameters.strip() in ("", "void") else commas + 1


def main():
    root = sys.argv[1]
    functions = 0
    failed = False
    for path in structure.sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = COMMENT.sub(" ", file.read())
        for name, parameters in DEFINITION.findall(text):
            functions += 1
            if count(parameters) > MOST and name not in DICTATED:
                print(f"check_parameters: {path}: {name}() has {count(parameters)} parameters, at most {MOST}")
                failed = True
    if failed or not functions:
        sys.exit(1 if functions else f"check_parameters: no function below {root}")
    print(f"check_parameters: {functions} functions, none has more than {MOST} parameters")


main()
