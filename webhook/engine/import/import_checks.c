/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/import_checks.h"

#include "core/import/source.h"

static void count_check(struct importer *importer, const struct stream_check *check,
                        const struct tag_import_answer *answer)
{
    enum check_outcome outcome = answer->not_asked                                 ? CHECK_NOT_ASKED
                                 : answer->result.failure != REGISTRY_FAILURE_NONE ? CHECK_FAILED
                                 : str_equal(answer->result.digest, check->question.check.known)
                                     ? CHECK_UNCHANGED
                                     : CHECK_MOVED;

    atomic_fetch_add(&importer->counters.checks[outcome], 1);
    atomic_fetch_add(&importer->counters.images, answer->imported);
    import_counters_duration(&importer->counters.took, monotonic_ms() - check->started_ms);
}

static void take_answer(struct stream_check *check, const struct tag_import_answer *answer)
{
    check->state = STREAM_CHECK_ANSWERED;
    check->work->open--;
    check->result = answer->result;
    check->result.check = check->question.check;
    check->result.digest = arena_str(&check->arena, answer->result.digest);
    check->result.message = arena_str(&check->arena, answer->result.message);
}

/* Nothing is known: it is due again later, and counts as no attempt. */
static void put_off(struct importer *importer, struct stream_check *check, int64_t again_ms)
{
    struct import_memory *memory = stream_work_memory(check->work, check->question.check.tag);

    memory->held = kube_client_now(importer->options.client) + 1 + again_ms / 1000;
    stream_work_drop(check, importer->queue);
}

static void on_checked(void *ctx, const struct tag_import_answer *answer)
{
    struct stream_check *check = ctx;
    struct stream_entry *entry = check->work->entry;
    struct importer *importer = check->work->importer;

    check->import = NULL;
    import_queue_end(importer->queue, &check->item);
    count_check(importer, check, answer);
    if (answer->not_asked)
        put_off(importer, check, answer->again_ms);
    else
        take_answer(check, answer);
    importer_state_add_turn(importer, entry);
    import_checks_pump(importer);
}

static void show_queue(struct importer *importer)
{
    int64_t now = monotonic_ms();
    int64_t age = import_queue_age_ms(importer->queue, now);
    size_t waiting = import_queue_waiting(importer->queue);

    atomic_store(&importer->counters.waiting, waiting);
    atomic_store(&importer->counters.running, import_queue_running(importer->queue));
    atomic_store(&importer->counters.oldest_ms, waiting > 0 ? now - age : 0);
}

void import_checks_pump(struct importer *importer)
{
    struct import_queue_item *item;

    while ((item = import_queue_take(importer->queue))) {
        struct stream_check *check = CONTAINER_OF(struct stream_check, item, item);
        int64_t late = kube_client_now(importer->options.client) - check->question.check.due;

        check->state = STREAM_CHECK_RUNNING;
        check->started_ms = monotonic_ms();
        import_counters_duration(&importer->counters.late,
                                 late > 0 ? late * 1000 : check->started_ms - item->since_ms);
        check->import = tag_import_start(&importer->tools, &check->question, on_checked, check);
    }
    show_queue(importer);
}

/* Whether its answer would still be about the tag as it is. */
static bool is_of_tag(struct arena *arena, const struct import_view *view, const struct stream_check *check)
{
    const struct stream_tag *tag = import_source_tag(arena, view, check->question.check.tag);

    return tag && import_view_is_importable(tag) && !import_view_is_suspended(view) &&
           str_equal(check->question.check.source, import_source_line(arena, view, tag));
}

void import_checks_drop_stale(struct importer *importer, struct stream_work *work,
                              const struct import_view *view)
{
    struct linked_list *next;

    for (struct linked_list *link = linked_list_first(&work->checks); link; link = next) {
        struct stream_check *check = CONTAINER_OF(struct stream_check, link, link);

        next = linked_list_next(&work->checks, link);
        if (!is_of_tag(&importer->gathering.arena, view, check))
            stream_work_drop(check, importer->queue);
    }
}

void import_checks_ask(struct importer *importer, struct stream_work *work, const struct import_view *view,
                       const struct tag_check *due)
{
    const struct tag_import_question question = {
        .check = *due,
        .namespace = work->entry->namespace,
        .pull_secrets = import_view_annotation(view, due->tag, STR("weir.dev/pull-secret")),
    };
    struct stream_check *check;

    if (stream_work_find(work, due->tag))
        return;
    check = stream_work_add(work, &question);
    import_queue_add(importer->queue, &check->item, &work->lanes, due->domain, monotonic_ms());
}
