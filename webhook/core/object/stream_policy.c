/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/stream_policy.h"

static const struct str pull_policy_names[] = {
    [PULL_POLICY_UNKNOWN] = STR_INIT(""),
    [PULL_POLICY_ALWAYS] = STR_INIT("Always"),
    [PULL_POLICY_IF_NOT_PRESENT] = STR_INIT("IfNotPresent"),
    [PULL_POLICY_NEVER] = STR_INIT("Never"),
};

enum pull_policy stream_policy_pull_policy(struct str text)
{
    if (STR_IS(text, "IfNotPresent"))
        return PULL_POLICY_IF_NOT_PRESENT;
    if (STR_IS(text, "Always"))
        return PULL_POLICY_ALWAYS;
    return STR_IS(text, "Never") ? PULL_POLICY_NEVER : PULL_POLICY_UNKNOWN;
}

struct str stream_policy_pull_policy_text(enum pull_policy policy)
{
    return pull_policy_names[policy];
}
