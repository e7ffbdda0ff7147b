/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/registry_flags.h"

struct registry_client_options registry_flags_client(const struct registry_settings *settings)
{
    return (struct registry_client_options){
        .allowed = settings->allowed.items,
        .allowed_count = settings->allowed.count,
        .certs_dir = settings->certs_dir,
        .insecure_hosts = settings->insecure.items,
        .insecure_host_count = settings->insecure.count,
        .connect_timeout_ms = settings->connect_timeout,
        .lookup_timeout_ms = settings->lookup_timeout,
        .host_connections_max = (int)settings->host_connections,
        .host_rate_max = (int)settings->host_rate,
    };
}
