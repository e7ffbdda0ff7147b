/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/soak.h"

#include "core/import/source.h"

static int64_t length_of(const struct import_view *view, struct str tag)
{
    int64_t seconds = import_view_seconds(view, tag, STR("weir.dev/soak"));

    return seconds == IMPORT_VIEW_UNREADABLE ? SOAK_UNREADABLE : seconds;
}

/* A first import of a source has nothing to go on with meanwhile. */
static bool may_wait(const struct recorded_tag *tag, const struct check_result *result)
{
    return result->check.soaks && tag->count > 0 && tag->details.last_checked.known;
}

static bool is_newest(const struct recorded_tag *tag, struct str digest, struct str reference)
{
    return tag->count > 0 && str_equal(tag->events[0].image, digest) &&
           str_equal(tag->events[0].reference, reference);
}

static bool is_pending(const struct recorded_tag *tag, struct str digest, struct str reference)
{
    return tag->details.has_pending && str_equal(tag->details.pending.digest, digest) &&
           str_equal(tag->details.pending.reference, reference);
}

static void set_until(struct settling *settling, struct recorded_tag *tag)
{
    struct pending_digest *pending = &tag->details.pending;

    if (!pending->since.known || pending->since.at > settling->view->now)
        pending->since = settling_time(settling->view->now);
    pending->until = settling_time(pending->since.at + length_of(settling->view, tag->details.tag));
}

bool soak_holds(struct settling *settling, struct recorded_tag *tag, const struct check_result *result,
                struct str reference)
{
    struct pending_digest *pending = &tag->details.pending;

    if (!may_wait(tag, result) || is_newest(tag, result->digest, reference) ||
        length_of(settling->view, tag->details.tag) == 0) {
        tag->details.has_pending = false;
        return false;
    }
    if (!is_pending(tag, result->digest, reference))
        *pending = (struct pending_digest){
            .digest = result->digest, .reference = reference, .since = settling_time(result->at)};
    set_until(settling, tag);
    tag->details.has_pending = result->at < pending->until.at;
    return tag->details.has_pending;
}

static bool still_waits(struct settling *settling, const struct recorded_tag *tag)
{
    const struct stream_tag *spec = import_source_tag(settling->arena, settling->view, tag->details.tag);

    return spec && import_view_is_importable(spec) && tag->count > 0 &&
           !is_newest(tag, tag->details.pending.digest, tag->details.pending.reference) &&
           import_source_is_of(import_source_line(settling->arena, settling->view, spec), tag->details.source,
                               tag->failed);
}

void soak_settle(struct settling *settling)
{
    struct import_status *status = &settling->change->status;

    for (size_t i = 0; i < status->count; i++) {
        struct recorded_tag *tag = &status->tags[i];

        if (!tag->details.has_pending)
            continue;
        if (still_waits(settling, tag))
            set_until(settling, tag);
        else
            tag->details.has_pending = false;
    }
}
