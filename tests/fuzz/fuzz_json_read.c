/* SPDX-License-Identifier: Apache-2.0 */
/* What json_read accepts, json_write writes so that json_read reads the same. */
#include "../unit/base/json/json_walk.h"
#include "base/json/read.h"
#include "base/json/write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WRITTEN_MAX = 1 << 24,
    WRITTEN_DEPTH_MAX = 127, /* of json_write */
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Depth is VALUE_DEPTH_MAX at most. */
static void write_value(struct json_writer *w, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_write_null(w);
        break;
    case VALUE_BOOL:
        json_write_bool(w, value->boolean);
        break;
    case VALUE_NUMBER:
        json_write_number(w, value->text);
        break;
    case VALUE_STRING:
        json_write_str(w, value->text);
        break;
    case VALUE_LIST:
    case VALUE_MAP:
        (value->kind == VALUE_MAP ? json_write_map_open : json_write_list_open)(w);
        for (const struct value *child = value->first; child; child = child->next) {
            if (value->kind == VALUE_MAP)
                json_write_key(w, child->key);
            write_value(w, child);
        }
        (value->kind == VALUE_MAP ? json_write_map_close : json_write_list_close)(w);
        break;
    }
}

/* Whether `text` from `start` is what such a value begins with. */
static bool begins_at(const struct value *value, struct str text)
{
    static const char *const firsts[] = {"n", "tf", "-0123456789", "\"", "[", "{"};

    return value->start < value->end && value->end <= text.len &&
           strchr(firsts[value->kind], text.ptr[value->start]) != NULL;
}

/* Returns how deep it is. */
static size_t check_places(const struct value *value, struct str text)
{
    size_t deepest = 0;

    require(begins_at(value, text));
    if (value->kind == VALUE_NUMBER)
        require(str_equal(str_slice(text, value->start, value->end), value->text));
    require(value->line >= 1 && value->column >= 1);
    for (const struct value *child = value->first; child; child = child->next) {
        size_t depth = check_places(child, text);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static void check(struct arena *arena, struct str text)
{
    struct value *first = NULL;
    struct value *second = NULL;
    struct json_writer writer;
    struct text out;
    struct error err;

    if (json_read(arena, text, &first, &err) != 0 || check_places(first, text) > WRITTEN_DEPTH_MAX)
        return;
    text_init(&out, arena, WRITTEN_MAX);
    json_write_init(&writer, &out);
    write_value(&writer, first);
    require(json_write_finish(&writer, &err) == 0);
    require(json_read(arena, text_str(&out), &second, &err) == 0);
    require(json_walk_same(arena, first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena);
    check(&arena, (struct str){(const char *)data, size});
    arena_release(&arena);
    return 0;
}
