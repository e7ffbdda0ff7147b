/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/effective_policy.h"

#include "test.h"

static struct arena arena;

static const struct label labels[] = {
    {STR_INIT("kubernetes.io/metadata.name"), STR_INIT("shop")},
    {STR_INIT("team"), STR_INIT("a")},
    {STR_INIT("empty"), STR_INIT("")},
};

static const struct namespace_object shop = {STR_INIT("shop"), labels, ARRAY_LEN(labels)};

static bool is_shared(const void *ctx, struct str ns)
{
    (void)ctx;
    return str_starts(ns, STR("shared"));
}

#define POLICIES_MAX 4

/* The effective policy of "shop" under these policies. */
static struct effective_policy effective(const struct stream_policy *cluster, size_t cluster_count,
                                         const struct stream_policy *own, size_t own_count)
{
    const struct stream_policy *clusters[POLICIES_MAX] = {NULL};
    const struct stream_policy *owns[POLICIES_MAX] = {NULL};
    struct effective_policy ret;

    for (size_t i = 0; i < cluster_count; i++)
        clusters[i] = &cluster[i];
    for (size_t i = 0; i < own_count; i++)
        owns[i] = &own[i];
    effective_policy_merge(&arena, &(struct policy_scope){clusters, cluster_count, is_shared, NULL},
                           &(struct policy_namespace){STR("shop"), &shop, owns, own_count}, &ret);
    return ret;
}

TEST(without_policies_the_defaults_hold)
{
    struct effective_policy got = effective(NULL, 0, NULL, 0);

    CHECK(got.fields.enforcement == ENFORCEMENT_ENFORCE);
    CHECK(got.fields.targets == (TARGET_WORKLOADS | TARGET_PODS) && got.fields.targets_set);
    CHECK(got.fields.streams_resolution == RESOLUTION_ATTEMPT &&
          got.fields.tags_resolution == RESOLUTION_OFF);
    CHECK(got.fields.streams_lookup == LOOKUP_OPT_IN && got.fields.freshness == FRESHNESS_IF_NOT_PRESENT);
    CHECK(got.fields.shared_namespaces.count == 0 && got.fields.tags_skip.count == 0);
    CHECK(!got.fields.max_stale_set && got.fields.reference == PIN_FORM_DIGEST);
    CHECK(got.fields.custom_controllers == CUSTOM_CONTROLLERS_STREAMS_ONLY);
    CHECK(got.rule_count == 0 && got.warning_count == 0 && got.names.len == 0);
}

TEST(what_does_not_decode_is_told_and_sets_nothing)
{
    struct stream_policy cluster = {.name = STR("all"), .undecoded = true};
    struct stream_policy own[] = {
        {.namespace = STR("shop"), .name = STR("good"), .fields = {.enforcement = ENFORCEMENT_WARN}},
        {.namespace = STR("shop"), .name = STR("own"), .undecoded = true},
    };
    struct effective_policy got = effective(NULL, 0, own, 1);

    CHECK(!got.incomplete && got.warning_count == 0);
    got = effective(&cluster, 1, own, 2);
    CHECK(got.incomplete && got.warning_count == 2);
    CHECK_STR(got.warnings[0], STR("policy \"all\" is not applied: it does not decode"));
    CHECK_STR(got.warnings[1], STR("policy \"own\" is not applied: it does not decode"));
    CHECK(got.fields.enforcement == ENFORCEMENT_WARN);
    CHECK_STR(got.names, STR("good"));
}

TEST(later_policies_replace_member_by_member)
{
    static const struct str skip[] = {STR_INIT("a/*")};
    struct stream_policy cluster[] = {
        {.name = STR("a"),
         .fields = {.enforcement = ENFORCEMENT_WARN,
                    .streams_resolution = RESOLUTION_REQUIRED,
                    .max_stale = 60,
                    .max_stale_set = true,
                    .tags_skip = {skip, 1, true}}},
        {.name = STR("b"), .fields = {.enforcement = ENFORCEMENT_AUDIT, .streams_lookup = LOOKUP_ALL}},
    };
    struct stream_policy own[] = {
        {.namespace = STR("shop"),
         .name = STR("p"),
         .fields = {.streams_lookup = LOOKUP_ONLY, .tags_skip = {.set = true}}},
        {.namespace = STR("shop"), .name = STR("q"), .fields = {.max_stale = 0, .max_stale_set = true}},
    };
    struct effective_policy got = effective(cluster, 2, own, 2);

    CHECK(got.fields.enforcement == ENFORCEMENT_AUDIT);
    CHECK(got.fields.streams_resolution == RESOLUTION_REQUIRED);
    CHECK(got.fields.streams_lookup == LOOKUP_ONLY);
    CHECK(got.fields.max_stale == 0 && got.fields.max_stale_set);
    CHECK(got.fields.tags_skip.set && got.fields.tags_skip.count == 0);
    CHECK_STR(got.names, STR("a,b,p,q"));
}

TEST(what_a_final_policy_sets_no_later_one_replaces)
{
    struct stream_policy cluster[] = {
        {.name = STR("a"), .fields = {.freshness = FRESHNESS_NEVER, .enforcement = ENFORCEMENT_OFF}},
        {.name = STR("b"), .final = true, .fields = {.freshness = FRESHNESS_ALWAYS}},
        {.name = STR("c"),
         .final = true,
         .fields = {.freshness = FRESHNESS_NEVER, .streams_lookup = LOOKUP_ALL}},
        {.name = STR("d"), .fields = {.freshness = FRESHNESS_FROM_PULL_POLICY}},
    };
    struct stream_policy own[] = {
        {.namespace = STR("shop"),
         .name = STR("p"),
         .fields = {.freshness = FRESHNESS_IF_NOT_PRESENT,
                    .enforcement = ENFORCEMENT_WARN,
                    .streams_lookup = LOOKUP_ONLY}},
    };
    struct effective_policy got = effective(cluster, 4, own, 1);

    CHECK(got.fields.freshness == FRESHNESS_ALWAYS);
    CHECK(got.fields.streams_lookup == LOOKUP_ALL);
    CHECK(got.fields.enforcement == ENFORCEMENT_WARN);
}

TEST(rules_of_finals_come_first_then_the_namespaces_then_the_clusters)
{
    struct pull_rule rules[] = {{.name = STR("1")}, {.name = STR("2")}, {.name = STR("3")},
                                {.name = STR("4")}, {.name = STR("5")}, {.name = STR("6")}};
    struct stream_policy cluster[] = {
        {.name = STR("a"), .rules = &rules[4], .rule_count = 2},
        {.name = STR("b"), .final = true, .rules = &rules[0], .rule_count = 1},
        {.name = STR("c"), .final = true, .rules = &rules[1], .rule_count = 1},
    };
    struct stream_policy own[] = {
        {.namespace = STR("shop"), .name = STR("p"), .rules = &rules[2], .rule_count = 1},
        {.namespace = STR("shop"), .name = STR("q"), .rules = &rules[3], .rule_count = 1},
    };
    struct effective_policy got = effective(cluster, 3, own, 2);

    CHECK(got.rule_count == 6);
    for (size_t i = 0; i < got.rule_count; i++)
        CHECK_ROW(got.rules[i] == &rules[i], "rule %zu is " STR_FMT, i, STR_ARG(got.rules[i]->name));
    CHECK_STR(got.names, STR("a,b,c,p,q"));
}

TEST(a_policy_that_sets_nothing_is_not_named)
{
    struct stream_policy own[] = {{.namespace = STR("shop"), .name = STR("p")}};

    CHECK_STR(effective(NULL, 0, own, 1).names, STR(""));
}

TEST(shared_namespaces_of_a_namespace_must_be_labelled)
{
    static const struct str names[] = {STR_INIT("shared-a"), STR_INIT("private"), STR_INIT("shared-b")};
    struct stream_policy cluster = {.name = STR("c"), .fields.shared_namespaces = {&names[1], 1, true}};
    struct stream_policy own = {
        .namespace = STR("shop"), .name = STR("p"), .fields.shared_namespaces = {names, 3, true}};
    struct effective_policy got = effective(&cluster, 1, &own, 1);

    CHECK(got.fields.shared_namespaces.count == 2);
    CHECK_STR(got.fields.shared_namespaces.items[0], STR("shared-a"));
    CHECK_STR(got.fields.shared_namespaces.items[1], STR("shared-b"));
    CHECK(got.warning_count == 1);
    CHECK_STR(got.warnings[0],
              STR("policy \"p\": namespace \"private\" is not shared (label weir.dev/shared: \"true\")"));

    own.fields.shared_namespaces = (struct str_list){&names[1], 1, true}; /* none left: not set */
    got = effective(&cluster, 1, &own, 1);
    CHECK(got.fields.shared_namespaces.count == 1);
    CHECK_STR(got.fields.shared_namespaces.items[0], STR("private")); /* the cluster's may name any */
    CHECK_STR(got.names, STR("c"));

    own.fields.shared_namespaces = (struct str_list){NULL, 0, true}; /* written as empty: set */
    got = effective(&cluster, 1, &own, 1);
    CHECK(got.fields.shared_namespaces.count == 0 && got.fields.shared_namespaces.set);
}

TEST(a_warning_is_at_most_120_bytes)
{
    char name[63];
    struct str long_name = {name, sizeof(name)};
    struct stream_policy own = {.namespace = STR("shop"),
                                .name = STR("a-policy-with-a-name"),
                                .fields.shared_namespaces = {&long_name, 1, true}};
    struct effective_policy got;

    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = 'n';
    got = effective(NULL, 0, &own, 1);
    CHECK(got.warning_count == 1 && got.warnings[0].len <= 120);
    CHECK(str_contains(got.warnings[0], long_name) &&
          str_ends(got.warnings[0], STR("(weir.dev/shared: \"true\")")));
}

TEST(only_cluster_policies_that_select_the_namespace_count)
{
    const struct str value = STR("b");
    struct selector_requirement other = {STR("team"), SELECTOR_IN, &value, 1};
    struct stream_policy cluster[] = {
        {.name = STR("a"), .selector = {&other, 1}, .final = true, .fields.enforcement = ENFORCEMENT_OFF},
        {.name = STR("b"), .fields.enforcement = ENFORCEMENT_WARN},
    };
    struct effective_policy got = effective(cluster, 2, NULL, 0);

    CHECK(got.fields.enforcement == ENFORCEMENT_WARN);
    CHECK_STR(got.names, STR("b"));
    arena_release(&arena);
}

TEST_MAIN()
