/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_REVIEW_H
#define WEIR_CORE_ADMISSION_REVIEW_H

#include "core/workload/object.h"

/* AdmissionReview v1 (k8s.io/api/admission/v1), as far as a decision needs it. */

enum operation { OPERATION_OTHER, OPERATION_CREATE, OPERATION_UPDATE };

struct admission_request {
    struct str uid; /* decoded */
    struct str group, version, kind;
    struct str sub_resource;
    struct str name;
    struct str namespace;
    struct str operation_text;
    enum operation operation;
    struct str user;
    bool node_user; /* a member of group system:nodes */
    bool dry_run;
    const struct workload_kind *workload; /* NULL: a kind without a row */
    struct workload_object object;
    struct workload_object old_object;
};

/*
 * Decodes the body of POST /admit. Text in `ret` borrows from `body` or `arena`.
 * ERROR_INVALID (HTTP 400): not one strict JSON document, not a v1
 * AdmissionReview, no request, no uid, a member of the envelope with another
 * type. What is odd inside the object is the object's affair, not an error.
 */
MUST_CHECK int admission_review_decode(struct arena *arena, const struct workload_table *table,
                                       struct str body, struct admission_request *ret, struct error *err);

/* One member of response.auditAnnotations. */
struct audit_annotation {
    struct str key;
    struct str value;
};

struct admission_response {
    struct str uid;
    bool allowed;
    int code;          /* of a denial: 403 or 503 */
    struct str reason; /* "Forbidden", "ServiceUnavailable" */
    struct str message;
    struct str patch; /* JSON; empty: none */
    const struct str *warnings;
    size_t warning_count;
    const struct audit_annotation *audit;
    size_t audit_count;
};

enum { ADMISSION_RESPONSE_MAX = 8 << 20 };

/* The AdmissionReview that answers; `ret` is the arena's. ERROR_TOO_LARGE beyond ADMISSION_RESPONSE_MAX. */
MUST_CHECK int admission_review_encode(struct arena *arena, const struct admission_response *response,
                                       struct str *ret, struct error *err);

#endif
