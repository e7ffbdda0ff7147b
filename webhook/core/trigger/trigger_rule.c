/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/trigger_rule.h"

#include "core/trigger/apply_document.h"
#include "core/trigger/follow_rule.h"

enum { PROBLEM_MAX = 1024 };

static void problem(struct movement_state *state, const struct image_trigger *trigger, struct str why)
{
    state->problems[state->ret->problem_count++] = arena_join(
        state->arena, STR("fieldPath \""), str_slice(trigger->path, 0, PROBLEM_MAX), STR("\": "), why);
}

static bool is_chosen(const struct moving_position *position, const struct image_field *field,
                      enum position_list list)
{
    if (position->list != list)
        return false;
    return field->name.len > 0 ? str_equal(position->name, field->name) : position->index == field->index;
}

/* By name in the init containers first, then in the containers, whatever list the path names; by index in the
 * list that it names. Beyond the positions: there is none. */
static size_t find_position(const struct moving_positions *positions, const struct image_field *field)
{
    bool both = field->name.len > 0;

    for (size_t i = 0; (both || field->init) && i < positions->count; i++) {
        if (is_chosen(&positions->items[i], field, POSITION_INIT_CONTAINERS))
            return i;
    }
    for (size_t i = 0; (both || !field->init) && i < positions->count; i++) {
        if (is_chosen(&positions->items[i], field, POSITION_CONTAINERS))
            return i;
    }
    return positions->count;
}

static bool is_same_tag(const struct tag_target *a, const struct tag_target *b)
{
    return a->stream == b->stream && str_equal(a->tag, b->tag);
}

/* A name that the webhook has pinned stands for what its author wrote; a digest for itself. */
static struct str held_image(const struct movement_state *state, size_t index)
{
    const struct position_state *own = &state->positions[index];

    return own->has_entry ? own->word : state->workload->positions.items[index].image;
}

/* Whether the webhook would judge the words anew. */
static bool is_refreshable(const struct movement_state *state)
{
    const struct policy_fields *fields = &state->policy->fields;

    return fields->enforcement != ENFORCEMENT_OFF && (fields->targets & TARGET_WORKLOADS) != 0;
}

static void judge_position(struct movement_state *state, size_t index, const struct tag_target *target)
{
    struct position_state *own = &state->positions[index];
    bool blank = str_is_blank(state->workload->positions.items[index].image);

    if (own->has_entry && own->is_named && is_same_tag(&own->target, target) && is_refreshable(state)) {
        follow_rule_judge_position(state, index);
        return;
    }
    movement_state_add_record(state, target);
    if (!blank && !movement_state_is_due(state, index, target, held_image(state, index)))
        return;
    own->set = target->value;
    state->ret->fills = state->ret->fills || blank;
    movement_state_note(state, index, target, true);
}

static void judge(struct movement_state *state, const struct image_trigger *trigger)
{
    const struct moving_positions *positions = &state->workload->positions;
    size_t index = find_position(positions, &trigger->field);
    struct str namespace = trigger->namespace.len > 0 ? trigger->namespace : state->workload->namespace;
    struct tag_target target;

    if (index == positions->count) {
        problem(state, trigger, STR("no such container"));
        return;
    }
    if (state->positions[index].triggered) {
        problem(state, trigger, STR("another trigger sets the same image"));
        return;
    }
    state->positions[index].triggered = true;
    if (!stream_lookup_namespace_allowed(&state->lookup, namespace)) {
        problem(state, trigger,
                arena_join(state->arena, STR("namespace \""), namespace,
                           STR("\" is neither this one nor shared with it")));
        return;
    }
    if (!trigger->paused &&
        tag_target_find(state->arena, cluster_view_stream(state->scope->view, namespace, trigger->stream),
                        trigger->tag, &target))
        judge_position(state, index, &target);
}

void trigger_rule_judge(struct movement_state *state, const struct trigger_list *triggers)
{
    for (size_t i = 0; i < triggers->problem_count; i++)
        state->problems[state->ret->problem_count++] = triggers->problems[i];
    for (size_t i = 0; i < triggers->count; i++)
        judge(state, &triggers->items[i]);
}

void trigger_rule_write(struct movement_state *state)
{
    const struct moving_positions *positions = &state->workload->positions;
    struct str *images = ARENA_ARRAY(state->arena, positions->count + 1, struct str);
    bool due = false;

    for (size_t i = 0; i < positions->count; i++) {
        const struct moving_position *position = &positions->items[i];
        struct str set = state->positions[i].set;

        due = due || position->abandoned || set.len > 0;
        if (position->abandoned)
            continue;
        images[i] = set.len > 0 || !position->triggered ? set : position->image;
    }
    if (due)
        state->ret->trigger = apply_document_images(state->arena, state->workload, images);
}
