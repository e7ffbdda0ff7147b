/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/stream_json.h"

#include "base/json/scan.h"

enum { CUTS_MAX = 2 };

/* A value that gives way to a shorter one. */
struct cut {
    struct str bytes; /* of the document */
    struct str instead;
};

struct cuts {
    struct cut items[CUTS_MAX]; /* in the document's order */
    size_t count;
};

static void cut_value(struct json_scan *scan, struct cuts *cuts, struct str instead)
{
    struct str bytes;

    if (json_scan_skip_raw(scan, &bytes) && cuts->count < CUTS_MAX)
        cuts->items[cuts->count++] = (struct cut){bytes, instead};
}

static void scan_annotations(struct json_scan *scan, struct cuts *cuts)
{
    struct json_keys keys;
    struct str key;

    if (json_scan_peek(scan) != JSON_SCAN_MAP || !json_scan_enter_map(scan, &keys)) {
        (void)json_scan_skip(scan);
        return;
    }
    while (json_scan_member(scan, &keys, &key)) {
        if (str_equal(key, STR("kubectl.kubernetes.io/last-applied-configuration")))
            cut_value(scan, cuts, STR("\"\""));
        else
            (void)json_scan_skip(scan);
    }
}

static void scan_metadata(struct json_scan *scan, struct cuts *cuts)
{
    struct json_keys keys;
    struct str key;

    if (json_scan_peek(scan) != JSON_SCAN_MAP || !json_scan_enter_map(scan, &keys)) {
        (void)json_scan_skip(scan);
        return;
    }
    while (json_scan_member(scan, &keys, &key)) {
        if (str_equal(key, STR("managedFields")))
            cut_value(scan, cuts, STR("[]"));
        else if (str_equal(key, STR("annotations")))
            scan_annotations(scan, cuts);
        else
            (void)json_scan_skip(scan);
    }
}

static bool find_cuts(struct arena *arena, struct str json, struct cuts *cuts)
{
    struct json_keys keys;
    struct json_scan scan;
    struct error err;
    struct str key;

    json_scan_init(&scan, arena, json);
    if (json_scan_enter_map(&scan, &keys)) {
        while (json_scan_member(&scan, &keys, &key)) {
            if (str_equal(key, STR("metadata")))
                scan_metadata(&scan, cuts);
            else
                (void)json_scan_skip(&scan);
        }
    }
    return json_scan_finish(&scan, &err) == 0;
}

struct str stream_json_compact(struct arena *arena, struct str json)
{
    struct str parts[2 * CUTS_MAX + 1];
    struct cuts cuts = {.count = 0};
    const char *from = json.ptr;
    size_t count = 0;

    if (!find_cuts(arena, json, &cuts))
        return json;
    for (size_t i = 0; i < cuts.count; i++) {
        parts[count++] = (struct str){from, (size_t)(cuts.items[i].bytes.ptr - from)};
        parts[count++] = cuts.items[i].instead;
        from = cuts.items[i].bytes.ptr + cuts.items[i].bytes.len;
    }
    parts[count++] = (struct str){from, (size_t)(json.ptr + json.len - from)};
    return arena_concat(arena, parts, count);
}

size_t stream_json_rest_size(struct str json)
{
    struct str status = {NULL, 0};
    struct json_keys keys;
    struct json_scan scan;
    struct arena arena;
    struct str key;

    arena_init(&arena);
    json_scan_init(&scan, &arena, json);
    if (json_scan_enter_map(&scan, &keys)) {
        while (json_scan_member(&scan, &keys, &key)) {
            if (str_equal(key, STR("status")))
                (void)json_scan_skip_raw(&scan, &status);
            else
                (void)json_scan_skip(&scan);
        }
    }
    arena_release(&arena);
    return json.len - status.len;
}
