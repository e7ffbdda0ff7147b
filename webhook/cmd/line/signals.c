/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/signals.h"

#include <pthread.h>
#include <stddef.h>

void signals_block(sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGHUP);
    pthread_sigmask(SIG_BLOCK, ret, NULL);
    signal(SIGPIPE, SIG_IGN);
}
