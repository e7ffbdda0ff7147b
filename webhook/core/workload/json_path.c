/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/json_path.h"

bool json_path_equal(const struct json_path *a, const struct json_path *b)
{
    for (; a && b && a != b; a = a->parent, b = b->parent) {
        if (a->index != b->index || !a->key.ptr != !b->key.ptr || !str_equal(a->key, b->key))
            return false;
    }
    return a == b;
}

static bool needs_escape(struct str key)
{
    return memchr(key.ptr, '/', key.len) || memchr(key.ptr, '~', key.len);
}

/* Writes a key backwards so that it ends at `end`. */
static char *write_escaped(char *end, struct str key)
{
    for (size_t i = key.len; i > 0; i--) {
        char c = key.ptr[i - 1];

        if (c == '~' || c == '/') {
            *--end = c == '/' ? '1' : '0';
            c = '~';
        }
        *--end = c;
    }
    return end;
}

/* Writes "/" and the component so that it ends at `end`; returns where it begins. */
static char *write_component(char *end, const struct json_path *step)
{
    size_t index = step->index;

    if (!step->key.ptr) {
        do {
            *--end = (char)('0' + index % 10);
            index /= 10;
        } while (index);
    } else if (needs_escape(step->key)) {
        end = write_escaped(end, step->key);
    } else {
        end -= step->key.len;
        memcpy(end, step->key.ptr, step->key.len);
    }
    *--end = '/';
    return end;
}

/* The pointer, and behind it a slash that is not counted. */
static struct str pointer_of(struct arena *arena, const struct json_path *path)
{
    size_t size = 0;
    char *end;
    char *at;

    for (const struct json_path *step = path; step; step = step->parent)
        size += 1 + (step->key.ptr ? step->key.len * 2 : 20);
    end = (char *)arena_alloc(arena, size + 1) + size;
    at = end;
    *end = '/';
    for (const struct json_path *step = path; step; step = step->parent)
        at = write_component(at, step);
    return (struct str){at, (size_t)(end - at)};
}

struct str json_path_pointer(struct arena *arena, const struct json_path *path, struct str last)
{
    struct json_path tail = {.parent = path, .key = last};

    return pointer_of(arena, last.len ? &tail : path);
}

struct str json_path_prefix(struct arena *arena, const struct json_path *path)
{
    struct str pointer = pointer_of(arena, path);

    return (struct str){pointer.ptr, pointer.len + 1};
}
