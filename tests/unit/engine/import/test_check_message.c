/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/check_message.h"

#include "test.h"

static const struct tag_check check = {.repository = STR_INIT("docker.io/library/odoo"),
                                       .reference = STR_INIT("13")};
static const struct credential first = {.key = STR_INIT("docker.io"),
                                        .username = STR_INIT("user"),
                                        .password = STR_INIT("secret"),
                                        .origin = STR_INIT("secret shop/a")};

static void expect(const struct check_asker *asker, enum registry_failure failure, const char *wanted)
{
    struct arena arena;

    arena_init(&arena);
    CHECK_STR(check_message(&arena, &check, asker, failure, STR("it says no")), str_from_c(wanted));
    arena_release(&arena);
}

TEST(names_what_was_asked_for)
{
    const struct check_asker anonymous = {.namespace = STR("shop")};

    expect(&anonymous, REGISTRY_FAILURE_UNREACHABLE, "docker.io/library/odoo:13: it says no");
    expect(&anonymous, REGISTRY_FAILURE_UNAUTHORIZED, "docker.io/library/odoo:13: it says no");
}

TEST(names_the_secrets_that_were_tried)
{
    const struct credential *credentials[] = {&first, &first, &first, &first, &first};
    struct check_asker asker = {.namespace = STR("shop"), .credentials = credentials, .credential_count = 1};

    expect(&asker, REGISTRY_FAILURE_NOT_FOUND,
           "docker.io/library/odoo:13: it says no; tried secret shop/a (\"docker.io\")");
    expect(&asker, REGISTRY_FAILURE_UNREACHABLE, "docker.io/library/odoo:13: it says no");
    asker.credential_count = 5;
    expect(&asker, REGISTRY_FAILURE_FORBIDDEN,
           "docker.io/library/odoo:13: it says no; tried secret shop/a (\"docker.io\"), secret shop/a "
           "(\"docker.io\"), "
           "secret shop/a (\"docker.io\") and 2 more");
}

TEST(says_what_to_do)
{
    const struct namespace_secret broken = {.name = STR("b"), .problem = STR("no JSON")};
    struct namespace_secrets secrets = {.outcome = SECRETS_FORBIDDEN};
    struct check_asker asker = {.namespace = STR("shop"), .secrets = &secrets};

    expect(&asker, REGISTRY_FAILURE_UNAUTHORIZED,
           "docker.io/library/odoo:13: it says no; no Secret of the namespace is for weir to read: kubectl "
           "create "
           "rolebinding weir-pull-secrets -n shop --clusterrole=weir-pull-secrets "
           "--serviceaccount=weir-system:weir-webhook --serviceaccount=weir-system:weir-controller, then "
           "annotate the "
           "stream with weir.dev/import");
    secrets = (struct namespace_secrets){.outcome = SECRETS_READ, .items = &broken, .count = 1};
    asker.named = STR("b");
    expect(&asker, REGISTRY_FAILURE_UNAUTHORIZED,
           "docker.io/library/odoo:13: it says no; secret \"shop/b\" is unusable: no JSON");
    asker.named = STR("c, b");
    expect(&asker, REGISTRY_FAILURE_UNAUTHORIZED,
           "docker.io/library/odoo:13: it says no; secret \"shop/c\" is not there, or of another type");
}

TEST_MAIN()
