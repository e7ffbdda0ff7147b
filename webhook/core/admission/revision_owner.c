/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/revision_owner.h"

#include "base/json/scan.h"

#define REVISION_LABELS(X) X(LABEL_REVISION_HASH, "controller-revision-hash", 0)
JSON_SCAN_WANTED(revision_labels, REVISION_LABELS);

/* Labels are many and have no other reader: they are read here, where they are needed. */
static struct str revision_hash(struct arena *arena, struct str labels)
{
    struct json_scan scan;
    struct json_scan_map map;
    struct str ret = {NULL, 0};

    json_scan_init(&scan, arena, labels);
    if (json_scan_peek(&scan) != JSON_SCAN_MAP || !json_scan_open(&scan, &revision_labels, &ret, &map))
        return ret;
    while (json_scan_next(&scan, &map) == LABEL_REVISION_HASH)
        (void)json_scan_skip(&scan);
    return json_scan_failed(&scan) ? (struct str){NULL, 0} : ret;
}

/*
 * A DaemonSet's Pods carry the hash alone, "85b6b89b8b", a StatefulSet's the
 * whole name, "web-85b6b89b8b" (pkg/controller/daemon, pkg/controller/statefulset).
 */
static bool controller_revision(struct arena *arena, const struct object_meta *meta, struct str *ret)
{
    struct str prefix = arena_join(arena, meta->controller_name, STR("-"));
    struct str hash = revision_hash(arena, meta->labels);

    *ret = str_starts(hash, prefix) ? hash : arena_join(arena, prefix, hash);
    return hash.len > 0;
}

bool revision_owner_find(struct arena *arena, const struct admission_request *request,
                         struct revision_owner *ret)
{
    const struct object_meta *meta = &request->object.meta;
    bool apps = str_starts(meta->controller_api_version, STR("apps/"));
    bool batch = str_starts(meta->controller_api_version, STR("batch/"));

    if (!request->workload || !request->workload->is_pod || !meta->has_controller)
        return false;
    *ret = (struct revision_owner){
        .namespace = request->namespace, .name = meta->controller_name, .uid = meta->controller_uid};
    if (apps && str_equal(meta->controller_kind, STR("ReplicaSet"))) {
        ret->kind = REVISION_REPLICA_SET;
        return true;
    }
    if (batch && str_equal(meta->controller_kind, STR("Job"))) {
        ret->kind = REVISION_JOB;
        return true;
    }
    if (!apps || (!str_equal(meta->controller_kind, STR("StatefulSet")) &&
                  !str_equal(meta->controller_kind, STR("DaemonSet"))))
        return false;
    *ret = (struct revision_owner){.kind = REVISION_CONTROLLER_REVISION, .namespace = request->namespace};
    return controller_revision(arena, meta, &ret->name);
}
