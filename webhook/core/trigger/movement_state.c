/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/movement_state.h"

static bool has_revisions(struct movement_state *state)
{
    if (!state->scope->revisions_known)
        state->ret->needs_revisions = true;
    return state->scope->revisions_known;
}

static bool is_older_due(struct movement_state *state, size_t index, const struct tag_target *target)
{
    const struct moving_workload *workload = state->workload;

    if (moving_workload_kinds[workload->kind].revisions == REVISIONS_NONE)
        return true;
    return has_revisions(state) &&
           !tag_target_was_taken_back(target, &workload->positions.items[index], state->scope->revisions,
                                      state->scope->revision_count);
}

/* A digest that the webhook had from the registry: it may be newer than the record. */
static bool is_unknown_due(struct movement_state *state, const struct tag_target *target)
{
    const struct stream_tag *spec = target->spec;

    if (state->scope->confirmed || !spec || spec->source != TAG_SOURCE_IMAGE || !spec->source_askable)
        return true;
    state->checks[state->ret->check_count++] =
        (struct unconfirmed_tag){target->stream, target->tag, spec->source_repository, spec->source_tag};
    return false;
}

bool movement_state_is_due(struct movement_state *state, size_t index, const struct tag_target *target,
                           struct str image)
{
    switch (tag_target_compare(state->arena, target, image)) {
    case HELD_NEWEST:
        return false;
    case HELD_OLDER:
        return is_older_due(state, index, target);
    case HELD_UNKNOWN:
        return is_unknown_due(state, target);
    case HELD_NAME:
        return true;
    }
    return false;
}

bool movement_state_is_due_by_time(struct movement_state *state, const struct tag_target *target)
{
    const struct movement_scope *scope = state->scope;
    int64_t youngest;

    if (moving_workload_kinds[state->workload->kind].revisions == REVISIONS_NONE || !has_revisions(state) ||
        scope->revision_count == 0)
        return false;
    youngest = scope->revisions[0].created;
    for (size_t i = 1; i < scope->revision_count; i++)
        youngest = scope->revisions[i].created > youngest ? scope->revisions[i].created : youngest;
    return tag_target_compare_time(target, youngest) == HELD_OLDER;
}

void movement_state_note(struct movement_state *state, size_t index, const struct tag_target *target,
                         bool by_trigger)
{
    const struct moving_position *position = &state->workload->positions.items[index];

    state->moved[state->ret->moved_count++] = (struct moved_image){
        .position = position->key,
        .namespace = target->stream->namespace,
        .stream = target->stream->name,
        .tag = target->tag,
        .from = position->image,
        .to = target->value,
        .by_trigger = by_trigger,
    };
}

void movement_state_add_record(struct movement_state *state, const struct tag_target *target)
{
    uint64_t hash = str_hash(target->tag, str_hash(target->stream->name, 1));

    /* A sum: of a set, whatever the order. `created` tells A, B, A apart from A. */
    state->ret->record += str_hash(target->value, hash + (uint64_t)target->newest->created);
}
