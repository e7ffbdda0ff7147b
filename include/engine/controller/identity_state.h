/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_IDENTITY_STATE_H
#define WEIR_ENGINE_CONTROLLER_IDENTITY_STATE_H

#include "base/value.h"
#include "engine/controller/certificate_maker.h"
#include "engine/controller/secret_object.h"

/*
 * What the two Secrets hold:
 *
 *   of the CAs          ca.crt ca.key       who signs
 *                       next.crt next.key   who will, once every configuration carries it
 *                       previous.crt        who did; carried until no replica serves what it signed
 *   of the webhook      tls.crt tls.key     the leaf (kubernetes.io/tls)
 *                       ca.crt              who signed it: finds the way back where the first Secret is lost
 */
enum identity_secret { IDENTITY_SECRET_CA, IDENTITY_SECRET_LEAF, IDENTITY_SECRET_COUNT };

struct identity_state {
    struct str versions[IDENTITY_SECRET_COUNT]; /* resourceVersion; empty: it is not there */
    struct certificate_pair ca;
    struct certificate_pair next;
    struct certificate_pair previous; /* without a key */
    struct certificate_pair leaf;
    struct certificate_pair leaf_ca; /* without a key */
};

/* NULL: not there. Texts are the arena's or the Secrets'. */
struct identity_state identity_state_read(struct arena *arena, const struct value *ca_secret,
                                          const struct value *leaf_secret);

/* All but `bundle`. */
struct rotation_facts identity_state_facts(const struct identity_state *state,
                                           const struct server_names *names, int64_t now);

/* What configurations are to carry: the CAs that are usable, PEM. */
struct str identity_state_bundle(struct arena *arena, const struct identity_state *state,
                                 const struct rotation_facts *facts);

/* What a step writes into which Secret. */
enum { IDENTITY_MEMBERS_MAX = 5 };
struct identity_change {
    enum identity_secret secret;
    struct secret_member members[IDENTITY_MEMBERS_MAX];
    size_t count;
};

/* Seconds. */
struct identity_lifetimes {
    int64_t ca_s;
    int64_t leaf_s;
};

/* One step, and what is made in it is made with. */
struct identity_step {
    enum rotation_step step; /* any but ROTATION_NOTHING and ROTATION_PUBLISH */
    int64_t now;             /* seconds since the epoch */
    struct server_names names;
    struct identity_lifetimes lifetimes;
};

/* Makes what is new; it is the arena's. ERROR_INVALID: the CA cannot sign, or a name is none. */
MUST_CHECK int identity_state_change(struct arena *arena, const struct identity_state *state,
                                     const struct identity_step *step, struct identity_change *ret,
                                     struct error *err);

#endif
