/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_CHECK_H
#define WEIR_CORE_IMPORT_CHECK_H

#include "base/str.h"
#include "core/registry/failure.h"

/* What a registry is asked, and what came of it. */

/* Why a tag is due. */
enum check_cause {
    CHECK_SOURCE,     /* its source is new, or changed */
    CHECK_ASKED,      /* the annotation weir.dev/import */
    CHECK_GENERATION, /* spec.tags[].generation is above the last attempt's */
    CHECK_RETRY,      /* the last attempt failed */
    CHECK_SCHEDULED,
    CHECK_NOTIFIED, /* its registry told of a change */
    CHECK_LISTED,   /* the repository whose tag it is was listed anew */
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
    bool listing; /* asks for the tags of the repository; `tag` and `reference` are empty */
    bool soaks;   /* a new digest waits out weir.dev/soak */
    enum check_cause cause;
    int64_t generation; /* of the event or condition that comes of it */
    uint64_t request;   /* import_view_request() that it answers; 0: none */
    int64_t begun;      /* when it was planned, seconds since the epoch: it knows of nothing later */
    int64_t due;        /* seconds since the epoch */
};

/* What came of a check. */
struct check_result {
    struct tag_check check;
    enum registry_failure failure; /* NONE: `digest` is the source's, or `tags` are */
    struct str digest;
    struct str message;     /* of a failure */
    int64_t retry_after;    /* of a 429: seconds; 0: none */
    int64_t at;             /* when the answer came */
    const struct str *tags; /* of a listing: all that the repository has, as they came */
    size_t tag_count;
};

#endif
