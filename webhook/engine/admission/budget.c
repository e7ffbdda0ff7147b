/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/budget.h"

#include "base/duration.h"

enum { MARGIN_MS = 1000, TIMEOUT_MAX_MS = 3600 * 1000 };

int64_t admission_budget(struct str query, int64_t passed_ms, int64_t wait_max_ms)
{
    int64_t budget = wait_max_ms;

    while (query.ptr) {
        struct str parameter = str_cut(&query, '&');
        int64_t timeout;
        if (!str_starts(parameter, STR("timeout=")) ||
            !duration_parse(str_from(parameter, sizeof "timeout=" - 1), &timeout) || timeout > TIMEOUT_MAX_MS)
            continue;
        timeout -= MARGIN_MS + (passed_ms > 0 ? passed_ms : 0); /* a clock set back is no gain */
        if (timeout < budget)
            budget = timeout;
    }
    return budget;
}
