/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_REVIEW_H
#define WEIR_CORE_ADMISSION_REVIEW_H

#include "base/arena.h"
#include "base/error.h"
#include "core/workload/json_path.h"
#include "core/workload/paths.h"

/* AdmissionReview v1 (k8s.io/api/admission/v1), as far as a decision needs it. */

enum operation { OPERATION_OTHER, OPERATION_CREATE, OPERATION_UPDATE };

/* How a member stands in the document. */
enum presence { PRESENCE_ABSENT, PRESENCE_NULL, PRESENCE_GOOD, PRESENCE_WRONG_TYPE };

enum position_list {
    POSITION_CONTAINERS,
    POSITION_INIT_CONTAINERS,
    POSITION_VOLUMES,
    POSITION_EPHEMERAL_CONTAINERS,
    POSITION_OTHER, /* a list or image of a row of --workload-paths */
};

/* One place that names an image, in the order of semantics §1. */
struct position {
    enum position_list list;
    const struct json_path *list_path; /* of the list; of the image itself for a lone one */
    const struct json_path *path; /* of the map that holds image and pull policy; NULL for a lone image */
    size_t index;
    struct str name;  /* empty: none */
    struct str image; /* where GOOD */
    struct str pull_policy;
    enum presence image_presence;
    enum presence pull_policy_presence;
};

/* What admission reads of one metadata map. */
struct object_meta {
    enum presence presence;
    enum presence annotations;     /* of the annotations map */
    enum presence images_presence; /* weir.dev/images */
    struct str images;
    struct str refresh;       /* weir.dev/refresh, empty where absent */
    struct str restarted_at;  /* kubectl.kubernetes.io/restartedAt */
    struct str resolve_names; /* alpha.image.policy.openshift.io/resolve-names */
    bool mirror;              /* kubernetes.io/config.mirror is there */
    bool deleting;            /* deletionTimestamp is there and not null */
    bool has_controller;      /* an ownerReference with controller: true */
    struct str controller_api_version;
    struct str controller_kind;
    struct str controller_name;
    struct str controller_uid;
    struct str labels; /* as written, JSON; empty: none */
};

/* An object as far as admission looks at it. */
struct workload_object {
    enum presence presence; /* GOOD: it is a map */
    struct object_meta meta;
    struct object_meta template_meta; /* of the pod template; ABSENT where the kind has none */
    struct position *positions;
    size_t position_count;
    const struct str *pull_secrets; /* imagePullSecrets[].name of its pod spec */
    size_t pull_secret_count;
    struct str service_account; /* serviceAccountName, may be empty */
};

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

enum {
    POSITIONS_MAX = 1024, /* of one object; more is refused */
};

/*
 * Decodes the body of POST /admit. Text in `ret` borrows from `body` or `arena`.
 * ERROR_INVALID (HTTP 400): not one strict JSON document, not a v1
 * AdmissionReview, no request, no uid, a member of the envelope with another
 * type. What is odd inside the object is the object's affair, not an error.
 */
MUST_CHECK int admission_request_decode(struct arena *arena, const struct workload_table *table,
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
MUST_CHECK int admission_response_encode(struct arena *arena, const struct admission_response *response,
                                         struct str *ret, struct error *err);

#endif
