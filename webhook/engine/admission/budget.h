/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_BUDGET_H
#define WEIR_ENGINE_ADMISSION_BUDGET_H

#include "base/str.h"

/*
 * Milliseconds that registries may take for one admission: the API server's
 * ?timeout= less a second, since it is rounded up to one, and less what has
 * `passed_ms` since the request began; at most `wait_max_ms`. Not positive: no
 * time is left. A timeout that is absent or no duration says nothing.
 */
int64_t admission_budget(struct str query, int64_t passed_ms, int64_t wait_max_ms);

#endif
