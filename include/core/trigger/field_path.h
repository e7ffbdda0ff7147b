/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_FIELD_PATH_H
#define WEIR_CORE_TRIGGER_FIELD_PATH_H

#include "base/error.h"

/* The container that a path leads to, in the list that the path names or, by name, in either list. */
struct image_field {
    bool init;       /* initContainers is what is written */
    struct str name; /* empty: by index */
    size_t index;
};

enum { FIELD_PATH_INDEX_MAX = 4095 };

/*
 * fieldPath of OpenShift's image triggers: the path of the pod spec, a list, a
 * selector, "image":
 *
 *     spec.template.spec.containers[?(@.name=="web")].image
 *     spec.template.spec.initContainers[0].image
 *
 * Beyond what OpenShift takes: single quotes, and white space around what the
 * brackets hold. ERROR_INVALID says what is wrong. `pod_spec` is the path of the
 * workload's pod spec; `ret` borrows from `text`.
 */
MUST_CHECK int field_path_parse(struct str text, struct str pod_spec, struct image_field *ret,
                                struct error *err);

#endif
