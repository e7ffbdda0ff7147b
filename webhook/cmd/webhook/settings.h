/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_WEBHOOK_SETTINGS_H
#define WEIR_CMD_WEBHOOK_SETTINGS_H

#include "cmd/line/options.h"

/* The flags of `weir webhook`. */
struct webhook_settings {
    struct common_settings common; /* first: the shared groups' offsets */
    const char *listen;
    const char *probe_listen;
    const char *tls_cert;
    const char *tls_key;
    const char *client_ca;
    bool no_http2;
    int64_t threads; /* 0: one a core */
    int64_t in_flight_max;
    int64_t connections_max;
    int64_t body_max;
    int64_t wait_max; /* ms, as the others */
    int64_t body_memory;
    int64_t request_timeout;
    int64_t drain_delay;
    int64_t shutdown_timeout;
    const char *log_admissions;
    struct option_list metrics_hosts;
    const char *handler;
};

#endif
