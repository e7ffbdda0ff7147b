/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_read.h"

#include "base/utf8.h"
#include "base/yaml_scalar.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    MARK_STEP = 256,     /* characters between two known byte offsets */
    ANCHOR_SLOTS = 2048, /* of the table of one document's anchors; at most half full */
    DOCUMENTS_FIRST = 16,
};

/* A node that can be referred to. */
struct anchor {
    struct str name;
    struct value *value;
    bool open;     /* its node has not ended */
    size_t weight; /* nodes, aliases expanded */
    size_t height; /* levels below it */
};

/* One open list or map. */
struct level {
    struct value *value;
    struct value **tail;
    struct str key;
    bool has_key;
    bool is_merge; /* the key is << */
    struct value *merge;
    struct anchor *anchor;
    size_t nodes; /* counted before it */
    size_t height;
};

struct reader {
    struct arena *arena;
    struct str text;
    yaml_parser_t parser;
    size_t bom;    /* bytes of a byte order mark, which libyaml does not count */
    size_t *marks; /* byte offset of each MARK_STEP-th character; NULL where all is ASCII */
    struct level levels[VALUE_DEPTH_MAX + 1];
    size_t depth;
    size_t nodes;
    struct anchor *anchors;
    uint16_t *anchor_slots;
    size_t anchor_count;
    struct value **key_slots; /* of the map that ends; see keys_put() */
    size_t key_slot_count;
    size_t key_slots_allocated;
    struct value *root;
    struct yaml_documents *documents;
    size_t documents_size;
    struct error *err;
};

static int fail(struct reader *r, const yaml_mark_t *mark, enum error_code code, const char *what)
{
    return error_set(r->err, code, "line %zu, column %zu: %s", mark->line + 1, mark->column + 1, what);
}

static int fail_name(struct reader *r, const yaml_mark_t *mark, const char *what, struct str name)
{
    return error_set(r->err, ERROR_INVALID, "line %zu, column %zu: %s \"" STR_FMT "\"", mark->line + 1,
                     mark->column + 1, what, (int)(name.len < 100 ? name.len : 100), name.ptr);
}

static size_t character_width(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* libyaml counts characters; an editor needs bytes. */
static void index_characters(struct reader *r)
{
    size_t characters = 0;

    for (size_t i = r->bom; i < r->text.len; i += character_width((unsigned char)r->text.ptr[i]))
        characters++;
    if (characters == r->text.len - r->bom)
        return;
    r->marks = calloc(characters / MARK_STEP + 1, sizeof(*r->marks));
    if (!r->marks)
        abort();
    characters = 0;
    for (size_t i = r->bom; i < r->text.len; i += character_width((unsigned char)r->text.ptr[i])) {
        if (characters % MARK_STEP == 0)
            r->marks[characters / MARK_STEP] = i;
        characters++;
    }
}

static size_t byte_offset(const struct reader *r, const yaml_mark_t *mark)
{
    size_t at;

    if (!r->marks)
        return mark->index + r->bom < r->text.len ? mark->index + r->bom : r->text.len;
    at = r->marks[mark->index / MARK_STEP];
    for (size_t i = mark->index % MARK_STEP; i > 0 && at < r->text.len; i--)
        at += character_width((unsigned char)r->text.ptr[at]);
    return at;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The node's own text begins after its tag and anchor, and the space and comments that follow them. */
static size_t skip_properties(struct str text, size_t start, size_t end)
{
    while (start < end) {
        if (is_space(text.ptr[start])) {
            start++;
            continue;
        }
        if (text.ptr[start] != '&' && text.ptr[start] != '!' && text.ptr[start] != '#')
            break;
        for (bool comment = text.ptr[start] == '#'; start < end; start++) {
            if (comment ? text.ptr[start] == '\n' : is_space(text.ptr[start]))
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
        .line = (uint32_t)event->start_mark.line + 1,
        .column = (uint32_t)event->start_mark.column + 1,
    };
    return value;
}

static struct str event_text(const yaml_char_t *text)
{
    return str_from_c((const char *)text);
}

/* The slot of that anchor, or the free one where it belongs. */
static uint16_t *anchor_slot(struct reader *r, struct str name)
{
    size_t i = str_hash(name, (uintptr_t)r) % ANCHOR_SLOTS;

    while (r->anchor_slots[i] && !str_equal(r->anchors[r->anchor_slots[i] - 1].name, name))
        i = (i + 1) % ANCHOR_SLOTS;
    return &r->anchor_slots[i];
}

/* A later anchor of the same name takes its place. */
static int add_anchor(struct reader *r, const yaml_event_t *event, const yaml_char_t *name,
                      struct value *value, struct anchor **ret)
{
    uint16_t *slot;

    *ret = NULL;
    if (!name)
        return 0;
    if (!r->anchors) {
        r->anchors = ARENA_ARRAY(r->arena, YAML_ANCHORS_MAX, struct anchor);
        r->anchor_slots = ARENA_ARRAY(r->arena, ANCHOR_SLOTS, uint16_t);
    }
    slot = anchor_slot(r, event_text(name));
    if (!*slot && r->anchor_count == YAML_ANCHORS_MAX)
        return fail(r, &event->start_mark, ERROR_TOO_LARGE, "too many anchors in one document");
    if (!*slot)
        *slot = (uint16_t)++r->anchor_count;
    *ret = &r->anchors[*slot - 1];
    **ret = (struct anchor){
        .name = arena_str(r->arena, event_text(name)), .value = value, .open = true, .weight = 1};
    return 0;
}

static int count_nodes(struct reader *r, const yaml_event_t *event, size_t count)
{
    if (count > YAML_NODES_MAX - r->nodes)
        return fail(r, &event->start_mark, ERROR_TOO_LARGE, "too many values, aliases expanded");
    r->nodes += count;
    return 0;
}

/* A node that stands where a key should. */
static int take_key(struct reader *r, const yaml_event_t *event, const struct value *value)
{
    struct level *level = &r->levels[r->depth - 1];

    if (value->kind == VALUE_NULL || value->kind == VALUE_LIST || value->kind == VALUE_MAP)
        return fail(r, &event->start_mark, ERROR_INVALID, "a key that is not text");
    level->has_key = true;
    level->key = value->text;
    level->is_merge = event->type == YAML_SCALAR_EVENT && event->data.scalar.plain_implicit &&
                      str_equal(value->text, STR("<<"));
    if (value->kind == VALUE_BOOL)
        level->key = value->boolean ? STR("true") : STR("false");
    if (level->is_merge && level->merge)
        return fail_name(r, &event->start_mark, "duplicate key", level->key);
    return 0;
}

/* Puts a finished or just opened node where it belongs: it is a document, an element, a key or a member. */
static int append(struct reader *r, const yaml_event_t *event, struct value *value, size_t height)
{
    struct level *level;

    if (r->depth + height > VALUE_DEPTH_MAX)
        return fail(r, &event->start_mark, ERROR_TOO_LARGE, "nested too deeply");
    if (r->depth == 0) {
        r->root = value;
        return 0;
    }
    level = &r->levels[r->depth - 1];
    if (height + 1 > level->height)
        level->height = height + 1;
    if (level->value->kind == VALUE_MAP && !level->has_key)
        return take_key(r, event, value);
    level->has_key = false;
    if (level->is_merge) {
        level->is_merge = false;
        level->merge = value;
        return 0;
    }
    value->key = level->key;
    *level->tail = value;
    level->tail = &value->next;
    level->value->count++;
    return 0;
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
        return fail(r, &event->start_mark, ERROR_INVALID, "a value that its tag does not fit");
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
    struct anchor *anchor;

    value->text =
        arena_str(r->arena, (struct str){(const char *)event->data.scalar.value, event->data.scalar.length});
    value->style = scalar_style(event->data.scalar.style);
    if (event->data.scalar.anchor || event->data.scalar.tag)
        value->start = skip_properties(r->text, value->start, value->end);
    if (count_nodes(r, event, 1) < 0 || resolve_scalar(r, event, value) < 0 ||
        add_anchor(r, event, event->data.scalar.anchor, value, &anchor) < 0)
        return -1;
    if (anchor)
        anchor->open = false;
    return append(r, event, value, 0);
}

static int on_start(struct reader *r, const yaml_event_t *event, enum value_kind kind,
                    const yaml_char_t *anchor_name)
{
    struct value *value = new_value(r, event, kind);
    size_t nodes = r->nodes;
    struct anchor *anchor;

    if (count_nodes(r, event, 1) < 0 || add_anchor(r, event, anchor_name, value, &anchor) < 0 ||
        append(r, event, value, 1) < 0)
        return -1;
    r->levels[r->depth++] =
        (struct level){.value = value, .tail = &value->first, .anchor = anchor, .nodes = nodes, .height = 1};
    return 0;
}

static int on_alias(struct reader *r, const yaml_event_t *event)
{
    struct str name = event_text(event->data.alias.anchor);
    uint16_t *slot = r->anchors ? anchor_slot(r, name) : NULL;
    const struct anchor *anchor = slot && *slot ? &r->anchors[*slot - 1] : NULL;
    struct value *value = new_value(r, event, VALUE_NULL);
    struct value place = *value;

    if (!anchor)
        return fail_name(r, &event->start_mark, "unknown anchor", name);
    if (anchor->open)
        return fail_name(r, &event->start_mark, "an alias inside its own anchor", name);
    if (count_nodes(r, event, anchor->weight) < 0)
        return -1;
    *value = *anchor->value;
    value->style = VALUE_PLAIN;
    value->next = NULL;
    value->key = (struct str){NULL, 0};
    value->start = place.start;
    value->end = place.end;
    value->line = place.line;
    value->column = place.column;
    return append(r, event, value, anchor->height);
}

/* Room for the keys of one map; earlier maps' are forgotten. */
static void keys_reset(struct reader *r, size_t count)
{
    size_t size = 16;

    while (size < count * 2)
        size *= 2;
    if (size > r->key_slots_allocated) {
        free(r->key_slots);
        r->key_slots = malloc(size * sizeof(struct value *));
        r->key_slots_allocated = size;
        if (!r->key_slots)
            abort();
    }
    r->key_slot_count = size;
    memset(r->key_slots, 0, size * sizeof(struct value *));
}

/* False where a member of that name is there already. */
static bool keys_put(struct reader *r, struct value *member)
{
    size_t i = str_hash(member->key, (uintptr_t)r) & (r->key_slot_count - 1);

    for (; r->key_slots[i]; i = (i + 1) & (r->key_slot_count - 1)) {
        if (str_equal(r->key_slots[i]->key, member->key))
            return false;
    }
    r->key_slots[i] = member;
    return true;
}

static int merge_map(struct reader *r, const yaml_event_t *event, struct level *level,
                     const struct value *map)
{
    for (const struct value *member = map->first; member; member = member->next) {
        struct value *copy = ARENA_NEW(r->arena, struct value);

        *copy = *member;
        copy->next = NULL;
        if (!keys_put(r, copy))
            continue;
        if (count_nodes(r, event, 1) < 0)
            return -1;
        *level->tail = copy;
        level->tail = &copy->next;
        level->value->count++;
    }
    return 0;
}

/* How many members `<<` may bring; 0 where its value is neither a map nor a list of maps. */
static bool count_merge(const struct value *merge, size_t *ret)
{
    *ret = 0;
    if (merge->kind == VALUE_MAP) {
        *ret = merge->count;
        return true;
    }
    for (const struct value *map = merge->first; map; map = map->next) {
        if (map->kind != VALUE_MAP)
            return false;
        *ret += map->count;
    }
    return merge->kind == VALUE_LIST;
}

/* What the map says itself comes before what is merged in; of several maps the first comes first. */
static int end_map(struct reader *r, const yaml_event_t *event, struct level *level)
{
    const struct value *merge = level->merge;
    size_t merged = 0;

    if (merge && !count_merge(merge, &merged))
        return fail(r, &event->start_mark, ERROR_INVALID,
                    "the value of \"<<\" is not a map or a list of maps");
    if (merged > YAML_NODES_MAX)
        return fail(r, &event->start_mark, ERROR_TOO_LARGE, "too many values, aliases expanded");
    keys_reset(r, level->value->count + merged);
    for (struct value *member = level->value->first; member; member = member->next) {
        yaml_mark_t mark = {.line = member->line - 1, .column = member->column - 1};

        if (!keys_put(r, member))
            return fail_name(r, &mark, "duplicate key", member->key);
    }
    if (!merge)
        return 0;
    if (merge->kind == VALUE_MAP)
        return merge_map(r, event, level, merge);
    for (const struct value *map = merge->first; map; map = map->next) {
        if (merge_map(r, event, level, map) < 0)
            return -1;
    }
    return 0;
}

static int on_end(struct reader *r, const yaml_event_t *event)
{
    struct level *level = &r->levels[--r->depth];
    struct level *outer = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;

    level->value->end = byte_offset(r, &event->end_mark);
    if (level->value->kind == VALUE_MAP && end_map(r, event, level) < 0)
        return -1;
    if (level->anchor && level->anchor->value == level->value) {
        level->anchor->open = false;
        level->anchor->weight = r->nodes - level->nodes;
        level->anchor->height = level->height;
    }
    if (outer && level->height + 1 > outer->height)
        outer->height = level->height + 1;
    return 0;
}

static int on_document_end(struct reader *r)
{
    struct yaml_documents *documents = r->documents;

    if (documents->count == r->documents_size) {
        size_t size = r->documents_size ? r->documents_size * 2 : DOCUMENTS_FIRST;

        documents->items =
            arena_grow(r->arena, documents->items, documents->count, size, sizeof(*documents->items));
        r->documents_size = size;
    }
    documents->items[documents->count++] = r->root;
    r->root = NULL;
    if (r->anchor_count > 0)
        memset(r->anchor_slots, 0, ANCHOR_SLOTS * sizeof(*r->anchor_slots));
    r->anchor_count = 0;
    return 0;
}

static int on_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_ALIAS_EVENT:
        return on_alias(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(r, event, VALUE_LIST, event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return on_start(r, event, VALUE_MAP, event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(r, event);
    case YAML_DOCUMENT_END_EVENT:
        return on_document_end(r);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
        break;
    }
    return 0;
}

/* Where a byte stands, for complaints that libyaml gives without a mark. */
static yaml_mark_t mark_of(const struct reader *r, size_t offset)
{
    yaml_mark_t mark = {0};

    for (size_t i = r->bom; i < offset && i < r->text.len; i++) {
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
        mark = mark_of(r, parser->problem_offset + r->bom);
    return fail(r, &mark, ERROR_INVALID, parser->problem ? parser->problem : "not valid YAML");
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

        return fail(r, &mark, ERROR_INVALID, r->text.ptr[i] ? "a byte that is not UTF-8" : "a NUL byte");
    }
    return 0;
}

static int read_text(struct reader *r)
{
    int result;

    if (check_text(r) < 0)
        return -1;
    index_characters(r);
    if (!yaml_parser_initialize(&r->parser))
        abort();
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)(r->text.ptr ? r->text.ptr : "") + r->bom,
                                 r->text.len - r->bom);
    result = read_events(r);
    yaml_parser_delete(&r->parser);
    return result;
}

int yaml_read(struct arena *arena, struct str text, struct yaml_documents *ret, struct error *err)
{
    struct yaml_documents documents = {NULL, 0};
    struct reader *r = calloc(1, sizeof(*r)); /* too large for small stacks */
    int result;

    if (!r)
        abort();
    r->arena = arena;
    r->text = text;
    r->documents = &documents;
    r->err = err;
    r->bom = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    result = read_text(r);
    free(r->marks);
    free(r->key_slots);
    free(r);
    if (result == 0)
        *ret = documents;
    return result;
}
