/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_FACTS_FETCH_H
#define WEIR_ENGINE_CLUSTER_FACTS_FETCH_H

#include "core/admission/revision_owner.h"
#include "core/cluster/pull_secrets.h"
#include "engine/cluster/facts.h"

/* What one admission needs to know of a cluster beside what is followed. */
struct facts_wish {
    struct str namespace;
    const struct workload_object *pulls; /* whose pull secrets are wanted; NULL: none are */
    const struct revision_owner *owner;  /* when this was made; NULL: is not wanted */
};

/*
 * The docker configs for the object's pulls, as pull_secrets_find() gives
 * them; what could not be read is among the problems, with the remedy. False: something is not
 * known, unless `old`: then what there is must do. Any thread.
 */
bool facts_find_pulls(struct cluster_facts *facts, struct arena *arena, const struct facts_wish *wish,
                      bool old, struct pull_configs *ret);
/* *ret_known: whether *ret_time is; false as above. */
bool facts_find_revision(struct cluster_facts *facts, const struct revision_owner *owner, bool old,
                         bool *ret_known, int64_t *ret_time);

/*
 * Asks for all that the wish needs and is not known. `on_done` comes once, from
 * the outbound thread, whether or not everything could be had. Any thread; the
 * wish is copied.
 */
void facts_fetch_start(struct cluster_facts *facts, const struct facts_wish *wish, void (*on_done)(void *ctx),
                       void *ctx);
/* The same, and waits for it; for the command line. */
void facts_fetch_blocking(struct cluster_facts *facts, const struct facts_wish *wish);

#endif
