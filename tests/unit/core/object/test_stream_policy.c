/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/stream_policy.h"

#include "test.h"

TEST(pull_policies_have_their_names)
{
    CHECK(stream_policy_pull_policy(STR("Always")) == PULL_POLICY_ALWAYS);
    CHECK(stream_policy_pull_policy(STR("IfNotPresent")) == PULL_POLICY_IF_NOT_PRESENT);
    CHECK(stream_policy_pull_policy(STR("Never")) == PULL_POLICY_NEVER);
    CHECK(stream_policy_pull_policy(STR("never")) == PULL_POLICY_UNKNOWN);
    CHECK(stream_policy_pull_policy(STR("")) == PULL_POLICY_UNKNOWN);
    CHECK_STR(stream_policy_pull_policy_text(PULL_POLICY_NEVER), STR("Never"));
    CHECK_STR(stream_policy_pull_policy_text(PULL_POLICY_UNKNOWN), STR(""));
}

TEST_MAIN()
