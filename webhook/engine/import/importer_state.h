/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORTER_STATE_H
#define WEIR_ENGINE_IMPORT_IMPORTER_STATE_H

#include "engine/controller/leader_lease.h"
#include "engine/import/event_recorder.h"
#include "engine/import/import_counters.h"
#include "engine/import/importer_options.h"
#include "engine/import/stream_work.h"
#include "engine/import/view_gathering.h"

/*
 * All that can make something due puts the stream among the turns: the watch, an
 * answer, a timer, a policy, a stream that its tags follow. A turn looks at the
 * stream as a whole: records what was answered and settles what needs no answer,
 * writes where that changed something, asks for what is due, and sets the
 * stream's one timer for what comes next. While a write is under way the stream
 * is not looked at; its end is the next turn.
 */
struct importer {
    struct timer step; /* first; the turns */
    struct importer_options options;
    struct import_settings settings; /* with what policies say */
    struct stream_table *table;
    struct stream_listener listener;
    struct interest_index *index;
    struct import_queue *queue;
    struct event_recorder *recorder;
    struct tag_import_tools tools;
    const struct leader_lease *lease; /* NULL: rests */
    int64_t start;                    /* when it began to work */
    bool begun;                       /* and all streams have had a turn since */
    struct linked_list turns;
    const struct snapshot *policies; /* held; NULL: not known */
    struct view_gathering gathering; /* of the turn under way */
    struct import_counters counters;
};

struct timer_queue *importer_state_timers(struct importer *importer);
/* It leads, and knows all streams. */
bool importer_state_works(const struct importer *importer);
/* The stream is to be looked at soon; nothing where it does not work. */
void importer_state_add_turn(struct importer *importer, struct stream_entry *entry);
/* So are those whose tags follow its tags. */
void importer_state_turn_followers(struct importer *importer, const struct stream_entry *entry);
/* At the latest in so long. */
void importer_state_set_timer(struct importer *importer, struct stream_entry *entry, int64_t wait_ms);
/* What is under way for the stream; made where there is nothing, or that of another one of its name. */
struct stream_work *importer_state_work(struct importer *importer, struct stream_entry *entry);
void importer_state_end_work(struct importer *importer, struct stream_entry *entry);

#endif
