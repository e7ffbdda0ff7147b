/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_loop.h"

#include "base/memory.h"
#include "edge/system/monotonic.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SURPLUS_IDLE_MS = 5000,  /* a connection beyond the limit that says nothing */
    DECIDING_MS_MAX = 60000, /* no answer takes longer, whatever the handler thinks */
    WATCH_MS = 100,          /* how often the watchdog looks at deadlines */
    WORK_WAIT_MS = 100,
    IDLE_WAIT_MS = 1000,
};

/* A connection on its way to its loop. */
struct fd_message {
    struct http_message message;
    struct http_loop *loop;
    int fd;
    bool probe;
    bool surplus;
};

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

void http_loop_follow_handshakes(SSL_CTX *tls)
{
    SSL_CTX_set_info_callback(tls, on_tls_event);
}

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

/* What the budget does with a socket. */
static const struct budget_socket budget_socket = {reading_size, is_reading, stop_reading, go_on_reading};

static void serve(const struct fd_message *sent)
{
    struct http_loop *loop = sent->loop;
    struct connection *connection = memory_zeroed(1, sizeof *connection);

    listen_socket_tune(sent->fd);
    h2o_socket_t *sock =
        h2o_evloop_socket_create(loop->context.loop, sent->fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    *connection = (struct connection){.loop = loop, .probe = sent->probe, .surplus = sent->surplus};
    sock->on_close.cb = on_close;
    sock->on_close.data = connection;
    connection->reader.socket = sock;
    read_budget_add(&loop->budget, &connection->reader);
    if (!sent->probe)
        counter_add(&loop->counters.connections_opened, 1);
    h2o_accept(sent->probe ? &loop->probe_accept : &loop->accept, sock);
}

static void on_connection(struct http_message *message)
{
    struct fd_message *sent = CONTAINER_OF(struct fd_message, message, message);

    serve(sent);
    free(sent);
}

void http_loop_send(struct http_loop *loop, int fd, bool probe, bool surplus)
{
    struct fd_message *message = memory_zeroed(1, sizeof *message);

    *message = (struct fd_message){
        .message.on_arrival = on_connection, .loop = loop, .fd = fd, .probe = probe, .surplus = surplus};
    atomic_fetch_add(probe ? &loop->probe_connections : &loop->connections, 1);
    http_inbox_post(&loop->inbox, &message->message);
}

/*
 * The bell is rung when the inbox is no longer empty, and not again before it
 * has been answered and the inbox emptied: one message of h2o's does for all.
 */
static void ring(struct http_inbox *inbox)
{
    struct http_loop *loop = CONTAINER_OF(struct http_loop, inbox, inbox);

    h2o_multithread_send_message(&loop->receiver, &loop->bell);
}

static void on_bell(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct http_loop *loop = CONTAINER_OF(struct http_loop, receiver, receiver);

    (void)messages; /* the bell alone */
    h2o_linklist_unlink(&loop->bell.link);
    http_inbox_deliver(&loop->inbox);
}

void http_loop_wake(struct http_loop *loop)
{
    h2o_multithread_send_message(&loop->receiver, NULL);
}

size_t http_loop_connections(const struct http_loop *loop)
{
    return atomic_load_explicit(&loop->connections, memory_order_relaxed);
}

static int64_t age_ms(const struct http_loop *loop, const struct timeval *since)
{
    return (int64_t)h2o_now(loop->context.loop) -
           ((int64_t)since->tv_sec * 1000 + (int64_t)since->tv_usec / 1000);
}

/* What h2o would let live for ever. */
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
    read_budget_remove(&connection->reader); /* the end is found by reading: a held socket would miss it */
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

/* The watchdog, every WATCH_MS; at once where the clock was set back. */
static void watch_all(struct http_loop *loop)
{
    uint64_t now = h2o_now(loop->context.loop);

    if (now < loop->next_watch && loop->next_watch - now <= WATCH_MS)
        return;
    loop->next_watch = now + WATCH_MS;
    watch_context(loop, &loop->context);
    if (has_probes(loop))
        watch_context(loop, &loop->probe_context);
}

static void begin_stop(struct http_loop *loop)
{
    loop->stopping = true;
    h2o_context_request_shutdown(&loop->context);
    if (has_probes(loop))
        h2o_context_request_shutdown(&loop->probe_context);
    loop->next_watch = 0;
}

static void prepare(struct http_loop *loop)
{
    struct http_server *server = loop->server;
    h2o_evloop_t *evloop = h2o_evloop_create();

    h2o_context_init(&loop->context, evloop, &server->configs[LISTENER_TLS]);
    h2o_multithread_register_receiver(loop->context.queue, &loop->receiver, on_bell);
    loop->accept = (h2o_accept_ctx_t){
        .ctx = &loop->context, .hosts = server->configs[LISTENER_TLS].hosts, .ssl_ctx = server->options.tls};
    if (has_probes(loop)) {
        h2o_context_init(&loop->probe_context, evloop, &server->configs[LISTENER_PROBE]);
        loop->probe_accept =
            (h2o_accept_ctx_t){.ctx = &loop->probe_context, .hosts = server->configs[LISTENER_PROBE].hosts};
    }
    atomic_store(&loop->turned, monotonic_ms());
}

static int32_t wait_of(struct http_loop *loop)
{
    bool idle =
        http_loop_connections(loop) == 0 && !loop->stopping && atomic_load(&loop->probe_connections) == 0;

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
        watch_all(loop);
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

void http_loop_init(struct http_loop *loop, struct http_server *server, size_t index)
{
    loop->server = server;
    loop->index = index;
    loop->budget = (struct read_budget){.socket = &budget_socket,
                                        .limit = server->options.body_memory / server->options.threads,
                                        .holds = &loop->counters.reads_held};
    for (size_t i = 0; i < REPLY_ROOMS; i++)
        loop->reply_rooms[i] = h2o_mem_alloc_shared(NULL, REPLY_ROOM, NULL);
    http_inbox_init(&loop->inbox, ring);
}

void http_loop_start(struct http_loop *loop)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, loop) != 0 || pthread_detach(thread) != 0)
        abort();
}
