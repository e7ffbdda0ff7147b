/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_WRITE_H
#define WEIR_BASE_JSON_WRITE_H

#include "base/error.h"
#include "base/text.h"

struct yajl_gen_t;

/*
 * Writes JSON into a text, by yajl. Sticky: after the first failure calls do
 * nothing, and only json_write_finish() reports. Bytes that are not UTF-8
 * become U+FFFD. At most 127 levels. Memory is the text's arena's.
 */
struct json_writer {
    struct text *out;
    struct yajl_gen_t *gen;
    bool failed;
};

void json_write_init(struct json_writer *w, struct text *out);

void json_write_map_open(struct json_writer *w);
void json_write_map_close(struct json_writer *w);
void json_write_list_open(struct json_writer *w);
void json_write_list_close(struct json_writer *w);
void json_write_key(struct json_writer *w, struct str key);
void json_write_str(struct json_writer *w, struct str s);
void json_write_int(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);
void json_write_number(struct json_writer *w, struct str number); /* must be a JSON number */
/* key and value in one call */
void json_write_member_str(struct json_writer *w, struct str key, struct str s);
/* null where the value is empty. */
void json_write_member_text(struct json_writer *w, struct str key, struct str value);
void json_write_member_int(struct json_writer *w, struct str key, int64_t value);
void json_write_member_bool(struct json_writer *w, struct str key, bool value);

/* Fails where the text's limit was passed or the calls did not make one whole value. */
MUST_CHECK int json_write_finish(struct json_writer *w, struct error *err);

#endif
