/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/failure.h"

static const struct str reasons[REGISTRY_FAILURE_COUNT] = {
    [REGISTRY_FAILURE_NONE] = STR_INIT(""),
    [REGISTRY_FAILURE_NOT_FOUND] = STR_INIT("NotFound"),
    [REGISTRY_FAILURE_UNAUTHORIZED] = STR_INIT("Unauthorized"),
    [REGISTRY_FAILURE_FORBIDDEN] = STR_INIT("Forbidden"),
    [REGISTRY_FAILURE_TOO_MANY_REQUESTS] = STR_INIT("TooManyRequests"),
    [REGISTRY_FAILURE_UNREACHABLE] = STR_INIT("Unreachable"),
    [REGISTRY_FAILURE_INVALID] = STR_INIT("Invalid"),
    [REGISTRY_FAILURE_INTERNAL] = STR_INIT("InternalError"),
};

struct str registry_failure_reason(enum registry_failure failure)
{
    return reasons[failure];
}

enum registry_failure registry_failure_of(struct str reason)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (str_equal(reasons[i], reason))
            return (enum registry_failure)i;
    }
    return REGISTRY_FAILURE_INTERNAL;
}
