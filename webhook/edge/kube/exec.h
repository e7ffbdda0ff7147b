/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_EXEC_H
#define WEIR_EDGE_KUBE_EXEC_H

#include "edge/kube/config.h"
#include "edge/outbound/outbound.h"

/*
 * One run of a program that hands out credentials (client.authentication.k8s.io,
 * client-go, plugin/pkg/client/auth/exec): without a terminal and without our
 * standard input; what it says on standard error goes to ours. The outbound
 * thread's alone; the program is looked after by a timer, nothing waits for it.
 */
enum {
    KUBE_EXEC_OUTPUT_MAX = 1 << 20, /* bytes */
    KUBE_EXEC_MS = 30000,           /* then it is killed, with its process group */
};

/* All texts are the arena's given to kube_exec_read(). */
struct kube_exec_credential {
    struct str token;
    struct str client_certificate_pem;
    struct str client_key_pem;
    int64_t expires; /* seconds since the epoch; 0: not said */
};

/* What a program printed: an ExecCredential of that version. Messages hold nothing of it. */
MUST_CHECK int kube_exec_read(struct arena *arena, struct str output, struct str api_version,
                              struct kube_exec_credential *ret, struct error *err);

struct kube_exec_run;
/* `output` is valid during the call; `err` NULL: it ended with 0. */
typedef void kube_exec_done(void *ctx, struct str output, const struct error *err);

/* `config` is of the server and the program. on_done is never called before this has returned. */
struct kube_exec_run *kube_exec_start(struct outbound *outbound, const struct kube_config *config,
                                      kube_exec_done *on_done, void *ctx);
/* Kills it; on_done will not be called. */
void kube_exec_cancel(struct kube_exec_run *run);

#endif
