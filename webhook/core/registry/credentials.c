/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/credentials.h"

#include "base/base64.h"
#include "base/json/read.h"
#include "core/registry/key.h"

#include <stdlib.h>

static const struct str hub_host = STR_INIT("index.docker.io");

/* Entries while they arrive. */
struct builder {
    struct arena *arena;
    struct str origin;
    struct credential *entries;
    size_t count;
    size_t size;
};

/* The members of one entry that the kubelet reads. */
struct entry {
    struct str username;
    struct str password;
    struct str email; /* not used, but its type counts */
    struct str auth;
};

static int read_member(const struct value *member, struct entry *entry, struct error *err)
{
    const struct {
        struct str name;
        struct str *text;
    } known[] = {
        {STR("username"), &entry->username},
        {STR("password"), &entry->password},
        {STR("email"), &entry->email},
        {STR("auth"), &entry->auth},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!str_equal_nocase(known[i].name, member->key) || member->kind == VALUE_NULL)
            continue;
        if (member->kind != VALUE_STRING)
            return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" must be a string, not %s",
                             STR_ARG(known[i].name), value_kind_name(member->kind));
        *known[i].text = member->text;
    }
    return 0;
}

/* `auth` wins over the two members. */
static int decode_auth(struct arena *arena, struct entry *entry, struct error *err)
{
    struct str decoded;

    if (entry->auth.len == 0)
        return 0;
    if (base64_decode(arena, entry->auth, &decoded, err) < 0)
        return error_set(err, ERROR_INVALID, "\"auth\" is not base64");
    if (str_find(decoded, ':') == decoded.len)
        return error_set(err, ERROR_INVALID, "\"auth\" is not the base64 of \"user:password\"");
    entry->username = str_cut(&decoded, ':');
    entry->password = decoded;
    return 0;
}

static int read_entry(struct arena *arena, const struct value *value, struct entry *entry, struct error *err)
{
    *entry = (struct entry){.username = {NULL, 0}};
    if (value->kind == VALUE_NULL)
        return 0;
    if (value->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "must be a map, not %s", value_kind_name(value->kind));
    for (const struct value *member = value->first; member; member = member->next) {
        if (read_member(member, entry, err) < 0)
            return -1;
    }
    return decode_auth(arena, entry, err);
}

static void append(struct builder *builder, const struct credential *credential)
{
    if (builder->count == builder->size) {
        size_t size = builder->size ? builder->size * 2 : 4;

        builder->entries =
            arena_grow(builder->arena, builder->entries, builder->size, size, sizeof(*builder->entries));
        builder->size = size;
    }
    builder->entries[builder->count++] = *credential;
}

/* A key that is no URL is named by its place alone: what else it holds is unknown. */
static int read_key(struct builder *builder, const struct value *value, size_t number, struct error *err)
{
    struct credential credential = {.key = value->key, .origin = builder->origin};
    bool is_url = registry_key_index(builder->arena, value->key, &credential.host);
    struct entry entry;

    if (read_entry(builder->arena, value, &entry, err) < 0)
        return is_url ? error_prefix(err, "entry of \"" STR_FMT "\"", STR_ARG(credential.host))
                      : error_prefix(err, "entry %zu", number);
    if (!is_url)
        return 0;
    credential.username = entry.username;
    credential.password = entry.password;
    append(builder, &credential);
    return 0;
}

static int read_keys(struct builder *builder, const struct value *map, struct error *err)
{
    size_t number = 0;

    if (map->kind == VALUE_NULL)
        return 0;
    if (map->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "must be a map, not %s", value_kind_name(map->kind));
    for (const struct value *value = map->first; value; value = value->next) {
        if (read_key(builder, value, ++number, err) < 0)
            return -1;
    }
    return 0;
}

/* Not used, but its type counts. */
static int check_headers(const struct value *headers, struct error *err)
{
    if (headers->kind == VALUE_NULL)
        return 0;
    if (headers->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "must be a map, not %s", value_kind_name(headers->kind));
    for (const struct value *header = headers->first; header; header = header->next) {
        if (header->kind != VALUE_STRING && header->kind != VALUE_NULL)
            return error_set(err, ERROR_INVALID, "must hold strings, not %s", value_kind_name(header->kind));
    }
    return 0;
}

static int read_sections(struct builder *builder, const struct value *document, struct error *err)
{
    for (const struct value *member = document->first; member; member = member->next) {
        if (str_equal_nocase(member->key, STR("auths")) && read_keys(builder, member, err) < 0)
            return error_prefix(err, "\"auths\"");
        if (str_equal_nocase(member->key, STR("HttpHeaders")) && check_headers(member, err) < 0)
            return error_prefix(err, "\"HttpHeaders\"");
    }
    return 0;
}

/* Reverse byte order of the index, so that longer paths come first and '*' last. */
static int compare_entries(const void *a, const void *b)
{
    const struct credential *left = a;
    const struct credential *right = b;
    int order = str_compare(right->host, left->host);

    return order != 0 ? order : str_compare(left->key, right->key);
}

static int read_document(struct builder *builder, const struct value *document, bool legacy,
                         struct error *err)
{
    if (document->kind == VALUE_NULL)
        return 0;
    if (document->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "must be a map, not %s", value_kind_name(document->kind));
    return legacy ? read_keys(builder, document, err) : read_sections(builder, document, err);
}

int credentials_parse(struct arena *arena, const struct docker_config_source *source,
                      struct docker_config *ret, struct error *err)
{
    struct builder builder = {.arena = arena, .origin = source->origin};
    struct value *document;

    if (source->text.len > DOCKER_CONFIG_TEXT_MAX)
        return error_set(err, ERROR_TOO_LARGE, "docker config is larger than %d bytes",
                         DOCKER_CONFIG_TEXT_MAX);
    if (json_read(arena, source->text, &document, err) < 0)
        return error_prefix(err, "docker config");
    if (read_document(&builder, document, source->legacy, err) < 0)
        return error_prefix(err, "docker config");
    if (builder.count > 0)
        qsort(builder.entries, builder.count, sizeof(*builder.entries), compare_entries);
    *ret = (struct docker_config){builder.entries, builder.count};
    return 0;
}

bool credential_matches(struct str key_host, struct str image)
{
    return registry_key_matches(key_host, image);
}

/* The first entries by order of trial, as far as there is room; `count` goes on beyond it. */
struct selection {
    const struct credential **items;
    size_t size;
    size_t count;
};

/* Behind all whose index is not smaller: of one index, the earlier config's comes first. */
static void select_entry(struct selection *selection, const struct credential *entry)
{
    size_t held = selection->count < selection->size ? selection->count : selection->size;
    size_t at = held;

    selection->count++;
    while (at > 0 && str_compare(selection->items[at - 1]->host, entry->host) < 0)
        at--;
    if (at == selection->size)
        return;
    if (held == selection->size)
        held--;
    for (size_t i = held; i > at; i--)
        selection->items[i] = selection->items[i - 1];
    selection->items[at] = entry;
}

static bool serves(const struct credential *entry, struct str image, bool fallback)
{
    return fallback ? str_equal(entry->host, hub_host) : credential_matches(entry->host, image);
}

enum wanted { WANTED_ALL, WANTED_USABLE, WANTED_BLANK };

static bool is_wanted(const struct credential *entry, enum wanted wanted)
{
    return wanted == WANTED_ALL || credential_is_blank(entry) == (wanted == WANTED_BLANK);
}

struct search {
    const struct docker_config *const *configs;
    size_t config_count;
    struct str image;
    enum wanted wanted;
};

/* Whether any entry serves, wanted or not. */
static bool select_all(const struct search *search, bool fallback, struct selection *selection)
{
    bool found = false;

    for (size_t i = 0; i < search->config_count; i++) {
        for (size_t k = 0; k < search->configs[i]->count; k++) {
            const struct credential *entry = &search->configs[i]->entries[k];

            if (!serves(entry, search->image, fallback))
                continue;
            found = true;
            if (is_wanted(entry, search->wanted))
                select_entry(selection, entry);
        }
    }
    return found;
}

static struct str first_component(struct str image)
{
    return str_slice(image, 0, str_find(image, '/'));
}

static bool is_hub_image(struct str image)
{
    struct str first = first_component(image);

    return str_equal(first, STR("docker.io")) || str_equal(first, hub_host);
}

/* The kubelet's idea of it. */
static bool looks_like_hub_image(struct str image)
{
    struct str first = first_component(image);

    if (first.len == 0)
        return false;
    return first.len == image.len || is_hub_image(image) ||
           (str_find(first, '.') == first.len && str_find(first, ':') == first.len);
}

bool credential_is_blank(const struct credential *credential)
{
    return credential->username.len == 0 && credential->password.len == 0;
}

static size_t search_all(const struct search *search, bool is_hub, const struct credential **ret, size_t size)
{
    struct selection selection = {.items = ret, .size = size};

    if (!select_all(search, false, &selection) && is_hub)
        (void)select_all(search, true, &selection);
    return selection.count;
}

size_t credentials_for_image(const struct docker_config *const *configs, size_t config_count,
                             struct str image, const struct credential **ret, size_t size)
{
    const struct search search = {configs, config_count, image, WANTED_USABLE};

    return search_all(&search, is_hub_image(image), ret, size);
}

size_t credentials_blank_for_image(const struct docker_config *const *configs, size_t config_count,
                                   struct str image, const struct credential **ret, size_t size)
{
    const struct search search = {configs, config_count, image, WANTED_BLANK};

    return search_all(&search, is_hub_image(image), ret, size);
}

size_t credentials_of_kubelet(const struct docker_config *const *configs, size_t config_count,
                              struct str image, const struct credential **ret, size_t size)
{
    const struct search search = {configs, config_count, image, WANTED_ALL};

    return search_all(&search, looks_like_hub_image(image), ret, size);
}
