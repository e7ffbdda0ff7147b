/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan against json_read: read whole, both accept the same documents and
 * give the same tree, whatever the kernel. Skipped wholly or in part, or read by
 * the members that are asked for, what json_read accepts is accepted and gives
 * the same values, and the kernels agree about everything else.
 */
#include "../unit/base/json/json_walk.h"
#include "base/json/read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

struct outcome {
    const struct value *tree;
    int result;
    struct error err;
};

typedef struct value *reading(struct json_scan *scan, struct arena *arena);

static struct value *read_whole(struct json_scan *scan, struct arena *arena)
{
    return json_walk(scan, arena, NULL);
}

/* A choice that depends on the place alone, so that each kernel makes the same. */
static bool skips_some(const struct json_scan *scan)
{
    return scan->at * 2654435761U >> 7 & 1;
}

static struct value *read_some(struct json_scan *scan, struct arena *arena)
{
    return json_walk(scan, arena, skips_some);
}

static struct value *read_none(struct json_scan *scan, struct arena *arena)
{
    (void)arena;
    (void)json_scan_skip(scan);
    return NULL;
}

static struct value *read_wanted(struct json_scan *scan, struct arena *arena)
{
    return json_walk_by_wanted(scan, arena, 0);
}

static struct outcome scan_by(struct arena *arena, struct str text, const char *kernel, reading *read)
{
    struct json_scan scan;
    struct outcome outcome = {0};

    require(json_scan_init_kernel(&scan, arena, text, kernel));
    outcome.tree = read(&scan, arena);
    outcome.result = json_scan_finish(&scan, &outcome.err);
    return outcome;
}

static void check_same(struct arena *arena, const struct outcome *a, const struct outcome *b)
{
    require(a->result == b->result);
    if (a->result == 0)
        require(json_walk_same(arena, a->tree, b->tree));
    else
        require(strcmp(a->err.text, b->err.text) == 0);
}

/* The first kernel's outcome, which all others share. */
static struct outcome scan_by_all(struct arena *arena, struct str text, reading *read)
{
    struct outcome first = scan_by(arena, text, json_walk_kernels[0], read);

    for (size_t i = 1; i < ARRAY_LEN(json_walk_kernels); i++) {
        struct json_scan scan;
        struct outcome other;

        if (!json_scan_init_kernel(&scan, arena, text, json_walk_kernels[i]))
            continue;
        other = scan_by(arena, text, json_walk_kernels[i], read);
        check_same(arena, &first, &other);
    }
    return first;
}

static void check_raw(struct arena *arena, struct str text)
{
    struct json_scan scan;
    struct str raw;

    json_scan_init(&scan, arena, text);
    require(json_scan_skip_raw(&scan, &raw));
    require(str_equal(raw, str_trim(text)));
}

static void check(struct arena *arena, struct str text)
{
    struct value *tree = NULL;
    struct error err;
    bool accepted = json_read_depth(arena, text, JSON_SCAN_DEPTH_MAX, &tree, &err) == 0;
    struct outcome whole = scan_by_all(arena, text, read_whole);
    struct outcome some = scan_by_all(arena, text, read_some);
    struct outcome none = scan_by_all(arena, text, read_none);
    struct outcome wanted = scan_by_all(arena, text, read_wanted);

    require(accepted == (whole.result == 0));
    if (!accepted)
        return;
    require(json_walk_same(arena, tree, whole.tree));
    require(some.result == 0 && none.result == 0 && wanted.result == 0);
    require(json_walk_same(arena, json_walk_prune(arena, tree, 0), wanted.tree));
    check_raw(arena, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size); /* of exactly the size, so that a byte read too far is seen */
    struct arena arena;

    if (size)
        memcpy(exact, data, size);
    arena_init(&arena);
    check(&arena, (struct str){exact, size});
    arena_release(&arena);
    free(exact);
    return 0;
}
