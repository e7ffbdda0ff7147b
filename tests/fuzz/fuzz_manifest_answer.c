/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest: judged the same in one part as in many, with the same
 * digest, and as the tree of the JSON reader is where that takes them.
 */
#include "base/character.h"
#include "base/json/read.h"
#include "edge/registry/manifest_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static bool digest_in_parts(struct arena *arena, struct str text, size_t part, struct str *ret)
{
    const struct http_answer answer = {.status = 200};
    struct manifest_body body = {.hash = NULL};
    struct error err;
    bool taken;

    for (size_t at = 0; at < text.len; at += part)
        manifest_body_add(&body, &answer, str_slice(text, at, at + part));
    taken = manifest_body_digest(arena, &body, &answer, ret, &err) == 0;
    manifest_body_release(&body);
    return taken;
}

/* The member of that name, in any case; NULL also where its value is null. */
static const struct value *member(const struct value *map, struct str name, bool *ret_twice)
{
    const struct value *found = NULL;

    for (const struct value *at = map->first; at; at = at->next) {
        if (!str_equal_nocase(at->key, name))
            continue;
        *ret_twice |= found != NULL;
        found = at;
    }
    return found && found->kind != VALUE_NULL ? found : NULL;
}

static bool is_type(const struct value *type, bool index)
{
    static const struct str names[2][2] = {
        {STR_INIT("application/vnd.oci.image.manifest.v1+json"),
         STR_INIT("application/vnd.docker.distribution.manifest.v2+json")},
        {STR_INIT("application/vnd.oci.image.index.v1+json"),
         STR_INIT("application/vnd.docker.distribution.manifest.list.v2+json")},
    };

    if (!type)
        return true;
    return type->kind == VALUE_STRING &&
           (type->text.len == 0 || str_equal_nocase(type->text, names[index][0]) ||
            str_equal_nocase(type->text, names[index][1]));
}

static bool is_manifest(const struct value *map)
{
    bool twice = false;
    const struct value *version = member(map, STR("schemaVersion"), &twice);
    const struct value *type = member(map, STR("mediaType"), &twice);
    const struct value *config = member(map, STR("config"), &twice);
    const struct value *layers = member(map, STR("layers"), &twice);
    const struct value *manifests = member(map, STR("manifests"), &twice);

    if (twice || !version || version->kind != VALUE_NUMBER || !str_equal(version->text, STR("2")))
        return false;
    if (manifests && manifests->kind == VALUE_LIST)
        return !config && !layers && is_type(type, true);
    return !manifests && config && config->kind == VALUE_MAP && layers && layers->kind == VALUE_LIST &&
           is_type(type, false);
}

/* Without what the outline does not read as the tree does: names in escapes, tokens longer than it keeps. */
static bool is_plain(struct str text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.len; i++) {
        run = char_is_space(text.ptr[i]) || str_find(STR(",:[]{}"), text.ptr[i]) < 6 ? 0 : run + 1;
        if (run > MANIFEST_TOKEN_KEPT || text.ptr[i] == '\\')
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct str whole = {NULL, 0};
    struct str parts = {NULL, 0};
    struct value *value;
    struct arena arena;
    struct error err;
    bool taken;

    arena_init(&arena);
    taken = digest_in_parts(&arena, text, size + 1, &whole);
    expect(taken == digest_in_parts(&arena, text, 3, &parts));
    expect(str_equal(whole, parts));
    if (is_plain(text) && json_read_depth(&arena, text, MANIFEST_DEPTH_MAX, &value, &err) == 0)
        expect(taken == (value->kind == VALUE_MAP && is_manifest(value)));
    arena_release(&arena);
    return 0;
}
