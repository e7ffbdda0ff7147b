/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/write.h"

#include "base/json/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

/* yajl's blocks carry their size in front, since realloc must know it. */
static void *gen_malloc(void *ctx, size_t size)
{
    size_t *block = arena_alloc(ctx, size + 16);

    *block = size;
    return (char *)block + 16;
}

static void *gen_realloc(void *ctx, void *old, size_t size)
{
    void *block = gen_malloc(ctx, size);

    if (old) {
        size_t old_size = *(size_t *)(void *)((char *)old - 16);

        memcpy(block, old, old_size < size ? old_size : size);
    }
    return block;
}

static void gen_free(void *ctx, void *block)
{
    (void)ctx;
    (void)block;
}

static void gen_print(void *ctx, const char *bytes, size_t len)
{
    text_add(ctx, (struct str){bytes, len});
}

void json_write_init(struct json_writer *w, struct text *out)
{
    yajl_alloc_funcs funcs = {gen_malloc, gen_realloc, gen_free, out->arena};

    *w = (struct json_writer){.out = out, .gen = yajl_gen_alloc(&funcs)};
    if (!w->gen)
        abort();
    (void)yajl_gen_config(w->gen, yajl_gen_print_callback, gen_print, out);
}

static void note(struct json_writer *w, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        w->failed = true;
}

void json_write_map_open(struct json_writer *w)
{
    note(w, yajl_gen_map_open(w->gen));
}

void json_write_map_close(struct json_writer *w)
{
    note(w, yajl_gen_map_close(w->gen));
}

void json_write_list_open(struct json_writer *w)
{
    note(w, yajl_gen_array_open(w->gen));
}

void json_write_list_close(struct json_writer *w)
{
    note(w, yajl_gen_array_close(w->gen));
}

/* Strings go past yajl's generator, byte by byte as it is; a "number" is what it prints as it comes. */
void json_write_str(struct json_writer *w, struct str s)
{
    struct text quoted;

    text_init_sized(&quoted, w->out->arena, w->out->limit, s.len + s.len / 8 + 16);
    json_text_string(&quoted, s);
    w->out->too_long = w->out->too_long || quoted.too_long;
    note(w, yajl_gen_number(w->gen, quoted.ptr, quoted.len));
}

void json_write_key(struct json_writer *w, struct str key)
{
    if (!utf8_valid(key)) {
        w->failed = true;
        return;
    }
    note(w, yajl_gen_string(w->gen, (const unsigned char *)(key.len ? key.ptr : ""), key.len));
}

void json_write_int(struct json_writer *w, int64_t value)
{
    note(w, yajl_gen_integer(w->gen, value));
}

void json_write_bool(struct json_writer *w, bool value)
{
    note(w, yajl_gen_bool(w->gen, value));
}

void json_write_null(struct json_writer *w)
{
    note(w, yajl_gen_null(w->gen));
}

void json_write_number(struct json_writer *w, struct str number)
{
    note(w, yajl_gen_number(w->gen, number.ptr, number.len));
}

void json_write_member_str(struct json_writer *w, struct str key, struct str s)
{
    json_write_key(w, key);
    json_write_str(w, s);
}

void json_write_member_text(struct json_writer *w, struct str key, struct str value)
{
    json_write_key(w, key);
    if (value.len > 0)
        json_write_str(w, value);
    else
        json_write_null(w);
}

void json_write_member_int(struct json_writer *w, struct str key, int64_t value)
{
    json_write_key(w, key);
    json_write_int(w, value);
}

void json_write_member_bool(struct json_writer *w, struct str key, bool value)
{
    json_write_key(w, key);
    json_write_bool(w, value);
}

int json_write_finish(struct json_writer *w, struct error *err)
{
    /* Only a generator that holds one whole value refuses another. */
    bool whole = yajl_gen_null(w->gen) == yajl_gen_generation_complete;

    yajl_gen_free(w->gen);
    if (w->out->too_long)
        return error_set(err, ERROR_TOO_LARGE, "JSON text longer than %zu bytes", w->out->limit);
    if (w->failed || !whole)
        return error_set(err, ERROR_INVALID, "JSON text not whole");
    return 0;
}
