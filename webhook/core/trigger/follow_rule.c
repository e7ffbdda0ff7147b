/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/follow_rule.h"

#include "core/trigger/apply_document.h"

enum { SHORT_DIGITS = 12, VALUE_TAGS_MAX = 8, VALUE_MAX = 256, COUNTER_MAX = 1000000000 };

static bool targets(const struct movement_state *state, unsigned target)
{
    return (state->policy->fields.targets & target) != 0;
}

static void read_word(struct movement_state *state, const struct intent *intent, size_t index)
{
    const struct moving_position *position = &state->workload->positions.items[index];
    const struct intent_entry *entry = image_intent_find(intent, position->key);
    struct position_state *own = &state->positions[index];
    struct looked_up found;

    own->has_entry =
        entry && entry->has_image && entry->has_stored && str_equal(entry->stored, position->image);
    own->word = own->has_entry ? entry->image : position->image;
    stream_lookup(&state->lookup, own->word, &found);
    own->is_named = found.class == REFERENCE_STREAM &&
                    tag_target_find(state->arena, found.stream, found.tag, &own->target);
}

void follow_rule_read_words(struct movement_state *state)
{
    struct intent intent;

    image_intent_parse(state->arena, state->workload->has_images, state->workload->images, &intent);
    for (size_t i = 0; i < state->workload->positions.count; i++)
        read_word(state, &intent, i);
}

void follow_rule_judge_position(struct movement_state *state, size_t index)
{
    struct position_state *own = &state->positions[index];
    struct str image = state->workload->positions.items[index].image;

    movement_state_add_record(state, &own->target);
    if (own->refreshed || !movement_state_is_due(state, index, &own->target, image))
        return;
    own->refreshed = true;
    movement_state_note(state, index, &own->target, false);
}

static void judge_by_time(struct movement_state *state, size_t index)
{
    struct position_state *own = &state->positions[index];

    movement_state_add_record(state, &own->target);
    if (!movement_state_is_due_by_time(state, &own->target))
        return;
    own->refreshed = true;
    state->ret->rolls = true;
    movement_state_note(state, index, &own->target, false);
}

void follow_rule_judge(struct movement_state *state)
{
    for (size_t i = 0; i < state->workload->positions.count; i++) {
        const struct position_state *own = &state->positions[i];

        if (!own->is_named)
            continue;
        if (targets(state, TARGET_WORKLOADS) && own->has_entry)
            follow_rule_judge_position(state, i);
        else if (!targets(state, TARGET_WORKLOADS) && targets(state, TARGET_PODS) && !own->has_entry)
            judge_by_time(state, i);
    }
}

/* The value */

/* Twelve digits of a digest; of a name its hash. */
static void add_short(struct text *out, struct str value)
{
    size_t at = str_find(value, '@');
    struct str digest = str_from(value, at + 1);
    struct str digits = str_slice(str_from(digest, str_find(digest, ':') + 1), 0, SHORT_DIGITS);

    if (at < value.len)
        text_add(out, digits);
    else
        text_addf(out, "%012llx", (unsigned long long)(str_hash(value, 0) >> 16));
}

static bool is_first_of_tag(const struct movement_state *state, size_t index)
{
    const struct tag_target *target = &state->positions[index].target;

    for (size_t i = 0; i < index; i++) {
        const struct position_state *other = &state->positions[i];

        if (other->refreshed && other->target.history == target->history)
            return false;
    }
    return true;
}

/* Of the digests that the refreshed positions shall have: "0123456789ab.ba9876543210". */
static struct str base_value(const struct movement_state *state)
{
    struct text text;
    size_t count = 0;

    text_init(&text, state->arena, VALUE_MAX);
    for (size_t i = 0; i < state->workload->positions.count && count < VALUE_TAGS_MAX; i++) {
        if (!state->positions[i].refreshed || !is_first_of_tag(state, i))
            continue;
        if (count++ > 0)
            text_add_char(&text, '.');
        add_short(&text, state->positions[i].target.value);
    }
    return text_str(&text);
}

/* What is there has led to nothing: "0123456789ab-2". */
static struct str value_after(const struct movement_state *state, struct str base, struct str present)
{
    int64_t counter = 1;
    struct text text;

    if (!str_starts(present, base))
        return base;
    present = str_from(present, base.len);
    if (present.len > 0 &&
        (present.ptr[0] != '-' || !str_to_int64(str_from(present, 1), 2, COUNTER_MAX, &counter)))
        return base;
    text_init(&text, state->arena, VALUE_MAX);
    text_add(&text, base);
    text_addf(&text, "-%lld", (long long)counter + 1);
    return text_str(&text);
}

static bool is_any_refreshed(const struct movement_state *state)
{
    for (size_t i = 0; i < state->workload->positions.count; i++) {
        if (state->positions[i].refreshed)
            return true;
    }
    return false;
}

void follow_rule_write(struct movement_state *state)
{
    const struct moving_workload *workload = state->workload;
    struct str object = workload->owners.refresh ? workload->refresh : STR("");
    struct str template = workload->owners.template_refresh ? workload->template_refresh : STR("");
    struct str base = base_value(state);

    if (!is_any_refreshed(state))
        return;
    if (state->ret->rolls)
        template = value_after(state, base, workload->template_refresh);
    else
        object = value_after(state, base, workload->refresh);
    state->ret->follow = apply_document_refresh(state->arena, workload, object, template);
}
