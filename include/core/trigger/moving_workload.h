/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_MOVING_WORKLOAD_H
#define WEIR_CORE_TRIGGER_MOVING_WORKLOAD_H

#include "core/object/label_selector.h"
#include "core/trigger/field_owners.h"

/* A workload that may be moved when a tag of an image stream moves, as far as that looks at it. */

#define TRIGGERS_ANNOTATION "image.openshift.io/triggers"
#define FOLLOW_ANNOTATION   "weir.dev/follow"

enum moving_kind { MOVING_DEPLOYMENT, MOVING_STATEFUL_SET, MOVING_DAEMON_SET, MOVING_CRON_JOB, MOVING_KINDS };

/* Where the past templates of a workload are kept. */
enum revision_store { REVISIONS_NONE, REVISIONS_REPLICA_SETS, REVISIONS_CONTROLLER_REVISIONS };

struct moving_kind_row {
    struct str api_version;
    struct str kind;
    struct str template; /* "/spec/template", a JSON Pointer without escapes */
    struct str pod_spec; /* "spec.template.spec", as field paths have it */
    enum revision_store revisions;
};
extern const struct moving_kind_row moving_workload_kinds[MOVING_KINDS];

/* All is its arena's. */
struct moving_workload {
    enum moving_kind kind;
    struct str namespace;
    struct str name;
    struct str uid;
    struct str resource_version;
    int64_t generation;
    bool deleting;
    bool controlled; /* an owner is its controller */
    bool suspended;  /* weir.dev/suspend: "true" */
    bool follows;    /* weir.dev/follow: "true" */
    bool resolve_names;
    struct str triggers; /* image.openshift.io/triggers */
    struct str images;   /* weir.dev/images of its template */
    bool has_images;
    struct str refresh;          /* weir.dev/refresh of the object */
    struct str template_refresh; /* and of the template */
    struct field_owners owners;
    const struct label *labels; /* spec.selector.matchLabels */
    size_t label_count;
    struct moving_positions positions;
};

/* Whether it has an annotation that asks for anything: others need not be kept. */
bool moving_workload_is_wanted(const struct moving_workload *workload);

/* Of an object of that kind as the API server sends it. Members of another type count as absent. */
void moving_workload_read(struct arena *arena, enum moving_kind kind, const struct value *object,
                          struct moving_workload *ret);

/* The value at "/spec/template", or another pointer of moving_kind_row. */
const struct value *moving_workload_template(const struct value *object, enum moving_kind kind);

#endif
