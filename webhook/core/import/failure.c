/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/failure.h"

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

static bool passes_by_itself(enum registry_failure kind)
{
    return kind == REGISTRY_FAILURE_UNREACHABLE || kind == REGISTRY_FAILURE_NOT_FOUND;
}

static int64_t doubled(int64_t pause, int64_t attempts, int64_t max)
{
    for (; attempts > 1 && pause < max; attempts--)
        pause *= 2;
    return pause < max ? pause : max;
}

/* From nine to eleven tenths of it. */
static int64_t spread(int64_t pause, uint64_t seed)
{
    return pause - pause / 10 + (int64_t)(seed % (uint64_t)(pause / 5 + 1));
}

/* Before it is spread. */
static int64_t pause_of(const struct import_settings *settings, enum registry_failure kind, int64_t attempts,
                        int64_t interval)
{
    int64_t max = interval > 0 && interval < FAILURE_PAUSE_MAX ? interval : FAILURE_PAUSE_MAX;

    if (passes_by_itself(kind))
        return doubled(settings->retry_pause, attempts, max);
    return doubled(settings->retry_pause * FAILURE_LONG_PAUSE_TIMES, attempts, FAILURE_LONG_PAUSE_MAX);
}

int64_t import_failure_pause(const struct import_settings *settings, const struct import_failure *failure,
                             int64_t interval, uint64_t seed)
{
    if (failure->kind == REGISTRY_FAILURE_TOO_MANY_REQUESTS && failure->retry_after > 0)
        return clamp(failure->retry_after, FAILURE_ASKED_PAUSE_MIN, FAILURE_LONG_PAUSE_MAX);
    return spread(pause_of(settings, failure->kind, failure->attempts, interval), seed);
}

bool import_failure_pause_grows(const struct import_settings *settings, const struct import_failure *failure,
                                int64_t interval)
{
    return failure->attempts <= 1 || pause_of(settings, failure->kind, failure->attempts, interval) >
                                         pause_of(settings, failure->kind, failure->attempts - 1, interval);
}

bool import_failure_is_due(const struct import_settings *settings, const struct import_failure *failure,
                           int64_t interval, struct stream_time recorded, int64_t next)
{
    int64_t lag = next - recorded.at;

    return !recorded.known || import_failure_pause_grows(settings, failure, interval) ||
           lag >= FAILURE_LAG_MAX || lag <= -FAILURE_LAG_MAX;
}
