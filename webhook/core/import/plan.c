/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/plan.h"

#include "core/import/failure.h"
#include "core/import/schedule.h"
#include "core/import/source.h"

#define NEVER INT64_MAX

/* What decides when one thing is asked for: an importable tag, or the stream's repository. */
struct candidate {
    const struct stream_tag *tag; /* NULL: the repository */
    bool listed;                  /* the tag is the repository's */
    struct str source;
    const struct spec_tag_details *spec;
    struct str attempted_source;
    const struct tag_event *newest; /* NULL: none */
    bool failed;                    /* the last attempt did */
    int64_t failed_generation;      /* of that */
    struct stream_time last_checked;
    struct stream_time next_check;
    const struct pending_digest *pending; /* NULL: none */
    int64_t interval;                     /* 0: not scheduled */
    const struct import_memory *memory;   /* never NULL */
};

/* When it is due, and why. */
struct due {
    int64_t at;
    enum check_cause cause;
};

static const struct import_memory nothing = {.checked = 0};

int64_t import_plan_generation(const struct import_view *view, struct str tag)
{
    const struct spec_tag_details *details = stream_details_spec_tag(view->self.details, tag);

    return details && details->generation > 0 ? details->generation : view->self.details->generation;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A clock that was wrong must not put anything off: what is later than now counts for nothing. */
static int64_t unless_to_come(const struct import_view *view, int64_t at)
{
    return at <= view->now ? at : 0;
}

static struct candidate tag_candidate(struct arena *arena, const struct import_view *view,
                                      const struct stream_tag *tag)
{
    const struct status_tag_details *status = stream_details_status_tag(view->self.details, tag->name);
    const struct tag_condition *failure = status ? stream_details_failure(status) : NULL;
    const struct import_memory *memory = import_view_memory(view, tag->name);
    struct candidate c = {
        .tag = tag,
        .listed = import_source_is_of_repository(view, tag->name),
        .source = import_source_line(arena, view, tag),
        .spec = stream_details_spec_tag(view->self.details, tag->name),
        .newest = image_stream_latest(view->self.stream, tag->name),
        .interval = import_schedule_interval(view, tag),
        .memory = memory ? memory : &nothing,
    };

    if (!status)
        return c;
    c.attempted_source = status->source;
    c.failed = failure != NULL;
    c.failed_generation = failure ? failure->generation : 0;
    c.last_checked = status->last_checked;
    c.next_check = status->next_check;
    c.pending = status->has_pending ? &status->pending : NULL;
    return c;
}

static struct candidate repository_candidate(struct arena *arena, const struct import_view *view)
{
    const struct repository_details *recorded = &view->self.details->repository;

    return (struct candidate){
        .source = import_source_repository_line(arena, view),
        .attempted_source = recorded->source,
        .failed = recorded->next_check.known,
        .last_checked = recorded->last_checked,
        .next_check = recorded->next_check,
        .interval = import_schedule_listing_interval(view),
        .memory = view->listing ? view->listing : &nothing,
    };
}

static void sooner(struct due *due, int64_t at, enum check_cause cause)
{
    if (at < due->at)
        *due = (struct due){at, cause};
}

/* The last attempt was for the present source. */
static bool is_attempted(const struct candidate *c)
{
    return c->attempted_source.len > 0 && import_source_is_of(c->source, c->attempted_source, c->failed);
}

/* It came to something: a failure, or a record. */
static bool is_answered(const struct candidate *c)
{
    return is_attempted(c) && (c->failed || (c->last_checked.known && (!c->tag || c->newest)));
}

/* The generation that the last attempt was for. */
static int64_t attempted_generation(const struct candidate *c)
{
    return later(c->newest ? c->newest->generation : 0, c->failed_generation);
}

/* A request is for all tags that the repository has by then: they wait until it has been listed for it. */
static bool may_be_asked(const struct import_view *view, const struct candidate *c, uint64_t request)
{
    return !c->listed || (view->listing && view->listing->answered == request);
}

/* What people ask for, and what they changed: at once. */
static void find_asked(const struct import_view *view, const struct candidate *c, struct due *due)
{
    uint64_t request = import_view_request(view);

    if (!is_answered(c))
        sooner(due, view->now, CHECK_SOURCE);
    if (request != 0 && c->memory->answered != request && may_be_asked(view, c, request))
        sooner(due, view->now, CHECK_ASKED);
    if (c->spec && c->spec->generation > attempted_generation(c))
        sooner(due, view->now, CHECK_GENERATION);
}

static int64_t retry_at(const struct import_view *view, const struct candidate *c)
{
    int64_t at = later(c->next_check.at, c->memory->retry);
    int64_t longest = view->now + FAILURE_LONG_PAUSE_MAX + FAILURE_LONG_PAUSE_MAX / 10;

    return at < longest ? at : longest;
}

/*
 * The next of its moments. What passed while no process led is not made up for at once, so that a start is
 * no burst; but where a moment must have passed it is within an interval as the flags have it, so that a
 * start does not cost a tag that is checked once a day another day.
 */
static void find_scheduled(const struct import_view *view, const struct candidate *c, struct due *due)
{
    struct str name = c->tag ? c->tag->name : (struct str){NULL, 0};
    int64_t start = unless_to_come(view, view->start);
    int64_t recorded = unless_to_come(view, c->last_checked.at);
    int64_t last = later(later(recorded, unless_to_come(view, c->memory->checked)), start);
    int64_t lagging = recorded + view->settings->record_checks;

    sooner(due, import_schedule_after(view, name, c->interval, last), CHECK_SCHEDULED);
    if (view->settings->interval > 0 && c->memory->checked < start &&
        import_schedule_after(view, name, c->interval, lagging) < start)
        sooner(due, start + (int64_t)(import_schedule_hash(view, name) % (uint64_t)view->settings->interval),
               CHECK_SCHEDULED);
}

/* A notification that came while a check was under way is another check's. */
static void find_notified(const struct import_view *view, const struct candidate *c, struct due *due)
{
    const struct import_memory *memory = c->memory;

    if (memory->notified == 0 || memory->notified < memory->begun)
        return;
    if (memory->notified > view->now)
        sooner(due, view->now, CHECK_NOTIFIED);
    else
        sooner(due, later(memory->notified + view->settings->notified_after, memory->begun + 1),
               CHECK_NOTIFIED);
}

/* What comes with time. */
static void find_timed(const struct import_view *view, const struct candidate *c, struct due *due)
{
    int64_t checked =
        later(unless_to_come(view, c->last_checked.at), unless_to_come(view, c->memory->checked));

    if (c->failed)
        sooner(due, retry_at(view, c), CHECK_RETRY);
    else if (c->interval > 0)
        find_scheduled(view, c, due);
    if (c->listed && !c->failed && view->listing && unless_to_come(view, view->listing->checked) > checked)
        sooner(due, view->now, CHECK_LISTED);
    find_notified(view, c, due);
    if (c->pending && c->pending->until.known)
        sooner(due, c->failed ? later(c->pending->until.at, retry_at(view, c)) : c->pending->until.at,
               CHECK_SOAKED);
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

/* A retry soaks as what it repeats. */
static bool soaks(const struct candidate *c, enum check_cause cause)
{
    bool asked = cause == CHECK_SOURCE || cause == CHECK_ASKED || cause == CHECK_GENERATION;

    return !asked && !(c->failed && c->memory->asked);
}

static struct tag_check check_of(const struct import_view *view, const struct candidate *c, struct due due)
{
    return (struct tag_check){
        .source = c->source,
        .soaks = soaks(c, due.cause),
        .cause = due.cause,
        .request = import_view_request(view),
        .begun = view->now,
        .due = due.at,
    };
}

static void split_repository(struct tag_check *check, struct str repository)
{
    check->repository = repository;
    check->domain = str_cut(&repository, '/');
    check->path = repository;
}

static struct tag_check tag_check_of(const struct import_view *view, const struct candidate *c,
                                     struct due due)
{
    const struct stream_tag *tag = c->tag;
    struct tag_check check = check_of(view, c, due);

    check.tag = tag->name;
    check.known = known_digest(c);
    check.insecure = tag->insecure;
    check.generation = import_plan_generation(view, tag->name);
    check.reference = tag->source_digest.len > 0 ? tag->source_digest
                      : tag->source_tag.len > 0  ? tag->source_tag
                                                 : STR("latest");
    split_repository(&check, tag->source_repository);
    return check;
}

static void plan_tag(struct arena *arena, const struct import_view *view, const struct stream_tag *tag,
                     struct import_plan *plan)
{
    struct candidate c = tag_candidate(arena, view, tag);
    struct due due = due_of(view, &c);

    if (due.at <= view->now)
        plan->checks[plan->count++] = tag_check_of(view, &c, due);
    else if (due.at < plan->next)
        plan->next = due.at;
}

static void plan_listing(struct arena *arena, const struct import_view *view, struct import_plan *plan)
{
    struct str repository = import_source_repository(arena, view);
    struct candidate c = repository_candidate(arena, view);
    struct tag_check *check;
    struct due due;

    if (!view->listing || repository.len == 0)
        return;
    due = due_of(view, &c);
    if (due.at > view->now) {
        plan->next = due.at < plan->next ? due.at : plan->next;
        return;
    }
    check = ARENA_NEW(arena, struct tag_check);
    *check = check_of(view, &c, due);
    check->listing = true;
    check->insecure = import_source_is_insecure(c.source);
    split_repository(check, repository);
    plan->listing = check;
}

/* Tags that the repository's last listing gave, and the spec does not have. */
static void plan_listed(struct arena *arena, const struct import_view *view, struct import_plan *plan)
{
    const struct stream_details *details = view->self.details;

    for (size_t i = 0; i < details->status_tag_count; i++) {
        const struct status_tag_details *status = &details->status_tags[i];
        const struct stream_tag *tag;

        if (status->source.len == 0 || !import_source_is_of_repository(view, status->tag))
            continue;
        tag = import_source_tag(arena, view, status->tag);
        if (tag && import_source_is_listed(arena, view, tag, status->source))
            plan_tag(arena, view, tag, plan);
    }
}

void import_plan_make(struct arena *arena, const struct import_view *given, struct import_plan *ret)
{
    const struct image_stream *stream = given->self.stream;
    struct import_view indexed = *given;
    const struct import_view *view = &indexed;

    *ret = (struct import_plan){.next = NEVER};
    if (import_view_is_suspended(view))
        return;
    import_view_index(arena, &indexed);
    ret->checks =
        ARENA_ARRAY(arena, stream->tag_count + view->self.details->status_tag_count + 1, struct tag_check);
    for (size_t i = 0; i < stream->tag_count; i++) {
        if (import_view_is_importable(&stream->tags[i]) && stream->tags[i].source_askable)
            plan_tag(arena, view, &stream->tags[i], ret);
    }
    plan_listing(arena, view, ret);
    plan_listed(arena, view, ret);
}
