/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_resolution.h"

#include "base/duration.h"
#include "base/text.h"
#include "core/image/digest.h"

enum {
    CAUSE_MAX = 1024,
    TAGS_NAMED_MAX = 8, /* of a stream, in a message */
};

/* One hop of an alias, on the stack; the chain shows cycles. */
struct hop {
    const struct hop *previous;
    struct stream_question at;
    size_t depth;
};

struct record {
    const struct tag_event *event;     /* NULL: none */
    const struct tag_history *history; /* where it was looked for; NULL: the tag has none */
    struct str repository;
    int64_t age;
    bool confirmed; /* since its registry last said so, not since it was recorded */
};

static void fail(struct tag_resolution *ret, enum resolution_kind kind, struct str cause)
{
    ret->kind = kind;
    ret->cause = cause;
}

static void add_question(const struct resolution_scope *scope, struct str reference, bool fresh)
{
    struct question_list *list = scope->questions;

    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i].reference, reference)) {
            list->items[i].fresh = list->items[i].fresh || fresh;
            return;
        }
    }
    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 4;

        list->items = arena_grow(scope->lookup.arena, list->items, list->size, size, sizeof(*list->items));
        list->size = size;
    }
    list->items[list->count++] = (struct tag_question){reference, fresh};
}

/* Fills in the digest and its origin, or a failure. `reference` has a tag. */
static void ask(const struct resolution_scope *scope, struct str reference, enum freshness freshness,
                struct tag_resolution *ret)
{
    const struct tag_answer *answer =
        tag_answers_find_from(scope->answers, reference, &scope->questions->answers_used);

    if (!answer && !scope->answers->closed) {
        add_question(scope, reference, freshness == FRESHNESS_ALWAYS);
        ret->kind = RESOLUTION_ASKED;
    } else if (!answer) {
        fail(ret, RESOLUTION_NOT_NOW, STR("the registry cannot be asked now"));
    } else if (answer->outcome != TAG_FOUND) {
        scope->questions->refused = true;
        fail(ret, answer->outcome == TAG_MUST_NOT ? RESOLUTION_MUST_NOT : RESOLUTION_NOT_NOW, answer->cause);
    } else {
        ret->kind = RESOLUTION_PIN;
        ret->digest = answer->digest;
        ret->origin = answer->origin == ANSWER_FROM_CACHE ? PIN_CACHE : PIN_REGISTRY;
        ret->credential = answer->credential;
    }
}

static struct str with_tag(struct arena *arena, struct str normalized, struct str tag)
{
    return tag.len ? normalized : arena_join(arena, normalized, STR(":latest"));
}

static struct str pin_text(const struct resolution_scope *scope, struct str repository, struct str tag,
                           struct str digest)
{
    bool tagged = scope->lookup.policy->fields.reference == PIN_FORM_TAG_AND_DIGEST;

    return image_reference_of(scope->lookup.arena, repository, tagged ? tag : (struct str){NULL, 0}, digest);
}

/* Stored (semantics §5): where the pull goes, and whether the tag is kept. */
static void set_stored(const struct resolution_scope *scope, const struct image_stream *stream,
                       const struct stream_tag *tag, struct str repository, struct tag_resolution *ret)
{
    bool of_source = stream_tag_source(&scope->lookup, tag) == TAG_SOURCE_IMAGE &&
                     str_equal(repository, tag->source_repository);
    struct str kept = of_source ? tag->source_tag : (struct str){NULL, 0};

    if (tag && tag->local && stream->repository.len) {
        repository = stream->repository;
        if (!of_source || !str_equal(repository, tag->source_repository))
            kept = (struct str){NULL, 0};
    }
    ret->stored = pin_text(scope, repository, kept, ret->digest);
}

/* When this process last heard from the registry that the event's digest is still the tag's; 0: never. */
static int64_t confirmed_at(const struct resolution_scope *scope, const struct stream_tag *tag,
                            const struct tag_event *event)
{
    const struct tag_answer *answer;

    if ((scope->answers->count == 0 && !scope->answers->before) ||
        stream_tag_source(&scope->lookup, tag) != TAG_SOURCE_IMAGE)
        return 0;
    answer = tag_answers_find(scope->answers,
                              with_tag(scope->lookup.arena, tag->source_normalized, tag->source_tag));
    return answer && str_equal(answer->confirmed_digest, event->image) ? answer->confirmed_at : 0;
}

/* Age of a record: since the latest of what is known of it. */
static void set_age(const struct resolution_scope *scope, const struct tag_history *history,
                    const struct stream_tag *tag, struct record *record)
{
    const struct tag_event *event = record->event;
    int64_t since = event->created_known ? event->created : INT64_MIN;
    int64_t confirmed = confirmed_at(scope, tag, event);

    if (event == history->events && history->last_checked_known && history->last_checked > confirmed)
        confirmed = history->last_checked;
    record->confirmed = confirmed > 0 && confirmed > since;
    if (record->confirmed)
        since = confirmed;
    record->age = since == INT64_MIN ? INT64_MAX : scope->now > since ? scope->now - since : 0;
}

/* What an event records; without an event where it does not say what, or where. */
static void read_event(const struct resolution_scope *scope, const struct tag_history *history,
                       const struct tag_event *event, const struct stream_tag *tag, struct record *ret)
{
    ret->event = NULL;
    if (!event->image_valid)
        return;
    ret->repository = event->repository;
    if (event->reference.len == 0 && stream_tag_source(&scope->lookup, tag) == TAG_SOURCE_IMAGE)
        ret->repository = tag->source_repository;
    if (ret->repository.len == 0)
        return;
    ret->event = event;
    set_age(scope, history, tag, ret);
}

/*
 * The newest event; or, semantics §10, what the tag was when the Pod's revision began, else the oldest that
 * is known.
 */
static struct record find_record(const struct resolution_scope *scope, const struct image_stream *stream,
                                 struct str name, const struct stream_tag *tag)
{
    const struct tag_history *history = image_stream_history(stream, name);
    struct record record = {.event = NULL};
    struct record oldest;

    if (!history || history->count == 0 || history->removed)
        return record;
    record.history = history;
    oldest = record;
    for (size_t i = 0; i < history->count; i++) {
        const struct tag_event *event = &history->events[i];

        read_event(scope, history, event, tag, &record);
        if (scope->revision != REVISION_KNOWN)
            return record;
        if (!record.event)
            continue;
        if (!event->created_known || event->created <= scope->answers->revision_time)
            return record;
        oldest = record;
    }
    return oldest;
}

static void use_record(const struct resolution_scope *scope, const struct image_stream *stream,
                       const struct stream_tag *tag, const struct record *record, struct tag_resolution *ret)
{
    ret->kind = RESOLUTION_PIN;
    ret->digest = record->event->image;
    ret->origin = PIN_RECORDED;
    ret->age = record->age;
    set_stored(scope, stream, tag, record->repository, ret);
}

static void add_age(struct text *text, int64_t age)
{
    if (age == INT64_MAX)
        text_add(text, STR("of unknown age"));
    else
        duration_format(text, age);
}

/* As people write it in a policy: "30m", "24h", "1h30m". */
static void add_limit(struct text *text, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = {{3600, 'h'}, {60, 'm'}, {1, 's'}};

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (seconds < units[i].seconds)
            continue;
        text_add_int(text, seconds / units[i].seconds);
        text_add_char(text, units[i].letter);
        seconds %= units[i].seconds;
    }
}

/* Why the record does not stand in, before why there is no answer. */
static struct str explain_too_old(const struct resolution_scope *scope, const struct record *record,
                                  struct str cause)
{
    struct text text;

    text_init(&text, scope->lookup.arena, CAUSE_MAX);
    text_add(&text, STR("its record is "));
    add_age(&text, record->age);
    text_add_c(&text, record->age == INT64_MAX ? ", maxStale " : " old, maxStale ");
    add_limit(&text, scope->lookup.policy->fields.max_stale);
    text_add(&text, STR(": "));
    text_add(&text, cause);
    return text_str(&text);
}

/* The last row of the table: the record stands in for an answer, within bounds. */
static void fall_back(const struct resolution_scope *scope, const struct stream_question *at,
                      const struct stream_tag *tag, const struct record *record, struct tag_resolution *ret)
{
    const struct policy_fields *fields = &scope->lookup.policy->fields;
    struct text warning;

    if (!record->event)
        return;
    if (at->required && fields->max_stale_set && record->age > fields->max_stale) {
        ret->cause = explain_too_old(scope, record, ret->cause);
        return;
    }
    text_init(&warning, scope->lookup.arena, CAUSE_MAX);
    text_add(&warning, record->confirmed ? STR("digest confirmed ") : STR("digest recorded "));
    if (record->age == INT64_MAX) {
        text_add(&warning, STR("at an unknown time"));
    } else {
        duration_format(&warning, record->age);
        text_add(&warning, STR(" ago"));
    }
    text_add(&warning, STR(" served: "));
    text_add(&warning, ret->cause);
    use_record(scope, at->stream, tag, record, ret);
    ret->warning = text_str(&warning);
}

static void name_stream(struct text *text, const struct image_stream *stream)
{
    text_add(text, STR("stream "));
    text_add(text, stream->namespace);
    text_add_char(text, '/');
    text_add(text, stream->name);
}

/* What the stream has instead of a tag. */
static void list_tags(struct text *text, const struct image_stream *stream, bool was_removed)
{
    size_t named = 0;

    for (size_t i = 0; i < stream->tag_count && named < TAGS_NAMED_MAX; i++) {
        text_add_c(text, named++ ? ", " : "; its tags: ");
        text_add(text, stream->tags[i].name);
    }
    for (size_t i = 0; i < stream->history_count && named < TAGS_NAMED_MAX; i++) {
        if (image_stream_tag(stream, stream->histories[i].tag) || stream->histories[i].removed)
            continue;
        text_add_c(text, named++ ? ", " : "; its tags: ");
        text_add(text, stream->histories[i].tag);
    }
    if (named == 0)
        text_add_c(text, was_removed ? " any more" : "; it has no tags yet");
    if (named == TAGS_NAMED_MAX && stream->tag_count + stream->history_count > named)
        text_add(text, STR(", …"));
}

/* Why a tag without a record cannot be asked for, with what the stream does have. */
static struct str explain_unknown(const struct resolution_scope *scope, const struct image_stream *stream,
                                  struct str tag, const char *why)
{
    struct text text;
    const struct tag_history *history = image_stream_history(stream, tag);
    bool known = image_stream_tag(stream, tag) || (history && !history->removed);

    text_init(&text, scope->lookup.arena, CAUSE_MAX);
    name_stream(&text, stream);
    text_add_c(&text, known ? " has nothing recorded for tag \"" : " has no tag \"");
    text_add(&text, tag);
    text_add_char(&text, '"');
    if (known)
        text_add_c(&text, why);
    else
        list_tags(&text, stream, history != NULL);
    return text_str(&text);
}

/* The table of semantics §5, for a tag whose source is one registry tag or none. */
static void resolve_by_freshness(const struct resolution_scope *scope, const struct stream_question *at,
                                 const struct stream_tag *tag, struct tag_resolution *ret)
{
    const struct image_stream *stream = at->stream;
    struct record record = find_record(scope, stream, at->tag, tag);
    bool has_source = stream_tag_source(&scope->lookup, tag) == TAG_SOURCE_IMAGE;
    bool asks =
        has_source && at->freshness == FRESHNESS_ALWAYS && !(record.history && record.history->pending);

    if (scope->revision == REVISION_ASKABLE && record.history) {
        *scope->needs_revision = true;
        ret->kind = RESOLUTION_ASKED;
        return;
    }
    if (record.event && (!asks || scope->revision == REVISION_KNOWN)) {
        use_record(scope, stream, tag, &record, ret);
        return;
    }
    if (at->freshness == FRESHNESS_NEVER) {
        fail(ret, RESOLUTION_MUST_NOT,
             explain_unknown(scope, stream, at->tag, ", and freshness Never asks no registry"));
        return;
    }
    if (!has_source)
        fail(ret, RESOLUTION_MUST_NOT,
             explain_unknown(scope, stream, at->tag, " and no registry tag to follow"));
    else
        ask(scope, with_tag(scope->lookup.arena, tag->source_normalized, tag->source_tag), at->freshness,
            ret);
    if (ret->kind == RESOLUTION_PIN)
        set_stored(scope, stream, tag, tag->source_repository, ret);
    else if (tag_resolution_failed(ret))
        fall_back(scope, at, tag, &record, ret);
}

static void resolve_hop(const struct resolution_scope *scope, const struct hop *hop,
                        struct tag_resolution *ret);

static bool in_chain(const struct hop *hop, const struct image_stream *stream, struct str tag)
{
    for (; hop; hop = hop->previous) {
        if (hop->at.stream == stream && str_equal(hop->at.tag, tag))
            return true;
    }
    return false;
}

static struct str alias_problem(const struct resolution_scope *scope, const struct hop *hop,
                                const struct stream_tag *tag, const char *what)
{
    struct text text;

    text_init(&text, scope->lookup.arena, CAUSE_MAX);
    text_add(&text, STR("tag \""));
    text_add(&text, hop->at.tag);
    text_add(&text, STR("\" of "));
    name_stream(&text, hop->at.stream);
    text_add(&text, STR(" follows \""));
    text_add(&text, tag->from_name);
    text_add(&text, STR("\", "));
    text_add_c(&text, what);
    return text_str(&text);
}

static void resolve_alias(const struct resolution_scope *scope, const struct hop *hop,
                          const struct stream_tag *tag, struct tag_resolution *ret)
{
    struct hop next = {hop, hop->at, hop->depth + 1};
    struct record record = find_record(scope, hop->at.stream, hop->at.tag, tag);

    next.at.stream = stream_lookup_alias_target(&scope->lookup, hop->at.stream, tag);
    next.at.tag = tag->stream_tag;
    if (!next.at.stream)
        fail(ret, RESOLUTION_MUST_NOT,
             alias_problem(scope, hop, tag, "a stream that is not there or not shared"));
    else if (in_chain(hop, next.at.stream, next.at.tag))
        fail(ret, RESOLUTION_MUST_NOT, alias_problem(scope, hop, tag, "which leads back to itself"));
    else if (next.depth > STREAM_ALIAS_STEPS_MAX)
        fail(ret, RESOLUTION_MUST_NOT, alias_problem(scope, hop, tag, "more than 16 aliases in a row"));
    else
        resolve_hop(scope, &next, ret);
    if (tag_resolution_failed(ret))
        fall_back(scope, &hop->at, tag, &record, ret);
}

/* The newest event of the stream that has this digest and says where it is. */
static const struct tag_event *newest_with_digest(const struct image_stream *stream, struct str digest)
{
    const struct tag_event *newest = NULL;

    for (size_t i = 0; i < stream->history_count; i++) {
        for (size_t j = 0; j < stream->histories[i].count; j++) {
            const struct tag_event *event = &stream->histories[i].events[j];

            if (!str_equal(event->image, digest) || event->repository.len == 0)
                continue;
            if (!newest || event->created > newest->created)
                newest = event;
        }
    }
    return newest;
}

static void resolve_stream_image(const struct resolution_scope *scope, const struct hop *hop,
                                 const struct stream_tag *tag, struct tag_resolution *ret)
{
    const struct image_stream *target = stream_lookup_alias_target(&scope->lookup, hop->at.stream, tag);
    const struct tag_event *event = target ? newest_with_digest(target, tag->source_digest) : NULL;

    if (!event) {
        fail(ret, RESOLUTION_MUST_NOT,
             alias_problem(scope, hop, tag,
                           target ? "a digest that the stream's history does not have"
                                  : "a stream that is not there or not shared"));
        return;
    }
    ret->kind = RESOLUTION_PIN;
    ret->digest = tag->source_digest;
    ret->origin = PIN_SOURCE;
    set_stored(scope, hop->at.stream, tag, event->repository, ret);
}

static void resolve_image(const struct resolution_scope *scope, const struct hop *hop,
                          const struct stream_tag *tag, struct tag_resolution *ret)
{
    ret->source = tag->source_normalized;
    if (tag->reference) {
        ret->kind = RESOLUTION_NAME;
        ret->stored = tag->source_normalized;
    } else if (tag->source_digest.len) {
        ret->kind = RESOLUTION_PIN;
        ret->digest = tag->source_digest;
        ret->origin = PIN_SOURCE;
        set_stored(scope, hop->at.stream, tag, tag->source_repository, ret);
    } else if (!tag->source_askable) {
        fail(ret, RESOLUTION_MUST_NOT, alias_problem(scope, hop, tag, "which names no registry"));
    } else {
        resolve_by_freshness(scope, &hop->at, tag, ret);
    }
}

static void resolve_hop(const struct resolution_scope *scope, const struct hop *hop,
                        struct tag_resolution *ret)
{
    const struct stream_tag *tag = image_stream_tag(hop->at.stream, hop->at.tag);

    switch (stream_tag_source(&scope->lookup, tag)) {
    case TAG_SOURCE_IMAGE:
        resolve_image(scope, hop, tag, ret);
        break;
    case TAG_SOURCE_STREAM_TAG:
        resolve_alias(scope, hop, tag, ret);
        break;
    case TAG_SOURCE_STREAM_IMAGE:
        resolve_stream_image(scope, hop, tag, ret);
        break;
    case TAG_SOURCE_NONE:
        resolve_by_freshness(scope, &hop->at, tag, ret);
        break;
    }
}

void tag_resolution_stream(const struct resolution_scope *scope, const struct stream_question *question,
                           struct tag_resolution *ret)
{
    struct hop first = {NULL, *question, 0};

    *ret = (struct tag_resolution){.age = -1};
    resolve_hop(scope, &first, ret);
}

void tag_resolution_plain(const struct resolution_scope *scope, const struct image_reference *ref,
                          enum freshness freshness, struct tag_resolution *ret)
{
    struct arena *arena = scope->lookup.arena;

    *ret = (struct tag_resolution){.age = -1};
    if (ref->domain.len == 0) {
        fail(ret, RESOLUTION_MUST_NOT, STR("it names no registry"));
        return;
    }
    ask(scope, with_tag(arena, image_reference_normalized(arena, ref), ref->tag), freshness, ret);
    if (ret->kind == RESOLUTION_PIN)
        ret->stored = pin_text(scope, image_reference_repository(arena, ref), ref->tag, ret->digest);
}
