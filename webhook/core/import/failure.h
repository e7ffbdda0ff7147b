/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_FAILURE_H
#define WEIR_CORE_IMPORT_FAILURE_H

#include "core/import/view.h"
#include "core/registry/failure.h"

/* How a tag could not be imported, and when it is tried again. */
enum {
    FAILURE_MESSAGE_MAX = 512,         /* bytes of a condition's message */
    FAILURE_PAUSE_MAX = 15 * 60,       /* seconds; of failures that may pass by themselves */
    FAILURE_LONG_PAUSE_MAX = 6 * 3600, /* of all others, and of what a registry asks for */
    FAILURE_ASKED_PAUSE_MIN = 30,      /* of a 429 */
    FAILURE_LONG_PAUSE_TIMES = 10,     /* a wrong password locks accounts */
    FAILURE_LAG_MAX = 3600,            /* how far a recorded nextCheck may lag behind the truth */
};

/* One tag's failure. */
struct import_failure {
    enum registry_failure kind;
    struct str message;
    int64_t retry_after; /* seconds that a 429 asked for; 0: none */
    int64_t attempts;    /* failures in a row, with this one */
    int64_t generation;  /* that the attempt was for; 0: the present one */
};

/*
 * Seconds from the failure to the next attempt: as a 429 asked, else doubled with
 * each attempt up to a limit, no longer than `interval` (0: not scheduled) where
 * it may pass by itself; a tenth more or less, the same for the same tag and attempt.
 */
int64_t import_failure_pause(const struct import_settings *settings, const struct import_failure *failure,
                             int64_t interval, uint64_t seed);
/* Whether that is longer than after the attempt before. */
bool import_failure_pause_grows(const struct import_settings *settings, const struct import_failure *failure,
                                int64_t interval);

/*
 * What an attempt that failed leaves, of a tag or a listing: `next` is when it is made again. True where it
 * is to be written: an identical failure is when its pause has grown, else once an hour.
 */
bool import_failure_is_due(const struct import_settings *settings, const struct import_failure *failure,
                           int64_t interval, struct stream_time recorded, int64_t next);

#endif
