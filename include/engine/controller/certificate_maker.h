/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_CERTIFICATE_MAKER_H
#define WEIR_ENGINE_CONTROLLER_CERTIFICATE_MAKER_H

#include "base/arena.h"
#include "base/error.h"
#include "engine/controller/certificate_pair.h"

/*
 * Makes certificates: ECDSA P-256, SHA-256, serials of 127 random bits, valid
 * from CERTIFICATE_BACKDATE_S before `now`. Texts of results are the arena's.
 */
struct certificate_life {
    int64_t now;     /* seconds since the epoch */
    int64_t seconds; /* from now; a leaf never outlives its CA */
};

/* DNS names and IP addresses; borrowed. */
struct server_names {
    const struct str *names;
    size_t count;
};

/* What a leaf is to be. */
struct certificate_leaf {
    struct server_names names;
    struct certificate_life life;
};

/* Signs itself; may sign leaves only. Its name is "weir CA" and a part of its serial. */
void certificate_maker_ca(struct arena *arena, const struct certificate_life *life,
                          struct certificate_pair *ret);

/* For TLS servers. ERROR_INVALID: the CA, or a name, is none. */
MUST_CHECK int certificate_maker_leaf(struct arena *arena, const struct certificate_pair *ca,
                                      const struct certificate_leaf *wanted, struct certificate_pair *ret,
                                      struct error *err);

#endif
