/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/move_decision.h"

#include "core/trigger/follow_rule.h"
#include "core/trigger/trigger_rule.h"

/* Namespaces that the webhook configuration leaves out by name. */
static const struct str never_asked[] = {
    STR_INIT("kube-node-lease"),
    STR_INIT("kube-public"),
    STR_INIT("kube-system"),
    STR_INIT("weir-system"),
};

static bool is_enforce_off(const struct namespace_object *object)
{
    for (size_t i = 0; object && i < object->label_count; i++) {
        if (str_equal(object->labels[i].key, STR("weir.dev/enforce")))
            return str_equal(object->labels[i].value, STR("off"));
    }
    return false;
}

static const char *why_left(const struct moving_workload *workload, const struct movement_scope *scope)
{
    if (workload->deleting)
        return "it is being deleted";
    if (workload->controlled)
        return "another object controls it";
    if (workload->suspended)
        return "weir.dev/suspend is \"true\"";
    for (size_t i = 0; i < ARRAY_LEN(never_asked); i++) {
        if (str_equal(workload->namespace, never_asked[i]))
            return "the webhook is not asked about its namespace";
    }
    if (is_enforce_off(cluster_view_namespace(scope->view, workload->namespace)))
        return "weir.dev/enforce of its namespace is \"off\"";
    return NULL;
}

static struct lookup_scope lookup_of(struct arena *arena, const struct moving_workload *workload,
                                     const struct movement_scope *scope,
                                     const struct effective_policy *policy)
{
    return (struct lookup_scope){
        .arena = arena,
        .view = scope->view,
        .policy = policy,
        .namespace = workload->namespace,
        .resolve_names = workload->resolve_names,
        .registry_hosts = scope->registry_hosts,
        .registry_host_count = scope->registry_host_count,
    };
}

/* Names */

struct name_list {
    struct arena *arena;
    struct stream_name *items;
    size_t count;
    size_t size;
};

static void add_name(struct name_list *list, struct str namespace, struct str name)
{
    if (list->count == list->size) {
        list->size = list->size > 0 ? 2 * list->size : 16;
        list->items = arena_grow(list->arena, list->items, list->count, list->size, sizeof(*list->items));
    }
    list->items[list->count++] = (struct stream_name){namespace, name};
}

static bool is_registry_host(const struct movement_scope *scope, struct str domain)
{
    for (size_t i = 0; i < scope->registry_host_count; i++) {
        if (str_equal(scope->registry_hosts[i], domain))
            return true;
    }
    return false;
}

/* One component: in the own namespace or any that is shared; two: of the first. */
static void add_word(struct name_list *list, const struct lookup_scope *lookup,
                     const struct movement_scope *scope, struct str word)
{
    const struct str_list *shared = &lookup->policy->fields.shared_namespaces;
    struct image_reference ref;
    struct str name;
    struct str namespace;
    struct error err;

    if (image_reference_parse(word, &ref, &err) < 0 || ref.digest.len > 0 ||
        (ref.domain_given && !is_registry_host(scope, ref.domain)))
        return;
    name = ref.path;
    namespace = str_cut(&name, '/');
    if (name.ptr && str_find(name, '/') == name.len && stream_lookup_namespace_allowed(lookup, namespace))
        add_name(list, arena_str(list->arena, namespace), arena_str(list->arena, name));
    if (name.ptr)
        return;
    add_name(list, lookup->namespace, namespace);
    for (size_t i = 0; i < shared->count; i++)
        add_name(list, shared->items[i], namespace);
}

static void add_words(struct name_list *list, const struct lookup_scope *lookup,
                      const struct movement_scope *scope, const struct moving_workload *workload)
{
    struct intent intent;

    image_intent_parse(list->arena, workload->has_images, workload->images, &intent);
    for (size_t i = 0; i < intent.count; i++) {
        if (intent.entries[i].has_image)
            add_word(list, lookup, scope, intent.entries[i].image);
    }
    for (size_t i = 0; i < workload->positions.count; i++)
        add_word(list, lookup, scope, workload->positions.items[i].image);
}

size_t move_decision_streams(struct arena *arena, const struct moving_workload *workload,
                             const struct trigger_list *triggers, const struct movement_scope *scope,
                             const struct stream_name **ret)
{
    const struct effective_policy *policy = cluster_view_policy(scope->view, arena, workload->namespace);
    struct lookup_scope lookup = lookup_of(arena, workload, scope, policy);
    struct name_list list = {.arena = arena};

    add_words(&list, &lookup, scope, workload);
    for (size_t i = 0; i < triggers->count; i++) {
        const struct image_trigger *trigger = &triggers->items[i];

        add_name(&list, trigger->namespace.len > 0 ? trigger->namespace : workload->namespace,
                 trigger->stream);
    }
    *ret = list.items;
    return list.count;
}

/* The decision */

static void begin(struct movement_state *state, const struct trigger_list *triggers)
{
    size_t positions = state->workload->positions.count;
    size_t most = 2 * positions + 1; /* each once by following, once by a trigger */

    state->positions = ARENA_ARRAY(state->arena, positions + 1, struct position_state);
    state->moved = ARENA_ARRAY(state->arena, most, struct moved_image);
    state->checks = ARENA_ARRAY(state->arena, most, struct unconfirmed_tag);
    state->problems = ARENA_ARRAY(state->arena, triggers->count + triggers->problem_count + 1, struct str);
    state->ret->moved = state->moved;
    state->ret->checks = state->checks;
    state->ret->problems = state->problems;
    state->ret->record = str_hash(state->workload->triggers, state->workload->follows ? 1 : 2);
}

void move_decision_make(struct arena *arena, const struct moving_workload *workload,
                        const struct trigger_list *triggers, const struct movement_scope *scope,
                        struct movement *ret)
{
    const struct effective_policy *policy = cluster_view_policy(scope->view, arena, workload->namespace);
    struct movement_state state = {.arena = arena,
                                   .workload = workload,
                                   .scope = scope,
                                   .policy = policy,
                                   .lookup = lookup_of(arena, workload, scope, policy),
                                   .ret = ret};

    *ret = (struct movement){.left = why_left(workload, scope)};
    if (ret->left)
        return;
    begin(&state, triggers);
    follow_rule_read_words(&state);
    if (workload->follows && policy->fields.enforcement != ENFORCEMENT_OFF)
        follow_rule_judge(&state);
    trigger_rule_judge(&state, triggers);
    if (ret->needs_revisions)
        return;
    trigger_rule_write(&state);
    follow_rule_write(&state);
}
