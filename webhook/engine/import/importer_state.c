/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/importer_state.h"

enum { WAKE_MAX_MS = 10 * 60 * 1000 }; /* the API server's clock may be set */

struct timer_queue *importer_state_timers(struct importer *importer)
{
    return outbound_timers(kube_client_outbound(importer->options.client));
}

bool importer_state_works(const struct importer *importer)
{
    return importer->lease && importer->begun;
}

void importer_state_add_turn(struct importer *importer, struct stream_entry *entry)
{
    if (!importer_state_works(importer) || linked_list_is_linked(&entry->turn))
        return;
    linked_list_add(&importer->turns, &entry->turn);
    if (!importer->step.place)
        timer_queue_set(importer_state_timers(importer), &importer->step, monotonic_ms());
}

static void on_timer(struct timer *timer)
{
    struct stream_entry *entry = CONTAINER_OF(struct stream_entry, timer, timer);

    importer_state_add_turn(entry->work->importer, entry);
}

static void visit_interest(void *ctx, struct interest *interest)
{
    importer_state_add_turn(ctx, CONTAINER_OF(struct stream_work, interest, interest)->entry);
}

void importer_state_turn_followers(struct importer *importer, const struct stream_entry *entry)
{
    interest_index_visit(importer->index,
                         interest_index_key(importer->index, INTEREST_STREAM, entry->namespace, entry->name),
                         visit_interest, importer);
}

void importer_state_end_work(struct importer *importer, struct stream_entry *entry)
{
    timer_queue_clear(importer_state_timers(importer), &entry->timer);
    linked_list_remove(&entry->turn);
    if (entry->work)
        stream_work_free(entry->work, importer->queue, importer->index);
    entry->work = NULL;
}

struct stream_work *importer_state_work(struct importer *importer, struct stream_entry *entry)
{
    if (entry->work && entry->work->uid != str_hash(entry->uid, 0))
        importer_state_end_work(importer, entry); /* another stream of the same name */
    if (!entry->work)
        entry->work = stream_work_new(importer, entry);
    entry->timer.run = on_timer;
    return entry->work;
}

void importer_state_set_timer(struct importer *importer, struct stream_entry *entry, int64_t wait_ms)
{
    int64_t at_ms = monotonic_ms() + (wait_ms < WAKE_MAX_MS ? wait_ms : WAKE_MAX_MS);

    if (!entry->timer.place || at_ms < entry->timer.at_ms)
        timer_queue_set(importer_state_timers(importer), &entry->timer, at_ms);
}
