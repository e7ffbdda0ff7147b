/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CONTROLLER_CERTIFICATE_ROTATION_H
#define WEIR_CORE_CONTROLLER_CERTIFICATE_ROTATION_H

#include "base/str.h"

/*
 * What is to be done next so that API servers can always verify the webhook:
 * one step at a time, from nothing but what is in the cluster, so that a new
 * leader goes on where the old one died.
 *
 *      next CA made ──► every configuration carries both ──► grace ──► next becomes the CA, the old one
 *      previous ──► new leaf ──► grace ──► previous removed from the configurations
 *
 * A grace is waited by the leader's clock, from when it saw the state
 * itself: a new leader waits anew, and no time that others wrote is trusted.
 * Certificates are renewed when a third of their life is left.
 */
enum {
    CERTIFICATE_BACKDATE_S = 3600, /* a certificate is valid so long before it is made: clocks differ */
};

struct certificate_fact {
    bool usable;        /* it is there and is what it should be */
    bool has_key;       /* and its key belongs to it */
    int64_t not_before; /* seconds since the epoch */
    int64_t not_after;
    uint64_t id; /* tells it from others */
};

enum leaf_signer { LEAF_SIGNER_OTHER, LEAF_SIGNER_CA, LEAF_SIGNER_PREVIOUS };

enum bundle_state {
    BUNDLE_RIGHT,  /* all configurations that are there carry exactly ours */
    BUNDLE_WRONG,  /* at least one does not */
    BUNDLE_FAILED, /* that, and writing it has failed just now */
};

struct rotation_facts {
    int64_t now; /* seconds since the epoch */
    struct certificate_fact ca;
    struct certificate_fact next;
    struct certificate_fact previous; /* never with a key */
    struct certificate_fact leaf;     /* usable: with its key, and with all names */
    enum leaf_signer leaf_signer;
    struct certificate_fact leaf_ca; /* the CA that lies beside the leaf; usable: the leaf is signed by it */
    enum bundle_state bundle;
    uint64_t bundle_id; /* of what the configurations should carry */
};

/* Something that held when last looked at. */
struct rotation_sight {
    bool holds;
    uint64_t id;      /* of what it held for */
    int64_t since_ms; /* by the clock of certificate_rotation_next() */
};

/* What one leader remembers from one look to the next; zeroed when it begins to lead. */
struct rotation_memory {
    struct rotation_sight published; /* every configuration carries the bundle of this id */
    struct rotation_sight in_use;    /* the leaf is signed by the CA of this id */
};

enum rotation_step {
    ROTATION_NOTHING,
    ROTATION_MAKE_CA,        /* from nothing: there is no CA that anything depends on */
    ROTATION_RECOVER_CA,     /* the CA's Secret is lost: take the certificate beside the leaf, make a next */
    ROTATION_PUBLISH,        /* write the bundle where it is wrong */
    ROTATION_ISSUE_LEAF,     /* by the CA */
    ROTATION_MAKE_NEXT_CA,   /* instead of one that is there */
    ROTATION_PROMOTE_CA,     /* next becomes the CA, the CA previous */
    ROTATION_REMOVE_PREVIOUS /* */
};

/* `now_ms` is of a clock that never goes back; `grace_ms` is waited before promotion and before removal. */
enum rotation_step certificate_rotation_next(struct rotation_memory *memory,
                                             const struct rotation_facts *facts, int64_t now_ms,
                                             int64_t grace_ms);

/* Less than a third of its life is left, or it is not valid now. */
bool certificate_rotation_is_due(const struct certificate_fact *certificate, int64_t now);

/*
 * Lifetimes that cannot work, as a sentence; NULL: they can. A leaf must end
 * before its CA does, and two graces must fit into what is left of a CA.
 */
const char *certificate_rotation_fault(int64_t ca_ms, int64_t leaf_ms, int64_t grace_ms);

#endif
