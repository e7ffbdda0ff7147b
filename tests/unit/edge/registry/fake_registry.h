/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_FAKE_REGISTRY_H
#define WEIR_TESTS_FAKE_REGISTRY_H

/* tests/integration/fake_registry.py as a child: it serves until its standard input is closed. */
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

struct fake_registry {
    pid_t pid;
    int input;
    int port;
    char certificate[256]; /* with TLS: the file */
};

static inline void fake_bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

/* "PORT certificate" is the first line. */
static inline void fake_read_line(struct fake_registry *fake, int output)
{
    FILE *file = fdopen(output, "r");
    char line[400] = "";
    char *blank;
    int64_t port = 0;

    if (!file || !fgets(line, sizeof(line), file))
        fake_bail_out("the fake registry did not start");
    blank = strchr(line, ' ');
    if (!blank || !str_to_int64((struct str){line, (size_t)(blank - line)}, 1, 65535, &port))
        fake_bail_out("the fake registry said no port");
    fake->port = (int)port;
    (void)snprintf(fake->certificate, sizeof(fake->certificate), "%s", blank + 1);
    fake->certificate[strcspn(fake->certificate, "\n")] = '\0';
    fclose(file);
}

/* Any may be NULL. `tls_name` is a path where it begins with a slash: of a certificate to serve as well. */
static inline struct fake_registry fake_registry_start(const char *tls_name, const char *peer)
{
    struct fake_registry fake = {.pid = -1};
    posix_spawn_file_actions_t actions;
    int input[2];
    int output[2];
    static char program[] = "python3";
    static char script[] = TEST_DATA "/../integration/fake_registry.py";
    static char tls_flag[] = "--tls-name";
    static char like_flag[] = "--tls-like";
    static char peer_flag[] = "--peer";
    char *argv[8] = {program, script};
    int count = 2;

    if (tls_name) {
        argv[count++] = tls_name[0] == '/' ? like_flag : tls_flag;
        argv[count++] = (char *)(uintptr_t)tls_name;
    }
    if (peer) {
        argv[count++] = peer_flag;
        argv[count++] = (char *)(uintptr_t)peer;
    }
    if (pipe(input) != 0 || pipe(output) != 0)
        fake_bail_out("no pipe");
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    (void)posix_spawn_file_actions_addclose(&actions, input[1]);
    (void)posix_spawn_file_actions_addclose(&actions, output[0]);
    if (posix_spawnp(&fake.pid, "python3", &actions, NULL, argv, environ) != 0)
        fake_bail_out("no python3");
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(input[0]);
    (void)close(output[1]);
    fake.input = input[1];
    fake_read_line(&fake, output[0]);
    return fake;
}

static inline void fake_registry_stop(struct fake_registry *fake)
{
    (void)close(fake->input);
    (void)waitpid(fake->pid, NULL, 0);
}

/* The body of GET /_fake/<path>, up to `size` - 1 bytes. */
static inline void fake_registry_get(const struct fake_registry *fake, const char *path, char *ret,
                                     size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fake->port)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    char buffer[4096];
    size_t len = 0;
    ssize_t got = 1;
    char *body;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0)
        fake_bail_out("the fake registry is gone");
    (void)snprintf(buffer, sizeof(buffer), "GET /_fake/%s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    if (write(connection, buffer, strlen(buffer)) < 0)
        fake_bail_out("the fake registry does not listen");
    (void)shutdown(connection, SHUT_WR);
    while (got > 0 && len < sizeof(buffer) - 1) {
        got = read(connection, buffer + len, sizeof(buffer) - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    buffer[len] = '\0';
    (void)close(connection);
    body = strstr(buffer, "\r\n\r\n");
    (void)snprintf(ret, size, "%s", body ? body + 4 : "");
}

/* How many requests had `part` (blanks as %20) in their line "METHOD target authorization". */
static inline int fake_registry_count(const struct fake_registry *fake, const char *part)
{
    char path[512];
    char text[32];
    int64_t ret = -1;

    (void)snprintf(path, sizeof(path), "count/%s", part);
    fake_registry_get(fake, path, text, sizeof(text));
    if (!str_to_int64(str_from_c(text), 0, 1000000, &ret))
        fake_bail_out("the fake registry cannot count");
    return (int)ret;
}

#endif
