/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps and durations: what is read is in range, and written it reads the same. */
#include "base/duration.h"
#include "base/timestamp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_timestamp(struct arena *arena, struct str s)
{
    int64_t seconds, again;
    struct text out;

    if (!timestamp_parse(s, &seconds))
        return;
    text_init(&out, arena, 64);
    timestamp_format(&out, seconds);
    /* An offset may lead out of the years that have four digits. */
    if (out.len == sizeof("2006-01-02T15:04:05Z") - 1 && out.ptr[0] != '-') {
        require(timestamp_parse(text_str(&out), &again));
        require(again == seconds);
    }
}

static void check_duration(struct arena *arena, struct str s)
{
    int64_t ms;
    struct text out;

    if (!duration_parse(s, &ms))
        return;
    require(ms >= 0 && ms <= INT64_C(100) * 366 * 86400 * 1000);
    text_init(&out, arena, 64);
    duration_format(&out, ms / 1000);
    require(out.len >= 2 && !out.too_long);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena);
    check_timestamp(&arena, (struct str){(const char *)data, size});
    check_duration(&arena, (struct str){(const char *)data, size});
    arena_release(&arena);
    return 0;
}
