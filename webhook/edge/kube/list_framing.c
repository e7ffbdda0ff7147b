/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/list_framing.h"

#include "base/character.h"
#include "base/json/scan.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_MAX = 64, /* longer ones are none of ours */
    BUFFER_MIN = 4096,
};

void list_framing_init(struct list_framing *framing, size_t item_max)
{
    *framing = (struct list_framing){.item_max = item_max};
}

void list_framing_reset(struct list_framing *framing)
{
    char *bytes = framing->bytes;
    size_t size = framing->size;

    free(framing->metadata);
    list_framing_init(framing, framing->item_max);
    framing->bytes = bytes;
    framing->size = size;
}

void list_framing_release(struct list_framing *framing)
{
    list_framing_reset(framing);
    free(framing->bytes);
    framing->bytes = NULL;
    framing->size = 0;
}

static int not_a_list(struct error *err)
{
    return error_set(err, ERROR_INVALID, "the answer is not a list of objects");
}

static void keep(struct list_framing *framing, struct str run)
{
    size_t size = framing->size < BUFFER_MIN ? BUFFER_MIN : framing->size;

    if (framing->too_long || run.len > framing->limit - framing->len) {
        framing->too_long = true;
        return;
    }
    while (size - framing->len < run.len)
        size *= 2;
    if (size > framing->size) {
        framing->bytes = memory_grow(framing->bytes, size);
        framing->size = size;
    }
    memcpy(framing->bytes + framing->len, run.ptr, run.len);
    framing->len += run.len;
}

/* A value that is kept up to `limit` begins at its first byte; 0: it is passed over. */
static void begin(struct list_framing *framing, enum list_framing_place place, size_t limit)
{
    framing->place = place;
    framing->len = 0;
    framing->limit = limit;
    framing->too_long = limit == 0;
    framing->depth = 0;
    framing->quoted = false;
    framing->escaped = false;
}

/* Whether the value ends with this byte. */
static bool step(struct list_framing *framing, char c)
{
    if (framing->escaped) {
        framing->escaped = false;
    } else if (framing->quoted) {
        framing->escaped = c == '\\';
        framing->quoted = c != '"';
        return c == '"' && framing->depth == 0;
    } else if (c == '"') {
        framing->quoted = true;
    } else if (c == '{' || c == '[') {
        framing->depth++;
    } else if (c == '}' || c == ']') {
        return --framing->depth == 0;
    }
    return false;
}

/* Takes what belongs to the value off `rest`; true where it has ended. */
static bool run_value(struct list_framing *framing, struct str *rest)
{
    size_t i = 0;
    bool ended = false;

    while (i < rest->len && !ended)
        ended = step(framing, rest->ptr[i++]);
    keep(framing, str_slice(*rest, 0, i));
    *rest = str_from(*rest, i);
    return ended;
}

static void end_key(struct list_framing *framing)
{
    struct str key = {framing->bytes, framing->len};

    framing->place = LIST_COLON;
    framing->member = LIST_OTHER;
    if (framing->too_long)
        return;
    if (str_equal(key, STR("\"items\"")))
        framing->member = LIST_ITEMS;
    else if (str_equal(key, STR("\"metadata\"")))
        framing->member = LIST_METADATA;
}

static int end_value(struct list_framing *framing, struct error *err)
{
    framing->place = LIST_COMMA;
    if (framing->member != LIST_METADATA)
        return 0;
    if (framing->too_long)
        return error_set(err, ERROR_TOO_LARGE, "a list's metadata of more than %d bytes", LIST_METADATA_MAX);
    if (framing->metadata)
        return not_a_list(err);
    framing->metadata = memory_bytes(framing->len + 1);
    memcpy(framing->metadata, framing->bytes, framing->len);
    framing->metadata_len = framing->len;
    return 0;
}

static void end_item(struct list_framing *framing, list_framing_item *on_item, void *ctx)
{
    framing->place = LIST_ITEM;
    if (framing->too_long)
        framing->left_out++;
    else
        on_item(ctx, (struct str){framing->bytes, framing->len});
}

/* The first byte of a member's value; false: it cannot be one. */
static bool begin_value(struct list_framing *framing, char c)
{
    if (framing->member == LIST_ITEMS && c == '[') {
        framing->place = LIST_ITEM;
        framing->has_items = true;
        return true;
    }
    if (c == '{' || c == '[' || c == '"') {
        bool metadata = framing->member == LIST_METADATA;

        begin(framing, LIST_IN_VALUE, metadata ? LIST_METADATA_MAX : 0);
        return framing->member != LIST_ITEMS && (!metadata || c == '{');
    }
    framing->place = LIST_IN_SCALAR;
    return framing->member != LIST_METADATA && c != '}' && c != ']' && c != ',' && c != ':';
}

/* One byte where no value is under way. *ret_taken: it belongs to nothing that begins. */
static bool punctuate(struct list_framing *framing, char c, bool *ret_taken)
{
    *ret_taken = true;
    switch (framing->place) {
    case LIST_BEFORE:
        framing->place = LIST_KEY;
        return c == '{';
    case LIST_KEY:
        *ret_taken = c != '"';
        if (c == '"')
            begin(framing, LIST_IN_KEY, KEY_MAX);
        else
            framing->place = LIST_AFTER;
        return c == '"' || c == '}';
    case LIST_COLON:
        framing->place = LIST_VALUE;
        return c == ':';
    case LIST_VALUE:
        *ret_taken = framing->member == LIST_ITEMS && c == '[';
        return begin_value(framing, c);
    case LIST_ITEM:
        *ret_taken = c != '{';
        if (c == '{')
            begin(framing, LIST_IN_ITEM, framing->item_max);
        else if (c == ']')
            framing->place = LIST_COMMA;
        return c == '{' || c == ']' || c == ',';
    case LIST_COMMA:
        framing->place = c == ',' ? LIST_KEY : LIST_AFTER;
        return c == ',' || c == '}';
    default: /* LIST_AFTER: nothing but white space may come */
        return false;
    }
}

static void pass_scalar(struct list_framing *framing, struct str *rest)
{
    size_t i = 0;

    while (i < rest->len && rest->ptr[i] != ',' && rest->ptr[i] != '}' && !char_is_space(rest->ptr[i]))
        i++;
    *rest = str_from(*rest, i);
    if (rest->len > 0)
        framing->place = LIST_COMMA;
}

int list_framing_add(struct list_framing *framing, struct str rest, list_framing_item *on_item, void *ctx,
                     struct error *err)
{
    while (rest.len > 0) {
        bool taken = true;

        if (framing->place == LIST_IN_KEY) {
            if (run_value(framing, &rest))
                end_key(framing);
        } else if (framing->place == LIST_IN_VALUE) {
            if (run_value(framing, &rest) && end_value(framing, err) < 0)
                return -1;
        } else if (framing->place == LIST_IN_ITEM) {
            if (run_value(framing, &rest))
                end_item(framing, on_item, ctx);
        } else if (framing->place == LIST_IN_SCALAR) {
            pass_scalar(framing, &rest);
        } else if (char_is_space(rest.ptr[0])) {
            rest = str_from(rest, 1);
        } else {
            if (!punctuate(framing, rest.ptr[0], &taken))
                return not_a_list(err);
            rest = str_from(rest, taken ? 1 : 0);
        }
    }
    return 0;
}

static int read_metadata(struct arena *arena, struct str json, struct list_metadata *ret, struct error *err)
{
    struct json_keys keys;
    struct json_scan scan;
    struct str key;

    json_scan_init(&scan, arena, json);
    if (json_scan_enter_map(&scan, &keys)) {
        while (json_scan_member(&scan, &keys, &key)) {
            if (str_equal(key, STR("resourceVersion")))
                (void)json_scan_string(&scan, &ret->resource_version);
            else if (str_equal(key, STR("continue")))
                (void)json_scan_string(&scan, &ret->continue_token);
            else
                (void)json_scan_skip(&scan);
        }
    }
    return json_scan_finish(&scan, err) < 0 ? error_prefix(err, "a list's metadata") : 0;
}

int list_framing_finish(struct list_framing *framing, struct arena *arena, struct list_metadata *ret,
                        struct error *err)
{
    struct list_metadata metadata = {{NULL, 0}, {NULL, 0}};
    struct str json;

    if (framing->place != LIST_AFTER || !framing->metadata)
        return not_a_list(err);
    /* A copy, so that what is found in it lives as long as the arena. */
    json = arena_str(arena, (struct str){framing->metadata, framing->metadata_len});
    if (read_metadata(arena, json, &metadata, err) < 0)
        return -1;
    if (metadata.resource_version.len == 0)
        return error_set(err, ERROR_INVALID, "a list without a resourceVersion");
    *ret = metadata;
    return 0;
}
