/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/read.h"
#include "core/object/kinds.h"
#include "test.h"

/*
 * The schemas of the custom resources and the tables by which objects are
 * decoded are the same fields, of the same types, with the same choices.
 */
#define CRDS TEST_DATA "/../../manifests/base/crd-"

static struct arena arena;

/* Where a walk stands: streams' values are laxer in files, since OpenShift's are written there, too. */
struct walk {
    bool exact;
    char path[512];
};

static const struct value *schema_of(const char *path)
{
    struct yaml_documents documents;
    struct error err;
    const struct value *versions;

    if (yaml_read(&arena, test_read_file(&arena, path), &documents, &err) < 0 || documents.count != 1) {
        printf("# %s: " STR_FMT "\n", path, STR_ARG(error_text(&err)));
        test_failures++;
        return NULL;
    }
    versions = value_path(documents.items[0], "spec", "versions", NULL);
    CHECK(versions && versions->count == 1);
    return versions ? value_path(versions->first, "schema", "openAPIV3Schema", NULL) : NULL;
}

static const char *type_of(enum object_field_kind kind)
{
    switch (kind) {
    case OBJECT_FIELD_STRING:
    case OBJECT_FIELD_TIME:
    case OBJECT_FIELD_DURATION:
    case OBJECT_FIELD_CHOICE:
    case OBJECT_FIELD_CHOICE_BOOL:
        return "string";
    case OBJECT_FIELD_BOOL:
        return "boolean";
    case OBJECT_FIELD_INT:
        return "integer";
    case OBJECT_FIELD_CHOICE_BITS:
    case OBJECT_FIELD_CHOICE_LIST:
    case OBJECT_FIELD_STRING_LIST:
    case OBJECT_FIELD_LIST:
        return "array";
    case OBJECT_FIELD_STRING_MAP:
    case OBJECT_FIELD_OBJECT:
        return "object";
    case OBJECT_FIELD_ANY:
        break;
    }
    return NULL;
}

static bool holds(const struct value *list, struct str text)
{
    for (const struct value *item = list ? list->first : NULL; item; item = item->next) {
        if (str_equal(value_string(item), text))
            return true;
    }
    return false;
}

static void compare_choices(const struct walk *walk, const struct object_field *field,
                            const struct value *schema)
{
    const struct value *choices = value_find(schema, STR("enum"));
    bool forgiving = (field->flags & OBJECT_FIELD_FORGIVING) != 0;
    size_t count = 0;

    for (; field->choices[count].name.len > 0; count++)
        CHECK_ROW(holds(choices, field->choices[count].name), "%s: " STR_FMT, walk->path,
                  STR_ARG(field->choices[count].name));
    CHECK_ROW(choices && choices->count == count + forgiving, "%s has other choices", walk->path);
    CHECK_ROW(holds(choices, STR("")) == forgiving, "%s: the empty text", walk->path);
}

static int64_t number_of(const struct value *schema, struct str name)
{
    const struct value *value = value_find(schema, name);
    int64_t number = 0;

    CHECK(!value || str_to_int64(value->text, 0, INT64_MAX, &number));
    return number;
}

static void compare_limits(const struct walk *walk, const struct object_field *field,
                           const struct value *schema)
{
    bool is_text = str_equal(value_string(value_find(schema, STR("type"))), STR("string"));
    bool not_empty = (field->flags & OBJECT_FIELD_NOT_EMPTY) != 0;

    if (!walk->exact)
        return;
    CHECK_ROW((number_of(schema, is_text ? STR("minLength") : STR("minItems")) == 1) == not_empty,
              "%s: may be empty", walk->path);
    CHECK_ROW(
        number_of(schema, field->kind == OBJECT_FIELD_STRING_MAP ? STR("maxProperties") : STR("maxItems")) ==
            (int64_t)field->count_max,
        "%s: its limit", walk->path);
}

static bool is_required(const struct value *schema, struct str name)
{
    return holds(value_find(schema, STR("required")), name);
}

static void compare_type(const struct walk *outer, const struct object_type *type,
                         const struct value *schema);

static void compare_field(const struct walk *walk, const struct object_field *field,
                          const struct value *schema)
{
    const char *type = type_of(field->kind);
    const struct value *items = value_find(schema, STR("items"));

    if (type)
        CHECK_STR(value_string(value_find(schema, STR("type"))), str_from_c(type));
    if (field->choices)
        compare_choices(walk, field, items ? items : schema);
    compare_limits(walk, field, schema);
    if (field->kind == OBJECT_FIELD_STRING_LIST)
        CHECK_STR(value_string(value_find(items, STR("type"))), STR("string"));
    if (field->kind == OBJECT_FIELD_STRING_MAP)
        CHECK_STR(value_string(value_path(schema, "additionalProperties", "type", NULL)), STR("string"));
    if (field->type)
        compare_type(walk, field->type, items ? items : schema);
}

static const struct object_field *find_field(const struct object_type *type, struct str name)
{
    for (size_t i = 0; i < type->count; i++) {
        if (str_equal(type->fields[i].name, name))
            return &type->fields[i];
    }
    return NULL;
}

static struct walk step(const struct walk *outer, struct str name)
{
    struct walk walk = {.exact = outer->exact};

    snprintf(walk.path, sizeof(walk.path), "%.400s." STR_FMT, outer->path, STR_ARG(name));
    return walk;
}

static void compare_type(const struct walk *outer, const struct object_type *type, const struct value *schema)
{
    const struct value *properties = value_find(schema, STR("properties"));

    for (size_t i = 0; i < type->count; i++) {
        const struct object_field *field = &type->fields[i];
        const struct value *property = value_find(properties, field->name);
        bool required = (field->flags & OBJECT_FIELD_REQUIRED) != 0;
        struct walk walk = step(outer, field->name);

        /* Nobody writes a policy's status: it is taken, and not kept. */
        if (str_equal(field->name, STR("status")) && field->kind == OBJECT_FIELD_ANY)
            continue;
        CHECK_ROW(property, "%s is not in the schema", walk.path);
        if (field->kind == OBJECT_FIELD_ANY && str_equal(field->name, STR("metadata")))
            continue;
        CHECK_ROW(outer->exact ? required == is_required(schema, field->name)
                               : !required || is_required(schema, field->name),
                  "%s: whether it is required", walk.path);
        if (property)
            compare_field(&walk, field, property);
    }
    for (const struct value *property = properties ? properties->first : NULL; property;
         property = property->next) {
        CHECK_ROW(type->open || find_field(type, property->key), "%s." STR_FMT " is in no table", outer->path,
                  STR_ARG(property->key));
    }
}

/* Whatever has a name has a description: kubectl explain shows nothing else. */
static void check_descriptions(const struct value *schema, const char *name)
{
    const struct value *properties = value_find(schema, STR("properties"));

    for (const struct value *property = properties ? properties->first : NULL; property;
         property = property->next) {
        CHECK_ROW(str_equal(property->key, STR("metadata")) ||
                      value_string(value_find(property, STR("description"))).len > 4,
                  "%s: " STR_FMT " has no description", name, STR_ARG(property->key));
        check_descriptions(property, name);
        check_descriptions(value_find(property, STR("items")), name);
    }
}

static void compare(const char *path, const struct object_type *type, bool exact)
{
    const struct value *schema;
    struct walk walk = {.exact = exact};

    arena_release(&arena);
    schema = schema_of(path);
    compare_type(&walk, type, schema);
    check_descriptions(schema, path);
}

TEST(the_schema_of_a_policy_is_its_table)
{
    compare(CRDS "stream-policies.yaml", &decode_stream_policy_type, true);
}

TEST(the_schema_of_a_cluster_policy_is_its_table)
{
    compare(CRDS "cluster-stream-policies.yaml", &decode_stream_policy_cluster_type, true);
}

TEST(the_schema_of_a_stream_is_its_table)
{
    compare(CRDS "image-streams.yaml", &decode_image_stream_type, false);
}

TEST(each_fact_of_an_image_is_described)
{
    arena_release(&arena);
    check_descriptions(schema_of(CRDS "images.yaml"), "images");
}

TEST_MAIN()
