/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_DECODE_H
#define WEIR_CORE_OBJECT_DECODE_H

#include "base/text_pool.h"
#include "base/value.h"
#include "core/object/cluster_objects.h"

/*
 * Trees, as read from JSON or YAML, to the objects of a cluster:
 *
 *   ImageStream          weir.dev/v1alpha1, image.openshift.io/v1
 *   StreamPolicy, ClusterStreamPolicy   weir.dev/v1alpha1
 *   Namespace, ServiceAccount, Secret   v1
 *
 * Of weir.dev unknown fields, kinds and versions are errors; of the others only
 * what is needed is looked at. An object of a namespace that names none is in
 * "default".
 */
/*
 * `value` is an object, `header` may be NULL. What is kept goes to `texts` and
 * the arena of theirs. ERROR_INVALID gives the path in the object, what was
 * found and what is expected, and sets nothing of *ret but `line`. No message
 * holds a value of a Secret.
 */
MUST_CHECK int object_decode(struct text_pool *texts, const struct value *value,
                             const struct object_header *header, struct cluster_object *ret,
                             struct error *err);

/*
 * The elements of a list of objects ("List", "ImageStreamList", …) and the
 * header for them; NULL where `value` is no such list.
 */
const struct value *object_decode_list_items(const struct value *value, struct object_header *ret_header);
/* The same question about a document's own header. */
bool object_decode_list_header(struct str api_version, struct str kind, struct object_header *ret_header);

#endif
