/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/read.h"

#include "base/character.h"
#include "base/json/number.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* One open list or map while its children arrive. */
struct level {
    struct value *value;
    struct value **tail;
};

struct reader {
    struct arena *arena;
    struct str text;
    yajl_handle yajl;
    struct level *levels; /* [depth - 1] is the innermost */
    size_t depth;
    size_t size;
    size_t depth_max;
    size_t values_max;
    size_t values;
    struct value *root;
    struct str key;
    size_t fed;       /* bytes given to yajl before what it parses now */
    size_t token_end; /* of the last key, scalar or bracket */
    size_t counted;   /* offset up to which lines are counted */
    uint32_t line;
    size_t line_start;
    struct error *err;
    bool failed; /* err is set by a callback */
};

static int fail(struct reader *r, enum error_code code, const char *what)
{
    r->failed = true;
    return error_set(r->err, code, "line %u: %s", r->line, what) + 1; /* 0 cancels yajl */
}

static void count_lines(struct reader *r, size_t offset)
{
    while (r->counted < offset) {
        const char *from = r->text.ptr + r->counted;
        const char *end = memchr(from, '\n', offset - r->counted);

        r->counted += end ? (size_t)(end - from) + 1 : offset - r->counted;
        if (end) {
            r->line++;
            r->line_start = r->counted;
        }
    }
}

/* The end of the token that yajl reports. */
static size_t consumed(const struct reader *r)
{
    size_t end = r->fed + yajl_get_bytes_consumed(r->yajl);

    return end < r->text.len ? end : r->text.len;
}

/* Where the token after the last one begins: yajl tells only ends. */
static size_t next_token(const struct reader *r)
{
    size_t at = r->token_end;

    while (at < r->text.len && memchr(" \t\r\n,:", r->text.ptr[at], 6))
        at++;
    return at;
}

static struct value *append(struct reader *r, enum value_kind kind)
{
    struct value *value = ARENA_NEW(r->arena, struct value);
    size_t start = next_token(r);

    r->token_end = consumed(r);
    r->values++;
    count_lines(r, start);
    *value = (struct value){.kind = kind, .start = start, .end = r->token_end, .line = r->line};
    value->column = (uint32_t)(start - r->line_start) + 1;
    if (r->depth == 0) {
        r->root = value;
        return value;
    }
    value->key = r->key;
    r->key = (struct str){NULL, 0};
    *r->levels[r->depth - 1].tail = value;
    r->levels[r->depth - 1].tail = &value->next;
    r->levels[r->depth - 1].value->count++;
    return value;
}

static int check_count(struct reader *r)
{
    return r->values > r->values_max ? fail(r, ERROR_TOO_LARGE, "too many values") : 1;
}

static int on_null(void *ctx)
{
    (void)append(ctx, VALUE_NULL);
    return check_count(ctx);
}

static int on_boolean(void *ctx, int boolean)
{
    append(ctx, VALUE_BOOL)->boolean = boolean != 0;
    return check_count(ctx);
}

static int on_number(void *ctx, const char *number, size_t len)
{
    struct reader *r = ctx;
    struct value *value = append(r, VALUE_NUMBER);

    if (!json_number_is_finite((struct str){number, len}))
        return fail(r, ERROR_INVALID, "a number too large");
    value->text = arena_str(r->arena, (struct str){number, len});
    return check_count(r);
}

static int on_string(void *ctx, const unsigned char *string, size_t len)
{
    struct reader *r = ctx;
    struct value *value = append(r, VALUE_STRING);

    value->text = arena_str(r->arena, (struct str){(const char *)string, len});
    value->style = VALUE_DOUBLE_QUOTED;
    return check_count(r);
}

static int open_level(struct reader *r, enum value_kind kind)
{
    struct value *value = append(r, kind);

    if (r->depth >= r->depth_max)
        return fail(r, ERROR_TOO_LARGE, "nested too deeply");
    if (!check_count(r))
        return 0;
    if (r->depth == r->size) {
        size_t size = r->size ? r->size * 2 : 32;

        r->levels = arena_grow(r->arena, r->levels, r->size, size, sizeof(*r->levels));
        r->size = size;
    }
    r->levels[r->depth++] = (struct level){value, &value->first};
    return 1;
}

static int on_start_map(void *ctx)
{
    return open_level(ctx, VALUE_MAP);
}

static int on_start_list(void *ctx)
{
    return open_level(ctx, VALUE_LIST);
}

static int on_key(void *ctx, const unsigned char *key, size_t len)
{
    struct reader *r = ctx;

    r->key = arena_str(r->arena, (struct str){(const char *)key, len});
    r->token_end = consumed(r);
    return 1;
}

static int compare_keys(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static bool has_duplicate_small(const struct value *map)
{
    for (const struct value *a = map->first; a; a = a->next) {
        for (const struct value *b = a->next; b; b = b->next) {
            if (str_equal(a->key, b->key))
                return true;
        }
    }
    return false;
}

static bool has_duplicate(const struct value *map)
{
    struct str *keys;
    size_t n = 0;
    bool found = false;

    if (map->count <= 12)
        return has_duplicate_small(map);
    keys = memory_zeroed(map->count, sizeof(*keys));
    for (const struct value *member = map->first; member; member = member->next)
        keys[n++] = member->key;
    qsort(keys, n, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < n && !found; i++)
        found = str_equal(keys[i - 1], keys[i]);
    free(keys);
    return found;
}

static int on_end_list(void *ctx)
{
    struct reader *r = ctx;

    r->token_end = r->levels[--r->depth].value->end = consumed(r);
    return 1;
}

static int on_end_map(void *ctx)
{
    struct reader *r = ctx;

    (void)on_end_list(r);
    if (has_duplicate(r->levels[r->depth].value))
        return fail(r, ERROR_INVALID, "an object has a member twice");
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_list,
    .yajl_end_array = on_end_list,
};

/* The four hex digits at `s`, or -1. */
static int hex4(struct str s)
{
    int value = 0;

    if (s.len < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        int digit = char_hex_value(s.ptr[i]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Length of the escape at `s`, which begins with a backslash; 0 for a lone surrogate. */
static size_t escape_length(struct str s)
{
    int unit = s.len > 1 && s.ptr[1] == 'u' ? hex4(str_from(s, 2)) : -1;
    int low;

    if (unit < 0xD800 || unit > 0xDFFF)
        return 2;
    low = s.len > 7 && s.ptr[6] == '\\' && s.ptr[7] == 'u' ? hex4(str_from(s, 8)) : -1;
    return unit < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF ? 12 : 0;
}

/*
 * Whether eight bytes are surely all below 0x80, above 0x1F and no backslash; a few
 * that are may be missed.
 */
static bool are_plain(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return ((word | (word - 0x20 * ones) | ((word ^ '\\' * ones) - ones)) & 0x80 * ones) == 0;
}

/* Length of what is at `s`; 0 with a problem that yajl lets pass. */
static size_t step(struct str s, const char **ret_problem)
{
    unsigned char c = (unsigned char)s.ptr[0];

    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
        *ret_problem = "a control character";
        return 0;
    }
    if (c >= 0x80) {
        *ret_problem = "a byte that is not UTF-8";
        return utf8_sequence(s);
    }
    *ret_problem = "a lone surrogate";
    return c == '\\' ? escape_length(s) : 1;
}

/* What yajl lets pass from *offset on: its view of white space, UTF-8 and surrogates is lax. */
static const char *find_laxity(struct str text, size_t *offset)
{
    size_t i = *offset;

    while (i < text.len) {
        const char *problem;
        size_t length = text.len - i >= 8 && are_plain(text.ptr + i) ? 8 : step(str_from(text, i), &problem);

        *offset = i;
        if (length == 0)
            return problem;
        i += length;
    }
    return NULL;
}

static int explain(struct reader *r)
{
    if (r->failed)
        return -1;
    count_lines(r, consumed(r));
    return error_set(r->err, ERROR_INVALID, "line %u: not valid JSON near byte %zu", r->line, consumed(r));
}

/* yajl lets a string that is never closed stand behind the document. */
static int check_rest(struct reader *r)
{
    if (str_is_blank(str_from(r->text, r->root->end)))
        return 0;
    count_lines(r, r->root->end);
    return error_set(r->err, ERROR_INVALID, "line %u: more than white space after the document", r->line);
}

static int parse(struct reader *r)
{
    const unsigned char *bytes = (const unsigned char *)r->text.ptr;
    yajl_status status = yajl_parse(r->yajl, bytes, r->text.len);

    if (status == yajl_status_ok) {
        r->fed = r->text.len;
        status = yajl_complete_parse(r->yajl);
    }
    if (status != yajl_status_ok || !r->root)
        return explain(r);
    return check_rest(r);
}

static int check_laxity(const struct reader *reader, size_t start)
{
    struct reader r = *reader;
    size_t offset = start;
    const char *laxity = find_laxity(r.text, &offset);

    if (!laxity)
        return 0;
    count_lines(&r, offset);
    return error_set(r.err, ERROR_INVALID, "line %u, byte %zu: %s", r.line, offset, laxity);
}

int json_read_depth(struct arena *arena, struct str text, size_t depth_max, struct value **ret,
                    struct error *err)
{
    struct reader r = {
        .arena = arena, .text = text, .depth_max = depth_max, .values_max = SIZE_MAX, .line = 1, .err = err};
    int result;

    if (check_laxity(&r, 0) < 0)
        return -1;
    if (text.len == 0)
        return error_set(err, ERROR_INVALID, "the document is empty");
    r.yajl = yajl_alloc(&callbacks, NULL, &r);
    if (!r.yajl)
        abort();
    result = parse(&r);
    yajl_free(r.yajl);
    if (result == 0)
        *ret = r.root;
    return result;
}

int json_read(struct arena *arena, struct str text, struct value **ret, struct error *err)
{
    return json_read_depth(arena, text, VALUE_DEPTH_MAX, ret, err);
}

/* One document of a stream, which begins at `token_end`. */
static int parse_next(struct reader *r)
{
    struct str rest = str_from(r->text, r->token_end);
    yajl_status status;

    r->yajl = yajl_alloc(&callbacks, NULL, r);
    if (!r->yajl)
        abort();
    (void)yajl_config(r->yajl, yajl_allow_trailing_garbage, 1);
    r->root = NULL;
    r->fed = r->token_end;
    status = yajl_parse(r->yajl, (const unsigned char *)rest.ptr, rest.len);
    if (status != yajl_status_ok || !r->root || r->depth > 0)
        status = yajl_status_error;
    if (status == yajl_status_error)
        (void)explain(r);
    yajl_free(r->yajl);
    return status == yajl_status_ok ? 0 : -1;
}

/* White space and byte order marks; a mark at the start of a line has no column. */
static void skip_between(struct reader *r)
{
    for (;;) {
        size_t mark;

        while (r->token_end < r->text.len && char_is_space(r->text.ptr[r->token_end]))
            r->token_end++;
        count_lines(r, r->token_end);
        mark = r->token_end;
        r->token_end = utf8_skip_marks(r->text, mark);
        if (r->token_end == mark)
            return;
        if (r->line_start == mark)
            r->line_start = r->token_end;
    }
}

static int parse_stream(struct reader *r, struct json_stream *stream)
{
    struct value **tail = &stream->first;

    if (check_laxity(r, stream->start) < 0)
        return -1;
    skip_between(r);
    do {
        if (r->token_end == r->text.len || r->text.ptr[r->token_end] != '{')
            return error_set(r->err, ERROR_INVALID, "line %u: an object is expected", r->line);
        stream->count++;
        if (parse_next(r) < 0)
            return -1;
        *tail = r->root;
        tail = &r->root->next;
        skip_between(r);
    } while (r->token_end < r->text.len);
    return 0;
}

int json_read_stream(struct arena *arena, struct str text, struct json_stream *stream, struct error *err)
{
    struct reader r = {.arena = arena,
                       .text = text,
                       .depth_max = VALUE_DEPTH_MAX,
                       .values_max = stream->values_max,
                       .token_end = stream->start,
                       .counted = stream->start,
                       .line = stream->line,
                       .line_start = stream->line_start,
                       .err = err};
    int result;

    stream->first = NULL;
    stream->count = 0;
    result = parse_stream(&r, stream);
    stream->values = r.values;
    return result;
}
