/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_SETTINGS_H
#define WEIR_CMD_CONTROLLER_SETTINGS_H

#include "cmd/line/options.h"

/* The flags of `weir controller`. */
struct controller_settings {
    struct registry_settings registry; /* first: the shared group's offsets */
    const char *kubeconfig;
    const char *context;
    const char *namespace; /* NULL: the account's or the context's */
    const char *service;
    const char *ca_secret;
    const char *tls_secret;
    struct option_list mutating;   /* empty: weir */
    struct option_list validating; /* empty: weir */
    struct option_list server_names;
    int64_t ca_lifetime; /* ms, as all below */
    int64_t certificate_lifetime;
    int64_t rotation_grace;
    int64_t check_period;
    const char *lease_name;
    int64_t lease_duration;
    int64_t renew_deadline;
    int64_t retry_period;
    bool follow;
    struct option_list registry_hosts;
    int64_t workload_pause; /* ms */
    int64_t rollouts_a_minute;
    const char *probe_listen;
    int64_t import_interval; /* ms, as the other times */
    int64_t minimum_interval;
    int64_t retry_pause;
    int64_t record_checks;
    int64_t history_limit;
    int64_t object_limit; /* bytes */
    const char *platform; /* NULL: linux, and the architecture of this program */
};

#endif
