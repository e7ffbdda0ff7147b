/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_LOG_LINE_H
#define WEIR_EDGE_LOG_LINE_H

#include "edge/log.h"

/* One line of the log while it is written: on the stack, without allocation. */
struct log_line {
    size_t len;
    char bytes[LOG_LINE_MAX];
};

/* `now_ms` since the epoch. Afterwards the line is whole: it ends with "}\n". */
void log_line_format(struct log_line *line, int64_t now_ms, enum log_level level, const char *event,
                     const struct log_field *fields, size_t count);

#endif
