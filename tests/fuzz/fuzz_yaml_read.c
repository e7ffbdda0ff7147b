/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are read or refused; of what is read every offset is inside the text and every text readable. */
#include "base/yaml/read.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VISITED_MAX = 100000 };

static volatile unsigned char sink;

static void touch(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        sink = (unsigned char)text.ptr[i];
}

/* Aliases share their children: the walk is cut, not the tree. */
static void walk(const struct value *value, struct str text, size_t depth, size_t *visited)
{
    size_t count = 0;

    if (++*visited > VISITED_MAX)
        return;
    assert(depth <= VALUE_DEPTH_MAX);
    assert(value->start <= value->end && value->end <= text.len);
    assert(value->line > 0 && value->column > 0);
    touch(value->key);
    touch(value->text);
    for (const struct value *child = value->first; child; child = child->next, count++)
        walk(child, text, depth + 1, visited);
    assert(*visited > VISITED_MAX || count == value->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena arena;
    struct yaml_documents documents;
    struct error err = {.code = ERROR_NONE};
    size_t visited = 0;

    arena_init(&arena);
    if (yaml_read(&arena, text, &documents, &err) < 0) {
        assert(err.code == ERROR_INVALID || err.code == ERROR_TOO_LARGE);
        assert(str_starts(error_text(&err), STR("line ")));
        documents.count = 0;
    }
    for (size_t i = 0; i < documents.count; i++)
        walk(documents.items[i], text, 0, &visited);
    arena_release(&arena);
    return 0;
}
