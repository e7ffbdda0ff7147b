/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/import_look.h"

#include "core/import/plan.h"
#include "engine/import/import_checks.h"
#include "engine/import/status_writing.h"
#include "engine/import/stream_json.h"

enum {
    JOIN_MS = 1000,    /* answers wait for others of their stream, to be written together */
    WAIT_MAX_S = 3600, /* more is none of a timer's business */
};

static void set_memory(struct importer *importer, struct stream_work *work, struct import_view *view)
{
    view->memory = work->memory;
    view->memory_count = work->memory_count;
    import_view_index(&importer->gathering.arena, view);
}

static size_t collect_results(struct importer *importer, struct stream_work *work,
                              const struct check_result **ret)
{
    struct check_result *results = NULL;
    size_t count = 0;

    for (struct linked_list *link = linked_list_first(&work->checks); link;
         link = linked_list_next(&work->checks, link)) {
        const struct stream_check *check = CONTAINER_OF(struct stream_check, link, link);

        if (check->state != STREAM_CHECK_ANSWERED)
            continue;
        (void)stream_work_memory(work, check->question.check.tag);
        results = arena_grow(&importer->gathering.arena, results, count, count + 1, sizeof(*results));
        results[count++] = check->result;
    }
    *ret = results;
    return count;
}

/* How long what is to be written waits: for answers that are on their way, and after a failure. */
static int64_t write_wait(const struct stream_work *work)
{
    int64_t now = monotonic_ms();
    int64_t join = work->open > 0 ? work->unwritten_ms + JOIN_MS - now : 0;
    int64_t quiet = work->quiet_until_ms - now;

    return join > quiet ? join : quiet;
}

/* True where answers were taken in: what is due is another thing then. */
static bool record(struct importer *importer, struct stream_work *work, struct import_view *view)
{
    const struct check_result *results;
    size_t count = collect_results(importer, work, &results);
    struct import_change change;
    int64_t wait;

    set_memory(importer, work, view);
    import_record_make(&importer->gathering.arena, view, results, count, &change);
    if (!change.changed) {
        work->unwritten_ms = 0;
        stream_work_drop_all(work, STREAM_CHECK_ANSWERED, importer->queue);
        return count > 0;
    }
    if (work->unwritten_ms == 0)
        work->unwritten_ms = monotonic_ms();
    wait = write_wait(work);
    if (wait > 0)
        importer_state_set_timer(importer, work->entry, wait);
    else
        status_writing_begin(importer, work, &change);
    return false;
}

static int64_t ms_until(int64_t at, int64_t now)
{
    return at - now < WAIT_MAX_S ? (at - now) * 1000 : WAIT_MAX_S * 1000LL;
}

static void plan(struct importer *importer, struct stream_work *work, const struct import_view *view)
{
    struct import_plan plan;

    import_plan_make(&importer->gathering.arena, view, &plan);
    for (size_t i = 0; i < plan.count; i++)
        import_checks_ask(importer, work, view, &plan.checks[i]);
    if (plan.next != INT64_MAX)
        importer_state_set_timer(importer, work->entry, ms_until(plan.next, view->now));
}

/* Asked before it is recorded: what is under way is waited for. */
static void decide(struct importer *importer, struct stream_work *work)
{
    struct import_view *view = &importer->gathering.view;

    view->settings = &importer->settings;
    set_memory(importer, work, view);
    view->object_size = stream_json_rest_size(work->entry->json);
    view->now = kube_client_now(importer->options.client);
    view->start = importer->start;
    timer_queue_clear(importer_state_timers(importer), &work->entry->timer);
    import_checks_drop_stale(importer, work, view);
    plan(importer, work, view);
    if (record(importer, work, view))
        plan(importer, work, view);
    stream_work_trim(work, view);
}

void import_look(struct importer *importer, struct stream_entry *entry)
{
    struct view_gathering *gathering = &importer->gathering;
    struct stream_work *work = importer_state_work(importer, entry);

    if (work->write || work->read ||
        !view_gathering_begin(gathering, importer->table, entry, importer->policies))
        return;
    work->foreign = gathering->foreign;
    view_gathering_set_interest(gathering, importer->index, &work->interest);
    if (!gathering->foreign || importer->policies)
        decide(importer, work);
    view_gathering_end(gathering);
}
