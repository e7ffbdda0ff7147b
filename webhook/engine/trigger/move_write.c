/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/move_write.h"

#include "base/memory.h"

#include <stdlib.h>

enum {
    CALL_MS = 10000,
    QUERY_MAX = 256,
    TOLD_MAX = 5,      /* containers that are named in one Event */
    SHORT_DIGITS = 12, /* of a digest, in it */
    NOT_LEADING_MS = 1000,
};

static const struct str managers[MOVE_MANAGERS] = {
    [MOVE_AS_FOLLOW] = STR_INIT(FOLLOW_MANAGER),
    [MOVE_AS_TRIGGER] = STR_INIT(TRIGGER_MANAGER),
};

struct move_write {
    struct mover *mover;
    struct moving_entry *entry;
    struct kube_call *call;
    enum move_manager manager;
    struct rollout_wish wish;
    struct arena arena;
    struct str message; /* of the Event that tells of it */
};

static void free_write(struct move_write *write)
{
    arena_release(&write->arena);
    free(write);
}

void move_write_cancel(struct move_write *write)
{
    if (!write)
        return;
    kube_client_cancel(write->call);
    free_write(write);
}

struct rollout_wish move_write_wish(const struct movement *movement, enum move_manager manager)
{
    return (struct rollout_wish){
        .record = movement->record,
        .rolls = manager == MOVE_AS_TRIGGER || movement->rolls,
        .fills = manager == MOVE_AS_TRIGGER && movement->fills,
    };
}

/* "sha256:0123456789ab" of a pinned image; a name as it is. */
static struct str shorten(struct str image)
{
    size_t at = str_find(image, '@');
    struct str digest = str_from(image, at + 1);

    if (at == image.len)
        return str_is_blank(image) ? STR("nothing") : image;
    return str_slice(digest, 0, str_find(digest, ':') + 1 + SHORT_DIGITS);
}

/* web: tag app:latest of ns: sha256:0123456789ab -> sha256:ba9876543210 */
static void add_moved(struct text *out, const struct moved_image *moved)
{
    text_addf(out, STR_FMT ": " STR_FMT "/" STR_FMT ":" STR_FMT ", " STR_FMT " -> " STR_FMT,
              STR_ARG(moved->position), STR_ARG(moved->namespace), STR_ARG(moved->stream),
              STR_ARG(moved->tag), STR_ARG(shorten(moved->from)), STR_ARG(shorten(moved->to)));
}

static struct str message_of(struct arena *arena, const struct movement *movement, enum move_manager manager)
{
    size_t told = 0;
    size_t count = 0;
    struct text text;

    text_init(&text, arena, EVENT_MESSAGE_MAX);
    for (size_t i = 0; i < movement->moved_count; i++) {
        if (movement->moved[i].by_trigger != (manager == MOVE_AS_TRIGGER) || ++count > TOLD_MAX)
            continue;
        text_add_c(&text, told++ > 0 ? "; " : "");
        add_moved(&text, &movement->moved[i]);
    }
    if (count > told)
        text_addf(&text, "; and %zu more", count - told);
    if (count == 0)
        text_add_c(&text, "containers that their author has removed are given up");
    return text_str(&text);
}

static void log_write_end(const struct move_write *write, const char *event, const struct error *err)
{
    const struct moving_workload *workload = &write->entry->workload;
    const struct log_field fields[] = {
        LOG_STR("kind", moving_workload_kinds[workload->kind].kind),
        LOG_STR("namespace", workload->namespace),
        LOG_STR("name", workload->name),
        LOG_STR("manager", managers[write->manager]),
        LOG_STR("message", err ? error_text(err) : write->message),
    };

    log_write(write->mover->options.log, err ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, event, fields,
              ARRAY_LEN(fields));
}

static void succeed(struct move_write *write)
{
    const struct recorded_event event = {.reason = STR("Triggered"), .message = write->message};

    atomic_fetch_add(&write->mover->counters.writes[write->manager][MOVE_WRITTEN], 1);
    rollout_pace_wrote(&write->entry->pace, &write->wish, monotonic_ms());
    log_write_end(write, "workload moved", NULL);
    mover_state_tell(write->mover, write->entry, &event);
    mover_state_set_timer(write->mover, write->entry, ROLLOUT_CHECK_MS);
}

/* A conflict is followed by the version that was in the way; others wait longer and longer. */
static void fail(struct move_write *write, const struct kube_answer *answer)
{
    bool conflict = answer->err->code == ERROR_CONFLICT;
    bool first = write->entry->pace.failures == 0;
    const struct recorded_event event = {
        .warning = true, .reason = STR("TriggerFailed"), .message = error_text(answer->err)};

    atomic_fetch_add(&write->mover->counters.writes[write->manager][conflict ? MOVE_CONFLICT : MOVE_REFUSED],
                     1);
    rollout_pace_failed(&write->entry->pace, answer->retry_after_ms, monotonic_ms());
    if (conflict || answer->err->code == ERROR_NOT_FOUND)
        return;
    if (first)
        log_write_end(write, "workload not moved", answer->err);
    mover_state_tell(write->mover, write->entry, &event);
}

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct move_write *write = ctx;
    struct moving_entry *entry = write->entry;

    entry->write = NULL;
    mover_state_end_call(write->mover);
    if (answer->err)
        fail(write, answer);
    else
        succeed(write);
    mover_state_add_turn(write->mover, entry);
    free_write(write);
}

static struct str query_of(struct arena *arena, enum move_manager manager)
{
    struct text query;

    text_init(&query, arena, QUERY_MAX);
    kube_resource_query(&query, "fieldManager", managers[manager]);
    kube_resource_query(&query, "force", STR("true"));
    return text_str(&query);
}

void move_write_start(struct mover *mover, struct moving_entry *entry, const struct movement *movement,
                      enum move_manager manager)
{
    const struct moving_workload *workload = &entry->workload;
    int64_t left = leader_lease_left_ms(mover->lease);
    struct move_write *write;
    struct kube_request request = {
        .verb = KUBE_PATCH,
        .place = {.resource = &moving_table_resources[workload->kind],
                  .namespace = workload->namespace,
                  .name = workload->name},
        .body = manager == MOVE_AS_TRIGGER ? movement->trigger : movement->follow,
        .content_type = STR("application/apply-patch+yaml"),
        .timeout_ms = left < CALL_MS ? left : CALL_MS,
    };

    if (left == 0) {
        mover_state_set_timer(mover, entry, NOT_LEADING_MS);
        return;
    }
    write = memory_zeroed(1, sizeof(*write));
    write->mover = mover;
    write->entry = entry;
    write->manager = manager;
    write->wish = move_write_wish(movement, manager);
    arena_init(&write->arena);
    write->message = message_of(&write->arena, movement, manager);
    request.query = query_of(&write->arena, manager);
    write->call = kube_client_call(mover->options.client, &request, on_answer, write);
    entry->write = write;
    mover->running++;
}
