/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_DECISION_H
#define WEIR_CORE_ADMISSION_DECISION_H

#include "core/admission/review.h"
#include "core/admission/revision_owner.h"
#include "core/stream/tag_answers.h"

/* What an evaluation takes beside the cluster and the request, and what it gives. */

/* What the operator of the webhook has set by flags. */
struct admission_options {
    const struct str *registry_hosts; /* --registry-host: the virtual registry of streams */
    size_t registry_host_count;
    bool always_pull_images; /* the API server's AlwaysPullImages plugin is on */
    bool explain;            /* fill in `positions` */
    bool images_only;        /* of the patch only images will be written: nothing is said of the annotation */
};

enum admission_outcome {
    ADMISSION_ALLOW,            /* `patch` holds zero or more operations            */
    ADMISSION_DENY,             /* `message` is written for the person who is denied */
    ADMISSION_NEEDS_RESOLUTION, /* ask again with answers for `questions`, and with the revision's time */
};

enum patch_verb { PATCH_ADD, PATCH_REPLACE, PATCH_REMOVE };

struct patch_operation {
    enum patch_verb op;
    struct str path;
    struct str value; /* a string; JSON text where `raw` */
    bool raw;
    bool is_image; /* it sets an image */
};

/* One row a position, for people. */
struct position_decision {
    struct str position; /* "containers[app]" */
    struct str pointer;  /* of the image */
    struct str written;  /* the image as it came */
    struct str stored;
    struct str pull_policy_before;
    struct str pull_policy_after;
    struct str stream; /* "ns/name", empty: no stream */
    struct str tag;
    struct str digest;
    enum pin_origin origin;
    int64_t age; /* of a recorded digest, seconds; -1: not known or not recorded */
    struct str credential;
    struct str rule; /* the pull rule that matched */
    struct str note; /* the violation or warning, if any */
};

struct evaluation;

struct admission_decision {
    enum admission_outcome outcome;
    struct admission_response response;  /* of ALLOW and DENY */
    const struct patch_operation *patch; /* of ALLOW; response.patch is the same, encoded */
    size_t patch_count;
    const struct position_decision *positions;
    size_t position_count;
    const struct tag_question *questions; /* of NEEDS_RESOLUTION, all of them at once */
    size_t question_count;
    bool needs_revision; /* of NEEDS_RESOLUTION: when this was created, beside the questions */
    struct revision_owner owner;
    struct evaluation *pending; /* of NEEDS_RESOLUTION: for admission_evaluate_resume() */
    struct str policy;          /* names that set something */
    struct str rule;            /* names of the pull rules that acted */
    size_t images;              /* how many positions get a digest */
    const char *left;           /* why the object was left alone (semantics §1), NULL where it was judged */
};

#endif
