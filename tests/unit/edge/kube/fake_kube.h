/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_FAKE_KUBE_H
#define WEIR_TESTS_FAKE_KUBE_H

/* tests/integration/fake_kube.py as a child: it serves until its standard input is closed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct fake_kube {
    pid_t pid;
    int input;
    int port;
    int control_port;
    char certificate[256]; /* with TLS: the file */
};

static inline void fake_kube_bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static inline void fake_kube_read_line(struct fake_kube *fake, int output)
{
    FILE *file = fdopen(output, "r");
    char line[400] = "";
    struct str rest;
    int64_t port = 0;
    int64_t control = 0;

    if (!file || !fgets(line, sizeof(line), file))
        fake_kube_bail_out("the fake API server did not start");
    rest = str_trim(str_from_c(line));
    if (!str_to_int64(str_cut(&rest, ' '), 1, 65535, &port) ||
        !str_to_int64(str_cut(&rest, ' '), 1, 65535, &control))
        fake_kube_bail_out("the fake API server said no port");
    fake->port = (int)port;
    fake->control_port = (int)control;
    (void)snprintf(fake->certificate, sizeof(fake->certificate), STR_FMT, STR_ARG(rest));
    fclose(file);
}

/* `tls_name` may be NULL: plain HTTP. */
static inline struct fake_kube fake_kube_start(const char *tls_name)
{
    struct fake_kube fake = {.pid = -1};
    posix_spawn_file_actions_t actions;
    int input[2];
    int output[2];
    static char program[] = "python3";
    static char script[] = TEST_DATA "/../integration/fake_kube.py";
    static char tls_flag[] = "--tls-name";
    char *argv[5] = {program, script, tls_name ? tls_flag : NULL, (char *)(uintptr_t)tls_name};

    if (pipe(input) != 0 || pipe(output) != 0)
        fake_kube_bail_out("no pipe");
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    (void)posix_spawn_file_actions_addclose(&actions, input[1]);
    (void)posix_spawn_file_actions_addclose(&actions, output[0]);
    if (posix_spawnp(&fake.pid, "python3", &actions, NULL, argv, environ) != 0)
        fake_kube_bail_out("no python3");
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(input[0]);
    (void)close(output[1]);
    fake.input = input[1];
    fake_kube_read_line(&fake, output[0]);
    return fake;
}

static inline void fake_kube_stop(struct fake_kube *fake)
{
    (void)close(fake->input);
    (void)waitpid(fake->pid, NULL, 0);
}

/* The body of GET /<command> on the control port, up to `size` - 1 bytes. */
static inline void fake_kube_ask(const struct fake_kube *fake, const char *command, char *ret, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fake->control_port)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    char buffer[4096];
    size_t len = 0;
    ssize_t got = 1;
    char *body;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0)
        fake_kube_bail_out("the fake API server is gone");
    (void)snprintf(buffer, sizeof(buffer), "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", command);
    if (write(connection, buffer, strlen(buffer)) < 0)
        fake_kube_bail_out("the fake API server does not listen");
    while (got > 0 && len < sizeof(buffer) - 1) {
        got = read(connection, buffer + len, sizeof(buffer) - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    buffer[len] = '\0';
    (void)close(connection);
    body = strstr(buffer, "\r\n\r\n");
    if (!body)
        fake_kube_bail_out("the fake API server does not understand");
    (void)snprintf(ret, size, "%s", body + 4);
}

static inline void fake_kube_tell(const struct fake_kube *fake, const char *command)
{
    char answer[64];

    fake_kube_ask(fake, command, answer, sizeof(answer));
}

/* How often it was asked: "list", "watch", "other", "refused". */
static inline int fake_kube_count(const struct fake_kube *fake, const char *what)
{
    char command[64];
    char text[32];
    int64_t ret = -1;

    (void)snprintf(command, sizeof(command), "count?what=%s", what);
    fake_kube_ask(fake, command, text, sizeof(text));
    if (!str_to_int64(str_from_c(text), 0, 1000000, &ret))
        fake_kube_bail_out("the fake API server cannot count");
    return (int)ret;
}

#endif
