/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_STREAM_CLUSTER_READER_H
#define WEIR_CMD_STREAM_CLUSTER_READER_H

#include "edge/kube/list.h"
#include "edge/system/rendezvous.h"

/*
 * Reads from one API server, one thing after another, and waits for each: for
 * commands that a person runs. Owned by the thread that opened it; requests run
 * on the outbound thread, while the owner waits.
 */
struct cluster_reader {
    const struct kube_config *config;
    struct outbound *outbound;
    struct kube_client *client; /* the outbound thread's */
};

/* `config` must outlive it. */
void cluster_reader_open(struct cluster_reader *reader, const struct kube_config *config);
void cluster_reader_close(struct cluster_reader *reader);

/* One object, as JSON in the arena. Failures as kube_client_call() has them. */
MUST_CHECK int cluster_reader_get(struct cluster_reader *reader, struct arena *arena,
                                  const struct kube_place *place, struct str *ret, struct error *err);
/*
 * The names of a namespace's objects, told on the outbound thread, each valid
 * during the call.
 */
typedef void cluster_reader_name(void *ctx, struct str name);
MUST_CHECK int cluster_reader_names(struct cluster_reader *reader, const struct kube_place *place,
                                    cluster_reader_name *on_name, void *ctx, struct error *err);

#endif
