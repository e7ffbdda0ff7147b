/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/tag_resolver.h"

#include "edge/registry/host.h"
#include "edge/system/rendezvous.h"
#include "test.h"
#include "unit/edge/registry/fake_registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

enum {
    WAIT_MS = 60000, /* for what must come */
    STALL_MS = 3000, /* for what must not */
    BURST = 1000,
};

static struct fake_registry peer;
static struct fake_registry fake;
static char peer_url[64];
static struct arena arena;

static const struct credential alice = {
    .username = STR_INIT("alice"), .password = STR_INIT("secret"), .origin = STR_INIT("secret a/alice")};
static const struct credential alice_again = {
    .username = STR_INIT("alice"), .password = STR_INIT("secret"), .origin = STR_INIT("secret b/copy")};
static const struct credential bob = {
    .username = STR_INIT("bob"), .password = STR_INIT("hunter2"), .origin = STR_INIT("secret b/bob")};
static const struct credential mallory = {
    .username = STR_INIT("mallory"), .password = STR_INIT("guess"), .origin = STR_INIT("secret c/wrong")};

static const struct credential *const alice_only = &alice;

static struct registry_client *client; /* of the resolver under test: one at a time */

static struct tag_resolver *start_with(const struct registry_client_options *options)
{
    client = registry_client_new(outbound_start(), options);
    return tag_resolver_new(&(const struct tag_resolver_options){.client = client});
}

static struct tag_resolver *start_with_timeout(int64_t lookup_ms)
{
    const struct registry_client_options options = {.lookup_timeout_ms = lookup_ms,
                                                    .connect_timeout_ms = WAIT_MS};

    return start_with(&options);
}

static void stop(void)
{
    outbound_stop(registry_client_outbound(client));
}

static struct tag_resolver *start(void)
{
    return start_with_timeout(WAIT_MS);
}

static struct str reference(int port, const char *name)
{
    char text[300];

    (void)snprintf(text, sizeof(text), "127.0.0.1:%d/%s", port, name);
    return arena_str(&arena, str_from_c(text));
}

struct waiter {
    struct rendezvous answered;
    struct tag_answer answer;
};

static void on_answer(void *ctx, const struct tag_answer *answer)
{
    struct waiter *waiter = ctx;

    waiter->answer = tag_answer_copy(&arena, answer);
    rendezvous_arrive(&waiter->answered);
}

static struct tag_answer ask_with(struct tag_resolver *resolver, struct str ref, bool fresh,
                                  const struct credential *const *credentials, size_t count)
{
    const struct tag_question question = {ref, fresh};
    struct waiter waiter = {.answer = {.outcome = TAG_NOT_NOW}};

    rendezvous_init(&waiter.answered);
    tag_resolver_ask(resolver, &(struct tag_lookup){&question, credentials, count, 2 * WAIT_MS}, on_answer,
                     &waiter);
    (void)rendezvous_wait(&waiter.answered, 1, -1);
    rendezvous_release(&waiter.answered);
    return waiter.answer;
}

static struct tag_answer ask(struct tag_resolver *resolver, const char *name, bool fresh)
{
    return ask_with(resolver, reference(fake.port, name), fresh, NULL, 0);
}

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};

    (void)nanosleep(&pause, NULL);
}

/* Waits for a moment that must come; false where it does not. */
static bool comes_true(bool (*is_true)(void *ctx), void *ctx)
{
    int64_t end = monotonic_ms() + WAIT_MS;

    while (!is_true(ctx)) {
        if (monotonic_ms() > end)
            return false;
        pause_ms(2);
    }
    return true;
}

TEST(each_misbehaviour_ends_in_time_and_is_named)
{
    static const struct {
        const char *name;
        enum tag_outcome outcome;
        const char *cause; /* a part of it */
    } rows[] = {
        {"ok/app:1", TAG_FOUND, ""},
        {"no-digest/app:1", TAG_FOUND, ""},
        {"no-length/app:1", TAG_FOUND, ""},
        {"head-400/app:1", TAG_FOUND, ""},
        {"head-401/app:1", TAG_FOUND, ""},
        {"head-403/app:1", TAG_FOUND, ""},
        {"head-404/app:1", TAG_FOUND, ""},
        {"head-405/app:1", TAG_FOUND, ""},
        {"head-406/app:1", TAG_FOUND, ""},
        {"head-410/app:1", TAG_FOUND, ""},
        {"head-451/app:1", TAG_FOUND, ""},
        {"head-204/app:1", TAG_FOUND, ""},
        {"head-501/app:1", TAG_FOUND, ""},
        {"head-429/app:1", TAG_NOT_NOW, "says 429: too many requests"},
        {"head-500/app:1", TAG_NOT_NOW, "says 500: it has an error"},
        {"head-503/app:1", TAG_NOT_NOW, "says 503: it is not available"},
        {"cut-once/app:1", TAG_FOUND, ""},
        {"relative/app:1", TAG_FOUND, ""},
        {"elsewhere/app:1", TAG_FOUND, ""},
        {"public/app:1", TAG_FOUND, ""},
        {"no-challenge/app:1", TAG_FOUND, ""},
        {"realm-elsewhere/app:1", TAG_MUST_NOT, "says 401: no access without credentials"},
        {"absent/app:1", TAG_MUST_NOT, "says 404: no such tag, or no access"},
        {"wrong-digest/app:1", TAG_MUST_NOT, "gave a wrong answer: a digest that is not its content's"},
        {"bad-digest/app:1", TAG_MUST_NOT, "gave a wrong answer: a malformed digest"},
        {"two-digests/app:1", TAG_MUST_NOT, "gave a wrong answer: it gives two digests"},
        {"html/app:1", TAG_MUST_NOT, "gave a wrong answer: a web page instead of a manifest"},
        {"html-as-json/app:1", TAG_MUST_NOT, "gave a wrong answer: no manifest"},
        {"cut-body/app:1", TAG_MUST_NOT, "gave a wrong answer: a body shorter than it says"},
        {"short-length/app:1", TAG_MUST_NOT, "gave a wrong answer: no manifest"},
        {"odd-length/app:1", TAG_MUST_NOT, "gave a wrong answer: the answer is not HTTP"},
        {"huge-length/app:1", TAG_MUST_NOT, "gave a wrong answer: a manifest of more than 4194304 bytes"},
        {"endless-body/app:1", TAG_MUST_NOT, "gave a wrong answer: its body is longer than 4194304 bytes"},
        {"endless-headers/app:1", TAG_MUST_NOT, "gave a wrong answer: its headers are longer than 65536"},
        {"not-http/app:1", TAG_MUST_NOT, "gave a wrong answer: the answer is not HTTP"},
        {"loop/app:1", TAG_MUST_NOT, "gave a wrong answer: more than 10 redirects"},
        {"no-location/app:1", TAG_MUST_NOT, "gave a wrong answer: not a usable web address"},
        {"to-metadata/app:1", TAG_MUST_NOT, "it sends us to an address that is not https"},
        {"realm-metadata/app:1", TAG_MUST_NOT, "it sends us to an address that is not https"},
        {"realm-metadata-https/app:1", TAG_MUST_NOT, "it sends us to a private or link-local address"},
        {"realm-plain/app:1", TAG_MUST_NOT, "it sends us to an address that is not https"},
        {"realm-odd/app:1", TAG_MUST_NOT, "not a usable web address"},
        {"realm-nonsense/app:1", TAG_MUST_NOT, "token server of registry"},
        {"realm-endless/app:1", TAG_MUST_NOT, "its body is longer than 65536 bytes"},
        {"realm-loop/app:1", TAG_MUST_NOT, "more than 10 redirects"},
        {"401-for-ever/app:1", TAG_MUST_NOT, "says 401: no access without credentials"},
        {"private/app:1", TAG_MUST_NOT, "says 401: no access without credentials"},
        {"basic/app:1", TAG_MUST_NOT, "says 401: no access without credentials"},
        {"403/app:1", TAG_MUST_NOT, "says 403: no access without credentials"},
        {"says-401/app:1", TAG_MUST_NOT,
         "says 401: no access without credentials (DENIED: the item is ?[31mquarantined)"},
        {"says-403/app:1", TAG_MUST_NOT,
         "says 403: DENIED: the item is ?[31mquarantined (asked without credentials)"},
        {"says-404/app:1", TAG_MUST_NOT,
         "says 404: no such tag, or no access (DENIED: the item is ?[31mquarantined)"},
        {"says-412/app:1", TAG_MUST_NOT, "says 412: DENIED: the item is ?[31mquarantined"},
        {"realm-says-403/app:1", TAG_MUST_NOT, "says 403: DENIED: the item is ?[31mquarantined"},
        {"body/errors/app:1", TAG_MUST_NOT, "gave a wrong answer: no manifest: its schemaVersion is not 2"},
        {"body/schema-1/app:1", TAG_MUST_NOT, "gave a wrong answer: a manifest of schema 1, which"},
        {"body/empty-index/app:1", TAG_MUST_NOT, "it has neither manifests nor config and layers"},
        {"body/artifact/app:1", TAG_MUST_NOT, "it has neither manifests nor config and layers"},
        {"schema-1-head/app:1", TAG_MUST_NOT, "gave a wrong answer: a manifest of schema 1, which"},
        {"418/app:1", TAG_MUST_NOT, "says 418: not what a registry says"},
        {"500/app:1", TAG_NOT_NOW, "says 500: it has an error"},
        {"500-endless/app:1", TAG_NOT_NOW, "says 500: it has an error"},
        {"503-retry/app:1", TAG_NOT_NOW, "says 503: it is not available"},
        {"429/app:1", TAG_NOT_NOW, "says 429: too many requests"},
        {"realm-500/app:1", TAG_NOT_NOW, "token server of registry"},
        {"stall-headers/app:1", TAG_NOT_NOW, "timed out: no answer in time"},
        {"stall-in-headers/app:1", TAG_NOT_NOW, "timed out: the answer did not end in time"},
        {"stall-body/app:1", TAG_NOT_NOW, "timed out: the answer did not end in time"},
        {"drip/app:1", TAG_NOT_NOW, "timed out: the answer did not end in time"},
        {"realm-stalls/app:1", TAG_NOT_NOW, "timed out: no answer in time"},
        {"cut-headers/app:1", TAG_NOT_NOW, "cannot be reached: "},
        {"close/app:1", TAG_NOT_NOW, "cannot be reached: the connection was closed without an answer"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool stalls = strncmp(rows[i].cause, "timed out", 9) == 0;
        /* each with a breaker of its own */
        struct tag_resolver *resolver = start_with_timeout(stalls ? STALL_MS : WAIT_MS);
        struct tag_answer answer = ask(resolver, rows[i].name, true);

        CHECK_ROW(answer.outcome == rows[i].outcome, "%s: %d", rows[i].name, answer.outcome);
        CHECK_ROW(str_contains(answer.cause, str_from_c(rows[i].cause)), "%s: " STR_FMT, rows[i].name,
                  STR_ARG(answer.cause));
        CHECK_ROW((answer.digest.len > 0) == (answer.outcome == TAG_FOUND), "%s", rows[i].name);
        CHECK_ROW(answer.outcome != TAG_FOUND || str_equal(answer.confirmed_digest, answer.digest), "%s",
                  rows[i].name);
        stop();
    }
}

TEST(tells_refused_unknown_and_impossible_hosts_apart)
{
    static const struct {
        const char *ref;
        enum tag_outcome outcome;
        const char *cause;
    } rows[] = {
        {"127.0.0.1:1/app:1", TAG_NOT_NOW, "registry \"127.0.0.1:1\" cannot be reached: connection refused"},
        {"no-such-host.invalid/app:1", TAG_NOT_NOW, "cannot be found in DNS: the name does not resolve"},
        {"127.0.0.1:0/app:1", TAG_MUST_NOT, "is not asked: "},
        {"127.0.0.1:70000/app:1", TAG_MUST_NOT, "is not asked: "},
        {"exa_mple.com/app:1", TAG_MUST_NOT, "the reference names no tag of a registry"},
        {"127.0.0.1:1/app", TAG_MUST_NOT, "the reference names no tag of a registry"},
    };
    struct tag_resolver *resolver = start();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct tag_answer answer = ask_with(resolver, str_from_c(rows[i].ref), true, NULL, 0);

        CHECK_ROW(answer.outcome == rows[i].outcome, "%s: %d", rows[i].ref, answer.outcome);
        CHECK_ROW(str_contains(answer.cause, str_from_c(rows[i].cause)), "%s: " STR_FMT, rows[i].ref,
                  STR_ARG(answer.cause));
    }
    stop();
}

struct burst {
    atomic_int answered;
    atomic_int found;
};

static void on_burst(void *ctx, const struct tag_answer *answer)
{
    struct burst *burst = ctx;

    if (answer->outcome == TAG_FOUND)
        atomic_fetch_add(&burst->found, 1);
    atomic_fetch_add(&burst->answered, 1);
}

static bool all_answered(void *ctx)
{
    return atomic_load(&((struct burst *)ctx)->answered) == BURST;
}

static bool all_wait(void *ctx)
{
    struct tag_resolver_stats stats;

    tag_resolver_stats(ctx, &stats);
    return stats.cache_misses == BURST && fake_registry_count(&fake, "HEAD%20/v2/gate/burst") > 0;
}

TEST(a_thousand_askers_cost_one_request)
{
    static struct burst burst;
    struct tag_resolver *resolver = start();
    const struct tag_question question = {reference(fake.port, "gate/burst:1"), true};
    struct tag_resolver_stats stats;
    char text[16];

    for (int i = 0; i < BURST; i++)
        tag_resolver_ask(resolver, &(struct tag_lookup){&question, NULL, 0, 20000}, on_burst, &burst);
    CHECK(comes_true(all_wait, resolver));
    fake_registry_get(&fake, "open", text, sizeof(text));
    CHECK(comes_true(all_answered, &burst));
    CHECK(atomic_load(&burst.found) == BURST);
    CHECK(fake_registry_count(&fake, "/v2/gate/burst") == 1);
    tag_resolver_stats(resolver, &stats);
    CHECK(stats.coalesced == BURST - 1 && stats.lookups == 1 && stats.in_flight == 0);

    CHECK(ask(resolver, "gate/burst:1", false).origin == ANSWER_FROM_CACHE);
    CHECK(fake_registry_count(&fake, "/v2/gate/burst") == 1);
    CHECK(ask(resolver, "gate/burst:1", true).origin == ANSWER_FROM_REGISTRY);
    CHECK(fake_registry_count(&fake, "/v2/gate/burst") == 2);
    stop();
}

TEST(answers_never_cross_credentials)
{
    const struct credential *const first[] = {&alice};
    const struct credential *const copy[] = {&alice_again};
    const struct credential *const second[] = {&bob};
    struct tag_resolver *resolver = start();
    struct str ref = reference(fake.port, "private/crossing:1");
    struct tag_answer answer = ask_with(resolver, ref, false, first, 1);

    CHECK(answer.outcome == TAG_FOUND);
    CHECK_STR(answer.credential, STR("secret a/alice"));
    CHECK(ask_with(resolver, ref, false, second, 1).outcome == TAG_MUST_NOT);
    CHECK(ask_with(resolver, ref, false, NULL, 0).outcome == TAG_MUST_NOT);
    /* The same words in another secret are the same credential, by its own name. */
    answer = ask_with(resolver, ref, false, copy, 1);
    CHECK(answer.outcome == TAG_FOUND && answer.origin == ANSWER_FROM_CACHE);
    CHECK_STR(answer.credential, STR("secret b/copy"));
    stop();
}

TEST(credentials_are_tried_in_order_then_anonymous)
{
    const struct credential *const list[] = {&mallory, &bob, &alice};
    struct tag_resolver *resolver = start();
    struct tag_answer answer = ask_with(resolver, reference(fake.port, "private/order:1"), true, list, 3);

    CHECK(answer.outcome == TAG_FOUND && answer.credential_number == 3);
    answer = ask_with(resolver, reference(fake.port, "basic/order:1"), true, list, 3);
    CHECK(answer.outcome == TAG_FOUND && answer.credential_number == 3);
    answer = ask_with(resolver, reference(fake.port, "hidden/order:1"), true, list, 3);
    CHECK(answer.outcome == TAG_FOUND && answer.credential_number == 3);
    answer = ask_with(resolver, reference(fake.port, "public/order:1"), true, list, 1);
    CHECK(answer.outcome == TAG_FOUND && answer.credential_number == 0);
    CHECK_STR(answer.credential, STR(""));
    answer = ask_with(resolver, reference(fake.port, "private/order:2"), true, list, 2);
    CHECK(answer.outcome == TAG_MUST_NOT);
    CHECK(str_contains(answer.cause, STR("no access with any of the credentials given, nor without")));
    answer = ask_with(resolver, reference(fake.port, "401-for-ever/order:2"), true, list, 3);
    CHECK(answer.outcome == TAG_MUST_NOT);
    CHECK(fake_registry_count(&fake, "HEAD%20/v2/401-for-ever/order/manifests/2") <= 5);
    stop();
}

TEST(tokens_are_kept_and_renewed)
{
    const struct credential *const list[] = {&alice};
    struct tag_resolver *resolver = start();
    char text[16];

    CHECK(ask_with(resolver, reference(fake.port, "private/kept:1"), true, list, 1).outcome == TAG_FOUND);
    CHECK(ask_with(resolver, reference(fake.port, "private/kept:2"), true, list, 1).outcome == TAG_FOUND);
    CHECK(fake_registry_count(&fake, "kept%253apull") == 1);
    CHECK(fake_registry_count(&fake, "/v2/private/kept/manifests/2") == 1);
    fake_registry_get(&fake, "revoke", text, sizeof(text));
    CHECK(ask_with(resolver, reference(fake.port, "private/kept:3"), true, list, 1).outcome == TAG_FOUND);
    CHECK(fake_registry_count(&fake, "kept%253apull") == 2);
    stop();
}

TEST(credentials_go_to_no_other_host)
{
    const struct credential *const list[] = {&alice};
    struct tag_resolver *resolver = start();

    CHECK(ask_with(resolver, reference(fake.port, "basic-elsewhere/a:1"), true, list, 1).outcome ==
          TAG_FOUND);
    CHECK(fake_registry_count(&fake, "basic-elsewhere/a/manifests/1%20Basic") == 1);
    CHECK(fake_registry_count(&peer, "HEAD%20/v2/ok/manifests/1%20-") >= 1);
    CHECK(fake_registry_count(&peer, "Basic") == 0);
    CHECK(fake_registry_count(&peer, "Bearer") == 0);
    stop();
}

static void on_counted(void *ctx, const struct tag_answer *answer)
{
    if (answer->outcome == TAG_NOT_NOW)
        atomic_fetch_add((atomic_int *)ctx, 1);
}

static bool is_one(void *ctx)
{
    return atomic_load((atomic_int *)ctx) == 1;
}

TEST(an_asker_is_answered_by_its_deadline_and_the_look_up_goes_on)
{
    static atomic_int answered;
    struct fake_registry own = fake_registry_start(NULL, NULL); /* with a gate that is shut */
    const struct registry_client_options options = {.lookup_timeout_ms = WAIT_MS};
    struct tag_resolver *resolver = start_with(&options);
    struct str ref = reference(own.port, "gate/deadline:1");
    const struct tag_question question = {ref, true};
    struct tag_answer answer;
    char text[16];

    tag_resolver_ask(resolver, &(struct tag_lookup){&question, NULL, 0, 100}, on_counted, &answered);
    CHECK(comes_true(is_one, &answered));
    fake_registry_get(&own, "open", text, sizeof(text));
    answer = ask_with(resolver, ref, false, NULL, 0); /* joins it, or finds its answer */
    CHECK(answer.outcome == TAG_FOUND);
    CHECK(fake_registry_count(&own, "/v2/gate/deadline") == 1);
    stop();
    fake_registry_stop(&own);
}

TEST(stopping_answers_those_who_wait)
{
    static atomic_int answered;
    struct tag_resolver *resolver = start();
    const struct tag_question question = {reference(fake.port, "stall-headers/stop:1"), true};

    tag_resolver_ask(resolver, &(struct tag_lookup){&question, NULL, 0, 60000}, on_counted, &answered);
    stop();
    CHECK(atomic_load(&answered) == 1);
}

TEST(more_look_ups_than_allowed_are_shed_at_once)
{
    static atomic_int answered;
    const struct registry_client_options options = {.lookup_timeout_ms = WAIT_MS};
    struct tag_resolver *resolver;
    const struct tag_question question = {reference(fake.port, "stall-headers/shed:1"), true};
    struct tag_answer answer;
    struct tag_resolver_stats stats;

    client = registry_client_new(outbound_start(), &options);
    resolver = tag_resolver_new(&(const struct tag_resolver_options){client, 1});
    tag_resolver_ask(resolver, &(struct tag_lookup){&question, NULL, 0, 60000}, on_counted, &answered);
    answer = ask(resolver, "ok/shed:2", true);
    CHECK(answer.outcome == TAG_NOT_NOW);
    CHECK(str_contains(answer.cause, STR("too many look-ups are under way")));
    tag_resolver_stats(resolver, &stats);
    CHECK(stats.shed == 1 && stats.in_flight == 1);
    stop();
}

TEST(a_429_is_not_asked_again_by_the_same_credentials)
{
    const struct credential *const list[] = {&alice};
    struct tag_resolver *resolver = start();
    struct tag_answer answer = ask(resolver, "429/limit:1", true);

    CHECK(answer.outcome == TAG_NOT_NOW && answer.reuse_ms == 3600 * 1000 && answer.reuse_fresh);
    answer = ask(resolver, "ok/limit:2", true);
    CHECK(answer.outcome == TAG_NOT_NOW);
    CHECK(str_contains(answer.cause, STR("failed or asked for a pause")));
    CHECK(fake_registry_count(&fake, "/v2/ok/limit") == 0);
    CHECK(ask_with(resolver, reference(fake.port, "ok/limit:2"), true, list, 1).outcome == TAG_FOUND);
    stop();

    resolver = start();
    answer = ask(resolver, "429-date/limit:1", true);
    /* The fake's date is two minutes ahead; libcurl's seconds may be of the last tick, one behind. */
    CHECK_ROW(answer.reuse_ms > 60 * 1000 && answer.reuse_ms <= 121 * 1000, "%lld",
              (long long)answer.reuse_ms);
    stop();
}

TEST(all_who_ask_through_one_client_share_its_tokens_and_breakers)
{
    struct tag_resolver *first = start();
    struct tag_resolver *second = tag_resolver_new(&(const struct tag_resolver_options){.client = client});
    struct tag_answer answer;

    CHECK(ask_with(first, reference(fake.port, "private/shared:1"), true, &alice_only, 1).outcome ==
          TAG_FOUND);
    CHECK(ask_with(second, reference(fake.port, "private/shared:2"), true, &alice_only, 1).outcome ==
          TAG_FOUND);
    CHECK(fake_registry_count(&fake, "scope=repository%253aprivate%252fshared%253apull") == 1);
    for (int i = 0; i < REGISTRY_FAILURES_MAX; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "500/shared:%d", i);
        CHECK(ask(first, name, true).outcome == TAG_NOT_NOW);
    }
    answer = ask(second, "ok/shared:1", true);
    CHECK(str_contains(answer.cause, STR("failed or asked for a pause")));
    stop();
}

TEST(failures_in_a_row_open_the_breaker)
{
    struct tag_resolver *resolver = start();
    struct tag_answer answer;

    CHECK(ask(resolver, "ok/breaker:known", false).outcome == TAG_FOUND);
    for (int i = 0; i < 5; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "500/breaker:%d", i);
        CHECK(ask(resolver, name, true).outcome == TAG_NOT_NOW);
    }
    answer = ask(resolver, "500/breaker:5", true);
    CHECK(answer.outcome == TAG_NOT_NOW && answer.reuse_ms > 0);
    CHECK(fake_registry_count(&fake, "/v2/500/breaker/manifests/5") == 0);
    /* What is known is still served, and an outage tells what was known. */
    CHECK(ask(resolver, "ok/breaker:known", false).outcome == TAG_FOUND);
    answer = ask(resolver, "ok/breaker:known", true);
    CHECK(answer.outcome == TAG_NOT_NOW);
    CHECK(answer.confirmed_digest.len == 71 && answer.confirmed_at > 0);
    stop();
}

TEST(requests_are_counted_by_named_host)
{
    const char *const hosts[] = {"named.invalid"};
    const struct registry_client_options options = {.metric_hosts = hosts, .metric_host_count = 1};
    struct tag_resolver *resolver = start_with(&options);
    struct tag_resolver_stats stats;
    struct registry_stats requests;

    (void)ask(resolver, "ok/counted:1", true);
    (void)ask(resolver, "absent/counted:1", true);
    (void)ask_with(resolver, STR("named.invalid/counted:1"), true, NULL, 0);
    tag_resolver_stats(resolver, &stats);
    registry_client_stats(client, &requests);
    CHECK(requests.host_count == 2);
    CHECK_STR(requests.hosts[0].host, STR("named.invalid"));
    CHECK_STR(requests.hosts[1].host, STR("other"));
    CHECK(requests.hosts[0].by_code[REGISTRY_DNS] == 1);
    CHECK(requests.hosts[1].by_code[REGISTRY_2XX] == 1 && requests.hosts[1].by_code[REGISTRY_404] == 2);
    CHECK(stats.lookups == 3 && stats.buckets[RESOLVER_BUCKET_COUNT - 1] == 3);
    stop();
}

/* <dir>/127.0.0.1:<port>/ca.crt with the fake's own certificate. */
static char *make_certs_dir(const struct fake_registry *tls)
{
    char *dir = arena_cstr(&arena, STR("/tmp/weir-certs-XXXXXX"));
    char path[400];
    FILE *file;
    struct str text = test_read_file(&arena, tls->certificate);

    if (!mkdtemp(dir))
        fake_bail_out("no directory");
    (void)snprintf(path, sizeof(path), "%s/127.0.0.1:%d", dir, tls->port);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/127.0.0.1:%d/ca.crt", dir, tls->port);
    file = fopen(path, "w");
    if (!file || fwrite(text.ptr, 1, text.len, file) != text.len)
        fake_bail_out("no file");
    fclose(file);
    return dir;
}

static void remove_certs_dir(const char *dir, const struct fake_registry *tls)
{
    char path[400];

    (void)snprintf(path, sizeof(path), "%s/127.0.0.1:%d/ca.crt", dir, tls->port);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/127.0.0.1:%d", dir, tls->port);
    (void)rmdir(path);
    (void)rmdir(dir);
}

TEST(tls_is_verified_against_the_hosts_own_authorities)
{
    struct fake_registry good = fake_registry_start("127.0.0.1", NULL);
    char *dir = make_certs_dir(&good);
    const struct registry_client_options options = {.lookup_timeout_ms = WAIT_MS, .certs_dir = dir};
    struct tag_resolver *resolver = start_with(&options);
    struct tag_answer answer = ask_with(resolver, reference(good.port, "ok/tls:1"), true, NULL, 0);

    CHECK_ROW(answer.outcome == TAG_FOUND, STR_FMT, STR_ARG(answer.cause));
    stop();
    remove_certs_dir(dir, &good);
    fake_registry_stop(&good);
}

TEST(an_authority_is_trusted_for_its_own_host_alone)
{
    struct fake_registry first = fake_registry_start("127.0.0.1", NULL);
    struct fake_registry second = fake_registry_start(first.certificate, NULL);
    char *dir = make_certs_dir(&first);
    char other[300];
    const struct registry_client_options options = {.lookup_timeout_ms = WAIT_MS, .certs_dir = dir};
    struct tag_resolver *resolver = start_with(&options);
    struct tag_answer answer;

    (void)snprintf(other, sizeof(other), "%s/127.0.0.1:%d", dir, second.port);
    (void)mkdir(other, 0700); /* https, with the system's authorities */
    CHECK(ask_with(resolver, reference(first.port, "ok/tls:1"), true, NULL, 0).outcome == TAG_FOUND);
    answer = ask_with(resolver, reference(second.port, "ok/tls:1"), true, NULL, 0);
    CHECK(answer.outcome == TAG_NOT_NOW);
    CHECK_ROW(str_contains(answer.cause, STR("TLS failed: certificate: ")), STR_FMT, STR_ARG(answer.cause));
    stop();
    (void)rmdir(other);
    remove_certs_dir(dir, &first);
    fake_registry_stop(&second);
    fake_registry_stop(&first);
}

TEST(a_certificate_for_another_name_is_refused_unless_the_host_is_insecure)
{
    struct fake_registry wrong = fake_registry_start("wrong.example", NULL);
    char host[32];
    const char *const insecure[] = {host};
    char *dir = make_certs_dir(&wrong);
    struct registry_client_options options = {.lookup_timeout_ms = WAIT_MS, .certs_dir = dir};
    struct tag_resolver *resolver = start_with(&options);
    struct tag_answer answer = ask_with(resolver, reference(wrong.port, "ok/tls:1"), true, NULL, 0);

    CHECK(answer.outcome == TAG_NOT_NOW);
    CHECK_ROW(str_contains(answer.cause, STR("cannot be trusted, TLS failed: certificate: ")), STR_FMT,
              STR_ARG(answer.cause));
    stop();

    (void)snprintf(host, sizeof(host), "127.0.0.1:%d", wrong.port);
    options = (struct registry_client_options){.insecure_hosts = insecure, .insecure_host_count = 1};
    resolver = start_with(&options);
    CHECK(ask_with(resolver, reference(wrong.port, "ok/tls:2"), true, NULL, 0).outcome == TAG_FOUND);
    stop();
    remove_certs_dir(dir, &wrong);
    fake_registry_stop(&wrong);
}

TEST(an_insecure_host_without_tls_is_asked_in_plain_http)
{
    char host[32];
    const char *const insecure[] = {host};
    const struct registry_client_options options = {.insecure_hosts = insecure, .insecure_host_count = 1};
    struct tag_resolver *resolver;

    (void)snprintf(host, sizeof(host), "127.0.0.1:%d", fake.port);
    resolver = start_with(&options);
    CHECK(ask(resolver, "ok/plain:1", true).outcome == TAG_FOUND);
    CHECK(ask(resolver, "ok/plain:2", true).outcome == TAG_FOUND);
    stop();
}

TEST(proxies_of_the_environment_are_used_but_not_for_loopback)
{
    const char *const insecure[] = {"plain.invalid"};
    const struct registry_client_options options = {.insecure_hosts = insecure, .insecure_host_count = 1};
    struct tag_resolver *resolver;

    (void)setenv("http_proxy", peer_url, 1);
    (void)setenv("https_proxy", peer_url, 1);
    resolver = start_with(&options);
    CHECK(ask(resolver, "ok/direct:1", true).outcome == TAG_FOUND);
    (void)ask_with(resolver, STR("registry.invalid/proxied:1"), true, NULL, 0);
    (void)ask_with(resolver, STR("plain.invalid/proxied:1"), true, NULL, 0);
    (void)setenv("no_proxy", "registry.invalid", 1);
    CHECK(str_contains(ask_with(resolver, STR("registry.invalid/other:1"), true, &alice_only, 1).cause,
                       STR("DNS")));
    stop();
    (void)unsetenv("http_proxy");
    (void)unsetenv("https_proxy");
    (void)unsetenv("no_proxy");
    CHECK(fake_registry_count(&fake, "/v2/ok/direct") == 1);
    CHECK(fake_registry_count(&peer, "127.0.0.1") == 0);
    CHECK(fake_registry_count(&peer, "CONNECT%20registry.invalid:443") == 1);
    CHECK(fake_registry_count(&peer, "HEAD%20http://plain.invalid/v2/proxied/manifests/1") == 1);
}

/* Registered last: the children go when the tests are through. */
TEST(the_fakes_end)
{
    fake_registry_stop(&fake);
    fake_registry_stop(&peer);
    arena_release(&arena);
    CHECK(true);
}

__attribute__((constructor)) static void start_fakes(void)
{
    arena_init(&arena);
    peer = fake_registry_start(NULL, NULL);
    (void)snprintf(peer_url, sizeof(peer_url), "http://127.0.0.1:%d", peer.port);
    fake = fake_registry_start(NULL, peer_url);
}

TEST_MAIN()
