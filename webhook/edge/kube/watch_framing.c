/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/watch_framing.h"

#include "base/json/scan.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_MIN = 4096,
    BUFFER_KEPT = 256 << 10, /* what an idle watch may keep */
};

void watch_framing_init(struct watch_framing *framing, size_t line_max)
{
    *framing = (struct watch_framing){.line_max = line_max};
}

void watch_framing_release(struct watch_framing *framing)
{
    free(framing->bytes);
    framing->bytes = NULL;
    watch_framing_reset(framing);
    framing->size = 0;
}

void watch_framing_reset(struct watch_framing *framing)
{
    framing->start = 0;
    framing->len = 0;
    framing->seen = 0;
}

static void resize(struct watch_framing *framing, size_t size)
{
    char *bytes = memory_grow(framing->bytes, size);

    framing->bytes = bytes;
    framing->size = size;
}

static void make_room(struct watch_framing *framing, size_t len)
{
    size_t size = framing->size < BUFFER_MIN ? BUFFER_MIN : framing->size;

    if (framing->start > 0 && framing->len > 0)
        memmove(framing->bytes, framing->bytes + framing->start, framing->len);
    framing->start = 0;
    if (framing->len == 0 && framing->size > BUFFER_KEPT && len <= BUFFER_KEPT)
        resize(framing, BUFFER_KEPT);
    while (size - framing->len < len)
        size *= 2;
    if (size > framing->size)
        resize(framing, size);
}

void watch_framing_add(struct watch_framing *framing, struct str part)
{
    if (part.len == 0)
        return;
    if (framing->size - framing->start - framing->len < part.len)
        make_room(framing, part.len);
    memcpy(framing->bytes + framing->start + framing->len, part.ptr, part.len);
    framing->len += part.len;
}

static int too_long(const struct watch_framing *framing, struct error *err)
{
    return error_set(err, ERROR_TOO_LARGE, "an event of more than %zu bytes", framing->line_max);
}

/* 1: *ret is a line, without its end. */
static int cut_line(struct watch_framing *framing, struct str *ret, struct error *err)
{
    const char *line = framing->bytes + framing->start;
    const char *end = NULL;

    if (framing->len > framing->seen)
        end = memchr(line + framing->seen, '\n', framing->len - framing->seen);
    if (!end) {
        framing->seen = framing->len;
        return framing->len > framing->line_max ? too_long(framing, err) : 0;
    }
    *ret = (struct str){line, (size_t)(end - line)};
    if (ret->len > framing->line_max)
        return too_long(framing, err);
    framing->start += ret->len + 1;
    framing->len -= ret->len + 1;
    framing->seen = 0;
    return 1;
}

int watch_framing_next(struct watch_framing *framing, struct str *ret, struct error *err)
{
    struct str line;
    int got = cut_line(framing, &line, err);

    while (got == 1 && str_is_blank(line))
        got = cut_line(framing, &line, err);
    if (got == 1)
        *ret = line;
    return got;
}

static bool find_type(struct str text, enum watch_event_type *ret)
{
    static const struct str names[] = {
        [WATCH_ADDED] = STR_INIT("ADDED"),     [WATCH_MODIFIED] = STR_INIT("MODIFIED"),
        [WATCH_DELETED] = STR_INIT("DELETED"), [WATCH_BOOKMARK] = STR_INIT("BOOKMARK"),
        [WATCH_ERROR] = STR_INIT("ERROR"),
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(text, names[i])) {
            *ret = (enum watch_event_type)i;
            return true;
        }
    }
    return false;
}

int watch_event_read(struct arena *arena, struct str line, struct watch_event *ret, struct error *err)
{
    struct str type = {NULL, 0};
    struct str object = {NULL, 0};
    struct json_keys keys;
    struct json_scan scan;
    struct str key;

    json_scan_init(&scan, arena, line);
    if (json_scan_enter_map(&scan, &keys)) {
        while (json_scan_member(&scan, &keys, &key)) {
            if (str_equal(key, STR("type")))
                (void)json_scan_string(&scan, &type);
            else if (str_equal(key, STR("object")) && json_scan_peek(&scan) == JSON_SCAN_MAP)
                (void)json_scan_skip_raw(&scan, &object);
            else
                (void)json_scan_skip(&scan);
        }
    }
    if (json_scan_finish(&scan, err) < 0)
        return error_prefix(err, "an event that cannot be read");
    if (object.len == 0)
        return error_set(err, ERROR_INVALID, "an event without an object");
    if (!find_type(type, &ret->type))
        return error_set(err, ERROR_INVALID, "an event of an unknown type");
    ret->object = object;
    return 0;
}
