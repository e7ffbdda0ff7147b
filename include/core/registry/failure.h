/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_FAILURE_H
#define WEIR_CORE_REGISTRY_FAILURE_H

#include "base/str.h"

/* Why a registry gave no image: the reasons of condition ImportSuccess. */
enum registry_failure {
    REGISTRY_FAILURE_NONE,
    REGISTRY_FAILURE_NOT_FOUND,
    REGISTRY_FAILURE_UNAUTHORIZED,
    REGISTRY_FAILURE_FORBIDDEN,
    REGISTRY_FAILURE_TOO_MANY_REQUESTS,
    REGISTRY_FAILURE_UNREACHABLE, /* DNS, connection, TLS, time-out, 5xx */
    REGISTRY_FAILURE_INVALID,     /* a wrong digest, no manifest, too large, of an unknown kind */
    REGISTRY_FAILURE_INTERNAL,
    REGISTRY_FAILURE_COUNT,
};

/* "NotFound", …; empty for NONE. */
struct str registry_failure_reason(enum registry_failure failure);
/* The failure of that reason; INTERNAL where there is none. */
enum registry_failure registry_failure_of(struct str reason);

#endif
