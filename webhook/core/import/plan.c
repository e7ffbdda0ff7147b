/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/plan.h"

#include "core/import/schedule.h"
#include "core/import/source.h"

#define NEVER INT64_MAX

/* One importable tag, with all that decides about it. */
struct candidate {
    const struct stream_tag *tag;
    struct str source;
    const struct spec_tag_details *spec;
    const struct status_tag_details *status; /* NULL: none */
    const struct tag_event *newest;          /* NULL: none */
    const struct tag_condition *failure;     /* NULL: none */
    const struct import_memory *memory;      /* never NULL */
};

/* When it is due, and why. */
struct due {
    int64_t at;
    enum check_cause cause;
};

int64_t import_plan_generation(const struct import_view *view, struct str tag)
{
    const struct spec_tag_details *details = stream_details_spec_tag(view->self.details, tag);

    return details && details->generation > 0 ? details->generation : view->self.details->generation;
}

bool import_plan_cause_soaks(enum check_cause cause)
{
    return cause == CHECK_SCHEDULED || cause == CHECK_NOTIFIED || cause == CHECK_RETRY ||
           cause == CHECK_SOAKED;
}

static struct candidate candidate_of(struct arena *arena, const struct import_view *view,
                                     const struct stream_tag *tag)
{
    static const struct import_memory nothing = {.checked = 0};
    const struct import_memory *memory = import_view_memory(view, tag->name);
    struct candidate c = {
        .tag = tag,
        .source = import_source_line(arena, view, tag),
        .spec = stream_details_spec_tag(view->self.details, tag->name),
        .status = stream_details_status_tag(view->self.details, tag->name),
        .newest = image_stream_latest(view->self.stream, tag->name),
        .memory = memory ? memory : &nothing,
    };

    c.failure = c.status ? stream_details_failure(c.status) : NULL;
    return c;
}

/* The last attempt was for the present source. */
static bool is_attempted(const struct candidate *c)
{
    return c->status && import_source_is_of(c->source, c->status->source, c->failure != NULL);
}

/* The generation that the last attempt was for; whatever it came to. */
static int64_t attempted(const struct candidate *c)
{
    int64_t generation = c->newest ? c->newest->generation : 0;

    return c->failure && c->failure->generation > generation ? c->failure->generation : generation;
}

static void sooner(struct due *due, int64_t at, enum check_cause cause)
{
    if (at < due->at)
        *due = (struct due){at, cause};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What people ask for, and what they changed: at once. */
static void find_asked(const struct import_view *view, const struct candidate *c, struct due *due)
{
    uint64_t request = import_view_request(view);

    if (!is_attempted(c))
        sooner(due, view->now, CHECK_SOURCE);
    if (request != 0 && c->memory->answered != request)
        sooner(due, view->now, CHECK_ASKED);
    if (c->spec && c->spec->generation > attempted(c))
        sooner(due, view->now, CHECK_GENERATION);
}

/* What comes with time. */
static void find_timed(const struct import_view *view, const struct candidate *c, struct due *due)
{
    int64_t interval = import_schedule_interval(view, c->tag);
    int64_t last = later(later(c->status->last_checked.at, c->memory->checked), view->start);

    if (c->failure)
        sooner(due, later(c->status->next_check.at, c->memory->retry), CHECK_RETRY);
    else if (interval > 0)
        sooner(due, import_schedule_after(view, c->tag->name, interval, last), CHECK_SCHEDULED);
    if (c->memory->notified > c->memory->checked)
        sooner(due, c->memory->notified + view->settings->notified_after, CHECK_NOTIFIED);
    if (c->status->has_pending && c->status->pending.until.known)
        sooner(due, later(c->status->pending.until.at, c->memory->retry), CHECK_SOAKED);
}

static struct due due_of(const struct import_view *view, const struct candidate *c)
{
    struct due due = {NEVER, CHECK_SCHEDULED};

    find_asked(view, c, &due);
    if (due.at == NEVER)
        find_timed(view, c, &due);
    due.at = later(due.at, c->memory->held);
    return due;
}

static struct str known_digest(const struct candidate *c)
{
    if (!c->newest || !c->newest->image_valid || !is_attempted(c) ||
        !str_equal(c->newest->repository, c->tag->source_repository))
        return (struct str){NULL, 0};
    return c->newest->image;
}

static struct tag_check check_of(const struct import_view *view, const struct candidate *c, struct due due)
{
    const struct stream_tag *tag = c->tag;
    struct str path = tag->source_repository;
    struct tag_check check = {
        .tag = tag->name,
        .source = c->source,
        .repository = tag->source_repository,
        .reference = tag->source_digest.len > 0 ? tag->source_digest
                     : tag->source_tag.len > 0  ? tag->source_tag
                                                : STR("latest"),
        .known = known_digest(c),
        .insecure = tag->insecure,
        .cause = due.cause,
        .generation = import_plan_generation(view, tag->name),
        .due = due.at,
    };

    check.domain = str_cut(&path, '/');
    check.path = path;
    return check;
}

void import_plan_make(struct arena *arena, const struct import_view *view, struct import_plan *ret)
{
    const struct image_stream *stream = view->self.stream;

    *ret = (struct import_plan){.next = NEVER};
    if (import_view_is_suspended(view))
        return;
    ret->checks = ARENA_ARRAY(arena, stream->tag_count + 1, struct tag_check);
    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];
        struct candidate c;
        struct due due;

        if (!import_view_is_importable(tag) || !tag->source_askable)
            continue;
        c = candidate_of(arena, view, tag);
        due = due_of(view, &c);
        if (due.at <= view->now)
            ret->checks[ret->count++] = check_of(view, &c, due);
        else if (due.at < ret->next)
            ret->next = due.at;
    }
}
