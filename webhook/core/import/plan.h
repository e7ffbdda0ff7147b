/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_PLAN_H
#define WEIR_CORE_IMPORT_PLAN_H

#include "core/import/view.h"

/* Which tags of a stream have to be asked for, and when the next one has. */

/* Why a tag is due. */
enum check_cause {
    CHECK_SOURCE,     /* its source is new, or changed */
    CHECK_ASKED,      /* the annotation weir.dev/import */
    CHECK_GENERATION, /* spec.tags[].generation is above the last attempt's */
    CHECK_RETRY,      /* the last attempt failed */
    CHECK_SCHEDULED,
    CHECK_NOTIFIED, /* its registry told of a change */
    CHECK_SOAKED,   /* a digest has waited for long enough */
};

/* One question for a registry; texts are the arena's or the stream's. */
struct tag_check {
    struct str tag;
    struct str source;     /* import_source_line() */
    struct str domain;     /* "docker.io" */
    struct str path;       /* "library/mariadb" */
    struct str reference;  /* a tag or a digest */
    struct str repository; /* domain/path, normalized */
    struct str known;      /* the digest that is recorded for this source; empty: none */
    bool insecure;
    enum check_cause cause;
    int64_t generation; /* of the event or condition that comes of it */
    int64_t due;        /* seconds since the epoch */
};

struct import_plan {
    struct tag_check *checks; /* those due now */
    size_t count;
    int64_t next; /* when another one will be; INT64_MAX: none that is known of */
};

/* Tags that are asked for already are among them: the caller knows those. */
void import_plan_make(struct arena *arena, const struct import_view *view, struct import_plan *ret);
/* spec.tags[].generation where it is set, else the stream's. */
int64_t import_plan_generation(const struct import_view *view, struct str tag);
/* Whether a digest that such a check finds waits out weir.dev/soak. */
bool import_plan_cause_soaks(enum check_cause cause);

#endif
