/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_TIMESTAMP_H
#define WEIR_BASE_TIMESTAMP_H

#include "base/text.h"

/* RFC 3339 to seconds since the epoch; a fraction is cut off. False where it is none. */
MUST_CHECK bool timestamp_parse(struct str s, int64_t *ret_seconds);
/* The same with the fraction, to the nanosecond; what is beyond is cut off. */
MUST_CHECK bool timestamp_parse_exact(struct str s, int64_t *ret_seconds, uint32_t *ret_nanoseconds);
/* 2006-01-02T15:04:05Z, of the years 0 to 9999 */
enum { TIMESTAMP_SIZE = 20 };
void timestamp_write(char out[static TIMESTAMP_SIZE], int64_t seconds);
void timestamp_format(struct text *out, int64_t seconds);

#endif
