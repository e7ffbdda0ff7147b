/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_STREAM_WORK_H
#define WEIR_ENGINE_IMPORT_STREAM_WORK_H

#include "core/import/record.h"
#include "engine/import/import_queue.h"
#include "engine/import/interest_index.h"
#include "engine/import/status_write.h"
#include "engine/import/stream_table.h"
#include "engine/import/tag_import.h"

/* What is under way for one stream, and what is known of it beside its object. */

enum stream_check_state {
    STREAM_CHECK_WAITING,
    STREAM_CHECK_RUNNING,
    STREAM_CHECK_ANSWERED, /* `result` is to be recorded */
    STREAM_CHECK_WRITING,  /* and is in the write that is under way */
};

/* One tag's check. */
struct stream_check {
    struct linked_list link; /* among the stream's */
    struct stream_work *work;
    struct import_queue_item item;
    enum stream_check_state state;
    struct tag_import *import; /* while it runs */
    struct tag_import_question question;
    struct check_result result;
    int64_t started_ms;
    struct arena arena; /* of the texts */
};

struct stream_work {
    struct importer *importer;
    struct stream_entry *entry;
    struct interest interest;
    bool foreign; /* a tag follows a stream of another namespace */
    struct linked_list checks;
    size_t open; /* checks that have no answer yet */
    struct import_queue_stream lanes;
    struct import_memory *memory; /* texts are its own */
    size_t memory_count;
    struct status_write *write; /* under way; NULL: none is */
    struct kube_call *read;     /* of the object, after a write that did not go well */
    int64_t unwritten_ms;       /* since when there is something to write; 0: there is not */
    int64_t pause_ms;           /* after the last failure of a write; 0: it went well */
    int64_t quiet_until_ms;     /* nothing is written before */
    uint64_t uid;               /* a hash of the object's */
};

struct stream_work *stream_work_new(struct importer *importer, struct stream_entry *entry);
/* Ends all that is under way. */
void stream_work_free(struct stream_work *work, struct import_queue *queue, struct interest_index *index);

/* NULL where there is none. */
struct stream_check *stream_work_find(struct stream_work *work, struct str tag);
/* Copies the question; it waits from now on. */
struct stream_check *stream_work_add(struct stream_work *work, const struct tag_import_question *question);
/* Ends the check, wherever it stands, and frees it. */
void stream_work_drop(struct stream_check *check, struct import_queue *queue);
/* All that are in that state. */
void stream_work_drop_all(struct stream_work *work, enum stream_check_state state,
                          struct import_queue *queue);
void stream_work_change_all(struct stream_work *work, enum stream_check_state from,
                            enum stream_check_state to);

/* What is known of the tag; added where nothing is. Valid until the next call. */
struct import_memory *stream_work_memory(struct stream_work *work, struct str tag);
/* Forgets what the stream's status says as well, and tags that are gone. */
void stream_work_trim(struct stream_work *work, const struct import_view *view);

#endif
