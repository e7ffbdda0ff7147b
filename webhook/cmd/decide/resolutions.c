/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/resolutions.h"

#include "base/json/read.h"
#include "cmd/line/input.h"
#include "core/image/digest.h"
#include "core/image/reference.h"

#include <stdlib.h>

static int decode_name(struct arena *arena, struct str name, struct image_reference *ref, struct str *ret,
                       struct error *err)
{
    if (image_reference_parse(name, ref, err) < 0)
        return -1;
    if (ref->digest.len > 0)
        return error_set(err, ERROR_INVALID, "has a digest already");
    if (ref->domain.len == 0)
        return error_set(err, ERROR_INVALID, "names no registry");
    *ret = image_reference_normalized(arena, ref);
    if (ref->tag.len == 0)
        *ret = arena_join(arena, *ret, STR(":latest"));
    return 0;
}

static int decode_failure(struct arena *arena, const struct value *map, struct tag_answer *answer,
                          struct error *err)
{
    const struct value *failure = value_find(map, STR("failure"));
    const struct value *cause = value_find(map, STR("cause"));

    if (map->count != 1 + (size_t)(cause != NULL) || !failure || (cause && !value_is_string(cause)))
        return error_set(err, ERROR_INVALID, "a failure has the members \"failure\" and, as text, \"cause\"");
    if (str_equal(value_string(failure), STR("not-now")))
        answer->outcome = TAG_NOT_NOW;
    else if (str_equal(value_string(failure), STR("must-not")))
        answer->outcome = TAG_MUST_NOT;
    else
        return error_set(err, ERROR_INVALID, "\"failure\" is \"not-now\" or \"must-not\"");
    answer->cause = cause ? arena_str(arena, cause->text) : STR("the registry did not answer");
    return 0;
}

static int decode_answer(struct arena *arena, const struct value *value, struct str domain,
                         struct tag_answer *answer, struct error *err)
{
    if (value->kind == VALUE_MAP)
        return decode_failure(arena, value, answer, err);
    if (value->kind == VALUE_NULL) {
        answer->outcome = TAG_MUST_NOT;
        answer->cause = arena_join(arena, STR("registry \""), domain, STR("\" does not have it"));
        return 0;
    }
    if (value->kind != VALUE_STRING)
        return error_set(err, ERROR_INVALID, "expected a digest, null or a failure, found %s",
                         value_kind_name(value->kind));
    if (digest_check(value->text, err) < 0)
        return error_prefix(err, "\"" STR_FMT "\"", STR_ARG(value->text));
    answer->outcome = TAG_FOUND;
    answer->digest = arena_str(arena, value->text);
    return 0;
}

/* One member, decoded. */
struct entry {
    const struct value *member;
    struct tag_answer answer;
};

static int decode_entry(struct arena *arena, const struct value *member, struct entry *ret, struct error *err)
{
    struct image_reference ref;

    ret->member = member;
    if (decode_name(arena, member->key, &ref, &ret->answer.reference, err) < 0 ||
        decode_answer(arena, member, ref.domain, &ret->answer, err) < 0)
        return error_prefix(err, "line %u: \"" STR_FMT "\"", member->line, STR_ARG(member->key));
    return 0;
}

/* By reference; those of one in the order of the file. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = str_compare(x->answer.reference, y->answer.reference);

    return order ? order : (x->member->start > y->member->start) - (x->member->start < y->member->start);
}

/* Two spellings of one reference may stand there if they say the same. */
static int check_same(const struct tag_answer *first, const struct entry *other, struct error *err)
{
    if (other->answer.outcome == first->outcome && str_equal(other->answer.digest, first->digest))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "line %u: \"" STR_FMT "\": \"" STR_FMT "\" is there already, with another answer",
                     other->member->line, STR_ARG(other->member->key), STR_ARG(first->reference));
}

int resolutions_decode(struct arena *arena, const struct value *document, struct tag_answers *ret,
                       struct error *err)
{
    struct entry *entries;
    struct tag_answer *items;
    size_t count = 0;

    if (document->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "expected a map from image references to digests, found %s",
                         value_kind_name(document->kind));
    entries = ARENA_ARRAY(arena, document->count, struct entry);
    items = ARENA_ARRAY(arena, document->count, struct tag_answer);
    for (const struct value *member = document->first; member; member = member->next) {
        if (decode_entry(arena, member, &entries[count++], err) < 0)
            return -1;
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    *ret = (struct tag_answers){.items = items, .sorted = true};
    for (size_t i = 0; i < count; i++) {
        const struct tag_answer *last = ret->count > 0 ? &items[ret->count - 1] : NULL;

        if (!last || !str_equal(last->reference, entries[i].answer.reference))
            items[ret->count++] = entries[i].answer;
        else if (check_same(last, &entries[i], err) < 0)
            return -1;
    }
    return 0;
}

int resolutions_load(struct arena *arena, const char *path, struct tag_answers *ret, struct error *err)
{
    struct value *document;
    struct str text;

    if (input_read(arena, path, RESOLUTIONS_FILE_MAX, &text, err) < 0)
        return -1;
    if (json_read(arena, text, &document, err) < 0 || resolutions_decode(arena, document, ret, err) < 0)
        return error_prefix(err, "%s", input_name(path));
    return 0;
}
