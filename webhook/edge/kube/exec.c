/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/exec.h"

#include "base/base64.h"
#include "base/json/read.h"
#include "base/json/write.h"
#include "base/memory.h"
#include "base/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    LOOK_MS = 10, /* between two looks at the program */
    INFO_MAX = 2 << 20,
};

struct kube_exec_run {
    struct timer timer; /* first: a look at the program */
    struct timer_queue *timers;
    struct arena arena;
    const char *command;
    struct str install_hint;
    pid_t pid;  /* 0: gone, or never there */
    int output; /* -1: closed */
    char *bytes;
    size_t len;
    int64_t deadline_ms;
    int spawn_failure;
    kube_exec_done *on_done;
    void *ctx;
};

static void run_free(struct kube_exec_run *run)
{
    timer_queue_clear(run->timers, &run->timer);
    if (run->pid > 0) {
        (void)kill(-run->pid, SIGKILL);
        (void)waitpid(run->pid, NULL, 0);
    }
    if (run->output >= 0)
        (void)close(run->output);
    OPENSSL_cleanse(run->bytes, run->len);
    free(run->bytes);
    arena_release(&run->arena);
    free(run);
}

void kube_exec_cancel(struct kube_exec_run *run)
{
    run_free(run);
}

static void end(struct kube_exec_run *run, const struct error *err)
{
    run->on_done(run->ctx, (struct str){run->bytes, run->len}, err);
    run_free(run);
}

static void fail(struct kube_exec_run *run, enum error_code code, const char *what)
{
    struct error err;

    (void)!error_set(&err, code, "the credentials' program \"%s\" %s", run->command, what);
    end(run, &err);
}

static void fail_spawn(struct kube_exec_run *run)
{
    struct error err;

    (void)!error_set(&err, ERROR_UNAVAILABLE, "the credentials' program \"%s\" cannot be run: %s%s" STR_FMT,
                     run->command, strerror(run->spawn_failure), run->install_hint.len > 0 ? "; " : "",
                     STR_ARG(str_slice(run->install_hint, 0, 300)));
    end(run, &err);
}

/* False: more than the limit. */
static bool read_output(struct kube_exec_run *run)
{
    ssize_t got = 1;

    while (run->output >= 0 && got > 0 && run->len <= KUBE_EXEC_OUTPUT_MAX) {
        got = read(run->output, run->bytes + run->len, KUBE_EXEC_OUTPUT_MAX + 1 - run->len);
        if (got > 0)
            run->len += (size_t)got;
    }
    return run->len <= KUBE_EXEC_OUTPUT_MAX;
}

static void look(struct timer *timer)
{
    struct kube_exec_run *run = (struct kube_exec_run *)timer;
    int status = 0;
    pid_t ended;

    if (run->pid == 0) {
        fail_spawn(run);
        return;
    }
    ended = waitpid(run->pid, &status, WNOHANG);
    if (!read_output(run)) {
        fail(run, ERROR_TOO_LARGE, "prints too much");
    } else if (ended == run->pid) {
        (void)kill(-run->pid, SIGKILL); /* what it left behind */
        run->pid = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            end(run, NULL);
        else
            fail(run, ERROR_UNAVAILABLE,
                 WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "cannot be run" : "failed");
    } else if (ended < 0) {
        run->pid = 0;
        fail(run, ERROR_UNAVAILABLE, "was reaped by another part of the process");
    } else if (monotonic_ms() > run->deadline_ms) {
        fail(run, ERROR_TIMEOUT, "did not end in time");
    } else {
        timer_queue_set(run->timers, &run->timer, monotonic_ms() + LOOK_MS);
    }
}

static void write_cluster(struct json_writer *writer, const struct kube_config *config)
{
    size_t len = base64_encoded_len(config->authority.data.len);
    char *encoded;

    json_write_key(writer, STR("cluster"));
    json_write_map_open(writer);
    json_write_member_str(writer, STR("server"), str_from_c(config->server));
    if (config->tls_server_name)
        json_write_member_str(writer, STR("tls-server-name"), str_from_c(config->tls_server_name));
    if (config->insecure)
        json_write_member_bool(writer, STR("insecure-skip-tls-verify"), true);
    if (len > 0) {
        encoded = arena_alloc(writer->out->arena, len);
        base64_encode(config->authority.data, encoded);
        json_write_member_str(writer, STR("certificate-authority-data"), (struct str){encoded, len});
    }
    json_write_map_close(writer);
}

/* The value of $KUBERNETES_EXEC_INFO. */
static int describe(struct arena *arena, const struct kube_config *config, struct str *ret, struct error *err)
{
    struct json_writer writer;
    struct text text;

    text_init(&text, arena, INFO_MAX);
    json_write_init(&writer, &text);
    json_write_map_open(&writer);
    json_write_member_str(&writer, STR("apiVersion"), config->exec->api_version);
    json_write_member_str(&writer, STR("kind"), STR("ExecCredential"));
    json_write_key(&writer, STR("spec"));
    json_write_map_open(&writer);
    json_write_member_bool(&writer, STR("interactive"), false);
    if (config->exec->provide_cluster_info)
        write_cluster(&writer, config);
    json_write_map_close(&writer);
    json_write_map_close(&writer);
    if (json_write_finish(&writer, err) < 0)
        return -1;
    *ret = text_str(&text);
    return 0;
}

static bool same_name(const char *a, const char *b)
{
    size_t len = str_find(str_from_c(a), '=');

    return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* The last one of a name is the one: what is added replaces what is there. */
static void put(char **list, size_t *count, const char *variable)
{
    size_t i = 0;

    while (i < *count && !same_name(list[i], variable))
        i++;
    list[i] = (char *)(uintptr_t)variable;
    *count += i == *count;
}

static char **make_environment(struct arena *arena, const struct kube_exec *exec, struct str info)
{
    size_t count = 0;
    size_t most = 2;
    char **ret;

    for (char **at = environ; *at; at++)
        most++;
    for (const char *const *at = exec->env; *at; at++)
        most++;
    ret = ARENA_ARRAY(arena, most, char *);
    for (char **at = environ; *at; at++)
        put(ret, &count, *at);
    for (const char *const *at = exec->env; *at; at++)
        put(ret, &count, *at);
    put(ret, &count, arena_cstr(arena, arena_join(arena, STR("KUBERNETES_EXEC_INFO="), info)));
    return ret;
}

/* All signals as they come, though our thread blocks them; a process group of its own, to end all of it. */
static void set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_init(attributes);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    (void)posix_spawnattr_setflags(attributes,
                                   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int spawn(struct kube_exec_run *run, const struct kube_exec *exec, char *const *environment,
                 int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed;

    set_attributes(&attributes);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    failed = posix_spawnp(&run->pid, exec->command, &actions, &attributes,
                          (char *const *)(uintptr_t)exec->argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        run->pid = 0;
    return failed;
}

static int launch(struct kube_exec_run *run, const struct kube_config *config, struct str info)
{
    int ends[2];
    int failed;

    if (pipe(ends) != 0)
        return errno;
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    run->output = ends[0];
    failed = spawn(run, config->exec, make_environment(&run->arena, config->exec, info), ends[1]);
    (void)close(ends[1]);
    return failed;
}

struct kube_exec_run *kube_exec_start(struct outbound *outbound, const struct kube_config *config,
                                      kube_exec_done *on_done, void *ctx)
{
    struct kube_exec_run *run = memory_zeroed(1, sizeof(*run));
    struct str info;
    struct error err;

    run->bytes = memory_bytes(KUBE_EXEC_OUTPUT_MAX + 1);
    arena_init(&run->arena);
    run->timer.run = look;
    run->timers = outbound_timers(outbound);
    run->command = config->exec->command;
    run->install_hint = config->exec->install_hint;
    run->output = -1;
    run->deadline_ms = monotonic_ms() + KUBE_EXEC_MS;
    run->on_done = on_done;
    run->ctx = ctx;
    run->spawn_failure = E2BIG;
    if (describe(&run->arena, config, &info, &err) == 0)
        run->spawn_failure = launch(run, config, info);
    timer_queue_set(run->timers, &run->timer, monotonic_ms());
    return run;
}

static int wrong(struct error *err, const char *what)
{
    return error_set(err, ERROR_INVALID, "what the credentials' program printed %s", what);
}

static bool is_header_text(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

int kube_exec_read(struct arena *arena, struct str output, struct str api_version,
                   struct kube_exec_credential *ret, struct error *err)
{
    struct kube_exec_credential credential = {.expires = 0};
    const struct value *status;
    struct value *document;
    struct str expires;

    if (json_read(arena, output, &document, err) < 0)
        return wrong(err, "is not JSON");
    if (!str_equal(value_string(value_find(document, STR("kind"))), STR("ExecCredential")) ||
        !str_equal(value_string(value_find(document, STR("apiVersion"))), api_version))
        return wrong(err, "is not an ExecCredential of the version that is configured");
    status = value_find(document, STR("status"));
    credential.token = value_string(value_find(status, STR("token")));
    credential.client_certificate_pem = value_string(value_find(status, STR("clientCertificateData")));
    credential.client_key_pem = value_string(value_find(status, STR("clientKeyData")));
    expires = value_string(value_find(status, STR("expirationTimestamp")));
    if (credential.token.len == 0 && credential.client_certificate_pem.len == 0)
        return wrong(err, "has neither a token nor a certificate");
    if ((credential.client_certificate_pem.len == 0) != (credential.client_key_pem.len == 0))
        return wrong(err, "has a certificate or a key, but not both");
    if (!is_header_text(credential.token))
        return wrong(err, "has a token that cannot be sent");
    if (expires.len > 0 && !timestamp_parse(expires, &credential.expires))
        return wrong(err, "has an expirationTimestamp that is none");
    *ret = credential;
    return 0;
}
