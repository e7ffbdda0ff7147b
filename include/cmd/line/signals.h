/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_SIGNALS_H
#define WEIR_CMD_LINE_SIGNALS_H

#include <signal.h>

/*
 * Those that a long-running command answers: SIGTERM, SIGINT, SIGHUP. Blocked
 * before there are threads, which inherit the mask, so that they wait for the
 * thread that calls sigwait(). SIGPIPE is ignored.
 */
void signals_block(sigset_t *ret);

#endif
