/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/http_exchange.h"

#include "edge/system/rendezvous.h"
#include "test.h"
#include "unit/edge/registry/fake_registry.h"

static struct fake_registry fake;
static struct arena arena;

/* One exchange and what came of it; texts are the arena's. */
struct errand {
    struct outbound_job job;
    struct outbound *outbound;
    struct http_exchange_request request;
    struct http_answer answer;
    struct text parts; /* what on_body was given */
    bool cancels;
    struct rendezvous done;
};

static void on_part(void *ctx, const struct http_answer *answer, struct str part)
{
    CHECK(answer->status / 100 == 2);
    text_add(&((struct errand *)ctx)->parts, part);
}

static void on_done(void *ctx, const struct http_answer *answer)
{
    struct errand *errand = ctx;

    errand->answer = *answer;
    errand->answer.body = arena_str(&arena, answer->body);
    errand->answer.content_type = arena_str(&arena, answer->content_type);
    errand->answer.docker_content_digest = arena_str(&arena, answer->docker_content_digest);
    errand->answer.location = arena_str(&arena, answer->location);
    for (size_t i = 0; i < answer->challenge_count; i++)
        errand->answer.challenges[i] = arena_str(&arena, answer->challenges[i]);
    rendezvous_arrive(&errand->done);
}

static void run(struct outbound_job *job)
{
    struct errand *errand = (struct errand *)(void *)job;
    struct http_exchange *exchange = http_exchange_start(errand->outbound, &errand->request, on_done, errand);

    if (!errand->cancels)
        return;
    http_exchange_cancel(exchange);
    rendezvous_arrive(&errand->done);
}

static const char *url_of(const char *path)
{
    char text[300];

    (void)snprintf(text, sizeof(text), "http://127.0.0.1:%d/v2/%s/manifests/1", fake.port, path);
    return arena_cstr(&arena, str_from_c(text));
}

static struct errand errand_to(const char *url)
{
    return (struct errand){
        .job.run = run,
        .request = {.url = url,
                    .reach = ADDRESS_NEVER,
                    .connect_timeout_ms = 5000,
                    .timeout_ms = 20000,
                    .body_max = 4096},
    };
}

static void go(struct errand *errand)
{
    errand->outbound = outbound_start();
    text_init(&errand->parts, &arena, 1 << 20);
    rendezvous_init(&errand->done);
    outbound_post(errand->outbound, &errand->job);
    (void)rendezvous_wait(&errand->done, 1, -1);
    rendezvous_release(&errand->done);
    outbound_stop(errand->outbound);
}

static struct http_answer get(const char *path)
{
    struct errand errand = errand_to(url_of(path));

    errand.request.keep_error = true;
    go(&errand);
    return errand.answer;
}

TEST(an_answer_is_given_whole)
{
    struct http_answer answer = get("ok/app");

    CHECK_ROW(answer.failure == HTTP_ANSWERED, "%s", answer.reason);
    CHECK(answer.status == 200 && answer.connected);
    CHECK(answer.content_length == (int64_t)answer.body.len && answer.body_seen == answer.body.len);
    CHECK(str_contains(answer.body, STR("\"schemaVersion\": 2")));
    CHECK_STR(answer.content_type, STR("application/vnd.oci.image.index.v1+json"));
    CHECK(str_starts(answer.docker_content_digest, STR("sha256:")));
    CHECK(answer.peer_scope == ADDRESS_LOOPBACK);
}

TEST(what_the_request_says_is_sent_and_nothing_else)
{
    struct errand errand = errand_to(url_of("ok/sent"));

    errand.request.head = true;
    errand.request.authorization = STR("Basic YTpi");
    go(&errand);
    CHECK(errand.answer.status == 200 && errand.answer.body.len == 0 && errand.answer.content_length > 0);
    CHECK(fake_registry_count(&fake, "HEAD%20/v2/ok/sent/manifests/1%20Basic%20YTpi") == 1);
    errand = errand_to(url_of("ok/sent"));
    go(&errand);
    CHECK(fake_registry_count(&fake, "GET%20/v2/ok/sent/manifests/1%20-") == 1);
}

TEST(redirects_are_told_and_not_followed)
{
    struct http_answer answer = get("relative/app");

    CHECK(answer.failure == HTTP_ANSWERED && answer.status == 308);
    CHECK_STR(answer.location, STR("/v2/ok/there/manifests/1"));
    CHECK(fake_registry_count(&fake, "/v2/ok/there") == 0);
}

TEST(challenges_and_pauses_are_told)
{
    struct http_answer answer = get("basic/app");

    CHECK(answer.status == 401 && answer.challenge_count == 1);
    CHECK_STR(answer.challenges[0], STR("Basic realm=\"fake, registry\""));
    CHECK(get("429/app").retry_after == 3600);
}

TEST(bodies_of_errors_are_kept_where_they_are_wanted_and_bounded)
{
    struct errand errand = errand_to(url_of("says-403/app"));
    struct http_answer answer = get("says-403/app");

    CHECK(answer.status == 403 && str_contains(answer.body, STR("DENIED")));
    go(&errand);
    CHECK(errand.answer.status == 403 && errand.answer.body.len == 0);
    errand = errand_to(url_of("500-endless/app"));
    errand.request.keep_error = true;
    errand.request.body_max = 1 << 20;
    go(&errand);
    CHECK(errand.answer.failure == HTTP_ANSWERED && errand.answer.status == 500);
    CHECK(errand.answer.body.len <= HTTP_ERROR_BODY_MAX);
}

TEST(bodies_go_where_they_are_wanted_and_end_at_their_limit)
{
    struct errand errand = errand_to(url_of("ok/parts"));

    errand.request.on_body = on_part;
    go(&errand);
    CHECK(errand.answer.body.len == 0 && str_contains(text_str(&errand.parts), STR("schemaVersion")));
    errand = errand_to(url_of("says-403/parts"));
    errand.request.on_body = on_part;
    errand.request.keep_error = true;
    go(&errand);
    CHECK(errand.parts.len == 0 && errand.answer.body.len > 0);
    errand = errand_to(url_of("endless-body/app"));
    go(&errand);
    CHECK(errand.answer.failure == HTTP_BAD_ANSWER);
    CHECK_STR(str_from_c(errand.answer.reason), STR("its body is longer than 4096 bytes"));
}

TEST(each_failure_has_its_kind)
{
    static const struct {
        const char *path;
        enum http_failure failure;
    } rows[] = {
        {"close/app", HTTP_CUT},
        {"cut-headers/app", HTTP_CUT},
        {"cut-body/app", HTTP_CUT},
        {"not-http/app", HTTP_BAD_ANSWER},
        {"two-digests/app", HTTP_BAD_ANSWER},
        {"endless-headers/app", HTTP_BAD_ANSWER},
    };
    struct errand errand = errand_to("http://no-such-host.invalid/");

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_answer answer = get(rows[i].path);

        CHECK_ROW(answer.failure == rows[i].failure, "%s: %d, %s", rows[i].path, answer.failure,
                  answer.reason);
    }
    go(&errand);
    CHECK(errand.answer.failure == HTTP_DNS && !errand.answer.connected);
    errand = errand_to("http://127.0.0.1:1/");
    go(&errand);
    CHECK(errand.answer.failure == HTTP_CONNECT);
    CHECK_STR(str_from_c(errand.answer.reason), STR("connection refused"));
    errand = errand_to(url_of("ok/app"));
    errand.request.reach = ADDRESS_PRIVATE;
    go(&errand);
    CHECK(errand.answer.failure == HTTP_BARRED);
    errand = errand_to(url_of("stall-headers/app"));
    errand.request.timeout_ms = 200;
    go(&errand);
    CHECK(errand.answer.failure == HTTP_TIMEOUT && errand.answer.connected);
    errand =
        errand_to(arena_cstr(&arena, arena_join(&arena, STR("https"), str_from(str_from_c(url_of("a")), 4))));
    go(&errand);
    CHECK_ROW(errand.answer.failure == HTTP_TLS || errand.answer.failure == HTTP_CUT, "%s",
              errand.answer.reason);
}

TEST(a_cancelled_one_is_never_done)
{
    struct errand errand = errand_to(url_of("stall-headers/app"));

    errand.cancels = true;
    go(&errand);
    CHECK(errand.answer.status == 0);
}

TEST(a_proxys_refusal_is_told_as_the_proxys)
{
    char own[40];
    const struct {
        const char *proxy; /* NULL: the fake */
        const char *url;
        enum http_failure failure;
        const char *reason;
    } rows[] = {
        {NULL, "https://407.invalid/", HTTP_CONNECT, "the proxy answered 407"},
        {NULL, "https://403.invalid/", HTTP_CONNECT, "the proxy answered 403"},
        {NULL, "https://503.invalid/", HTTP_CONNECT, "the proxy answered 503"},
        {NULL, "https://302.invalid/", HTTP_CONNECT, "the proxy answered 302"},
        {NULL, "http://407.invalid/", HTTP_CONNECT, "the proxy answered 407"},
        {NULL, "http://403.invalid/", HTTP_ANSWERED, ""},
        {NULL, "https://close.invalid/", HTTP_CONNECT, "the proxy "},
        {NULL, "http://close.invalid/", HTTP_CONNECT,
         "the proxy broke off: the connection was closed without an answer"},
        {NULL, "https://nonsense.invalid/", HTTP_CONNECT, "the proxy "},
        {NULL, "https://stall.invalid/", HTTP_TIMEOUT, "the proxy timed out: "},
        {"http://127.0.0.1:1", "https://r.invalid/", HTTP_CONNECT,
         "the proxy cannot be reached: connection refused"},
        {"http://127.0.0.1:1", "http://r.invalid/", HTTP_CONNECT,
         "the proxy cannot be reached: connection refused"},
        {"socks5://127.0.0.1:1", "https://r.invalid/", HTTP_CONNECT,
         "the proxy cannot be reached: connection refused"},
        {"http://no-such-proxy.invalid:3128", "https://r.invalid/", HTTP_CONNECT,
         "the proxy's name does not resolve"},
    };

    (void)snprintf(own, sizeof(own), "http://127.0.0.1:%d", fake.port);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct errand errand = errand_to(rows[i].url);

        errand.request.proxy = rows[i].proxy ? rows[i].proxy : own;
        errand.request.timeout_ms = str_contains(str_from_c(rows[i].url), STR("stall")) ? 300 : 20000;
        go(&errand);
        CHECK_ROW(errand.answer.failure == rows[i].failure, "%s: %d", rows[i].url, errand.answer.failure);
        CHECK_ROW(str_starts(str_from_c(errand.answer.reason), str_from_c(rows[i].reason)), "%s: %s",
                  rows[i].url, errand.answer.reason);
    }
}

TEST(what_fails_behind_an_open_tunnel_is_the_servers)
{
    struct errand errand = errand_to("https://200.invalid/");
    char own[40];

    (void)snprintf(own, sizeof(own), "http://127.0.0.1:%d", fake.port);
    errand.request.proxy = own;
    go(&errand);
    CHECK_ROW(errand.answer.failure == HTTP_TLS || errand.answer.failure == HTTP_CUT, "%d",
              errand.answer.failure);
    CHECK_ROW(!strstr(errand.answer.reason, "proxy"), "%s", errand.answer.reason);
}

TEST(the_environment_names_no_proxy_by_itself)
{
    struct errand errand = errand_to(url_of("ok/direct"));

    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:1", 1);
    go(&errand);
    CHECK_ROW(errand.answer.status == 200, "%s", errand.answer.reason);
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
}

/* Registered last: the child goes when the tests are through. */
TEST(the_fake_ends)
{
    fake_registry_stop(&fake);
    arena_release(&arena);
    CHECK(true);
}

__attribute__((constructor)) static void start_fake(void)
{
    arena_init(&arena);
    fake = fake_registry_start(NULL, NULL);
}

TEST_MAIN()
