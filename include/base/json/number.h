/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_NUMBER_H
#define WEIR_BASE_JSON_NUMBER_H

#include "base/str.h"

/* Numbers stay text; these say whether a text is one (RFC 8259, section 6). */

/* Length of the number at the start of `s`; 0 where there is none. */
size_t json_number_length(struct str s);

/*
 * False for a number that rounds to infinity in IEEE 754 binary64, "1E400",
 * which Go's decoders refuse. Underflow to zero is fine. `number` must be one.
 */
bool json_number_is_finite(struct str number);

#endif
