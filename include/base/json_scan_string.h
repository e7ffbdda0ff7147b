/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_STRING_H
#define WEIR_BASE_JSON_SCAN_STRING_H

#include "base/json_scan.h"

/* Strings and member names of json_scan, for json_scan_*.c alone. */

/* What the inside of a string, whose escapes are known to be legal, stands for. In the arena. */
struct str json_scan_decode(struct arena *arena, struct str raw);

void json_scan_keys_init(struct json_scan_keys *keys);
/* False where `key` was added before. It must stay valid as long as `keys`. */
bool json_scan_keys_add(struct json_scan_keys *keys, struct arena *arena, struct str key);

#endif
