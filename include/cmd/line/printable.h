/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_PRINTABLE_H
#define WEIR_CMD_LINE_PRINTABLE_H

#include "base/str.h"

#include <stdio.h>

/*
 * Prints a stranger's text for a person: control characters and bytes that are
 * not UTF-8 as \x1b, so that no text can steer a terminal. Returns how many
 * columns it took, counting a character as one.
 */
int printable_print(struct str text, FILE *out);

#endif
