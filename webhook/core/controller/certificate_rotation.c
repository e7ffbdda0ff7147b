/* SPDX-License-Identifier: Apache-2.0 */
#include "core/controller/certificate_rotation.h"

#include <stddef.h>

static bool is_valid(const struct certificate_fact *certificate, int64_t now)
{
    return certificate->usable && certificate->not_before <= now && now < certificate->not_after;
}

bool certificate_rotation_is_due(const struct certificate_fact *certificate, int64_t now)
{
    int64_t life = certificate->not_after - certificate->not_before - CERTIFICATE_BACKDATE_S;

    return !is_valid(certificate, now) || (certificate->not_after - now) * 3 <= life;
}

static void remember(struct rotation_sight *sight, bool holds, uint64_t id, int64_t now_ms)
{
    if (holds && (!sight->holds || sight->id != id))
        sight->since_ms = now_ms;
    sight->holds = holds;
    sight->id = id;
}

static bool has_held_for(const struct rotation_sight *sight, int64_t now_ms, int64_t grace_ms)
{
    return sight->holds && now_ms - sight->since_ms >= grace_ms;
}

static bool can_sign(const struct certificate_fact *ca, int64_t now)
{
    return is_valid(ca, now) && ca->has_key;
}

/* Without a CA nothing else can be done. */
static enum rotation_step replace_ca(const struct rotation_facts *facts)
{
    if (can_sign(&facts->next, facts->now))
        return ROTATION_PROMOTE_CA;
    if (is_valid(&facts->leaf, facts->now) && is_valid(&facts->leaf_ca, facts->now))
        return ROTATION_RECOVER_CA;
    return ROTATION_MAKE_CA;
}

/* This leaf serves no client, or soon no client can verify it. */
static bool is_leaf_bad(const struct rotation_facts *facts)
{
    return !is_valid(&facts->leaf, facts->now) || facts->leaf_signer == LEAF_SIGNER_OTHER;
}

static bool wants_leaf(const struct rotation_facts *facts)
{
    return is_leaf_bad(facts) || facts->leaf_signer != LEAF_SIGNER_CA ||
           certificate_rotation_is_due(&facts->leaf, facts->now);
}

/* A CA without its key serves what it has signed, but not longer than that is good. */
static enum rotation_step replace_leaf(const struct rotation_facts *facts)
{
    if (can_sign(&facts->ca, facts->now))
        return ROTATION_ISSUE_LEAF;
    if (!is_leaf_bad(facts))
        return ROTATION_NOTHING;
    return can_sign(&facts->next, facts->now) ? ROTATION_PROMOTE_CA : ROTATION_MAKE_NEXT_CA;
}

static enum rotation_step replace_next(const struct rotation_memory *memory,
                                       const struct rotation_facts *facts, int64_t now_ms, int64_t grace_ms)
{
    if (!can_sign(&facts->next, facts->now))
        return ROTATION_MAKE_NEXT_CA;
    if (has_held_for(&memory->published, now_ms, grace_ms))
        return ROTATION_PROMOTE_CA;
    return ROTATION_NOTHING;
}

static enum rotation_step advance_ca(const struct rotation_memory *memory, const struct rotation_facts *facts,
                                     int64_t now_ms, int64_t grace_ms)
{
    if (facts->next.usable)
        return replace_next(memory, facts, now_ms, grace_ms);
    if (facts->previous.usable)
        return has_held_for(&memory->in_use, now_ms, grace_ms) ? ROTATION_REMOVE_PREVIOUS : ROTATION_NOTHING;
    if (!facts->ca.has_key || certificate_rotation_is_due(&facts->ca, facts->now))
        return ROTATION_MAKE_NEXT_CA;
    return ROTATION_NOTHING;
}

enum rotation_step certificate_rotation_next(struct rotation_memory *memory,
                                             const struct rotation_facts *facts, int64_t now_ms,
                                             int64_t grace_ms)
{
    enum rotation_step step = ROTATION_NOTHING;
    bool in_use = facts->leaf.usable && facts->leaf_signer == LEAF_SIGNER_CA;

    remember(&memory->published, facts->bundle == BUNDLE_RIGHT, facts->bundle_id, now_ms);
    remember(&memory->in_use, in_use, facts->ca.id, now_ms);
    if (!is_valid(&facts->ca, facts->now))
        return replace_ca(facts);
    if (facts->bundle == BUNDLE_WRONG)
        return ROTATION_PUBLISH;
    if (wants_leaf(facts))
        step = replace_leaf(facts);
    return step != ROTATION_NOTHING ? step : advance_ca(memory, facts, now_ms, grace_ms);
}

const char *certificate_rotation_fault(int64_t ca_ms, int64_t leaf_ms, int64_t grace_ms)
{
    if (ca_ms / 3 < leaf_ms)
        return "a CA must live three times as long as a certificate, or longer";
    if (leaf_ms / 3 < grace_ms)
        return "the grace of a rotation must be within a third of the certificate's life";
    return NULL;
}
