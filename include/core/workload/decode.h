/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_DECODE_H
#define WEIR_CORE_WORKLOAD_DECODE_H

#include "base/json/scan.h"
#include "core/workload/object.h"

/*
 * Reads one object of a review, at its place in the scan, as far as admission
 * looks at it: its metadata, its pod template's, and every position that names
 * an image. What has another type than expected is passed over; positions come
 * out in the order of semantics §1. Without a row (`kind` NULL) only the
 * presence is noted.
 *
 * ERROR_TOO_LARGE beyond POSITIONS_MAX; what is wrong with the JSON itself the
 * scan remembers.
 */
MUST_CHECK int workload_decode(struct json_scan *scan, const struct workload_kind *kind,
                               struct workload_object *ret, struct error *err);

#endif
