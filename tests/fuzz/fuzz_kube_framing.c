/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte says in which parts the rest arrives, as a watch and as a list.
 * Whatever the parts, the same comes out as from one piece; what comes out can be read or is refused.
 */
#include "edge/kube/list_framing.h"
#include "edge/kube/object.h"
#include "edge/kube/status.h"
#include "edge/kube/watch_framing.h"

#include <stdlib.h>

enum { LINE_MAX = 4096, ITEM_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void read_object(struct str json)
{
    struct kube_object object = {.json = json};
    struct kube_status status;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (kube_object_read(&arena, json, &object, &err) < 0)
        expect(err.code == ERROR_INVALID);
    kube_status_read(&arena, json, &status);
    expect(status.code >= 0 && status.code <= 999);
    arena_release(&arena);
}

static void read_event(struct str line)
{
    struct watch_event event;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (watch_event_read(&arena, line, &event, &err) == 0) {
        expect(event.object.len >= 2 && event.object.ptr[0] == '{');
        read_object(event.object);
    }
    arena_release(&arena);
}

/* A digest of all lines, and whether it failed. */
static uint64_t watch(struct str text, size_t step)
{
    struct watch_framing framing;
    uint64_t ret = 0;
    struct error err;
    struct str line;
    int got = 0;

    watch_framing_init(&framing, LINE_MAX);
    for (size_t i = 0; i < text.len && got >= 0; i += step) {
        watch_framing_add(&framing, str_slice(text, i, i + step));
        while ((got = watch_framing_next(&framing, &line, &err)) == 1) {
            expect(line.len > 0 && line.len <= LINE_MAX);
            ret = str_hash(line, ret);
            read_event(line);
        }
    }
    watch_framing_release(&framing);
    return got < 0 ? ret ^ 1 : ret;
}

static void add_item(void *ctx, struct str json)
{
    uint64_t *sum = ctx;

    expect(json.len >= 2 && json.len <= ITEM_MAX && json.ptr[0] == '{' && json.ptr[json.len - 1] != ',');
    *sum = str_hash(json, *sum);
    read_object(json);
}

static uint64_t list(struct str text, size_t step)
{
    struct list_metadata metadata;
    struct list_framing framing;
    struct arena arena;
    struct error err;
    uint64_t ret = 0;
    int failed = 0;

    arena_init(&arena);
    list_framing_init(&framing, ITEM_MAX);
    for (size_t i = 0; i < text.len && failed == 0; i += step)
        failed = list_framing_add(&framing, str_slice(text, i, i + step), add_item, &ret, &err);
    if (failed == 0)
        failed = list_framing_finish(&framing, &arena, &metadata, &err);
    if (failed == 0)
        ret = str_hash(metadata.resource_version, ret);
    list_framing_release(&framing);
    arena_release(&arena);
    return failed < 0 ? ret ^ 1 : ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text;
    size_t step;

    if (size < 2)
        return 0;
    text = (struct str){(const char *)data + 1, size - 1};
    step = (size_t)data[0] + 1;
    expect(watch(text, step) == watch(text, text.len));
    expect(list(text, step) == list(text, text.len));
    return 0;
}
