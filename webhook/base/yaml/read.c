/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/read.h"

#include "base/character.h"
#include "base/json/read.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/yaml/character_index.h"
#include "base/yaml/parts.h"
#include "base/yaml/scalar.h"
#include "base/yaml/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DOCUMENTS_FIRST = 16 };

struct reader {
    struct arena *arena;
    struct str text;
    yaml_parser_t parser;
    struct yaml_part part;             /* all that libyaml is shown */
    struct character_index characters; /* of the part */
    struct yaml_tree tree;
    struct yaml_documents *documents;
    size_t documents_size;
};

static int fail(struct reader *r, const yaml_mark_t *mark, const char *what)
{
    return error_set(r->tree.err, ERROR_INVALID, "line %zu, column %zu: %s", r->part.line + mark->line + 1,
                     mark->column + 1, what);
}

/* libyaml counts characters; an editor needs bytes. */
static size_t byte_offset(const struct reader *r, const yaml_mark_t *mark)
{
    return r->part.start + character_index_offset(&r->characters, mark->index);
}

/* The node's own text begins after its tag and anchor, and the space and comments that follow them. */
static size_t skip_properties(struct str text, size_t start, size_t end)
{
    while (start < end) {
        if (char_is_space(text.ptr[start])) {
            start++;
            continue;
        }
        if (text.ptr[start] != '&' && text.ptr[start] != '!' && text.ptr[start] != '#')
            break;
        for (bool comment = text.ptr[start] == '#'; start < end; start++) {
            if (comment ? text.ptr[start] == '\n' : char_is_space(text.ptr[start]))
                break;
        }
    }
    return start;
}

static struct value *new_value(struct reader *r, const yaml_event_t *event, enum value_kind kind)
{
    struct value *value = ARENA_NEW(r->arena, struct value);

    *value = (struct value){
        .kind = kind,
        .start = byte_offset(r, &event->start_mark),
        .end = byte_offset(r, &event->end_mark),
        .line = (uint32_t)(r->part.line + event->start_mark.line) + 1,
        .column = (uint32_t)event->start_mark.column + 1,
    };
    return value;
}

static struct str event_text(const yaml_char_t *text)
{
    return str_from_c((const char *)text);
}

/* The kind that an explicit tag of YAML's own asks for; VALUE_LIST where there is none such. */
static enum value_kind tagged_kind(struct str tag)
{
    static const struct {
        struct str name;
        enum value_kind kind;
    } kinds[] = {
        {STR_INIT("tag:yaml.org,2002:int"), VALUE_NUMBER},
        {STR_INIT("tag:yaml.org,2002:float"), VALUE_NUMBER},
        {STR_INIT("tag:yaml.org,2002:bool"), VALUE_BOOL},
        {STR_INIT("tag:yaml.org,2002:null"), VALUE_NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_equal(kinds[i].name, tag))
            return kinds[i].kind;
    }
    return VALUE_LIST;
}

static int resolve_scalar(struct reader *r, const yaml_event_t *event, struct value *value)
{
    enum value_kind wanted = tagged_kind(event_text(event->data.scalar.tag));

    if (wanted == VALUE_LIST && !event->data.scalar.plain_implicit)
        return 0;
    yaml_scalar_resolve(r->arena, value->text, value);
    if (wanted != VALUE_LIST && value->kind != wanted)
        return yaml_tree_fail(&r->tree, value, ERROR_INVALID, "a value that its tag does not fit");
    return 0;
}

static enum value_style scalar_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return VALUE_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return VALUE_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
        return VALUE_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return VALUE_FOLDED;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
        break;
    }
    return VALUE_PLAIN;
}

static int on_scalar(struct reader *r, const yaml_event_t *event)
{
    struct value *value = new_value(r, event, VALUE_STRING);

    value->text =
        arena_str(r->arena, (struct str){(const char *)event->data.scalar.value, event->data.scalar.length});
    value->style = scalar_style(event->data.scalar.style);
    if (event->data.scalar.anchor || event->data.scalar.tag)
        value->start = skip_properties(r->text, value->start, value->end);
    if (resolve_scalar(r, event, value) < 0)
        return -1;
    return yaml_tree_scalar(&r->tree, value, event_text(event->data.scalar.anchor),
                            event->data.scalar.plain_implicit);
}

static void add_document(struct reader *r, struct value *root)
{
    struct yaml_documents *documents = r->documents;

    if (documents->count == r->documents_size) {
        size_t size = r->documents_size ? r->documents_size * 2 : DOCUMENTS_FIRST;

        documents->items =
            arena_grow(r->arena, documents->items, documents->count, size, sizeof(*documents->items));
        r->documents_size = size;
    }
    documents->items[documents->count++] = root;
}

static int on_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_ALIAS_EVENT:
        return yaml_tree_alias(&r->tree, new_value(r, event, VALUE_NULL),
                               event_text(event->data.alias.anchor));
    case YAML_SEQUENCE_START_EVENT:
        return yaml_tree_open(&r->tree, new_value(r, event, VALUE_LIST),
                              event_text(event->data.sequence_start.anchor));
    case YAML_MAPPING_START_EVENT:
        return yaml_tree_open(&r->tree, new_value(r, event, VALUE_MAP),
                              event_text(event->data.mapping_start.anchor));
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return yaml_tree_close(&r->tree, byte_offset(r, &event->end_mark));
    case YAML_DOCUMENT_END_EVENT:
        add_document(r, yaml_tree_take(&r->tree));
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
        break;
    }
    return 0;
}

/* Where a byte of the part stands, for complaints that libyaml gives without a mark. */
static yaml_mark_t mark_of(const struct reader *r, size_t offset)
{
    yaml_mark_t mark = {0};

    for (size_t i = r->part.start; i < offset && i < r->text.len; i++) {
        bool is_line_end = r->text.ptr[i] == '\n';

        mark.line += is_line_end;
        mark.column = is_line_end ? 0 : mark.column + (((unsigned char)r->text.ptr[i] & 0xC0) != 0x80);
    }
    return mark;
}

static int explain(struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    yaml_mark_t mark = parser->problem_mark;

    if (parser->error == YAML_MEMORY_ERROR)
        abort();
    if (parser->error == YAML_READER_ERROR)
        mark = mark_of(r, parser->problem_offset + r->part.start);
    return fail(r, &mark, parser->problem ? parser->problem : "not valid YAML");
}

static int read_events(struct reader *r)
{
    bool ended = false;

    while (!ended) {
        yaml_event_t event;
        int result;

        if (!yaml_parser_parse(&r->parser, &event))
            return explain(r);
        ended = event.type == YAML_STREAM_END_EVENT;
        result = on_event(r, &event);
        yaml_event_delete(&event);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* libyaml's own view of UTF-8 is not asked: what is no text is told apart from what is no YAML. */
static int check_text(struct reader *r)
{
    size_t i = 0;
    size_t n = 1;

    for (; i < r->text.len && n > 0; i += n) {
        unsigned char c = (unsigned char)r->text.ptr[i];

        n = c == 0 ? 0 : c < 0x80 ? 1 : utf8_sequence(str_from(r->text, i));
    }
    if (n == 0) {
        yaml_mark_t mark = mark_of(r, i);

        return fail(r, &mark, r->text.ptr[i] ? "a byte that is not UTF-8" : "a NUL byte");
    }
    return 0;
}

static int read_yaml(struct reader *r)
{
    struct str text = str_slice(r->text, r->part.start, r->part.end);
    int result;

    character_index_init(&r->characters, text);
    if (!yaml_parser_initialize(&r->parser))
        abort();
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    result = read_events(r);
    yaml_parser_delete(&r->parser);
    character_index_release(&r->characters);
    return result;
}

/*
 * JSON is YAML but for trifles: pairs of surrogates, keys beyond 1024 bytes, and
 * one document right behind another are not libyaml's. True where it is not
 * YAML's turn.
 */
static bool read_objects(struct reader *r, int *ret_result)
{
    struct json_stream stream = {
        .start = r->part.content,
        .line_start = r->part.start,
        .line = (uint32_t)r->part.line + 1,
        .values_max = VALUE_NODES_MAX - r->tree.nodes,
    };
    struct value *next;

    *ret_result = json_read_stream(r->arena, str_slice(r->text, 0, r->part.end), &stream, r->tree.err);
    if (*ret_result < 0)
        return stream.count > 1 || r->tree.err->code == ERROR_TOO_LARGE;
    r->tree.nodes += stream.values;
    for (struct value *root = stream.first; root; root = next) {
        next = root->next;
        root->next = NULL;
        add_document(r, root);
    }
    return true;
}

static int read_text(struct reader *r)
{
    struct yaml_parts parts = {.text = r->text};
    int result = check_text(r);

    while (result == 0 && yaml_parts_next(&parts, &r->part)) {
        if (!r->part.is_objects || !read_objects(r, &result))
            result = read_yaml(r);
    }
    return result;
}

int yaml_read(struct arena *arena, struct str text, struct yaml_documents *ret, struct error *err)
{
    struct yaml_documents documents = {NULL, 0};
    struct reader *r = memory_zeroed(1, sizeof(*r)); /* too large for small stacks */
    int result;

    r->arena = arena;
    r->text = text;
    r->part.start = utf8_skip_marks(text, 0);
    r->documents = &documents;
    r->tree.arena = arena;
    r->tree.err = err;
    result = read_text(r);
    yaml_tree_release(&r->tree);
    free(r);
    if (result == 0)
        *ret = documents;
    return result;
}
