/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_TRIGGER_LIST_H
#define WEIR_CORE_TRIGGER_TRIGGER_LIST_H

#include "base/arena.h"
#include "core/trigger/field_path.h"

/*
 * The annotation image.openshift.io/triggers of a workload: a JSON list of
 *
 *     {"from": {"kind": "ImageStreamTag", "name": "app:latest", "namespace": "…"},
 *      "fieldPath": "spec.template.spec.containers[?(@.name==\"web\")].image", "paused": true}
 *
 * An entry that is wrong is reported, and the others count all the same.
 */
enum {
    TRIGGERS_TEXT_MAX = 256 << 10, /* what the API server takes of all annotations */
    TRIGGERS_MAX = 256,
};

struct image_trigger {
    struct image_field field;
    struct str path;      /* fieldPath, as written */
    struct str namespace; /* of the stream; empty: the workload's own */
    struct str stream;
    struct str tag;
    bool paused; /* also where it is the text "true" */
};

struct trigger_list {
    const struct image_trigger *items;
    size_t count;
    const struct str *problems; /* sentences: which entry, and why it does not count */
    size_t problem_count;
};

/* `pod_spec`: "spec.template.spec". Everything is the arena's; an empty text has no triggers. */
void trigger_list_parse(struct arena *arena, struct str text, struct str pod_spec, struct trigger_list *ret);

#endif
