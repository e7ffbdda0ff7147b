/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_LOG_LOG_H
#define WEIR_EDGE_LOG_LOG_H

#include "edge/log/line.h"

/*
 * The log: one JSON object a line. Any thread writes; a line is formatted on
 * the caller's stack and copied into a bounded buffer, which the log's own
 * thread writes out a few times a second. No caller waits for the file:
 * what does not fit, or cannot be written, is dropped and counted.
 *
 * {"time":"2024-05-01T10:00:00.123Z","level":"info","event":"admission","kind":"Pod","took":41}
 */
enum { LOG_BUFFER_SIZE = 512 << 10 }; /* of lines not yet written */

#define log_info(log, event, ...)                                                                            \
    log_write((log), LOG_LEVEL_INFO, (event), LOG_FIELDS(__VA_ARGS__), LOG_FIELD_COUNT(__VA_ARGS__))
#define log_warning(log, event, ...)                                                                         \
    log_write((log), LOG_LEVEL_WARNING, (event), LOG_FIELDS(__VA_ARGS__), LOG_FIELD_COUNT(__VA_ARGS__))
#define log_error(log, event, ...)                                                                           \
    log_write((log), LOG_LEVEL_ERROR, (event), LOG_FIELDS(__VA_ARGS__), LOG_FIELD_COUNT(__VA_ARGS__))

struct log;

/*
 * Starts the log on a duplicate of `fd`, opened anew without blocking where
 * that is possible. A closed `fd` makes a log that drops everything.
 */
struct log *log_start(int fd);
/*
 * Writes what is left, for at most half a second. Lines that threads still
 * write afterwards are lost, which is what a process wants that is about to _exit().
 */
void log_finish(struct log *log);
/* The same, and frees. NULL is allowed. */
void log_stop(struct log *log);

/* Empty texts are left out. NULL `log` drops. */
void log_write(struct log *log, enum log_level level, const char *event, const struct log_field *fields,
               size_t count);

/* For lines of log_line.h: the time that they carry, and adding one. `log` is not NULL. */
int64_t log_now_ms(void);
void log_append(struct log *log, const struct log_line *line);

uint64_t log_dropped(const struct log *log);

#endif
