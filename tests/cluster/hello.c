/* SPDX-License-Identifier: Apache-2.0 */
/* A container to look at: says hello in its log, then answers "ok" to every HTTP request at port 8080. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

static void end(int number)
{
    (void)number;
    _exit(0);
}

static int listen_at(unsigned short port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0)
        return -1;
    if (bind(listener, (struct sockaddr *)&any, sizeof any) != 0 || listen(listener, 8) != 0)
        return -1;
    return listener;
}

int main(void)
{
    char request[1024];
    int listener = listen_at(8080);

    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    printf("hello from pid %d\n", (int)getpid());
    fflush(stdout);
    if (listener < 0)
        return 1;
    for (;;) {
        int peer = accept(listener, NULL, NULL);

        if (peer < 0)
            continue;
        if (read(peer, request, sizeof request) < 0 || write(peer, answer, sizeof answer - 1) < 0)
            fprintf(stderr, "a peer went away\n");
        close(peer);
    }
}
