/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/rollout_pace.h"

/* first, 2 first, 4 first, …, most */
static int64_t doubled(int64_t first, unsigned times, int64_t most)
{
    int64_t pause = first;

    for (unsigned i = 0; i < times && pause < most; i++)
        pause *= 2;
    return pause < most ? pause : most;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

enum rollout_verdict rollout_pace_ask(struct rollout_pace *pace, const struct rollout_wish *wish,
                                      int64_t pause_ms, int64_t now_ms, int64_t *ret_until_ms)
{
    int64_t until = pace->retry_ms;

    if (wish->record != pace->record) {
        pace->record = wish->record;
        pace->rollouts = 0;
        pace->tries = 0;
    }
    if (pace->rollouts >= ROLLOUT_LOOP_MAX && !wish->fills)
        return ROLLOUT_STOPPED;
    if (pace->written_ms > 0)
        until = later(until, pace->written_ms + pause_ms);
    if (pace->tries > 0)
        until =
            later(until, pace->written_ms + doubled(ROLLOUT_CHECK_MS, pace->tries - 1, ROLLOUT_CHECK_MAX_MS));
    *ret_until_ms = until;
    return until > now_ms ? ROLLOUT_WAIT : ROLLOUT_NOW;
}

void rollout_pace_settle(struct rollout_pace *pace)
{
    pace->settled = true;
    pace->tries = 0;
    pace->failures = 0;
    pace->retry_ms = 0;
}

void rollout_pace_wrote(struct rollout_pace *pace, const struct rollout_wish *wish, int64_t now_ms)
{
    if (wish->rolls || pace->settled || pace->rollouts == 0)
        pace->rollouts++;
    pace->settled = false;
    pace->tries++;
    pace->failures = 0;
    pace->retry_ms = 0;
    pace->written_ms = now_ms;
}

void rollout_pace_failed(struct rollout_pace *pace, int64_t retry_after_ms, int64_t now_ms)
{
    int64_t pause = doubled(ROLLOUT_RETRY_MS, pace->failures, ROLLOUT_RETRY_MAX_MS);

    if (pace->failures < UINT32_MAX)
        pace->failures++;
    pace->retry_ms = now_ms + later(pause, retry_after_ms);
}
