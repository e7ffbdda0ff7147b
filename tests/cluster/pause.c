/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a Pod's namespaces: waits for children that others leave behind, and for its own end. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number)
{
    (void)number;
    _exit(0);
}

static void reap(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(void)
{
    sigaction(SIGINT, &(struct sigaction){.sa_handler = end}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = reap}, NULL);
    for (;;)
        pause();
}
