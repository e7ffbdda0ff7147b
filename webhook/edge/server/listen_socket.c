/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* SOCK_NONBLOCK, SOCK_CLOEXEC */
#include "edge/server/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HOST_MAX = 256,
    PORT_TEXT_MAX = 8,
    BACKLOG = 1024,
    USER_TIMEOUT_MS = 30000,
    RECEIVE_BYTES = 32 << 10, /* the kernel takes twice that */
};

struct endpoint {
    char host[HOST_MAX];
    char port[PORT_TEXT_MAX];
    bool any; /* no host was given */
};

static int parse(const char *address, struct endpoint *ret, struct error *err)
{
    struct str text = str_from_c(address);
    size_t colon = str_rfind(text, ':');
    struct str host = str_slice(text, 0, colon);
    int64_t port;

    if (colon == text.len || !str_to_int64(str_from(text, colon + 1), 0, 65535, &port))
        return error_set(err, ERROR_INVALID, "\"%s\" is not ADDRESS:PORT", address);
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 1);
    else if (str_find(host, ':') < host.len)
        return error_set(err, ERROR_INVALID, "\"%s\": an IPv6 address stands in brackets", address);
    if (host.len >= sizeof ret->host)
        return error_set(err, ERROR_INVALID, "\"%s\" is too long", address);
    snprintf(ret->host, sizeof ret->host, STR_FMT, STR_ARG(host));
    snprintf(ret->port, sizeof ret->port, "%d", (int)port);
    ret->any = host.len == 0;
    return 0;
}

static int listen_on(const struct addrinfo *info)
{
    int on = 1;
    int off = 0;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

static void bound_address(int fd, char ret[LISTEN_ADDRESS_MAX])
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[64] = "?";
    char port[PORT_TEXT_MAX] = "?";

    memset(&address, 0, sizeof address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        (void)getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(ret, LISTEN_ADDRESS_MAX, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int first_that_listens(const struct addrinfo *list, int family)
{
    for (const struct addrinfo *info = list; info; info = info->ai_next) {
        if (family != AF_UNSPEC && info->ai_family != family)
            continue;
        int fd = listen_on(info);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

int listen_socket_open(const char *address, int *ret_fd, char ret_address[LISTEN_ADDRESS_MAX],
                       struct error *err)
{
    struct endpoint endpoint;
    struct addrinfo hints;
    struct addrinfo *list = NULL;
    int fd = -1;

    if (parse(address, &endpoint, err) < 0)
        return -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    int code = getaddrinfo(endpoint.any ? NULL : endpoint.host, endpoint.port, &hints, &list);
    if (code != 0)
        return error_set(err, ERROR_INVALID, "cannot listen on \"%s\": %s", address, gai_strerror(code));
    if (endpoint.any) /* one IPv6 socket takes both families */
        fd = first_that_listens(list, AF_INET6);
    if (fd < 0)
        fd = first_that_listens(list, AF_UNSPEC);
    freeaddrinfo(list);
    if (fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "cannot listen on \"%s\": %s", address, strerror(errno));
    bound_address(fd, ret_address);
    *ret_fd = fd;
    return 0;
}

static void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

void listen_socket_tune(int fd)
{
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
}
