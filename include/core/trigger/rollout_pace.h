/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_ROLLOUT_PACE_H
#define WEIR_CORE_TRIGGER_ROLLOUT_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When one workload may be written to. Times are milliseconds of a clock that
 * only goes forward; 0 is "never".
 *
 * Two writes are a pause apart. A write that did not lead to what was wanted (the
 * webhook was behind, or away) is made again after 2 s, then each time after twice
 * as long. The same change made six times is a loop: another client takes
 * it back each time. Then nothing is written until the record changes, but for
 * an image that is blank.
 */
enum {
    ROLLOUT_LOOP_MAX = 6,
    ROLLOUT_CHECK_MS = 2000, /* after a write, then doubled */
    ROLLOUT_CHECK_MAX_MS = 900000,
    ROLLOUT_RETRY_MS = 1000, /* after a failure, then doubled */
    ROLLOUT_RETRY_MAX_MS = 300000,
};

/* Zeroed: nothing was written yet. */
struct rollout_pace {
    uint64_t record;    /* of the last wish */
    int64_t written_ms; /* the last write that went well */
    int64_t retry_ms;   /* not before, since one failed */
    unsigned rollouts;  /* of this record: how often it was changed to what is wanted */
    unsigned tries;     /* writes since things were last as wanted */
    unsigned failures;  /* in a row */
    bool settled;       /* things were as wanted since the last write */
};

/* What is to be written, as a movement says. */
struct rollout_wish {
    uint64_t record;
    bool rolls; /* by itself, whatever the webhook does */
    bool fills; /* an image that is blank */
};

enum rollout_verdict { ROLLOUT_NOW, ROLLOUT_WAIT, ROLLOUT_STOPPED };

/* WAIT: until *ret_until_ms. */
enum rollout_verdict rollout_pace_ask(struct rollout_pace *pace, const struct rollout_wish *wish,
                                      int64_t pause_ms, int64_t now_ms, int64_t *ret_until_ms);
/* Nothing is to be written: things are as wanted. */
void rollout_pace_settle(struct rollout_pace *pace);
void rollout_pace_wrote(struct rollout_pace *pace, const struct rollout_wish *wish, int64_t now_ms);
/* `retry_after_ms` as the API server said; 0: it did not. */
void rollout_pace_failed(struct rollout_pace *pace, int64_t retry_after_ms, int64_t now_ms);

#endif
