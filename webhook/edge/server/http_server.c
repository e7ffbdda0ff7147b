/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_server.h"

#include "base/memory.h"
#include "edge/metrics/metrics.h"
#include "edge/server/acceptor.h"
#include "edge/server/http_dispatch.h"
#include "edge/server/http_loop.h"
#include "edge/system/monotonic.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    HANDSHAKE_MS = 10000,
    IDLE_MS = 125000, /* the API server's idle connections live 90 s: ours must live longer */
    GRACEFUL_MS = 5000,
    PROBE_CONNECTIONS_MAX = 64,
};

size_t http_server_connections(const struct http_server *server)
{
    size_t sum = 0;

    for (size_t i = 0; i < server->options.threads; i++)
        sum += http_loop_connections(&server->loops[i]);
    return sum;
}

/* The loop with the fewest connections; of equals the next in turn. */
static struct http_loop *choose_loop(struct http_server *server)
{
    size_t threads = server->options.threads;
    size_t start = server->next_loop++ % threads;
    struct http_loop *best = &server->loops[start];

    for (size_t i = 1; i < threads; i++) {
        struct http_loop *loop = &server->loops[(start + i) % threads];
        if (http_loop_connections(loop) < http_loop_connections(best))
            best = loop;
    }
    return best;
}

/* On the acceptor's thread, as all of the dealing. */
static void deal(void *ctx, int fd, size_t listener)
{
    struct http_server *server = ctx;
    bool probe = listener == LISTENER_PROBE;
    size_t limit = probe ? PROBE_CONNECTIONS_MAX : server->options.connections_max;
    size_t count = probe ? atomic_load(&server->loops[0].probe_connections) : http_server_connections(server);

    if (count >= limit + (probe ? 0 : HTTP_SURPLUS_MAX)) {
        if (!probe)
            counter_add(&server->connections_refused, 1);
        close(fd);
        return;
    }
    http_loop_send(probe ? &server->loops[0] : choose_loop(server), fd, probe, count >= limit);
}

static h2o_hostconf_t *configure(h2o_globalconf_t *config)
{
    h2o_config_init(config);
    config->server_name = (h2o_iovec_t){NULL, 0};
    config->max_request_entity_size = HTTP_BODY_HARD_MAX;
    config->handshake_timeout = HANDSHAKE_MS;
    config->http1.req_timeout = IDLE_MS;
    config->http1.upgrade_to_http2 = 0;
    config->http2.idle_timeout = IDLE_MS;
    config->http2.graceful_shutdown_timeout = GRACEFUL_MS;
    return h2o_config_register_host(config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
}

static int open_listeners(struct http_server *server, struct error *err)
{
    const struct http_server_options *options = &server->options;

    if (options->listen && listen_socket_open(options->listen, &server->fds[LISTENER_TLS],
                                              server->addresses[LISTENER_TLS], err) < 0)
        return -1;
    if (!options->probe_listen || listen_socket_open(options->probe_listen, &server->fds[LISTENER_PROBE],
                                                     server->addresses[LISTENER_PROBE], err) == 0)
        return 0;
    close(server->fds[LISTENER_TLS]); /* -1 is none to close */
    return -1;
}

int http_server_open(const struct http_server_options *options, struct http_server **ret, struct error *err)
{
    struct http_server *server = memory_zeroed(1, sizeof *server);

    server->options = *options;
    server->fds[LISTENER_TLS] = server->fds[LISTENER_PROBE] = -1; /* poll() looks at no such one */
    if (open_listeners(server, err) < 0) {
        free(server);
        return -1;
    }
    /* h2o moves a buffer that grows to a file in /tmp, which a read-only root has not. */
    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
    if (options->tls)
        http_loop_follow_handshakes(options->tls);
    for (size_t i = 0; i < LISTENER_COUNT; i++)
        server->hosts[i] = configure(&server->configs[i]);
    rendezvous_init(&server->ready);
    rendezvous_init(&server->ended);
    server->loops = memory_zeroed(options->threads, sizeof *server->loops);
    for (size_t i = 0; i < options->threads; i++)
        http_loop_init(&server->loops[i], server, i);
    *ret = server;
    return 0;
}

void http_server_handle(struct http_server *server, enum listener listener,
                        const struct http_handler *handler)
{
    server->handlers[listener] = *handler;
    http_dispatch_register(server->hosts[listener], &server->handlers[listener]);
}

const char *http_server_address(const struct http_server *server, enum listener listener)
{
    return server->addresses[listener];
}

void http_server_start(struct http_server *server)
{
    for (size_t i = 0; i < server->options.threads; i++)
        http_loop_start(&server->loops[i]);
    (void)rendezvous_wait(&server->ready, server->options.threads, -1);
    server->acceptor = acceptor_start(server->fds, server->options.probe_listen ? 2 : 1, deal, server);
}

void http_server_drain(struct http_server *server)
{
    atomic_store(&server->phase, PHASE_DRAINING);
}

bool http_server_stop(struct http_server *server, int64_t timeout_ms)
{
    acceptor_stop(server->acceptor);
    atomic_store(&server->phase, PHASE_STOPPING);
    for (size_t i = 0; i < server->options.threads; i++)
        http_loop_wake(&server->loops[i]);
    return rendezvous_wait(&server->ended, server->options.threads, timeout_ms);
}

bool http_server_is_alive(struct http_server *server)
{
    int64_t oldest = monotonic_ms() - HTTP_ALIVE_MS;

    for (size_t i = 0; i < server->options.threads; i++)
        if (atomic_load_explicit(&server->loops[i].turned, memory_order_relaxed) < oldest)
            return false;
    return true;
}

void http_server_write_metrics(void *ctx, struct text *out)
{
    const struct http_server *server = ctx;
    struct http_counters sum = {0};

    for (size_t i = 0; i < server->options.threads; i++)
        http_counters_add(&sum, &server->loops[i].counters);
    http_counters_write(&sum, out);
    metrics_counter(out, "weir_connections_refused_total", "Connections closed at once: beyond the limit.",
                    counter_read(&server->connections_refused));
}
