/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/status_writing.h"

#include "engine/import/move_teller.h"

enum {
    CALL_MS = 10000,
    PAUSE_MS = 1000, /* after a write that failed, doubled each time */
    PAUSE_MAX_MS = 60000,
    NOT_LEADING_MS = 1000, /* until the next look, where the lease is about to end or to go on */
};

static void on_read(void *ctx, const struct kube_answer *answer)
{
    struct stream_work *work = ctx;
    struct importer *importer = work->importer;
    struct stream_entry *entry = work->entry;

    work->read = NULL;
    if (!answer->err)
        stream_table_update(importer->table, answer->body);
    importer_state_add_turn(importer, entry);
}

/* What was read is not what is there, or nobody knows: it is read again, then decided again. */
static void read_again(struct importer *importer, struct stream_work *work)
{
    const struct kube_request request = {
        .verb = KUBE_GET,
        .place = {.resource = &stream_table_resource,
                  .namespace = work->entry->namespace,
                  .name = work->entry->name},
        .timeout_ms = CALL_MS,
    };

    work->read = kube_client_call(importer->options.client, &request, on_read, work);
}

static void pause_writing(struct stream_work *work)
{
    work->pause_ms = work->pause_ms == 0 ? PAUSE_MS : 2 * work->pause_ms;
    if (work->pause_ms > PAUSE_MAX_MS)
        work->pause_ms = PAUSE_MAX_MS;
    work->quiet_until_ms = monotonic_ms() + work->pause_ms;
}

static void write_failed(struct importer *importer, struct stream_work *work, const struct error *err)
{
    if (err->code == ERROR_CONFLICT) {
        atomic_fetch_add(&importer->counters.conflicts, 1);
        return;
    }
    atomic_fetch_add(&importer->counters.write_failures, 1);
    if (work->pause_ms == 0 && err->code != ERROR_NOT_FOUND)
        log_warning(importer->options.log, "status not written", LOG_STR("namespace", work->entry->namespace),
                    LOG_STR("stream", work->entry->name), LOG_STR("message", error_text(err)));
    pause_writing(work);
}

static void write_done(struct importer *importer, struct stream_work *work, const struct status_write *write,
                       struct str body)
{
    atomic_fetch_add(&importer->counters.writes, 1);
    work->pause_ms = 0;
    work->unwritten_ms = 0;
    stream_work_drop_all(work, STREAM_CHECK_WRITING, importer->queue);
    stream_table_update(importer->table, body);
    for (size_t i = 0; i < write->move_count; i++)
        move_teller_tell(importer->recorder, importer->options.log, work->entry, &write->moves[i]);
}

static void on_written(void *ctx, const struct kube_answer *answer)
{
    struct stream_work *work = ctx;
    struct importer *importer = work->importer;
    struct status_write *write = work->write;

    work->write = NULL;
    if (answer->err) {
        stream_work_change_all(work, STREAM_CHECK_WRITING, STREAM_CHECK_ANSWERED);
        write_failed(importer, work, answer->err);
        read_again(importer, work);
    } else {
        write_done(importer, work, write, answer->body);
        importer_state_add_turn(importer, work->entry);
    }
    status_write_cancel(write);
}

void status_writing_begin(struct importer *importer, struct stream_work *work,
                          const struct import_change *change)
{
    int64_t left = leader_lease_left_ms(importer->lease);
    const struct status_write_call call = {importer->options.client, left < CALL_MS ? left : CALL_MS,
                                           on_written, work};
    struct error err;

    if (left == 0) {
        importer_state_set_timer(importer, work->entry, NOT_LEADING_MS);
        return;
    }
    if (status_write_start(&call, work->entry, change, &work->write, &err) < 0) {
        write_failed(importer, work, &err);
        importer_state_set_timer(importer, work->entry, work->pause_ms);
        return;
    }
    stream_work_change_all(work, STREAM_CHECK_ANSWERED, STREAM_CHECK_WRITING);
}
