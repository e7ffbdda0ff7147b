/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/identity_state.h"

#include <assert.h>

enum { BUNDLE_MAX = 1 << 20 };

static struct str version_of(const struct value *secret)
{
    return value_string(value_path(secret, "metadata", "resourceVersion", NULL));
}

struct identity_state identity_state_read(struct arena *arena, const struct value *ca_secret,
                                          const struct value *leaf_secret)
{
    return (struct identity_state){
        .versions =
            {[IDENTITY_SECRET_CA] = version_of(ca_secret), [IDENTITY_SECRET_LEAF] = version_of(leaf_secret)},
        .ca = {secret_object_member(arena, ca_secret, STR("ca.crt")),
               secret_object_member(arena, ca_secret, STR("ca.key"))},
        .next = {secret_object_member(arena, ca_secret, STR("next.crt")),
                 secret_object_member(arena, ca_secret, STR("next.key"))},
        .previous = {secret_object_member(arena, ca_secret, STR("previous.crt")), {NULL, 0}},
        .leaf = {secret_object_member(arena, leaf_secret, STR("tls.crt")),
                 secret_object_member(arena, leaf_secret, STR("tls.key"))},
        .leaf_ca = {secret_object_member(arena, leaf_secret, STR("ca.crt")), {NULL, 0}},
    };
}

static bool has_all_names(struct str leaf, const struct server_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (!certificate_pair_has_name(leaf, names->names[i]))
            return false;
    }
    return true;
}

static enum leaf_signer signer_of(const struct identity_state *state)
{
    if (certificate_pair_is_signed_by(state->leaf.certificate, state->ca.certificate))
        return LEAF_SIGNER_CA;
    if (certificate_pair_is_signed_by(state->leaf.certificate, state->previous.certificate))
        return LEAF_SIGNER_PREVIOUS;
    return LEAF_SIGNER_OTHER;
}

struct rotation_facts identity_state_facts(const struct identity_state *state,
                                           const struct server_names *names, int64_t now)
{
    struct rotation_facts facts = {
        .now = now,
        .ca = certificate_pair_fact(&state->ca, CERTIFICATE_CA),
        .next = certificate_pair_fact(&state->next, CERTIFICATE_CA),
        .previous = certificate_pair_fact(&state->previous, CERTIFICATE_CA),
        .leaf = certificate_pair_fact(&state->leaf, CERTIFICATE_LEAF),
        .leaf_signer = signer_of(state),
        .leaf_ca = certificate_pair_fact(&state->leaf_ca, CERTIFICATE_CA),
    };

    facts.leaf.usable =
        facts.leaf.usable && facts.leaf.has_key && has_all_names(state->leaf.certificate, names);
    facts.leaf_ca.usable = facts.leaf_ca.usable &&
                           certificate_pair_is_signed_by(state->leaf.certificate, state->leaf_ca.certificate);
    return facts;
}

struct str identity_state_bundle(struct arena *arena, const struct identity_state *state,
                                 const struct rotation_facts *facts)
{
    const struct {
        const struct certificate_fact *fact;
        struct str certificate;
    } parts[] = {{&facts->ca, state->ca.certificate},
                 {&facts->next, state->next.certificate},
                 {&facts->previous, state->previous.certificate}};
    struct text bundle;

    text_init(&bundle, arena, BUNDLE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!parts[i].fact->usable)
            continue;
        text_add(&bundle, str_trim(parts[i].certificate));
        text_add_char(&bundle, '\n');
    }
    return text_str(&bundle);
}

static void add(struct identity_change *change, struct str key, struct str value)
{
    assert(change->count < IDENTITY_MEMBERS_MAX);
    change->members[change->count++] = (struct secret_member){key, value};
}

static void add_pair(struct identity_change *change, struct str certificate_key, struct str key_key,
                     const struct certificate_pair *pair)
{
    add(change, certificate_key, pair->certificate);
    add(change, key_key, pair->key);
}

#define CA_KEYS   STR("ca.crt"), STR("ca.key")
#define NEXT_KEYS STR("next.crt"), STR("next.key")

static const struct certificate_pair no_pair;

static void promote(const struct identity_state *state, struct identity_change *change)
{
    bool usable = certificate_pair_fact(&state->ca, CERTIFICATE_CA).usable;

    add_pair(change, CA_KEYS, &state->next);
    add_pair(change, NEXT_KEYS, &no_pair);
    add(change, STR("previous.crt"), usable ? state->ca.certificate : STR(""));
}

static int issue(struct arena *arena, const struct identity_state *state, const struct identity_step *step,
                 struct identity_change *change, struct error *err)
{
    const struct certificate_leaf wanted = {step->names, {step->now, step->lifetimes.leaf_s}};
    struct certificate_pair leaf;

    if (certificate_maker_leaf(arena, &state->ca, &wanted, &leaf, err) < 0)
        return -1;
    change->secret = IDENTITY_SECRET_LEAF;
    add_pair(change, STR("tls.crt"), STR("tls.key"), &leaf);
    add(change, STR("ca.crt"), state->ca.certificate);
    return 0;
}

int identity_state_change(struct arena *arena, const struct identity_state *state,
                          const struct identity_step *step, struct identity_change *ret, struct error *err)
{
    const struct certificate_life ca_life = {step->now, step->lifetimes.ca_s};
    struct certificate_pair made;

    *ret = (struct identity_change){.secret = IDENTITY_SECRET_CA};
    switch (step->step) {
    case ROTATION_NOTHING:
    case ROTATION_PUBLISH:
        break;
    case ROTATION_MAKE_CA:
        certificate_maker_ca(arena, &ca_life, &made);
        add_pair(ret, CA_KEYS, &made);
        add_pair(ret, NEXT_KEYS, &no_pair);
        add(ret, STR("previous.crt"), STR(""));
        return 0;
    case ROTATION_RECOVER_CA:
        certificate_maker_ca(arena, &ca_life, &made);
        add_pair(ret, CA_KEYS, &state->leaf_ca);
        add_pair(ret, NEXT_KEYS, &made);
        return 0;
    case ROTATION_MAKE_NEXT_CA:
        certificate_maker_ca(arena, &ca_life, &made);
        add_pair(ret, NEXT_KEYS, &made);
        return 0;
    case ROTATION_PROMOTE_CA:
        promote(state, ret);
        return 0;
    case ROTATION_REMOVE_PREVIOUS:
        add(ret, STR("previous.crt"), STR(""));
        return 0;
    case ROTATION_ISSUE_LEAF:
        return issue(arena, state, step, ret, err);
    }
    assert(false);
    return -1;
}
