/* SPDX-License-Identifier: Apache-2.0 */
#include "core/controller/lease.h"

#include <assert.h>

void lease_init(struct lease *lease, const struct lease_timing *timing, struct str identity)
{
    assert(timing->retry_ms < timing->renew_ms && timing->renew_ms < timing->duration_ms);
    assert(identity.len > 0);
    *lease = (struct lease){.timing = *timing, .identity = identity};
}

/*
 * Only what holders write: a client that labels the object again and again must not
 * keep a dead leader alive.
 */
static uint64_t hash_of(const struct lease_record *record)
{
    uint64_t hash = str_hash(record->holder, (uint64_t)record->transitions);

    hash = str_hash(record->acquired, hash);
    hash = str_hash(record->renewed, hash);
    return hash ^ (uint64_t)record->duration_ms;
}

static void see(struct lease *lease, const struct lease_record *record, int64_t now_ms)
{
    uint64_t hash = hash_of(record);

    if (lease->seen && lease->seen_hash == hash)
        return;
    lease->seen = true;
    lease->seen_hash = hash;
    lease->seen_ms = now_ms;
}

static int64_t believed_until(const struct lease *lease, const struct lease_record *record)
{
    int64_t duration_ms = record->duration_ms > 0 ? record->duration_ms : lease->timing.duration_ms;
    bool is_others = record->holder.len > 0 && !str_equal(record->holder, lease->identity);

    return is_others ? lease->seen_ms + duration_ms : 0;
}

enum lease_step lease_observe(struct lease *lease, const struct lease_record *record, int64_t now_ms)
{
    if (!record) {
        lease->seen = false;
        return now_ms < lease->believed_ms ? LEASE_WAIT : LEASE_CREATE;
    }
    see(lease, record, now_ms);
    lease->believed_ms = believed_until(lease, record);
    if (str_equal(record->holder, lease->identity))
        return LEASE_RENEW;
    lease->held = false;
    return now_ms < lease->believed_ms ? LEASE_WAIT : LEASE_TAKE;
}

void lease_written(struct lease *lease, const struct lease_record *record, int64_t sent_ms, int64_t now_ms)
{
    see(lease, record, now_ms);
    lease->believed_ms = 0;
    lease->held = true;
    lease->held_ms = sent_ms;
}

void lease_drop(struct lease *lease)
{
    lease->held = false;
}

int64_t lease_left_ms(const struct lease *lease, int64_t now_ms)
{
    int64_t left = lease->held_ms + lease->timing.renew_ms - now_ms;

    return lease->held && left > 0 ? left : 0;
}
