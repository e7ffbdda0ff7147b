/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_MOVEMENT_H
#define WEIR_CORE_TRIGGER_MOVEMENT_H

#include "core/cluster/view.h"
#include "core/trigger/moving_workload.h"
#include "core/trigger/workload_revision.h"

/* What a decision about one workload takes, and what it gives. */

/* What is looked at beside the workload; all borrowed. */
struct movement_scope {
    const struct cluster_view *view; /* policies, namespaces, and the streams of move_decision_streams() */
    const struct str *registry_hosts;
    size_t registry_host_count;
    const struct workload_revision *revisions; /* of the workload */
    size_t revision_count;
    bool revisions_known;
    bool confirmed; /* the tags in `checks` of the last time were checked since, or could not be */
};

/* A tag that moves a container. */
struct moved_image {
    struct str position; /* as in weir.dev/images */
    struct str namespace;
    struct str stream;
    struct str tag;
    struct str from; /* the image it has */
    struct str to;   /* what the tag's newest event names */
    bool by_trigger; /* its image is set; else it is refreshed */
};

/* A tag whose source is to be asked before anything is moved. */
struct unconfirmed_tag {
    const struct image_stream *stream;
    struct str stream_tag;
    struct str repository; /* of its source */
    struct str tag;        /* there */
};

struct movement {
    const char *left; /* not NULL: why nothing of this workload is looked at */
    bool
        needs_revisions; /* decide again with those of the workload; nothing else is filled in but problems */
    struct str follow;   /* to be applied as weir-follow; empty: nothing to do */
    struct str trigger;  /* to be applied as weir-trigger, before the other */
    bool rolls;          /* `follow` changes the template itself */
    bool fills;          /* `trigger` fills an image that is blank */
    uint64_t record;     /* changes when one of its tags moves, or when its annotations are changed */
    const struct moved_image *moved;
    size_t moved_count;
    const struct unconfirmed_tag *checks;
    size_t check_count;
    const struct str *problems; /* of its triggers, sentences */
    size_t problem_count;
};

#endif
