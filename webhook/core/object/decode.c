/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/decode.h"

#include "core/object/kinds.h"
#include "core/object/names.h"

#include <string.h>

_Static_assert(sizeof(struct object_member) == sizeof(struct label) &&
                   offsetof(struct object_member, value) == offsetof(struct label, value),
               "a map of texts is a list of labels");

static int decode_namespace(struct object_decoder *decoder, const struct value *value,
                            const struct object_metadata *metadata, struct cluster_object *ret);
static int decode_service_account(struct object_decoder *decoder, const struct value *value,
                                  const struct object_metadata *metadata, struct cluster_object *ret);

/* One kind of object, in one version of one group. */
struct kind_row {
    struct str api_version;
    struct str kind;
    enum object_kind object_kind;
    bool strict;  /* ours: unknown fields are errors */
    bool cluster; /* has no namespace */
    int (*check_name)(struct str name, struct error *err);
    int (*decode)(struct object_decoder *decoder, const struct value *value,
                  const struct object_metadata *metadata, struct cluster_object *ret);
};

#define OURS "weir.dev/v1alpha1"

static const struct kind_row kinds[] = {
    {STR_INIT(OURS), STR_INIT("ImageStream"), OBJECT_IMAGE_STREAM, true, false, object_names_check_stream,
     decode_image_stream},
    {STR_INIT("image.openshift.io/v1"), STR_INIT("ImageStream"), OBJECT_IMAGE_STREAM, false, false,
     object_names_check_stream, decode_image_stream},
    {STR_INIT(OURS), STR_INIT("StreamPolicy"), OBJECT_STREAM_POLICY, true, false,
     object_names_check_subdomain, decode_stream_policy},
    {STR_INIT(OURS), STR_INIT("ClusterStreamPolicy"), OBJECT_CLUSTER_STREAM_POLICY, true, true,
     object_names_check_subdomain, decode_stream_policy},
    {STR_INIT(OURS), STR_INIT("Image"), OBJECT_SKIPPED, false, true, NULL, NULL},
    {STR_INIT("v1"), STR_INIT("Namespace"), OBJECT_NAMESPACE, false, true, object_names_check_label,
     decode_namespace},
    {STR_INIT("v1"), STR_INIT("ServiceAccount"), OBJECT_SERVICE_ACCOUNT, false, false,
     object_names_check_subdomain, decode_service_account},
    {STR_INIT("v1"), STR_INIT("Secret"), OBJECT_PULL_SECRET, false, false, object_names_check_subdomain,
     decode_pull_secret},
};

/* metav1.ObjectMeta: of our own kinds nothing else may stand there. Labels are kept of namespaces only. */
#define METADATA_FIELDS                                                                                      \
    {STR_INIT("name"), OBJECT_FIELD_STRING, OBJECT_FIELD_REQUIRED, FIELD_OF(struct object_metadata, name)},  \
        {STR_INIT("namespace"), OBJECT_FIELD_STRING, FIELD_OF(struct object_metadata, namespace)},           \
        {STR_INIT("annotations"), OBJECT_FIELD_STRING_MAP, FIELD_NOWHERE},                                   \
        {STR_INIT("creationTimestamp"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                    \
        {STR_INIT("deletionGracePeriodSeconds"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                           \
        {STR_INIT("deletionTimestamp"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                    \
        {STR_INIT("finalizers"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                           \
        {STR_INIT("generateName"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                         \
        {STR_INIT("generation"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                           \
        {STR_INIT("managedFields"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                        \
        {STR_INIT("ownerReferences"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                      \
        {STR_INIT("resourceVersion"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                      \
        {STR_INIT("selfLink"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                             \
    {                                                                                                        \
        STR_INIT("uid"), OBJECT_FIELD_ANY, FIELD_NOWHERE                                                     \
    }

static const struct object_field metadata_fields[] = {
    METADATA_FIELDS,
    {STR_INIT("labels"), OBJECT_FIELD_STRING_MAP, FIELD_NOWHERE},
};
/* The API server fills it in, and a newer one may know more. */
static const struct object_type metadata_type = {OBJECT_TYPE(metadata_fields, struct object_metadata),
                                                 .open = true};

static const struct object_field labelled_fields[] = {
    METADATA_FIELDS,
    {STR_INIT("labels"), OBJECT_FIELD_STRING_MAP, FIELD_OF(struct object_metadata, labels),
     .count_at = offsetof(struct object_metadata, label_count)},
};
static const struct object_type labelled_type = {OBJECT_TYPE(labelled_fields, struct object_metadata),
                                                 .open = true};

/* Every Namespace has a label with its own name, whatever the file says (KEP-2161). */
static int decode_namespace(struct object_decoder *decoder, const struct value *value,
                            const struct object_metadata *metadata, struct cluster_object *ret)
{
    static const struct str name_label = STR_INIT("kubernetes.io/metadata.name");
    struct namespace_object *object = ARENA_NEW(decoder->arena, struct namespace_object);
    struct label *labels = ARENA_ARRAY(decoder->arena, metadata->label_count + 1, struct label);
    size_t count = 0;

    (void)value;
    for (size_t i = 0; i < metadata->label_count; i++) {
        if (!str_equal(metadata->labels[i].key, name_label))
            labels[count++] = (struct label){metadata->labels[i].key, metadata->labels[i].value};
    }
    labels[count++] = (struct label){name_label, metadata->name};
    *object = (struct namespace_object){.name = metadata->name, .labels = labels, .label_count = count};
    ret->as.namespace = object;
    return 0;
}

struct secret_name {
    struct str name;
};

struct account_source {
    struct secret_name *secrets;
    size_t secret_count;
};

static const struct object_field secret_name_fields[] = {
    {STR_INIT("name"), OBJECT_FIELD_STRING, FIELD_OF(struct secret_name, name)},
};
static const struct object_type secret_name_type = {OBJECT_TYPE(secret_name_fields, struct secret_name)};

static const struct object_field account_fields[] = {
    {STR_INIT("imagePullSecrets"), OBJECT_FIELD_LIST, FIELD_OF(struct account_source, secrets),
     .count_at = offsetof(struct account_source, secret_count), .type = &secret_name_type},
};
static const struct object_type account_type = {OBJECT_TYPE(account_fields, struct account_source)};

static int decode_service_account(struct object_decoder *decoder, const struct value *value,
                                  const struct object_metadata *metadata, struct cluster_object *ret)
{
    struct service_account *account = ARENA_NEW(decoder->arena, struct service_account);
    struct account_source source = {NULL, 0};
    struct str *names;

    if (object_schema_decode(decoder, &account_type, value, NULL, &source) < 0)
        return -1;
    names = ARENA_ARRAY(decoder->arena, source.secret_count, struct str);
    *account = (struct service_account){metadata->namespace, metadata->name, names, 0};
    for (size_t i = 0; i < source.secret_count; i++) {
        if (source.secrets[i].name.len > 0)
            names[account->pull_secret_count++] = source.secrets[i].name;
    }
    ret->as.service_account = account;
    return 0;
}

static int decode_metadata(struct object_decoder *decoder, const struct kind_row *row,
                           const struct value *value, struct object_metadata *ret)
{
    struct object_path path = {.name = STR("metadata")};
    struct object_path name_path = {.outer = &path, .name = STR("name")};
    struct object_path namespace_path = {.outer = &path, .name = STR("namespace")};
    const struct value *metadata = value_find(value, STR("metadata"));

    if (!metadata || metadata->kind == VALUE_NULL)
        return object_schema_at(decoder, &path, value, error_set(decoder->err, ERROR_INVALID, "is missing"));
    if (object_schema_decode(decoder, row->object_kind == OBJECT_NAMESPACE ? &labelled_type : &metadata_type,
                             metadata, &path, ret) < 0)
        return -1;
    if (row->check_name(ret->name, decoder->err) < 0)
        return object_schema_at(decoder, &name_path, value_find(metadata, STR("name")), -1);
    if (row->cluster && row->strict && ret->namespace.len > 0)
        return object_schema_at(
            decoder, &namespace_path, value_find(metadata, STR("namespace")),
            error_set(decoder->err, ERROR_INVALID, "is set; this kind belongs to no namespace"));
    if (row->cluster)
        ret->namespace = STR("");
    else if (ret->namespace.len == 0)
        ret->namespace = STR("default");
    else if (object_names_check_label(ret->namespace, decoder->err) < 0)
        return object_schema_at(decoder, &namespace_path, value_find(metadata, STR("namespace")), -1);
    return 0;
}

static const struct kind_row *find_kind(struct str api_version, struct str kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_equal(kinds[i].api_version, api_version) && str_equal(kinds[i].kind, kind))
            return &kinds[i];
    }
    return NULL;
}

/* Of our own group what is not known is a slip of the pen, and must not pass unseen. */
static int check_unknown(struct object_decoder *decoder, const struct value *value,
                         const struct cluster_object *object)
{
    struct object_path version_path = {.name = STR("apiVersion")};
    struct object_path kind_path = {.name = STR("kind")};

    if (!str_starts(object->api_version, STR("weir.dev/")))
        return 0;
    if (!str_equal(object->api_version, STR(OURS)))
        return object_schema_at(decoder, &version_path, value_find(value, STR("apiVersion")),
                                error_set(decoder->err, ERROR_INVALID,
                                          "unknown version \"" STR_FMT "\"; expected \"" OURS "\"",
                                          STR_ARG(str_slice(object->api_version, 0, 64))));
    return object_schema_at(decoder, &kind_path, value_find(value, STR("kind")),
                            error_set(decoder->err, ERROR_INVALID,
                                      "unknown kind \"" STR_FMT
                                      "\"; expected ImageStream, StreamPolicy or ClusterStreamPolicy",
                                      STR_ARG(str_slice(object->kind_name, 0, 64))));
}

static int read_header(struct object_decoder *decoder, const struct value *value,
                       const struct object_header *header, struct cluster_object *ret)
{
    struct object_path kind_path = {.name = STR("kind")};
    struct object_path version_path = {.name = STR("apiVersion")};

    if (value->kind != VALUE_MAP)
        return object_schema_at(decoder, NULL, value,
                                error_set(decoder->err, ERROR_INVALID, "expected an object, found %s",
                                          value_kind_name(value->kind)));
    ret->api_version = value_string(value_find(value, STR("apiVersion")));
    ret->kind_name = value_string(value_find(value, STR("kind")));
    if (header && (header->always || ret->api_version.len == 0))
        ret->api_version = header->api_version;
    if (header && (header->always || ret->kind_name.len == 0))
        ret->kind_name = header->kind;
    if (ret->kind_name.len == 0)
        return object_schema_at(decoder, &kind_path, value,
                                error_set(decoder->err, ERROR_INVALID, "is missing, or no text"));
    if (ret->api_version.len == 0)
        return object_schema_at(decoder, &version_path, value,
                                error_set(decoder->err, ERROR_INVALID, "is missing, or no text"));
    return 0;
}

static int decode_kind(struct object_decoder *decoder, const struct value *value, struct cluster_object *ret)
{
    const struct kind_row *row = find_kind(ret->api_version, ret->kind_name);
    struct object_metadata metadata = {.name = {NULL, 0}};

    if (!row) {
        ret->kind = OBJECT_UNKNOWN;
        return check_unknown(decoder, value, ret);
    }
    ret->kind = row->object_kind;
    if (!row->decode)
        return 0;
    decoder->strict = row->strict;
    if (decode_metadata(decoder, row, value, &metadata) < 0)
        return -1;
    ret->namespace = metadata.namespace;
    ret->name = metadata.name;
    return row->decode(decoder, value, &metadata, ret);
}

/* A file of another program's that lies beside: it is not even meant as an object. */
static bool is_no_object(const struct value *value, const struct object_header *header)
{
    return value->kind == VALUE_MAP && !header && !value_find(value, STR("kind")) &&
           !value_find(value, STR("apiVersion"));
}

int object_decode(struct text_pool *texts, const struct value *value, const struct object_header *header,
                  struct cluster_object *ret, struct error *err)
{
    struct object_decoder decoder = {.arena = texts->arena, .texts = texts, .line = value->line, .err = err};
    struct cluster_object object = {.line = value->line};

    object.kind = is_no_object(value, header) ? OBJECT_UNKNOWN : OBJECT_SKIPPED;
    if (value->kind != VALUE_NULL && object.kind != OBJECT_UNKNOWN &&
        (read_header(&decoder, value, header, &object) < 0 || decode_kind(&decoder, value, &object) < 0)) {
        ret->line = decoder.line;
        return -1;
    }
    *ret = object;
    return 0;
}

bool object_decode_list_header(struct str api_version, struct str kind, struct object_header *ret_header)
{
    static const struct str suffix = STR_INIT("List");

    if (!str_ends(kind, suffix))
        return false;
    *ret_header = (struct object_header){{NULL, 0}, {NULL, 0}, false};
    if (kind.len > suffix.len)
        *ret_header = (struct object_header){api_version, str_slice(kind, 0, kind.len - suffix.len), false};
    return true;
}

const struct value *object_decode_list_items(const struct value *value, struct object_header *ret_header)
{
    const struct value *items = value_find(value, STR("items"));

    if (!items || (items->kind != VALUE_LIST && items->kind != VALUE_NULL))
        return NULL;
    if (!object_decode_list_header(value_string(value_find(value, STR("apiVersion"))),
                                   value_string(value_find(value, STR("kind"))), ret_header))
        return NULL;
    return items;
}
