/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_BASE64_H
#define WEIR_BASE_BASE64_H

#include "base/arena.h"
#include "base/error.h"

/* RFC 4648 §4, padded. Into `out`, which has base64_encoded_len(s.len) bytes; no NUL. */
size_t base64_encoded_len(size_t len);
void base64_encode(struct str s, char *out);
/*
 * Standard alphabet, padded or not, CR and LF skipped (what Go's decoders take
 * for docker configs). The result is the arena's.
 */
MUST_CHECK int base64_decode(struct arena *arena, struct str s, struct str *ret, struct error *err);

#endif
