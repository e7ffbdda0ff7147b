/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_LOG_LIBRARY_OUTPUT_H
#define WEIR_EDGE_LOG_LIBRARY_OUTPUT_H

#include "edge/log/log.h"

/*
 * What libraries print to stderr by themselves (h2o: a line for every unknown
 * frame a peer sends): from the start on file descriptor 2 is a pipe that never
 * blocks, whose lines go into the log, a few a second. What an assertion says
 * before it ends the process still reaches the real stderr.
 */
struct library_output;

enum { LIBRARY_LINES_A_SECOND = 5 };

/* After log_start(). One a process. */
struct library_output *library_output_start(struct log *log);
/* Gives file descriptor 2 back. NULL is allowed. */
void library_output_stop(struct library_output *output);

#endif
