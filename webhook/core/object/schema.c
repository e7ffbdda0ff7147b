/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/schema.h"

#include "base/duration.h"
#include "base/spelling.h"
#include "base/text.h"
#include "base/timestamp.h"

#include <assert.h>
#include <string.h>

enum { QUOTE_MAX = 64 }; /* bytes of a document in a message */

/* What is read, and where it goes. */
struct target {
    const struct object_field *field;
    const struct value *value;
    const struct object_path *path;
    char *base; /* of the struct */
};

static void add_path(struct text *out, const struct object_path *path)
{
    if (path->outer)
        add_path(out, path->outer);
    if (path->name.len == 0) {
        text_add_char(out, '[');
        text_add_uint(out, path->index);
        text_add_char(out, ']');
        return;
    }
    if (out->len > 0)
        text_add_char(out, '.');
    text_add(out, str_slice(path->name, 0, QUOTE_MAX));
}

int object_schema_at(struct object_decoder *decoder, const struct object_path *path,
                     const struct value *value, int failed)
{
    struct text where;

    text_init(&where, decoder->arena, ERROR_TEXT_MAX / 2);
    if (path)
        add_path(&where, path);
    if (value)
        decoder->line = value->line;
    return where.len == 0 ? failed : error_prefix(decoder->err, STR_FMT, STR_ARG(text_str(&where)));
}

static int fail(struct object_decoder *decoder, const struct target *target, const char *what)
{
    return object_schema_at(decoder, target->path, target->value,
                            error_set(decoder->err, ERROR_INVALID, "%s", what));
}

/* "Set, Deny or Warn" */
static struct str choices_text(struct arena *arena, const struct object_choice *choices)
{
    struct text out;

    text_init(&out, arena, ERROR_TEXT_MAX / 2);
    for (size_t i = 0; choices[i].name.len > 0; i++) {
        if (i > 0)
            text_add_c(&out, choices[i + 1].name.len > 0 ? ", " : " or ");
        text_add(&out, choices[i].name);
    }
    return text_str(&out);
}

static int fail_choice(struct object_decoder *decoder, const struct target *target)
{
    struct str text = str_slice(target->value->text, 0, QUOTE_MAX);

    return object_schema_at(decoder, target->path, target->value,
                            error_set(decoder->err, ERROR_INVALID,
                                      "unknown value \"" STR_FMT "\"; expected " STR_FMT, STR_ARG(text),
                                      STR_ARG(choices_text(decoder->arena, target->field->choices))));
}

static int expect(struct object_decoder *decoder, const struct target *target, enum value_kind kind)
{
    enum value_kind found = target->value->kind;
    bool quotable = kind == VALUE_STRING && (found == VALUE_NUMBER || found == VALUE_BOOL);

    if (found == kind)
        return 0;
    return object_schema_at(decoder, target->path, target->value,
                            error_set(decoder->err, ERROR_INVALID, "expected %s, found %s%s",
                                      value_kind_name(kind), value_kind_name(found),
                                      quotable ? "; put it in quotes" : ""));
}

static void put_bool(char *base, size_t offset, bool set)
{
    if (offset != OBJECT_NO_OFFSET)
        memcpy(base + offset, &set, sizeof(set));
}

static int check_text(struct object_decoder *decoder, const struct target *target)
{
    const struct object_field *field = target->field;

    if ((field->flags & OBJECT_FIELD_NOT_EMPTY) && target->value->text.len == 0)
        return fail(decoder, target, "is empty");
    if (field->check && field->check(target->value->text, decoder->err) < 0)
        return object_schema_at(decoder, target->path, target->value, -1);
    return 0;
}

static struct str keep(const struct object_decoder *decoder, const struct object_field *field,
                       struct str text)
{
    bool is_kept = field->offset != OBJECT_NO_OFFSET && !(field->flags & OBJECT_FIELD_BORROWED);

    return is_kept ? text_pool_keep(decoder->texts, text) : text;
}

static int decode_string(struct object_decoder *decoder, const struct target *target, struct str *ret)
{
    if (expect(decoder, target, VALUE_STRING) < 0 || check_text(decoder, target) < 0)
        return -1;
    *ret = keep(decoder, target->field, target->value->text);
    return 0;
}

static int decode_int(struct object_decoder *decoder, const struct target *target, int64_t *ret)
{
    if (expect(decoder, target, VALUE_NUMBER) < 0)
        return -1;
    if (!str_to_int64(target->value->text, INT64_MIN, INT64_MAX, ret))
        return fail(decoder, target, "expected a whole number");
    return 0;
}

static int decode_time(struct object_decoder *decoder, const struct target *target, int64_t *ret)
{
    if (expect(decoder, target, VALUE_STRING) < 0)
        return -1;
    if (!timestamp_parse(target->value->text, ret))
        return fail(decoder, target, "expected a time such as \"2006-01-02T15:04:05Z\"");
    return 0;
}

static int decode_duration(struct object_decoder *decoder, const struct target *target, int64_t *ret)
{
    int64_t milliseconds;

    if (expect(decoder, target, VALUE_STRING) < 0)
        return -1;
    if (!duration_parse(target->value->text, &milliseconds))
        return fail(decoder, target, "expected a duration such as \"30m\", \"24h\" or \"1h30m\"");
    *ret = milliseconds / 1000;
    return 0;
}

static const struct object_choice *find_choice(const struct object_choice *choices, struct str name)
{
    for (size_t i = 0; choices[i].name.len > 0; i++) {
        if (str_equal(choices[i].name, name))
            return &choices[i];
    }
    return NULL;
}

/* A plain Off is a boolean in the YAML that kubectl reads: people mean the choice. */
static const struct object_choice *unquoted_off(const struct target *target)
{
    if (target->value->kind != VALUE_BOOL || target->value->boolean)
        return NULL;
    return find_choice(target->field->choices, STR("Off"));
}

/* *ret_known is false where the value is none, and that is forgiven. */
static int decode_choice(struct object_decoder *decoder, const struct target *target, bool *ret_known,
                         int *ret)
{
    const struct object_choice *choice = unquoted_off(target);
    bool is_empty;

    *ret_known = false;
    if (!choice && expect(decoder, target, VALUE_STRING) < 0)
        return -1;
    if (!choice)
        choice = find_choice(target->field->choices, target->value->text);
    is_empty = target->value->text.len == 0;
    if (!choice && (target->field->flags & OBJECT_FIELD_FORGIVING) && (is_empty || !decoder->strict))
        return 0;
    if (!choice)
        return fail_choice(decoder, target);
    *ret_known = true;
    *ret = choice->value;
    return 0;
}

static int check_list(struct object_decoder *decoder, const struct target *target, enum value_kind kind)
{
    size_t count_max = target->field->count_max ? target->field->count_max : OBJECT_LIST_MAX;

    if (expect(decoder, target, kind) < 0)
        return -1;
    if (target->value->count == 0 && (target->field->flags & OBJECT_FIELD_NOT_EMPTY))
        return fail(decoder, target, "is empty");
    if (target->value->count > count_max)
        return object_schema_at(decoder, target->path, target->value,
                                error_set(decoder->err, ERROR_TOO_LARGE,
                                          "%zu elements, at most %zu are allowed", target->value->count,
                                          count_max));
    return 0;
}

static size_t element_size(const struct object_field *field)
{
    if (field->kind == OBJECT_FIELD_LIST)
        return field->type->size;
    return field->kind == OBJECT_FIELD_STRING_LIST ? sizeof(struct str) : sizeof(int);
}

static int decode_element(struct object_decoder *decoder, const struct target *element, void *ret,
                          bool *ret_known)
{
    const struct object_type *type = element->field->type;

    *ret_known = true;
    if (element->field->kind == OBJECT_FIELD_STRING_LIST)
        return decode_string(decoder, element, ret);
    if (element->field->kind != OBJECT_FIELD_LIST)
        return decode_choice(decoder, element, ret_known, ret);
    if (type->initial)
        memcpy(ret, type->initial, type->size);
    return object_schema_decode(decoder, type, element->value, element->path, ret);
}

/* Lists of structs, texts and choices alike. */
static int decode_list(struct object_decoder *decoder, const struct target *target)
{
    const struct object_field *field = target->field;
    size_t size = element_size(field);
    size_t count = 0;
    struct object_path path = {.outer = target->path};
    char *items;

    if (check_list(decoder, target, VALUE_LIST) < 0)
        return -1;
    items = target->value->count ? arena_array(decoder->arena, target->value->count, size) : NULL;
    for (const struct value *value = target->value->first; value; value = value->next, path.index++) {
        struct target element = {field, value, &path, NULL};
        bool known = false;

        if (value->kind != VALUE_NULL && decode_element(decoder, &element, items + count * size, &known) < 0)
            return -1;
        count += known;
    }
    memcpy(target->base + field->offset, &items, sizeof(items));
    memcpy(target->base + field->count_at, &count, sizeof(count));
    return 0;
}

static int decode_choice_bits(struct object_decoder *decoder, const struct target *target)
{
    struct object_path path = {.outer = target->path};
    unsigned bits = 0;

    if (check_list(decoder, target, VALUE_LIST) < 0)
        return -1;
    for (const struct value *value = target->value->first; value; value = value->next, path.index++) {
        struct target element = {target->field, value, &path, NULL};
        bool known;
        int bit = 0;

        if (value->kind != VALUE_NULL && decode_choice(decoder, &element, &known, &bit) < 0)
            return -1;
        bits |= (unsigned)bit;
    }
    memcpy(target->base + target->field->offset, &bits, sizeof(bits));
    return 0;
}

static int decode_map(struct object_decoder *decoder, const struct target *target)
{
    const struct object_field *field = target->field;
    bool is_kept = field->offset != OBJECT_NO_OFFSET;
    struct object_member *members = NULL;
    size_t count = 0;

    if (check_list(decoder, target, VALUE_MAP) < 0)
        return -1;
    if (is_kept && target->value->count > 0)
        members = ARENA_ARRAY(decoder->arena, target->value->count, struct object_member);
    for (const struct value *value = target->value->first; value; value = value->next) {
        struct object_path path = {.outer = target->path, .name = value->key};
        struct target member = {field, value, &path, NULL};
        struct object_member entry = {.key = keep(decoder, field, value->key)};

        if (value->kind == VALUE_NULL)
            continue;
        if (field->check_key && field->check_key(value->key, decoder->err) < 0)
            return object_schema_at(decoder, target->path, value, -1);
        if (decode_string(decoder, &member, &entry.value) < 0)
            return -1;
        if (is_kept)
            members[count++] = entry;
    }
    if (is_kept) {
        memcpy(target->base + field->offset, &members, sizeof(members));
        memcpy(target->base + field->count_at, &count, sizeof(count));
    }
    return 0;
}

static int decode_bool(struct object_decoder *decoder, const struct target *target)
{
    bool known = true;
    int choice = 0;

    if (target->field->kind == OBJECT_FIELD_CHOICE_BOOL) {
        if (decode_choice(decoder, target, &known, &choice) < 0)
            return -1;
    } else {
        if (expect(decoder, target, VALUE_BOOL) < 0)
            return -1;
        choice = target->value->boolean;
    }
    if (known)
        put_bool(target->base, target->field->offset, choice != 0);
    return 0;
}

static int decode_field(struct object_decoder *decoder, const struct target *target)
{
    const struct object_field *field = target->field;
    union {
        struct str text;
        int64_t number;
        int choice;
    } nowhere = {{NULL, 0}};
    void *at = field->offset == OBJECT_NO_OFFSET ? (void *)&nowhere : target->base + field->offset;
    bool known;

    switch (field->kind) {
    case OBJECT_FIELD_ANY:
        return 0;
    case OBJECT_FIELD_STRING:
        return decode_string(decoder, target, at);
    case OBJECT_FIELD_BOOL:
    case OBJECT_FIELD_CHOICE_BOOL:
        return decode_bool(decoder, target);
    case OBJECT_FIELD_INT:
        return decode_int(decoder, target, at);
    case OBJECT_FIELD_TIME:
        return decode_time(decoder, target, at);
    case OBJECT_FIELD_DURATION:
        return decode_duration(decoder, target, at);
    case OBJECT_FIELD_CHOICE:
        return decode_choice(decoder, target, &known, at);
    case OBJECT_FIELD_CHOICE_BITS:
        return decode_choice_bits(decoder, target);
    case OBJECT_FIELD_CHOICE_LIST:
    case OBJECT_FIELD_STRING_LIST:
    case OBJECT_FIELD_LIST:
        return decode_list(decoder, target);
    case OBJECT_FIELD_STRING_MAP:
        return decode_map(decoder, target);
    case OBJECT_FIELD_OBJECT:
        return object_schema_decode(decoder, field->type, target->value, target->path, target->base);
    }
    assert(false);
    return -1;
}

static const struct object_field *find_field(const struct object_type *type, struct str name)
{
    for (size_t i = 0; i < type->count; i++) {
        if (str_equal(type->fields[i].name, name))
            return &type->fields[i];
    }
    return NULL;
}

static int fail_unknown(struct object_decoder *decoder, const struct object_type *type,
                        const struct value *value, const struct object_path *path)
{
    const struct object_field *near = NULL;

    for (size_t i = 0; i < type->count; i++) {
        if (spelling_is_near(value->key, type->fields[i].name) &&
            (!near ||
             spelling_distance(value->key, type->fields[i].name) < spelling_distance(value->key, near->name)))
            near = &type->fields[i];
    }
    return object_schema_at(decoder, path, value,
                            near ? error_set(decoder->err, ERROR_INVALID,
                                             "unknown field; did you mean \"" STR_FMT "\"?",
                                             STR_ARG(near->name))
                                 : error_set(decoder->err, ERROR_INVALID, "unknown field"));
}

static bool is_there(const struct value *map, struct str name)
{
    const struct value *value = value_find(map, name);

    return value && value->kind != VALUE_NULL;
}

static int check_required(struct object_decoder *decoder, const struct object_type *type,
                          const struct value *value, const struct object_path *outer)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct object_field *field = &type->fields[i];
        struct object_path path = {.outer = outer, .name = field->name};

        if (!(field->flags & OBJECT_FIELD_REQUIRED) || is_there(value, field->name))
            continue;
        if (!field->choices)
            return object_schema_at(decoder, &path, value,
                                    error_set(decoder->err, ERROR_INVALID, "is missing"));
        return object_schema_at(decoder, &path, value,
                                error_set(decoder->err, ERROR_INVALID, "is missing; expected " STR_FMT,
                                          STR_ARG(choices_text(decoder->arena, field->choices))));
    }
    return 0;
}

int object_schema_decode(struct object_decoder *decoder, const struct object_type *type,
                         const struct value *value, const struct object_path *path, void *ret)
{
    const struct target whole = {NULL, value, path, NULL};

    if (expect(decoder, &whole, VALUE_MAP) < 0)
        return -1;
    for (const struct value *member = value->first; member; member = member->next) {
        const struct object_field *field = find_field(type, member->key);
        struct object_path inner = {.outer = path, .name = member->key};
        struct target target = {field, member, &inner, ret};

        if (!field && decoder->strict && !type->open)
            return fail_unknown(decoder, type, member, &inner);
        if (!field || member->kind == VALUE_NULL)
            continue;
        if (decode_field(decoder, &target) < 0)
            return -1;
        put_bool(ret, field->set_at, true);
    }
    return check_required(decoder, type, value, path);
}
