/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/move_look.h"

#include "engine/trigger/move_write.h"
#include "engine/trigger/revision_listing.h"

enum {
    GATHERED_MAX = 256, /* streams that one workload names; of more some are not seen */
    CONFIRM_MS =
        60000,        /* for a tag to be checked, before a digest that is none of its events is left behind */
    LISTED_MS = 2000, /* revisions that a write goes by are not older */
    LIST_AGAIN_MS = 5000, /* after a list that failed */
};

/* What one turn looks at. */
struct look {
    struct mover *mover;
    struct moving_entry *entry;
    struct arena arena;
    const struct import_stream *held[GATHERED_MAX];
    size_t held_count;
    struct cluster_view view;
    struct movement_scope scope;
    struct movement movement;
};

/* The streams */

static bool holds(const struct look *look, const struct stream_name *name)
{
    for (size_t i = 0; i < look->held_count; i++) {
        const struct image_stream *stream = look->held[i]->stream;

        if (str_equal(stream->name, name->name) && str_equal(stream->namespace, name->namespace))
            return true;
    }
    return false;
}

static void hold_streams(struct look *look, const struct stream_name *names, size_t count)
{
    struct stream_table *streams = look->mover->options.streams;

    for (size_t i = 0; i < count && look->held_count < GATHERED_MAX; i++) {
        struct stream_entry *entry = stream_table_find(streams, names[i].namespace, names[i].name);
        const struct import_stream *stream =
            entry && !holds(look, &names[i]) ? stream_table_decode(streams, entry) : NULL;

        if (stream)
            look->held[look->held_count++] = stream;
    }
}

/* The policies' view, with the streams that this workload may name. */
static void build_view(struct look *look)
{
    struct view_shard *shard;
    struct view_table *table = view_table_new(&look->arena, VIEW_NAMES(struct image_stream),
                                              look->held_count + 1, look->mover->seed, &shard);

    for (size_t i = 0; i < look->held_count; i++)
        (void)view_shard_put(table, shard, look->held[i]->stream);
    look->view.streams = table;
    look->view.other_streams = NULL;
}

static void set_interest(struct look *look, const struct stream_name *names, size_t count)
{
    uint64_t *keys = ARENA_ARRAY(&look->arena, count + 1, uint64_t);

    for (size_t i = 0; i < count; i++)
        keys[i] = interest_index_key(look->mover->index, 0, names[i].namespace, names[i].name);
    interest_index_set(look->mover->index, &look->entry->interest, keys, count);
}

static void gather(struct look *look)
{
    const struct stream_name *names;
    size_t count;

    look->view = look->mover->policies->view;
    look->scope = (struct movement_scope){
        .view = &look->view,
        .registry_hosts = look->mover->options.registry_hosts,
        .registry_host_count = look->mover->options.registry_host_count,
    };
    count = move_decision_streams(&look->arena, &look->entry->workload, &look->entry->triggers, &look->scope,
                                  &names);
    set_interest(look, names, count);
    hold_streams(look, names, count);
    build_view(look);
}

/* The decision */

static void decide(struct look *look)
{
    const struct revision_set *set = look->entry->revisions;

    if (set && set->generation == look->entry->workload.generation) {
        look->scope.revisions = set->items;
        look->scope.revision_count = set->count;
        look->scope.revisions_known = true;
    }
    move_decision_make(&look->arena, &look->entry->workload, &look->entry->triggers, &look->scope,
                       &look->movement);
}

/* The last check of a tag that is waited for failed: what is newest is not known. */
static bool is_any_failing(const struct look *look)
{
    for (size_t i = 0; i < look->movement.check_count; i++) {
        const struct unconfirmed_tag *check = &look->movement.checks[i];

        for (size_t k = 0; k < look->held_count; k++) {
            const struct status_tag_details *tag =
                stream_details_status_tag(look->held[k]->details, check->stream_tag);

            if (look->held[k]->stream == check->stream && tag && stream_details_failure(tag))
                return true;
        }
    }
    return false;
}

static void begin_waiting(struct look *look)
{
    const struct mover_options *options = &look->mover->options;

    look->entry->unconfirmed_ms = monotonic_ms();
    look->entry->unconfirmed_record = look->movement.record;
    for (size_t i = 0; options->on_unconfirmed && i < look->movement.check_count; i++)
        options->on_unconfirmed(options->ctx, look->movement.checks[i].repository,
                                look->movement.checks[i].tag);
    mover_state_set_timer(look->mover, look->entry, CONFIRM_MS);
}

/* A digest of no event: its tag is made due, and after a while the record is believed. */
static void confirm(struct look *look)
{
    struct moving_entry *entry = look->entry;
    int64_t waited;

    if (look->movement.check_count == 0) {
        entry->unconfirmed_ms = 0;
        return;
    }
    if (entry->unconfirmed_ms == 0 || entry->unconfirmed_record != look->movement.record) {
        begin_waiting(look);
        return;
    }
    waited = monotonic_ms() - entry->unconfirmed_ms;
    if (waited >= CONFIRM_MS && !is_any_failing(look)) {
        look->scope.confirmed = true;
        decide(look);
        return;
    }
    mover_state_set_timer(look->mover, entry, waited < CONFIRM_MS ? CONFIRM_MS - waited : CONFIRM_MS);
}

/* What is done */

static void tell_problems(struct look *look)
{
    struct text text;
    uint64_t hash = 0;

    text_init(&text, &look->arena, EVENT_MESSAGE_MAX);
    for (size_t i = 0; i < look->movement.problem_count; i++) {
        text_add_c(&text, i > 0 ? "; " : TRIGGERS_ANNOTATION " ");
        text_add(&text, look->movement.problems[i]);
    }
    if (look->movement.problem_count > 0)
        hash = str_hash(text_str(&text), 1);
    if (hash == look->entry->told_problems)
        return;
    look->entry->told_problems = hash;
    if (hash != 0)
        mover_state_tell(look->mover, look->entry,
                         &(struct recorded_event){
                             .warning = true, .reason = STR("TriggerInvalid"), .message = text_str(&text)});
}

static void tell_loop(struct look *look)
{
    const struct moving_workload *workload = &look->entry->workload;
    const struct recorded_event event = {
        .warning = true,
        .reason = STR("RolloutLoop"),
        .message =
            STR("the same change was made six times and taken back each time by another client; nothing more "
                "is written until its tag moves or its annotation is changed"),
    };

    if (look->entry->told_loop == look->movement.record)
        return;
    look->entry->told_loop = look->movement.record;
    atomic_fetch_add(&look->mover->counters.loops, 1);
    log_warning(look->mover->options.log, "rollout loop",
                LOG_STR("kind", moving_workload_kinds[workload->kind].kind),
                LOG_STR("namespace", workload->namespace), LOG_STR("name", workload->name));
    mover_state_tell(look->mover, look->entry, &event);
}

static void on_listed(struct moving_entry *entry, const struct error *err)
{
    mover_state_end_call(entry->mover);
    if (!err) {
        mover_state_add_turn(entry->mover, entry);
        return;
    }
    log_warning(entry->mover->options.log, "revisions not listed",
                LOG_STR("namespace", entry->workload.namespace), LOG_STR("name", entry->workload.name),
                LOG_STR("message", error_text(err)));
    mover_state_set_timer(entry->mover, entry, LIST_AGAIN_MS);
}

static void list_revisions(struct look *look)
{
    look->mover->running++;
    look->entry->listing = revision_listing_start(look->mover->options.client, look->entry, on_listed);
}

/* A revision may have come since they were listed, without a change of the workload's generation. */
static bool are_revisions_old(const struct look *look)
{
    return look->scope.revisions_known && monotonic_ms() - look->entry->revisions->listed_ms > LISTED_MS;
}

static void write(struct look *look)
{
    enum move_manager manager = look->movement.trigger.len > 0 ? MOVE_AS_TRIGGER : MOVE_AS_FOLLOW;
    const struct rollout_wish wish = move_write_wish(&look->movement, manager);
    int64_t now = monotonic_ms();
    int64_t until = now;

    switch (rollout_pace_ask(&look->entry->pace, &wish, look->mover->options.pause_ms, now, &until)) {
    case ROLLOUT_STOPPED:
        tell_loop(look);
        return;
    case ROLLOUT_WAIT:
        mover_state_set_timer(look->mover, look->entry, until - now);
        return;
    case ROLLOUT_NOW:
        break;
    }
    if (are_revisions_old(look))
        list_revisions(look);
    else if (mover_state_take_place(look->mover, look->entry))
        move_write_start(look->mover, look->entry, &look->movement, manager);
}

static void act(struct look *look)
{
    const struct movement *movement = &look->movement;

    tell_problems(look);
    if (movement->needs_revisions)
        list_revisions(look);
    else if (movement->trigger.len > 0 || movement->follow.len > 0)
        write(look);
    else if (movement->check_count == 0)
        rollout_pace_settle(&look->entry->pace);
}

void move_look(struct mover *mover, struct moving_entry *entry)
{
    struct look look = {.mover = mover, .entry = entry};

    if (entry->write || entry->listing)
        return; /* its end is the next turn */
    arena_init(&look.arena);
    gather(&look);
    decide(&look);
    confirm(&look);
    if (!look.movement.left)
        act(&look);
    for (size_t i = 0; i < look.held_count; i++)
        stream_table_release(mover->options.streams, look.held[i]);
    arena_release(&look.arena);
}
