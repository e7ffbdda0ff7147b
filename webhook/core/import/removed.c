/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/removed.h"

#include "core/import/repository.h"
#include "core/import/source.h"

#define UNKNOWN ((struct stream_time){0, false})

static bool is_used(const struct import_view *view, const struct recorded_tag *tag)
{
    for (size_t i = 0; i < tag->count; i++) {
        if (import_view_is_used(view, tag->events[i].image))
            return true;
    }
    return false;
}

/* It is there: of the spec, or of the repository that the stream names, or may be once that was listed. */
static bool is_wanted(struct settling *settling, const struct recorded_tag *tag)
{
    const struct import_view *view = settling->view;

    if (!import_source_is_of_repository(view, tag->details.tag))
        return image_stream_tag(view->self.stream, tag->details.tag) != NULL;
    if (tag->details.source.len == 0)
        return false;
    return !repository_is_listed(settling) ||
           import_source_is_listed(settling->arena, view,
                                   import_source_tag(settling->arena, view, tag->details.tag),
                                   tag->details.source);
}

static void settle_wanted(struct settling *settling, struct recorded_tag *tag)
{
    const struct stream_tag *spec = image_stream_tag(settling->view->self.stream, tag->details.tag);

    tag->details.removed_since = UNKNOWN;
    tag->details.unused_since = UNKNOWN;
    if (spec && !spec->has_from && tag->details.source.len > 0)
        settling_forget(tag); /* nothing is followed any more; what others record stays */
}

/* False where it is to go. */
static bool settle_unwanted(struct settling *settling, struct recorded_tag *tag)
{
    const struct import_view *view = settling->view;

    if (tag->details.source.len > 0) {
        settling_forget(tag);
        tag->details.removed_since = settling_time(view->now);
    }
    if (!tag->details.removed_since.known)
        return true;
    if (tag->count == 0)
        return false;
    if (!view->usage)
        return true;
    if (is_used(view, tag)) {
        tag->details.unused_since = UNKNOWN;
        return true;
    }
    if (!tag->details.unused_since.known || tag->details.unused_since.at > view->now)
        tag->details.unused_since = settling_time(view->now);
    return view->settings->image_grace == 0 ||
           view->now - tag->details.unused_since.at < view->settings->image_grace;
}

void removed_settle(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    size_t kept = 0;

    for (size_t i = 0; i < status->count; i++) {
        struct recorded_tag *tag = &status->tags[i];
        bool stays = true;

        if (is_wanted(settling, tag))
            settle_wanted(settling, tag);
        else
            stays = settle_unwanted(settling, tag);
        if (stays)
            status->tags[kept++] = *tag;
    }
    status->count = kept;
}
