/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_STATUS_WRITE_H
#define WEIR_ENGINE_IMPORT_STATUS_WRITE_H

#include "core/import/change.h"
#include "edge/kube/client.h"
#include "engine/import/stream_table.h"

/*
 * One write of a stream's status, through its subresource, for the uid and
 * resourceVersion that were read. It keeps what moved, to be told once it is
 * written. The outbound thread's alone.
 */
struct status_write {
    struct kube_call *call; /* NULL: it is not under way */
    struct arena arena;
    struct import_move *moves; /* texts are the arena's */
    size_t move_count;
    kube_call_done *on_done;
    void *ctx;
};

/* How it is sent. `on_done` is the call's; after it the write is the caller's to cancel. */
struct status_write_call {
    struct kube_client *client;
    int64_t timeout_ms;
    kube_call_done *on_done;
    void *ctx;
};

/* Copies what it needs. ERROR_TOO_LARGE: nothing is sent. */
MUST_CHECK int status_write_start(const struct status_write_call *call, const struct stream_entry *entry,
                                  const struct import_change *change, struct status_write **ret,
                                  struct error *err);
/* Frees it; on_done will not be called. NULL is allowed. */
void status_write_cancel(struct status_write *write);

#endif
