/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/webhook_configuration.h"

#include "base/base64.h"
#include "base/json/write.h"

/* What the webhooks that lead to `service` are to carry. */
struct wanted {
    const struct webhook_service *service;
    struct str encoded; /* the bundle, base64 */
};

static bool is_ours(const struct value *webhook, const struct webhook_service *service)
{
    const struct value *client = value_find(webhook, STR("clientConfig"));
    const struct value *reference = value_find(client, STR("service"));

    if (reference && reference->kind == VALUE_MAP)
        return str_equal(value_string(value_find(reference, STR("name"))), service->name) &&
               str_equal(value_string(value_find(reference, STR("namespace"))), service->namespace);
    return value_is_string(value_find(client, STR("url")));
}

static bool is_wrong(const struct value *webhook, const struct wanted *wanted)
{
    struct str carried = value_string(value_path(webhook, "clientConfig", "caBundle", NULL));

    return is_ours(webhook, wanted->service) && !str_equal(carried, wanted->encoded);
}

static void add_operation(struct json_writer *writer, const char *operation, struct str path,
                          struct str value)
{
    json_write_map_open(writer);
    json_write_member_str(writer, STR("op"), str_from_c(operation));
    json_write_member_str(writer, STR("path"), path);
    json_write_member_str(writer, STR("value"), value);
    json_write_map_close(writer);
}

static void add_bundle(struct json_writer *writer, size_t index, struct str encoded)
{
    struct arena *arena = writer->out->arena;
    struct text path;

    text_init(&path, arena, 64);
    text_addf(&path, "/webhooks/%zu/clientConfig/caBundle", index);
    add_operation(writer, "add", text_str(&path), encoded);
}

static struct str encode(struct arena *arena, struct str bundle)
{
    size_t len = base64_encoded_len(bundle.len);
    char *encoded = arena_alloc(arena, len);

    base64_encode(bundle, encoded);
    return (struct str){encoded, len};
}

static bool has_wrong(const struct value *webhooks, const struct wanted *wanted)
{
    for (const struct value *webhook = webhooks->first; webhook; webhook = webhook->next) {
        if (is_wrong(webhook, wanted))
            return true;
    }
    return false;
}

static int write_patch(const struct value *webhooks, struct str version, const struct wanted *wanted,
                       struct text *out, struct error *err)
{
    struct json_writer writer;
    size_t index = 0;

    json_write_init(&writer, out);
    json_write_list_open(&writer);
    add_operation(&writer, "test", STR("/metadata/resourceVersion"), version);
    for (const struct value *webhook = webhooks->first; webhook; webhook = webhook->next, index++) {
        if (is_wrong(webhook, wanted))
            add_bundle(&writer, index, wanted->encoded);
    }
    json_write_list_close(&writer);
    return json_write_finish(&writer, err);
}

int webhook_configuration_patch(const struct value *configuration, const struct webhook_service *service,
                                struct str bundle, struct text *out, struct error *err)
{
    const struct value *webhooks = value_find(configuration, STR("webhooks"));
    struct str version = value_string(value_path(configuration, "metadata", "resourceVersion", NULL));
    const struct wanted wanted = {service, encode(out->arena, bundle)};

    if (version.len == 0)
        return error_set(err, ERROR_INVALID, "the webhook configuration has no resourceVersion");
    if (!webhooks || webhooks->kind != VALUE_LIST)
        return 0;
    if (webhooks->count > WEBHOOKS_MAX)
        return error_set(err, ERROR_TOO_LARGE, "more than %d webhooks in one configuration",
                         (int)WEBHOOKS_MAX);
    return has_wrong(webhooks, &wanted) ? write_patch(webhooks, version, &wanted, out, err) : 0;
}
