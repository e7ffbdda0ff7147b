/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_request.h"

#include "edge/server/http_reply.h"
#include "edge/server/http_server.h"
#include "edge/system/rendezvous.h"
#include "test.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

/*
 * One server for all tests, with these paths: /held is held until the test
 * posts `release`, /ticked until the second tick, all others are answered at
 * once with what the handler saw of them.
 */
struct held {
    struct http_request http;
};

static struct http_server *server;
static struct http_message release;
static struct http_inbox *inbox;
static struct held *waiting; /* the loop's thread, as the next two */
static size_t ticks;
static size_t ticks_wanted;
static struct rendezvous is_held, is_gone;

static void answer(const struct http_request *http, const char *text)
{
    http_reply_sentence(http, 200, str_from_c(text));
}

static void on_release(struct http_message *message)
{
    CHECK(message == &release && waiting);
    answer(&waiting->http, "released");
}

static void on_gone(void *memory)
{
    CHECK(memory == waiting);
    waiting = NULL;
    rendezvous_arrive(&is_gone);
}

static void hold(const struct http_request *http)
{
    struct held *held = http_request_hold(http, sizeof *held, on_gone);

    CHECK(!held->http.own && !held->http.body.ptr);
    held->http = *http;
    waiting = held;
    inbox = http->inbox;
    ticks = 0;
    ticks_wanted = str_equal(http->path, STR("/ticked")) ? 2 : 0;
    rendezvous_arrive(&is_held);
}

static void on_request(void *ctx, const struct http_request *http)
{
    char text[400];

    CHECK(ctx == &server && http->loop == 0 && !http->is_surplus);
    if (str_equal(http->path, STR("/held")) || str_equal(http->path, STR("/ticked"))) {
        hold(http);
    } else if (str_equal(http->path, STR("/posted-only"))) {
        http_reply_wrong_method(http, STR("POST"), STR("use POST"));
    } else {
        (void)snprintf(text, sizeof text, STR_FMT " " STR_FMT " %s" STR_FMT " json=%d get=%d " STR_FMT,
                       STR_ARG(http->method), STR_ARG(http->path), http->query.ptr ? "?" : "",
                       STR_ARG(http->query), http_request_has_type(http, STR("application/json")),
                       http_request_is_get(http), STR_ARG(http->body));
        answer(http, text);
    }
}

static void on_tick(void *ctx, size_t loop)
{
    CHECK(ctx == &server && loop == 0 && waiting);
    if (waiting && ++ticks == ticks_wanted)
        answer(&waiting->http, "ticked");
}

static void start(void)
{
    const struct http_server_options options = {
        .probe_listen = "127.0.0.1:0", .threads = 1, .request_timeout_ms = WAIT_MS};
    struct error err;

    if (server)
        return;
    rendezvous_init(&is_held);
    rendezvous_init(&is_gone);
    if (http_server_open(&options, &server, &err) < 0)
        abort();
    http_server_handle(server, LISTENER_PROBE,
                       &(struct http_handler){.on_request = on_request, .on_tick = on_tick, .ctx = &server});
    http_server_start(server);
}

/* A connection on which `request` has been sent. */
static int send_request(const char *request)
{
    const char *address = http_server_address(server, LISTENER_PROBE);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        abort();
    return fd;
}

/* All that comes until the server closes, which every request here asks for. */
static const char *read_answer(int fd)
{
    static char text[4096];
    size_t len = 0;
    ssize_t got;

    for (got = 1; got > 0 && len<sizeof text - 1; len += got> 0 ? (size_t)got : 0)
        got = recv(fd, text + len, sizeof text - 1 - len, 0);
    text[len] = '\0';
    close(fd);
    return text;
}

static void check_answer(const char *request, const char *status, const char *part)
{
    const char *got = read_answer(send_request(request));

    CHECK_ROW(strncmp(got, status, strlen(status)) == 0 && strstr(got, part), "%s: %s", request, got);
}

TEST(shows_a_request_to_its_handler)
{
    start();
    check_answer("GET /a/../b?c=d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ",
                 "\r\n\r\nGET /b ?c=d json=0 get=1 \n");
    check_answer("POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                 "Content-Type: Application/JSON ; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
                 "HTTP/1.1 200 ", "\r\n\r\nPOST /c  json=1 get=0 {}\n");
    check_answer("POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                 "Content-Type: application/jsonl\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 200 ", "\r\n\r\nPOST /c  json=0 get=0 \n");
    check_answer("HEAD /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ",
                 "\r\nContent-Length: 23\r\n");
}

TEST(says_which_method_is_right)
{
    start();
    check_answer("GET /posted-only HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 ",
                 "\r\nallow: POST\r\n");
}

TEST(is_answered_by_a_message_of_another_thread)
{
    const char *got;
    int fd;

    start();
    is_held.arrived = is_gone.arrived = 0;
    fd = send_request("GET /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(rendezvous_wait(&is_held, 1, WAIT_MS));
    release = (struct http_message){.on_arrival = on_release};
    http_inbox_post(inbox, &release);
    got = read_answer(fd);
    CHECK_ROW(strstr(got, "\r\n\r\nreleased\n"), "%s", got);
    CHECK(rendezvous_wait(&is_gone, 1, WAIT_MS));
}

TEST(hears_ticks_while_it_is_held)
{
    const char *got;

    start();
    is_held.arrived = is_gone.arrived = 0;
    got = read_answer(send_request("GET /ticked HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    CHECK_ROW(strstr(got, "\r\n\r\nticked\n"), "%s", got);
    CHECK(rendezvous_wait(&is_gone, 1, WAIT_MS) && ticks == 2);
}

TEST_MAIN()
