/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_OBJECT_H
#define WEIR_CORE_WORKLOAD_OBJECT_H

#include "core/workload/json_path.h"
#include "core/workload/paths.h"

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
    struct str triggers;      /* image.openshift.io/triggers */
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

enum {
    POSITIONS_MAX = 1024, /* of one object; more is refused */
};

#endif
