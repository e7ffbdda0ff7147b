/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/stream_policy.h"

#include "test.h"

TEST(pull_policies_have_their_names)
{
    CHECK(pull_policy_from_text(STR("Always")) == PULL_POLICY_ALWAYS);
    CHECK(pull_policy_from_text(STR("IfNotPresent")) == PULL_POLICY_IF_NOT_PRESENT);
    CHECK(pull_policy_from_text(STR("Never")) == PULL_POLICY_NEVER);
    CHECK(pull_policy_from_text(STR("never")) == PULL_POLICY_UNKNOWN);
    CHECK(pull_policy_from_text(STR("")) == PULL_POLICY_UNKNOWN);
    CHECK_STR(pull_policy_text(PULL_POLICY_NEVER), STR("Never"));
    CHECK_STR(pull_policy_text(PULL_POLICY_UNKNOWN), STR(""));
}

TEST_MAIN()
