/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_DURATION_H
#define WEIR_BASE_DURATION_H

#include "base/text.h"

/*
 * A Go duration without sign ("24h", "1h30m", "250ms", "1.5h"; "0") to
 * milliseconds, rounded down. False where it is none or beyond 100 years.
 */
MUST_CHECK bool duration_parse(struct str s, int64_t *ret_ms);
/* The largest unit that is not zero and the one below it, for people: "45s", "3h20m", "12d4h", "1h". */
void duration_format(struct text *out, int64_t seconds);

#endif
