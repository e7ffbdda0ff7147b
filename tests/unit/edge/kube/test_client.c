/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/client.h"

#include "test.h"
#include "unit/edge/kube/fake_kube.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

static struct fake_kube fake;
static char folder[] = "/tmp/weir-kube-XXXXXX";
static const struct kube_resource things = {STR_INIT("weir.dev"), STR_INIT("v1"), STR_INIT("things"),
                                            .namespaced = true};

/* One client on a thread of its own, asked and waited for by the test. */
struct desk {
    struct kube_config config;
    struct outbound *outbound;
    struct kube_client *client;
    struct outbound_job job;
    const struct kube_request *request;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool has_answer;
    int status;
    struct error err;
    char reason[64];
    int64_t retry_after_ms;
    size_t body_len;
    struct kube_call *call;
    bool cancel;
};

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct desk *desk = ctx;

    (void)pthread_mutex_lock(&desk->lock);
    desk->has_answer = true;
    desk->status = answer->status;
    desk->err.code = ERROR_NONE;
    desk->err.text[0] = '\0';
    if (answer->err)
        desk->err = *answer->err;
    (void)snprintf(desk->reason, sizeof(desk->reason), STR_FMT, STR_ARG(answer->reason));
    desk->retry_after_ms = answer->retry_after_ms;
    desk->body_len = answer->body.len;
    (void)pthread_cond_signal(&desk->answered);
    (void)pthread_mutex_unlock(&desk->lock);
}

static void run_ask(struct outbound_job *job)
{
    struct desk *desk = (struct desk *)(void *)((char *)job - offsetof(struct desk, job));

    if (!desk->client)
        desk->client = kube_client_new(desk->outbound, &desk->config);
    desk->call = kube_client_call(desk->client, desk->request, on_answer, desk);
}

static void on_stop(void *ctx)
{
    kube_client_free(((struct desk *)ctx)->client);
}

static void desk_open(struct desk *desk)
{
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->answered, NULL);
    desk->job.run = run_ask;
    desk->outbound = outbound_start();
    outbound_at_end(desk->outbound, on_stop, desk);
}

static void desk_close(struct desk *desk)
{
    outbound_stop(desk->outbound);
    (void)pthread_cond_destroy(&desk->answered);
    (void)pthread_mutex_destroy(&desk->lock);
}

/* The answer is in the desk afterwards. */
static void ask(struct desk *desk, enum kube_verb verb, const char *name)
{
    struct kube_request request = {
        .verb = verb,
        .place = {.resource = &things, .namespace = STR("team"), .name = str_from_c(name)},
        .timeout_ms = 60000,
    };
    struct timespec end;

    if (verb != KUBE_GET && verb != KUBE_DELETE)
        request.body = STR("{\"x\":1}");
    desk->has_answer = false;
    desk->request = &request;
    outbound_post(desk->outbound, &desk->job);
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 120;
    (void)pthread_mutex_lock(&desk->lock);
    while (!desk->has_answer && pthread_cond_timedwait(&desk->answered, &desk->lock, &end) == 0)
        continue;
    (void)pthread_mutex_unlock(&desk->lock);
    if (!desk->has_answer)
        fake_kube_bail_out("no answer at all");
}

static void plain(struct desk *desk)
{
    static char server[64];

    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", fake.port);
    desk->config.server = server;
}

TEST(each_outcome_has_its_code_and_says_what_was_asked)
{
    static const struct {
        enum kube_verb verb;
        const char *name;
        int status;
        enum error_code code;
        const char *says;
    } rows[] = {
        {KUBE_GET, "a", 200, ERROR_NONE, ""},
        {KUBE_POST, "a", 201, ERROR_NONE, ""},
        {KUBE_PUT, "a", 200, ERROR_NONE, ""},
        {KUBE_DELETE, "a", 200, ERROR_NONE, ""},
        {KUBE_PATCH, "a", 200, ERROR_NONE, ""},
        {KUBE_PUT, "conflict", 409, ERROR_CONFLICT,
         "cannot update things.weir.dev \"team/conflict\": the API server says 409: conflict it is"},
        {KUBE_POST, "exists", 409, ERROR_EXISTS,
         "cannot create things.weir.dev \"team/exists\": the API server says 409: exists it is"},
        {KUBE_GET, "absent", 404, ERROR_NOT_FOUND, "cannot get things.weir.dev \"team/absent\": the"},
        {KUBE_DELETE, "forbidden", 403, ERROR_FORBIDDEN, "cannot delete things.weir.dev"},
        {KUBE_PATCH, "wrong", 422, ERROR_INVALID, "cannot patch things.weir.dev"},
        {KUBE_GET, "busy", 503, ERROR_UNAVAILABLE, "cannot get"},
        {KUBE_GET, "throttled", 429, ERROR_UNAVAILABLE, "cannot get"},
        {KUBE_GET, "plain", 500, ERROR_UNAVAILABLE,
         "cannot get things.weir.dev \"team/plain\": the API server says 500"},
        {KUBE_GET, "silent", 0, ERROR_TIMEOUT,
         "cannot get things.weir.dev \"team/silent\": no answer in time"},
        {KUBE_GET, "large", 200, ERROR_TOO_LARGE, "cannot get"},
        {KUBE_GET, "cut", 200, ERROR_UNAVAILABLE, "cannot get"},
        {KUBE_GET, "../../../nodes/x", 0, ERROR_INVALID, "\"../../../nodes/x\" cannot be a name"},
    };
    struct desk desk = {.client = NULL};

    fake = fake_kube_start(NULL);
    plain(&desk);
    desk_open(&desk);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ask(&desk, rows[i].verb, rows[i].name);
        CHECK_ROW(desk.err.code == rows[i].code, "%s: %d %s", rows[i].name, desk.err.code, desk.err.text);
        CHECK_ROW(rows[i].status == 0 || rows[i].code == ERROR_TOO_LARGE ||
                      rows[i].code == ERROR_UNAVAILABLE || desk.status == rows[i].status,
                  "%s: %d", rows[i].name, desk.status);
        CHECK_ROW(str_starts(error_text(&desk.err), str_from_c(rows[i].says)), "%s: %s", rows[i].name,
                  desk.err.text);
    }
    ask(&desk, KUBE_GET, "throttled");
    CHECK(desk.retry_after_ms == 7000);
    CHECK_STR(str_from_c(desk.reason), STR("TooManyRequests"));
    desk_close(&desk);
    fake_kube_stop(&fake);
}

TEST(a_request_has_its_method_its_type_and_its_body)
{
    struct desk desk = {.client = NULL};
    char last[512];

    fake = fake_kube_start(NULL);
    plain(&desk);
    desk_open(&desk);
    ask(&desk, KUBE_PATCH, "a");
    fake_kube_ask(&fake, "last", last, sizeof(last));
    CHECK_STR(str_from_c(last), STR("PATCH /apis/weir.dev/v1/namespaces/team/things/a "
                                    "application/merge-patch+json {\"x\":1}"));
    ask(&desk, KUBE_POST, "");
    fake_kube_ask(&fake, "last", last, sizeof(last));
    CHECK_STR(str_from_c(last),
              STR("POST /apis/weir.dev/v1/namespaces/team/things application/json {\"x\":1}"));
    ask(&desk, KUBE_DELETE, "a");
    fake_kube_ask(&fake, "last", last, sizeof(last));
    CHECK_STR(str_from_c(last), STR("DELETE /apis/weir.dev/v1/namespaces/team/things/a - "));
    desk_close(&desk);
    fake_kube_stop(&fake);
}

static const char *path_of(const char *name)
{
    static char paths[8][256];
    static size_t next;
    char *ret = paths[next++ % 8];

    (void)snprintf(ret, sizeof(paths[0]), "%s/%s", folder, name);
    return ret;
}

static void write_file(const char *name, const char *content, mode_t mode)
{
    FILE *file = fopen(path_of(name), "w");

    if (!file || fputs(content, file) < 0 || fclose(file) != 0 || chmod(path_of(name), mode) != 0)
        exit(1);
}

static void with_tls(struct desk *desk, const char *host)
{
    static char server[64];

    (void)snprintf(server, sizeof(server), "https://%s:%d", host, fake.port);
    desk->config.server = server;
    desk->config.authority.path = fake.certificate;
}

TEST(a_token_that_is_replaced_is_used_without_a_failure)
{
    struct desk desk = {.client = NULL};

    fake = fake_kube_start("IP:127.0.0.1");
    fake_kube_tell(&fake, "token?value=first");
    write_file("token", "first\n", 0600);
    with_tls(&desk, "127.0.0.1");
    desk.config.token.path = path_of("token");
    desk_open(&desk);
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    fake_kube_tell(&fake, "token?value=second");
    write_file("token", "second", 0600);
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    CHECK(fake_kube_count(&fake, "refused") == 0);
    fake_kube_tell(&fake, "token?value=third");
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_FORBIDDEN, "%s", desk.err.text);
    CHECK(desk.status == 401 && fake_kube_count(&fake, "refused") == 2); /* once more, then told */
    write_file("token", "", 0600);
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(str_contains(error_text(&desk.err), STR("token for the API server is empty")), "%s",
              desk.err.text);
    desk_close(&desk);
    fake_kube_stop(&fake);
}

TEST(only_the_authority_that_is_named_is_trusted_and_the_name_is_checked)
{
    static const struct {
        const char *names; /* in the certificate */
        const char *host;
        const char *tls_server_name;
        bool other_authority;
        const char *says; /* empty: it works */
    } rows[] = {
        {"IP:127.0.0.1", "127.0.0.1", NULL, false, ""},
        {"DNS:kube.example", "127.0.0.1", "kube.example", false, ""},
        {"DNS:kube.example", "127.0.0.1", NULL, false, "certificate: it is for another name"},
        {"IP:127.0.0.1", "127.0.0.1", "kube.example", false, "certificate: it is for another name"},
        {"IP:127.0.0.1", "127.0.0.1", NULL, true, "certificate: "},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fake_kube other = fake_kube_start("IP:127.0.0.1");
        struct desk desk = {.client = NULL};

        fake = fake_kube_start(rows[i].names);
        with_tls(&desk, rows[i].host);
        desk.config.tls_server_name = rows[i].tls_server_name;
        if (rows[i].other_authority)
            desk.config.authority.path = other.certificate;
        desk_open(&desk);
        ask(&desk, KUBE_GET, "a");
        CHECK_ROW((desk.err.code == ERROR_NONE) == (rows[i].says[0] == '\0'), "row %zu: %s", i,
                  desk.err.text);
        CHECK_ROW(str_contains(error_text(&desk.err), str_from_c(rows[i].says)), "row %zu: %s", i,
                  desk.err.text);
        desk_close(&desk);
        fake_kube_stop(&fake);
        fake_kube_stop(&other);
    }
}

/* The certificate file of the fake is the authority's, too. */
TEST(an_authority_that_is_replaced_is_trusted_without_a_restart)
{
    struct desk desk = {.client = NULL};

    fake = fake_kube_start("IP:127.0.0.1");
    with_tls(&desk, "127.0.0.1");
    desk_open(&desk);
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    fake_kube_tell(&fake, "renew");
    fake_kube_tell(&fake, "drop");
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    desk_close(&desk);
    fake_kube_stop(&fake);
}

TEST(a_proxy_is_used_where_it_is_named_and_never_for_loopback_by_the_environment)
{
    struct fake_kube proxy = fake_kube_start(NULL);
    char url[64];

    fake = fake_kube_start("IP:127.0.0.1");
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy.port);
    (void)setenv("HTTPS_PROXY", url, 1);
    for (int named = 0; named < 2; named++) {
        struct desk desk = {.client = NULL};

        with_tls(&desk, "127.0.0.1");
        desk.config.proxy_url = named ? url : NULL;
        desk_open(&desk);
        ask(&desk, KUBE_GET, "a");
        CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
        CHECK(fake_kube_count(&proxy, "proxied") == named);
        desk_close(&desk);
    }
    (void)unsetenv("HTTPS_PROXY");
    fake_kube_stop(&fake);
    fake_kube_stop(&proxy);
}

#define CREDENTIAL(more)                                                                                     \
    "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{" more "}}"

static const char *const no_env[] = {NULL};

static int runs(void)
{
    struct arena arena;
    struct str log;
    struct error err;
    int ret = 0;

    arena_init(&arena);
    log = test_read_file(&arena, path_of("log"));
    (void)err;
    for (size_t i = 0; i < log.len; i++)
        ret += log.ptr[i] == '\n';
    arena_release(&arena);
    return ret;
}

TEST(a_program_hands_out_credentials_and_is_run_again_when_they_are_refused)
{
    const char *argv[] = {NULL, "an argument", NULL};
    const char *env[] = {"WHO=us", NULL};
    struct kube_exec exec = {.argv = argv, .env = env, .api_version = STR("client.authentication.k8s.io/v1")};
    struct desk desk = {.client = NULL};
    const struct timespec second = {.tv_sec = 1, .tv_nsec = 100000000};

    fake = fake_kube_start("IP:127.0.0.1");
    fake_kube_tell(&fake, "token?value=one");
    write_file("log", "", 0600);
    write_file("value", "one", 0600);
    write_file("login",
               "#!/bin/sh\n"
               "d=$(dirname \"$0\"); echo \"$WHO $1\" >>\"$d/log\"\n"
               "case $KUBERNETES_EXEC_INFO in *'\"interactive\":false'*) ;; *) exit 3;; esac\n"
               "cat <<EOF\n" CREDENTIAL("\"token\":\"$(cat $d/value)\"") "\nEOF\n",
               0700);
    argv[0] = exec.command = path_of("login");
    with_tls(&desk, "127.0.0.1");
    desk.config.exec = &exec;
    desk_open(&desk);
    for (int i = 0; i < 3; i++) {
        ask(&desk, KUBE_GET, "a");
        CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    }
    CHECK(runs() == 1);
    fake_kube_tell(&fake, "token?value=two");
    write_file("value", "two", 0600);
    (void)nanosleep(&second, NULL); /* a program is not run twice within a second */
    ask(&desk, KUBE_GET, "a");
    CHECK_ROW(desk.err.code == ERROR_NONE, "%s", desk.err.text);
    CHECK(runs() == 2 && fake_kube_count(&fake, "refused") == 1);
    desk_close(&desk);
    fake_kube_stop(&fake);
}

TEST(a_program_that_misbehaves_is_told_and_its_output_is_not)
{
    static const struct {
        const char *body;
        const char *says;
    } rows[] = {
        {"echo secret; exit 1\n", "login\" failed"},
        {"echo secret\n", "is not JSON"},
        {"echo '{\"secret\":1}'\n", "is not an ExecCredential"},
        {"cat <<EOF\n" CREDENTIAL("") "\nEOF\n", "has neither a token nor a certificate"},
        {"cat <<EOF\n" CREDENTIAL("\"token\":\"a secret\"") "\nEOF\n", "has a token that cannot be sent"},
        {"cat <<EOF\n" CREDENTIAL("\"token\":\"secret\",\"expirationTimestamp\":\"x\"") "\nEOF\n",
         "has an expirationTimestamp that is none"},
        {"cat <<EOF\n" CREDENTIAL("\"clientCertificateData\":\"secret\"") "\nEOF\n", "but not both"},
        {"exec head -c 2000000 /dev/zero\n", "prints too much"},
    };
    const char *argv[] = {path_of("login"), NULL};
    struct kube_exec exec = {.command = argv[0],
                             .argv = argv,
                             .env = no_env,
                             .api_version = STR("client.authentication.k8s.io/v1"),
                             .install_hint = STR("get it from example.com")};
    char text[1000];

    fake = fake_kube_start("IP:127.0.0.1");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct desk desk = {.client = NULL};

        (void)snprintf(text, sizeof(text), "#!/bin/sh\n%s", rows[i].body);
        write_file("login", text, 0700);
        with_tls(&desk, "127.0.0.1");
        desk.config.exec = &exec;
        desk_open(&desk);
        ask(&desk, KUBE_GET, "a");
        CHECK_ROW(desk.err.code == ERROR_FORBIDDEN, "row %zu: %d", i, desk.err.code);
        CHECK_ROW(str_contains(error_text(&desk.err), str_from_c(rows[i].says)), "row %zu: %s", i,
                  desk.err.text);
        CHECK_ROW(!str_contains(error_text(&desk.err), STR("secret")), "row %zu: %s", i, desk.err.text);
        desk_close(&desk);
    }
    {
        struct desk desk = {.client = NULL};

        argv[0] = exec.command = "weir-has-no-such-program";
        with_tls(&desk, "127.0.0.1");
        desk.config.exec = &exec;
        desk_open(&desk);
        ask(&desk, KUBE_GET, "a");
        CHECK_ROW(str_contains(error_text(&desk.err), STR("get it from example.com")), "%s", desk.err.text);
        desk_close(&desk);
    }
    fake_kube_stop(&fake);
}

TEST(what_is_under_way_ends_with_the_client)
{
    const char *argv[] = {"sleep", "1000", NULL};
    struct kube_exec exec = {.command = "sleep",
                             .argv = argv,
                             .env = no_env,
                             .api_version = STR("client.authentication.k8s.io/v1")};
    static const struct kube_request request = {.place = {.resource = &things}};
    struct desk desk = {.client = NULL};

    fake = fake_kube_start("IP:127.0.0.1");
    with_tls(&desk, "127.0.0.1");
    desk.config.exec = &exec;
    desk_open(&desk);
    desk.request = &request;
    outbound_post(desk.outbound, &desk.job);
    desk_close(&desk); /* the program is killed, or this waits for a quarter of an hour */
    CHECK(!desk.has_answer);
    fake_kube_stop(&fake);
}

static void make_folder(void) __attribute__((constructor));
static void make_folder(void)
{
    if (!mkdtemp(folder))
        exit(1);
}

static void remove_folder(void) __attribute__((destructor));
static void remove_folder(void)
{
    static const char *const names[] = {"token", "login", "log", "value"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unlink(path_of(names[i]));
    (void)rmdir(folder);
}

TEST_MAIN()
