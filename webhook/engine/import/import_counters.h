/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORT_COUNTERS_H
#define WEIR_ENGINE_IMPORT_IMPORT_COUNTERS_H

#include "base/text.h"

#include <stdatomic.h>

/* What importing came to. Written by the outbound thread, read by any. */

enum check_outcome { CHECK_UNCHANGED, CHECK_MOVED, CHECK_FAILED, CHECK_NOT_ASKED, CHECK_OUTCOMES };

enum { IMPORT_BUCKETS = 11 };

/* Observations of a duration, not cumulative; the last bucket is beyond all bounds. */
struct import_durations {
    atomic_uint_fast64_t buckets[IMPORT_BUCKETS + 1];
    atomic_uint_fast64_t milliseconds;
};

struct import_counters {
    atomic_uint_fast64_t checks[CHECK_OUTCOMES];
    struct import_durations took; /* a check, from its turn to its end */
    struct import_durations late; /* from when it was due to its turn */
    atomic_uint_fast64_t images;  /* written */
    atomic_uint_fast64_t writes;  /* of a status */
    atomic_uint_fast64_t conflicts;
    atomic_uint_fast64_t write_failures;
    atomic_uint_fast64_t waiting; /* as of now, as all below */
    atomic_uint_fast64_t running;
    atomic_int_fast64_t oldest_ms; /* monotonic_ms() since when the oldest check waits; 0: none does */
    atomic_uint_fast64_t streams;
};

void import_counters_duration(struct import_durations *durations, int64_t milliseconds);
/* As families of the metrics. */
void import_counters_write(const struct import_counters *counters, int64_t now_ms, struct text *out);

#endif
