/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_DECIDING_H
#define WEIR_CMD_DECIDE_DECIDING_H

#include "cmd/line/options.h"
#include "core/admission/evaluate.h"
#include "engine/resolver/tag_resolver.h"

/*
 * What webhook, review and resolve set up from the flags they share, and, for
 * the two on the command line, the way to a decision: evaluate, ask, evaluate.
 */
enum {
    WORKLOAD_PATHS_FILE_MAX = 1 << 20,
    REVIEW_BODY_MAX = 8 << 20, /* of one AdmissionReview; as weir webhook --max-body */
};

/* The built-in kinds and those of `path`, YAML or JSON; NULL: the built-in ones. Borrows nothing. */
MUST_CHECK int deciding_workload_paths(struct arena *arena, const char *path, struct workload_table *ret,
                                       struct error *err);

struct deciding_setup {
    struct workload_table table;
    struct admission_options options;
};

/* Of --workload-paths, --registry-host and --always-pull-images. The settings must outlive `ret`. */
MUST_CHECK int deciding_setup(struct arena *arena, const struct deciding_settings *settings,
                              struct deciding_setup *ret, struct error *err);

/* One decision after another, with the same objects. */
struct decider {
    const struct cluster_view *view;
    const struct admission_options *options;
    struct tag_answers known;      /* of --resolutions; none: zero */
    struct tag_resolver *resolver; /* NULL: registries are not asked */
    int64_t deadline_ms;           /* of the look-ups of one object */
    int64_t now;                   /* seconds since the epoch */
    bool revision_known;           /* the time of a Pod's revision is `revision_time` (semantics §10) */
    int64_t revision_time;
    struct cluster_facts *facts; /* of a live cluster; NULL: pull secrets are the view's, revisions unknown */
};

/*
 * One turn (engine/admission/turn.h); never ADMISSION_NEEDS_RESOLUTION. Blocks
 * while the cluster and registries are asked. The decision borrows the request's texts.
 */
struct admission_decision deciding_decide(struct arena *arena, const struct decider *decider,
                                          const struct admission_request *request);

#endif
