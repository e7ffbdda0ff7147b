/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/schedule.h"

static int64_t wanted(const struct import_view *view, struct str tag)
{
    return import_view_seconds(view, tag, STR("weir.dev/interval"));
}

int64_t import_schedule_interval(const struct import_view *view, const struct stream_tag *tag)
{
    int64_t seconds;

    if (!tag->scheduled || tag->source_digest.len > 0 || !import_view_is_importable(tag))
        return 0;
    seconds = wanted(view, tag->name);
    if (seconds <= 0)
        seconds = view->settings->interval;
    return seconds < view->settings->interval_min ? view->settings->interval_min : seconds;
}

int64_t import_schedule_listing_interval(const struct import_view *view)
{
    int64_t seconds = wanted(view, (struct str){NULL, 0});

    if (seconds == 0)
        return 0;
    if (seconds < 0)
        seconds = view->settings->interval;
    return seconds < view->settings->interval_min ? view->settings->interval_min : seconds;
}

bool import_schedule_is_refused(const struct import_view *view, struct str tag)
{
    int64_t seconds = wanted(view, tag);

    return seconds < 0 || (seconds > 0 && seconds < view->settings->interval_min);
}

uint64_t import_schedule_hash(const struct import_view *view, struct str tag)
{
    return str_hash(tag, str_hash(view->self.details->uid, 0));
}

int64_t import_schedule_after(const struct import_view *view, struct str tag, int64_t interval, int64_t after)
{
    int64_t offset = (int64_t)(import_schedule_hash(view, tag) % (uint64_t)interval);
    int64_t periods = after < offset ? 0 : (after - offset) / interval + 1;

    return offset + periods * interval;
}
