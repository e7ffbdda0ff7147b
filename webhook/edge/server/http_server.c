/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_server.h"

#include "edge/metrics/metrics.h"
#include "edge/server/acceptor.h"
#include "edge/server/http_loop.h"
#include "edge/server/listen_socket.h"
#include "edge/system/monotonic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HANDSHAKE_MS = 10000,
    IDLE_MS = 125000, /* the API server's idle connections live 90 s: ours must live longer */
    GRACEFUL_MS = 5000,
    SURPLUS_IDLE_MS = 5000,  /* a connection beyond the limit that says nothing */
    DECIDING_MS_MAX = 60000, /* no answer takes longer, whatever the handler thinks */
    WORK_WAIT_MS = 100,
    IDLE_WAIT_MS = 1000,
    PROBE_CONNECTIONS_MAX = 64,
};

struct fd_message {
    h2o_multithread_message_t super;
    int fd;
    bool probe;
    bool surplus;
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory)
        abort();
    return memory;
}

/* Connections */

/* h2o swallows TLS alerts and says nothing: at most once a second we do. */
static void log_failed_handshake(struct http_loop *loop, const struct connection *connection)
{
    uint64_t now = h2o_now(loop->context.loop);
    const char *reason = connection->alert ? SSL_alert_desc_string_long(connection->alert) : "no handshake";

    counter_add(&loop->counters.handshakes_failed, 1);
    if (now < loop->next_failure_log)
        return;
    loop->next_failure_log = now + 1000;
    log_info(loop->server->options.log, "tls handshake failed", LOG_STR("reason", str_from_c(reason)));
}

static void on_close(void *data)
{
    struct connection *connection = data;
    struct http_loop *loop = connection->loop;

    read_budget_remove(&connection->reader);
    if (connection->probe) {
        atomic_fetch_sub(&loop->probe_connections, 1);
    } else {
        if (!connection->secure && !loop->stopping)
            log_failed_handshake(loop, connection);
        counter_add(&loop->counters.connections_closed, 1);
        atomic_fetch_sub(&loop->connections, 1);
    }
    free(connection);
}

/* The read BIO of a server-side SSL is h2o's: its data is the socket. */
static void on_tls_event(const SSL *ssl, int where, int value)
{
    h2o_socket_t *sock = BIO_get_data(SSL_get_rbio(ssl));
    struct connection *connection = sock ? sock->on_close.data : NULL;

    if (!connection)
        return;
    if (where & SSL_CB_HANDSHAKE_DONE)
        connection->secure = true;
    if ((where & SSL_CB_ALERT) && (where & SSL_CB_WRITE))
        connection->alert = value;
}

/* What the budget does with a socket */

static size_t reading_size(const void *socket)
{
    return ((const h2o_socket_t *)socket)->input->capacity;
}

static bool is_reading(const void *socket)
{
    return ((const h2o_socket_t *)socket)->_cb.read != NULL;
}

static budget_read *stop_reading(void *socket)
{
    h2o_socket_cb read = ((h2o_socket_t *)socket)->_cb.read;

    h2o_socket_read_stop(socket);
    return (budget_read *)read;
}

static void go_on_reading(void *socket, budget_read *read)
{
    h2o_socket_read_start(socket, (h2o_socket_cb)read);
}

static const struct budget_socket budget_socket = {reading_size, is_reading, stop_reading, go_on_reading};

static void serve(struct http_loop *loop, const struct fd_message *message)
{
    struct connection *connection = allocate(sizeof *connection);

    listen_socket_tune(message->fd);
    h2o_socket_t *sock =
        h2o_evloop_socket_create(loop->context.loop, message->fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    *connection = (struct connection){.loop = loop, .probe = message->probe, .surplus = message->surplus};
    sock->on_close.cb = on_close;
    sock->on_close.data = connection;
    connection->reader.socket = sock;
    read_budget_add(&loop->budget, &connection->reader);
    if (!message->probe)
        counter_add(&loop->counters.connections_opened, 1);
    h2o_accept(message->probe ? &loop->probe_accept : &loop->accept, sock);
}

static void on_inbox(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct http_loop *loop = H2O_STRUCT_FROM_MEMBER(struct http_loop, inbox, receiver);

    while (!h2o_linklist_is_empty(messages)) {
        struct fd_message *message = H2O_STRUCT_FROM_MEMBER(struct fd_message, super.link, messages->next);
        h2o_linklist_unlink(&message->super.link);
        serve(loop, message);
        free(message);
    }
}

/* Dealing, on the acceptor's thread */

static size_t connections_of(struct http_loop *loop)
{
    return atomic_load_explicit(&loop->connections, memory_order_relaxed);
}

size_t http_server_connections(const struct http_server *server)
{
    size_t sum = 0;

    for (size_t i = 0; i < server->options.threads; i++)
        sum += connections_of(&server->loops[i]);
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
        if (connections_of(loop) < connections_of(best))
            best = loop;
    }
    return best;
}

static void send_to(struct http_loop *loop, int fd, bool probe, bool surplus)
{
    struct fd_message *message = allocate(sizeof *message);

    message->fd = fd;
    message->probe = probe;
    message->surplus = surplus;
    atomic_fetch_add(probe ? &loop->probe_connections : &loop->connections, 1);
    h2o_multithread_send_message(&loop->inbox, &message->super);
}

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
    send_to(probe ? &server->loops[0] : choose_loop(server), fd, probe, count >= limit);
}

/* The watchdog: what h2o lets live for ever */

static int64_t age_ms(const struct http_loop *loop, const struct timeval *since)
{
    return (int64_t)h2o_now(loop->context.loop) -
           ((int64_t)since->tv_sec * 1000 + (int64_t)since->tv_usec / 1000);
}

static bool is_overdue(const struct http_loop *loop, const h2o_req_t *req)
{
    int64_t limit = loop->server->options.request_timeout_ms;

    if (req->headers.size > REQUEST_FIELDS_MAX)
        return true;
    if (req->timestamps.response_start_at.tv_sec != 0)
        return age_ms(loop, &req->timestamps.response_start_at) > limit;
    if (req->processed_at.at.tv_sec != 0)
        return age_ms(loop, &req->processed_at.at) > DECIDING_MS_MAX;
    return age_ms(loop, &req->timestamps.request_begin_at) > limit;
}

/* Only ever shuts the file descriptor down: the loop then finds the end by itself. */
static int watch(h2o_req_t *req, void *data)
{
    struct http_loop *loop = data;
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    struct connection *connection = sock->on_close.data;
    bool idle = req->timestamps.request_begin_at.tv_sec == 0;
    bool cut;

    if (idle)
        cut = loop->stopping ||
              (connection->surplus && age_ms(loop, &req->conn->connected_at) > SURPLUS_IDLE_MS);
    else
        cut = is_overdue(loop, req);
    if (!cut)
        return 0;
    if (!idle)
        counter_add(&loop->counters.requests_cut, 1);
    read_budget_remove(&connection->reader); /* who waits unread would not hear of it */
    shutdown(h2o_socket_get_fd(sock), SHUT_RDWR);
    return 0;
}

static void watch_context(struct http_loop *loop, h2o_context_t *context)
{
    context->globalconf->http1.callbacks.foreach_request(context, watch, loop);
    context->globalconf->http2.callbacks.foreach_request(context, watch, loop);
}

static bool has_probes(const struct http_loop *loop)
{
    return loop->index == 0 && loop->server->options.probe_listen;
}

static void tick(struct http_loop *loop)
{
    uint64_t now = h2o_now(loop->context.loop);

    if (now < loop->next_tick && loop->next_tick - now <= HTTP_TICK_MS)
        return;
    loop->next_tick = now + HTTP_TICK_MS;
    watch_context(loop, &loop->context);
    if (has_probes(loop))
        watch_context(loop, &loop->probe_context);
}

/* The loop */

static void begin_stop(struct http_loop *loop)
{
    loop->stopping = true;
    h2o_context_request_shutdown(&loop->context);
    if (has_probes(loop))
        h2o_context_request_shutdown(&loop->probe_context);
    loop->next_tick = 0;
}

static void prepare(struct http_loop *loop)
{
    struct http_server *server = loop->server;
    h2o_evloop_t *evloop = h2o_evloop_create();

    h2o_context_init(&loop->context, evloop, &server->config);
    h2o_multithread_register_receiver(loop->context.queue, &loop->inbox, on_inbox);
    loop->accept = (h2o_accept_ctx_t){
        .ctx = &loop->context, .hosts = server->config.hosts, .ssl_ctx = server->options.tls};
    if (has_probes(loop)) {
        h2o_context_init(&loop->probe_context, evloop, &server->probe_config);
        loop->probe_accept =
            (h2o_accept_ctx_t){.ctx = &loop->probe_context, .hosts = server->probe_config.hosts};
    }
    atomic_store(&loop->turned, monotonic_ms());
}

static int32_t wait_of(struct http_loop *loop)
{
    bool idle = connections_of(loop) == 0 && !loop->stopping && atomic_load(&loop->probe_connections) == 0;

    return idle ? IDLE_WAIT_MS : WORK_WAIT_MS;
}

static void *run(void *arg)
{
    struct http_loop *loop = arg;
    struct http_server *server = loop->server;

    prepare(loop);
    rendezvous_arrive(&server->ready);
    for (;;) {
        h2o_evloop_run(loop->context.loop, wait_of(loop)); /* -1 on EINTR is nothing */
        atomic_store_explicit(&loop->turned, monotonic_ms(), memory_order_relaxed);
        tick(loop);
        read_budget_settle(&loop->budget);
        if (atomic_load_explicit(&server->phase, memory_order_relaxed) != PHASE_STOPPING)
            continue;
        if (!loop->stopping)
            begin_stop(loop);
        else if (atomic_load(&loop->connections) == 0)
            break;
    }
    rendezvous_arrive(&server->ended);
    while (pause() < 0) /* until the process ends: h2o keeps spare memory in this thread's own variables */
        ;
    return NULL;
}

/* The server */

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
    struct http_server *server = allocate(sizeof *server);

    server->options = *options;
    server->fds[LISTENER_TLS] = server->fds[LISTENER_PROBE] = -1; /* poll() looks at no such one */
    if (open_listeners(server, err) < 0) {
        free(server);
        return -1;
    }
    /* h2o moves a buffer that grows to a file in /tmp, which a read-only root has not. */
    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
    if (options->tls)
        SSL_CTX_set_info_callback(options->tls, on_tls_event);
    server->hosts[LISTENER_TLS] = configure(&server->config);
    server->hosts[LISTENER_PROBE] = configure(&server->probe_config);
    rendezvous_init(&server->ready);
    rendezvous_init(&server->ended);
    server->loops = allocate(options->threads * sizeof *server->loops);
    for (size_t i = 0; i < options->threads; i++) {
        struct http_loop *loop = &server->loops[i];
        struct read_budget budget = {.socket = &budget_socket,
                                     .limit = options->body_memory / options->threads,
                                     .holds = &loop->counters.reads_held};

        *loop = (struct http_loop){.server = server, .index = i, .budget = budget};
    }
    *ret = server;
    return 0;
}

struct st_h2o_hostconf_t *http_server_host(struct http_server *server, enum listener listener)
{
    return server->hosts[listener];
}

struct answer_handler {
    h2o_handler_t super;
    http_answer *answer;
    void *ctx;
};

static int on_question(h2o_handler_t *super, h2o_req_t *req)
{
    const struct answer_handler *handler = (const struct answer_handler *)super;
    struct str whole = {req->path.base, req->path.len};
    struct http_question question = {
        .path = {req->path_normalized.base, req->path_normalized.len},
        .query = req->query_at == SIZE_MAX ? STR("") : str_from(whole, req->query_at + 1),
        .get = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("GET")) ||
               h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD")),
    };

    handler->answer(handler->ctx, &question, req);
    return 0;
}

void http_server_answer(struct http_server *server, enum listener listener, http_answer *answer, void *ctx)
{
    h2o_pathconf_t *path = h2o_config_register_path(http_server_host(server, listener), "/", 0);
    struct answer_handler *handler = (struct answer_handler *)h2o_create_handler(path, sizeof *handler);

    handler->super.on_req = on_question;
    handler->answer = answer;
    handler->ctx = ctx;
}

const char *http_server_address(const struct http_server *server, enum listener listener)
{
    return server->addresses[listener];
}

void http_server_start(struct http_server *server)
{
    for (size_t i = 0; i < server->options.threads; i++)
        if (pthread_create(&server->loops[i].thread, NULL, run, &server->loops[i]) != 0 ||
            pthread_detach(server->loops[i].thread) != 0)
            abort();
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
        h2o_multithread_send_message(&server->loops[i].inbox, NULL); /* wakes */
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

bool http_request_is_surplus(const struct st_h2o_req_t *req)
{
    return http_connection_of(req)->surplus;
}

size_t http_loop_index(const struct st_h2o_context_t *context)
{
    return H2O_STRUCT_FROM_MEMBER(struct http_loop, context, context)->index;
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
