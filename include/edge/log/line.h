/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_LOG_LINE_H
#define WEIR_EDGE_LOG_LINE_H

#include "base/str.h"

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

enum {
    LOG_TEXT_MAX = 1024, /* bytes of one text field; longer ones are cut, and end in "…" */
    LOG_LINE_MAX = 8192, /* fields that no longer fit are left out */
};

struct log_field {
    struct str lead; /* what stands in front of the value: its key, plain ASCII, as `,"key":` */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_BOOL } kind;
    union {
        struct str text;
        int64_t number;
    };
};

#define LOG_LEAD(key)        STR_INIT(",\"" key "\":")
#define LOG_STR(key, of)     ((struct log_field){LOG_LEAD(key), LOG_FIELD_TEXT, .text = (of)})
#define LOG_INT(key, of)     ((struct log_field){LOG_LEAD(key), LOG_FIELD_INT, .number = (int64_t)(of)})
#define LOG_BOOL(key, of)    ((struct log_field){LOG_LEAD(key), LOG_FIELD_BOOL, .number = (of)})
#define LOG_FIELDS(...)      ((const struct log_field[]){__VA_ARGS__})
#define LOG_FIELD_COUNT(...) (sizeof(LOG_FIELDS(__VA_ARGS__)) / sizeof(struct log_field))

/*
 * One line of the log while it is written: on the stack, without allocation.
 * log_write() does this from a list of fields; what is logged once for every
 * admission adds its fields itself, which costs less than a list of them.
 */
struct log_line {
    size_t len;
    char bytes[LOG_LINE_MAX];
};

/* `now_ms` since the epoch. */
void log_line_begin(struct log_line *line, int64_t now_ms, enum log_level level, struct str event);
/* Empty texts, and what no longer fits, are left out. */
void log_line_add_some_text(struct log_line *line, struct str lead, struct str text);
static inline void log_line_add_text(struct log_line *line, struct str lead, struct str text)
{
    if (text.len > 0)
        log_line_add_some_text(line, lead, text);
}
void log_line_add_int(struct log_line *line, struct str lead, int64_t number);
void log_line_add_bool(struct log_line *line, struct str lead, bool truth);
void log_line_add_fields(struct log_line *line, const struct log_field *fields, size_t count);
/* Afterwards the line is whole: it ends with "}\n". */
void log_line_end(struct log_line *line);

#endif
