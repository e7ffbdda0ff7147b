/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_TEXT_H
#define WEIR_BASE_JSON_TEXT_H

#include "base/text.h"

/*
 * The pieces of JSON text that cost: strings and base64. Answers to admissions
 * are made of these and of literals; json_write.h puts whole documents together
 * for everything that is not on that path.
 */

/* A quoted string. Bytes that are not UTF-8 become U+FFFD; control characters are escaped. */
void json_text_string(struct text *out, struct str s);
/* A quoted string of base64 (RFC 4648 §4), which needs no escapes. */
void json_text_base64(struct text *out, struct str s);

#define json_text_literal(out, literal) text_add_literal((out), literal)

#endif
