/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CONTROLLER_LEASE_H
#define WEIR_CORE_CONTROLLER_LEASE_H

#include "base/str.h"

/*
 * Who leads, decided as client-go's leader election decides it (tools/leaderelection),
 * from a record that all candidates read and write under optimistic concurrency:
 *
 * - A record is believed for its duration from the moment at which *this*
 *   candidate saw it change, by its own clock. Times that others wrote are never
 *   compared: clocks may differ by any amount, only their rates must be alike.
 * - The leader counts its hold from the moment at which it *sent* the write
 *   that was taken, and ends it after `renew_ms`, which is less than
 *   `duration_ms`: it has stopped before another candidate believes the record to have ended.
 * - A record that is deleted does not end its holder's time (here client-go
 *   would have two leaders for a moment).
 *
 * Times are milliseconds of a clock that never goes back.
 */
struct lease_timing {
    int64_t duration_ms; /* how long others believe a record */
    int64_t renew_ms;    /* how long a leader that cannot renew goes on; below duration_ms */
    int64_t retry_ms;    /* between two attempts; below renew_ms */
};

/* What was read; texts are borrowed for the call. */
struct lease_record {
    struct str holder;   /* empty: given up */
    int64_t duration_ms; /* the holder's, not ours; 0: not said */
    struct str acquired; /* as written: only ever compared for being the same */
    struct str renewed;
    int64_t transitions;
};

struct lease {
    struct lease_timing timing;
    struct str identity; /* borrowed; no two candidates have the same */
    bool seen;           /* there is a record that was looked at */
    uint64_t seen_hash;  /* of the record that was seen last */
    int64_t seen_ms;     /* since when it is that one */
    int64_t believed_ms; /* until when another holder is believed; 0: none is */
    bool held;           /* ours, as far as was written or read */
    int64_t held_ms;     /* when the last write that was taken had been sent */
};

enum lease_step {
    LEASE_WAIT,   /* another candidate's: look again after retry_ms */
    LEASE_CREATE, /* there is none: write ours, with transitions 0 */
    LEASE_TAKE,   /* it has ended or was given up: write ours, one transition more */
    LEASE_RENEW,  /* it is ours: write the time, keep the rest */
};

void lease_init(struct lease *lease, const struct lease_timing *timing, struct str identity);

/* `record` was read at `now_ms`; NULL: there is none. Another holder's record ends our hold at once. */
enum lease_step lease_observe(struct lease *lease, const struct lease_record *record, int64_t now_ms);

/*
 * The write of the last step, sent at `sent_ms`, was taken; `record` is what it
 * wrote, read back at `now_ms`.
 */
void lease_written(struct lease *lease, const struct lease_record *record, int64_t sent_ms, int64_t now_ms);

/* We gave it up, or are about to. */
void lease_drop(struct lease *lease);

/* How long we may still act; 0: not at all. */
int64_t lease_left_ms(const struct lease *lease, int64_t now_ms);

#endif
