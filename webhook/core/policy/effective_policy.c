/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/effective_policy.h"

#include "base/text.h"

enum { POLICY_WARNING_MAX = 120, NAMESPACE_NAME_MAX = 63 };

const struct policy_fields effective_policy_defaults = {
    .enforcement = ENFORCEMENT_ENFORCE,
    .targets = TARGET_WORKLOADS | TARGET_PODS,
    .targets_set = true,
    .streams_resolution = RESOLUTION_ATTEMPT,
    .streams_lookup = LOOKUP_OPT_IN,
    .shared_namespaces = {.set = true},
    .tags_resolution = RESOLUTION_OFF,
    .tags_skip = {.set = true},
    .freshness = FRESHNESS_IF_NOT_PRESENT,
    .reference = PIN_FORM_DIGEST,
    .custom_controllers = CUSTOM_CONTROLLERS_STREAMS_ONLY,
};

/* What `over` sets replaces what is in `fields`; true where it sets anything. */
static bool overlay(struct policy_fields *fields, const struct policy_fields *over)
{
    bool any = false;

#define REPLACE(member, is_set)                                                                              \
    if (is_set) {                                                                                            \
        fields->member = over->member;                                                                       \
        any = true;                                                                                          \
    }
    REPLACE(enforcement, over->enforcement != ENFORCEMENT_UNSET)
    REPLACE(targets, over->targets_set)
    REPLACE(streams_resolution, over->streams_resolution != RESOLUTION_UNSET)
    REPLACE(streams_lookup, over->streams_lookup != LOOKUP_UNSET)
    REPLACE(shared_namespaces, over->shared_namespaces.set)
    REPLACE(tags_resolution, over->tags_resolution != RESOLUTION_UNSET)
    REPLACE(tags_skip, over->tags_skip.set)
    REPLACE(freshness, over->freshness != FRESHNESS_UNSET)
    REPLACE(max_stale, over->max_stale_set)
    REPLACE(max_stale_set, over->max_stale_set)
    REPLACE(reference, over->reference != PIN_FORM_UNSET)
    REPLACE(custom_controllers, over->custom_controllers != CUSTOM_CONTROLLERS_UNSET)
#undef REPLACE
    return any;
}

/* The work of joining the policies of one namespace. */
struct merge {
    struct arena *arena;
    struct effective_policy *ret;
    const struct stream_policy **cluster; /* those that choose the namespace */
    size_t cluster_count;
    const struct policy_namespace *namespace;
    const struct pull_rule **rules;
    size_t rule_count;
    struct str *warnings;
    size_t warning_count;
    struct text names;
    const struct policy_scope *scope;
};

static void add_warning(struct merge *merge, struct str warning)
{
    merge->warnings = arena_grow(merge->arena, merge->warnings, merge->warning_count,
                                 merge->warning_count + 1, sizeof(*merge->warnings));
    merge->warnings[merge->warning_count++] = warning;
}

static void warn_not_shared(struct merge *merge, struct str policy, struct str ns)
{
    struct str warning = arena_join(merge->arena, STR("policy \""), policy, STR("\": namespace \""), ns,
                                    STR("\" is not shared (label weir.dev/shared: \"true\")"));

    /* The longest legal name of a namespace still fits without the policy's. */
    if (warning.len > POLICY_WARNING_MAX)
        warning = arena_join(merge->arena, STR("namespace \""), str_slice(ns, 0, NAMESPACE_NAME_MAX),
                             STR("\" is not shared (weir.dev/shared: \"true\")"));
    add_warning(merge, warning);
}

/* Which namespaces a cluster policy is for is not known either: it may be for all. */
static void warn_undecoded(struct merge *merge, const struct stream_policy *policy)
{
    add_warning(merge,
                arena_join(merge->arena, STR("policy \""), str_slice(policy->name, 0, NAMESPACE_NAME_MAX),
                           STR("\" is not applied: it does not decode")));
    merge->ret->incomplete = true;
}

/* A namespace cannot make another one's streams its own: only those that offer themselves count. */
static struct str_list only_shared(struct merge *merge, const struct stream_policy *policy)
{
    const struct str_list *list = &policy->fields.shared_namespaces;
    struct str *kept = ARENA_ARRAY(merge->arena, list->count, struct str);
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (merge->scope->is_shared(merge->scope->ctx, list->items[i]))
            kept[count++] = list->items[i];
        else
            warn_not_shared(merge, policy->name, list->items[i]);
    }
    return (struct str_list){.items = kept, .count = count, .set = count > 0 || list->count == 0};
}

static void add_name(struct merge *merge, struct str name)
{
    if (merge->names.len > 0)
        text_add_char(&merge->names, ',');
    text_add(&merge->names, name);
}

static void add_rules(struct merge *merge, const struct stream_policy *policy)
{
    if (policy->rule_count == 0)
        return;
    merge->rules = arena_grow(merge->arena, merge->rules, merge->rule_count,
                              merge->rule_count + policy->rule_count, sizeof(*merge->rules));
    for (size_t i = 0; i < policy->rule_count; i++)
        merge->rules[merge->rule_count++] = &policy->rules[i];
}

static void add_fields(struct merge *merge, const struct stream_policy *policy)
{
    struct policy_fields fields = policy->fields;
    bool own = policy->namespace.len > 0;

    if (policy->undecoded) {
        warn_undecoded(merge, policy);
        return;
    }
    if (own && fields.shared_namespaces.set)
        fields.shared_namespaces = only_shared(merge, policy);
    if (overlay(&merge->ret->fields, &fields) || policy->rule_count > 0)
        add_name(merge, policy->name);
}

/*
 * Fields and names in the order in which later ones replace earlier ones;
 * finals last, the first by name on top.
 */
static void merge_fields(struct merge *merge)
{
    for (size_t i = 0; i < merge->cluster_count; i++)
        add_fields(merge, merge->cluster[i]);
    for (size_t i = 0; i < merge->namespace->own_count; i++)
        add_fields(merge, merge->namespace->own[i]);
    for (size_t i = merge->cluster_count; i > 0; i--) {
        if (merge->cluster[i - 1]->final)
            (void)overlay(&merge->ret->fields, &merge->cluster[i - 1]->fields);
    }
}

static void merge_rules(struct merge *merge)
{
    for (size_t i = 0; i < merge->cluster_count; i++) {
        if (merge->cluster[i]->final)
            add_rules(merge, merge->cluster[i]);
    }
    for (size_t i = 0; i < merge->namespace->own_count; i++)
        add_rules(merge, merge->namespace->own[i]);
    for (size_t i = 0; i < merge->cluster_count; i++) {
        if (!merge->cluster[i]->final)
            add_rules(merge, merge->cluster[i]);
    }
}

bool effective_policy_applies(const struct stream_policy *policy, const struct policy_namespace *namespace)
{
    struct label only = {STR("kubernetes.io/metadata.name"), namespace->name};
    const struct namespace_object *object = namespace->object;

    return label_selector_matches(&policy->selector, object ? object->labels : &only,
                                  object ? object->label_count : 1);
}

void effective_policy_merge(struct arena *arena, const struct policy_scope *scope,
                            const struct policy_namespace *namespace, struct effective_policy *ret)
{
    struct merge merge = {.arena = arena, .ret = ret, .scope = scope, .namespace = namespace};

    merge.cluster = ARENA_ARRAY(arena, scope->count, const struct stream_policy *);
    for (size_t i = 0; i < scope->count; i++) {
        if (effective_policy_applies(scope->policies[i], namespace))
            merge.cluster[merge.cluster_count++] = scope->policies[i];
    }
    *ret = (struct effective_policy){.fields = effective_policy_defaults};
    text_init(&merge.names, arena, SIZE_MAX);
    merge_fields(&merge);
    merge_rules(&merge);
    ret->rules = merge.rules;
    ret->rule_count = merge.rule_count;
    ret->names = text_str(&merge.names);
    ret->warnings = merge.warnings;
    ret->warning_count = merge.warning_count;
}
