/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_SETTLING_H
#define WEIR_CORE_IMPORT_SETTLING_H

#include "core/import/change.h"
#include "core/import/failure.h"

/* A status in the making: what becomes of one tag. */
struct settling {
    struct arena *arena;
    struct import_view *view;
    struct import_change *change;
    size_t move_size;
};

static inline struct stream_time settling_time(int64_t at)
{
    return (struct stream_time){at, true};
}

/* What is said of a failure: one line of printable UTF-8, of at most FAILURE_MESSAGE_MAX bytes. */
struct str settling_message(struct arena *arena, struct str message);
/*
 * A tag fails. True where it did before for the same reason: then the condition stays, but for its
 * generation: the failure's, or what an attempt of now is for where that is 0.
 */
bool settling_fail(struct settling *settling, struct recorded_tag *tag, const struct import_failure *failure);
/* It does not fail any more. */
void settling_recover(struct settling *settling, struct recorded_tag *tag);
/* Its record is settled for a source that no registry is asked for: what was known of another one goes. */
void settling_source(struct recorded_tag *tag, struct str source);
/* It has no source any more: what attempts left goes, the events stay. */
void settling_forget(struct recorded_tag *tag);
void settling_move(struct settling *settling, const struct import_move *move);
/*
 * Puts the event in front where it differs from the newest. `created` is filled in where it is not known, and
 * never before that of the event below; `generation` where it is 0.
 */
bool settling_event(struct settling *settling, struct recorded_tag *tag, struct tag_event event,
                    enum import_move_kind kind);

/* Sets a condition of the stream; its moment stays where its status does. */
void settling_condition(struct settling *settling, const struct tag_condition *wanted);
void settling_drop_condition(struct settling *settling, struct str type);

/* The first few of many, as a message tells them: tag "a": why; tag "b": why; and 3 more. */
struct settling_tally {
    struct text message;
    size_t count;
};

void settling_tally_init(struct settling_tally *tally, struct arena *arena);
void settling_tally_add(struct settling_tally *tally, struct str tag, struct str message);
struct str settling_tally_text(struct settling_tally *tally);

#endif
