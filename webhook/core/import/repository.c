/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/repository.h"

#include "base/glob.h"
#include "core/image/reference.h"
#include "core/import/schedule.h"
#include "core/import/source.h"
#include "core/stream/tag_list.h"

#include <stdlib.h>

#define LISTED  STR("RepositoryListed")
#define NOTHING ((struct str){NULL, 0})

/* The tags that are taken, in the order in which they are chosen. */
struct choice {
    struct str *names;
    size_t count;
    size_t left_out;
};

static bool is_matched(struct str globs, struct str tag)
{
    if (str_is_blank(globs))
        return true;
    while (globs.ptr) {
        if (glob_match(str_trim(str_cut(&globs, ',')), tag))
            return true;
    }
    return false;
}

/* A registry may answer what it likes: only what a reference can say is a tag. */
static bool is_tag(struct arena *arena, struct str name)
{
    struct image_reference ref;
    struct error err;

    return name.len > 0 && name.len <= IMAGE_REFERENCE_TAG_MAX &&
           image_reference_parse(arena_join(arena, STR("r:"), name), &ref, &err) == 0 &&
           str_equal(ref.tag, name);
}

static int compare_names(const void *a, const void *b)
{
    return tag_list_compare(*(const struct str *)a, *(const struct str *)b);
}

static struct choice choose(struct settling *settling, const struct check_result *result)
{
    struct str globs = import_view_stream_annotation(settling->view, STR("weir.dev/match"));
    size_t limit = settling->view->settings->repository_tags;
    struct choice choice = {.names = ARENA_ARRAY(settling->arena, result->tag_count + 1, struct str)};
    size_t count = 0;

    for (size_t i = 0; i < result->tag_count; i++) {
        struct str name = result->tags[i];

        if (!str_starts(name, STR("sha256-")) && is_matched(globs, name) && is_tag(settling->arena, name))
            choice.names[count++] = name;
    }
    if (count > 1)
        qsort(choice.names, count, sizeof(*choice.names), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (choice.count > 0 && str_equal(choice.names[choice.count - 1], choice.names[i]))
            continue;
        if (limit == 0 || choice.count < limit)
            choice.names[choice.count++] = choice.names[i];
        else
            choice.left_out++;
    }
    return choice;
}

static bool is_chosen(const struct choice *choice, struct str name)
{
    return choice->count > 0 &&
           bsearch(&name, choice->names, choice->count, sizeof(*choice->names), compare_names) != NULL;
}

/* Those that are not chosen any more. */
static void let_go(struct settling *settling, const struct choice *choice)
{
    struct import_status *status = &settling->change->status;
    size_t kept = 0;

    for (size_t i = 0; i < status->count; i++) {
        struct recorded_tag *tag = &status->tags[i];
        bool leaves = import_source_is_of_repository(settling->view, tag->details.tag) &&
                      tag->details.source.len > 0 && !is_chosen(choice, tag->details.tag);

        if (leaves)
            settling_forget(tag);
        if (!leaves || tag->count > 0)
            status->tags[kept++] = *tag;
    }
    status->count = kept;
}

static void take_tag(struct settling *settling, struct str name)
{
    const struct stream_tag *spec = import_source_tag(settling->arena, settling->view, name);
    struct recorded_tag *tag = import_status_add(settling->arena, &settling->change->status, name);

    if (import_source_is_listed(settling->arena, settling->view, spec, tag->details.source))
        return;
    settling_forget(tag);
    tag->details.removed_since = tag->details.unused_since = (struct stream_time){0, false};
    tag->details.source = import_source_line(settling->arena, settling->view, spec);
}

static void tell(struct settling *settling, bool listed, struct str reason, struct str message)
{
    settling_condition(settling, &(struct tag_condition){.type = LISTED,
                                                         .status = listed ? STR("True") : STR("False"),
                                                         .reason = reason,
                                                         .message = message});
}

static void tell_choice(struct settling *settling, const struct choice *choice)
{
    struct text text;

    text_init(&text, settling->arena, FAILURE_MESSAGE_MAX);
    text_add_uint(&text, choice->count);
    text_add(&text, choice->count == 1 ? STR(" tag") : STR(" tags"));
    if (choice->left_out > 0) {
        text_add(&text, STR("; "));
        text_add_uint(&text, choice->left_out);
        text_add(&text, STR(" left out"));
    }
    tell(settling, true, STR("Listed"), text_str(&text));
}

static void take_tags(struct settling *settling, const struct check_result *result)
{
    struct repository_details *details = &settling->change->status.repository;
    struct choice choice = choose(settling, result);
    int64_t lag = result->at - details->last_checked.at;
    bool fresh = details->last_checked.known && str_equal(details->source, result->check.source) &&
                 !details->next_check.known && lag >= 0 && lag < settling->view->settings->record_checks;

    *details = (struct repository_details){.source = result->check.source,
                                           .last_checked =
                                               fresh ? details->last_checked : settling_time(result->at)};
    let_go(settling, &choice);
    for (size_t i = 0; i < choice.count; i++) {
        if (import_source_is_of_repository(settling->view, choice.names[i]))
            take_tag(settling, arena_str(settling->arena, choice.names[i]));
    }
    tell_choice(settling, &choice);
}

/* The condition says the same already. */
static bool is_told(struct settling *settling, struct str reason, struct str message)
{
    const struct tag_condition *told = import_status_condition(&settling->change->status, LISTED);

    return told && stream_details_is_false(told) && str_equal(told->reason, reason) &&
           str_equal(told->message, message);
}

/* As of a tag: what is asked for, and another repository, begin to count anew; a repeated answer counts once.
 */
static int64_t attempts_of(const struct repository_details *recorded, const struct import_memory *memory,
                           const struct check_result *result)
{
    if (!result->check.soaks || !str_equal(recorded->source, result->check.source))
        return 1;
    if (memory->attempts > 0 && memory->begun == result->check.begun)
        return memory->attempts;
    return (memory->attempts > recorded->attempts ? memory->attempts : recorded->attempts) + 1;
}

static void take_failure(struct settling *settling, const struct check_result *result)
{
    const struct import_view *view = settling->view;
    struct repository_details *details = &settling->change->status.repository;
    struct str reason = registry_failure_reason(result->failure);
    struct str message = settling_message(settling->arena, result->message);
    bool other_source = !str_equal(details->source, result->check.source);
    bool same = !other_source && is_told(settling, reason, message);
    int64_t interval = import_schedule_listing_interval(view);
    struct import_failure failure = {.kind = result->failure,
                                     .retry_after = result->retry_after,
                                     .attempts = attempts_of(details, view->listing, result)};
    uint64_t seed = import_schedule_hash(view, NOTHING) + (uint64_t)failure.attempts;
    int64_t next = result->at + import_failure_pause(view->settings, &failure, interval, seed);

    view->listing->retry = next;
    view->listing->attempts = failure.attempts;
    tell(settling, false, reason, message);
    if (same && !import_failure_is_due(view->settings, &failure, interval, details->next_check, next))
        return;
    if (other_source)
        details->last_checked = (struct stream_time){0, false};
    details->source = result->check.source;
    details->next_check = settling_time(next);
    details->attempts = failure.attempts;
}

void repository_take(struct settling *settling, const struct check_result *result)
{
    struct import_memory *memory = settling->view->listing;

    if (!memory ||
        !str_equal(result->check.source, import_source_repository_line(settling->arena, settling->view)))
        return;
    if (result->check.request != 0)
        memory->answered = result->check.request;
    if (result->failure == REGISTRY_FAILURE_NONE) {
        memory->checked = result->at;
        memory->retry = 0;
        memory->attempts = 0;
        take_tags(settling, result);
    } else {
        take_failure(settling, result);
    }
    memory->begun = result->check.begun;
}

void repository_settle(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    struct str written = settling->view->self.details->spec_repository;

    if (written.len == 0) {
        status->repository = (struct repository_details){.attempts = 0};
        settling_drop_condition(settling, LISTED);
    } else if (import_source_repository(settling->arena, settling->view).len == 0) {
        status->repository = (struct repository_details){
            .source = import_source_repository_line(settling->arena, settling->view)};
        tell(settling, false, registry_failure_reason(REGISTRY_FAILURE_INVALID),
             settling_message(settling->arena, arena_join(settling->arena, STR("\""), written,
                                                          STR("\" is no repository of a registry"))));
    } else if (import_status_condition(status, LISTED)) {
        settling_condition(settling, import_status_condition(status, LISTED)); /* of this generation */
    }
}

bool repository_is_listed(struct settling *settling)
{
    const struct repository_details *details = &settling->change->status.repository;
    struct str line = import_source_repository_line(settling->arena, settling->view);

    return import_source_repository(settling->arena, settling->view).len > 0 &&
           str_equal(details->source, line) && details->last_checked.known;
}
