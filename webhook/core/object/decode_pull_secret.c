/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "core/object/kinds.h"

/*
 * v1 Secret of the two types that hold a docker config. What is wrong with its
 * content is the secret's problem, told when it is used, as the kubelet does;
 * the other objects stay in force. Values never reach a message.
 */
struct secret_type {
    struct str type;
    struct str key;
    bool legacy;
};

static const struct secret_type secret_types[] = {
    {STR_INIT("kubernetes.io/dockerconfigjson"), STR_INIT(".dockerconfigjson"), false},
    {STR_INIT("kubernetes.io/dockercfg"), STR_INIT(".dockercfg"), true},
};

static const struct secret_type *find_type(struct str type)
{
    for (size_t i = 0; i < ARRAY_LEN(secret_types); i++) {
        if (str_equal(secret_types[i].type, type))
            return &secret_types[i];
    }
    return NULL;
}

/* stringData is written over data by the API server. */
static int find_content(struct arena *arena, const struct value *value, struct str key, struct str *ret,
                        struct error *err)
{
    const struct value *plain = value_path(value, "stringData", NULL);
    const struct value *encoded = value_path(value, "data", NULL);

    plain = value_find(plain, key);
    encoded = value_find(encoded, key);
    if (value_is_string(plain)) {
        *ret = arena_str(arena, plain->text);
        return 0;
    }
    if (!encoded)
        return error_set(err, ERROR_INVALID, "data has no \"" STR_FMT "\"", STR_ARG(key));
    if (!value_is_string(encoded) || base64_decode(arena, encoded->text, ret, err) < 0)
        return error_set(err, ERROR_INVALID, "data[\"" STR_FMT "\"] is not base64", STR_ARG(key));
    return 0;
}

static int parse_content(struct object_decoder *decoder, const struct value *value,
                         const struct secret_type *type, struct pull_secret *secret, struct error *err)
{
    struct docker_config_source source = {
        .legacy = type->legacy,
        .origin = arena_join(decoder->arena, STR("secret "), secret->namespace, STR("/"), secret->name),
    };

    if (find_content(decoder->arena, value, type->key, &source.text, err) < 0)
        return -1;
    return credentials_parse(decoder->arena, &source, &secret->config, err);
}

int decode_pull_secret(struct object_decoder *decoder, const struct value *value,
                       const struct object_metadata *metadata, struct cluster_object *ret)
{
    const struct secret_type *type = find_type(value_string(value_find(value, STR("type"))));
    struct pull_secret *secret;
    struct error err;

    if (!type) {
        ret->kind = OBJECT_SKIPPED;
        return 0;
    }
    secret = ARENA_NEW(decoder->arena, struct pull_secret);
    secret->namespace = metadata->namespace;
    secret->name = metadata->name;
    if (parse_content(decoder, value, type, secret, &err) < 0) {
        secret->config = (struct docker_config){NULL, 0};
        secret->problem = text_pool_keep(decoder->texts, error_text(&err));
    }
    ret->as.secret = secret;
    return 0;
}
