/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/object.h"

#include "base/json/scan.h"

/* null counts as absent. */
static bool take_string(struct json_scan *scan, struct str *ret)
{
    if (json_scan_peek(scan) == JSON_SCAN_NULL)
        return json_scan_null(scan);
    return json_scan_string(scan, ret);
}

static bool take_metadata(struct json_scan *scan, struct kube_object *ret)
{
    struct json_keys keys;
    struct str key;

    if (!json_scan_enter_map(scan, &keys))
        return false;
    while (json_scan_member(scan, &keys, &key)) {
        if (str_equal(key, STR("namespace")))
            (void)take_string(scan, &ret->namespace);
        else if (str_equal(key, STR("name")))
            (void)take_string(scan, &ret->name);
        else if (str_equal(key, STR("uid")))
            (void)take_string(scan, &ret->uid);
        else if (str_equal(key, STR("resourceVersion")))
            (void)take_string(scan, &ret->resource_version);
        else
            (void)json_scan_skip(scan);
    }
    return !json_scan_failed(scan);
}

int kube_object_read(struct arena *arena, struct str json, struct kube_object *ret, struct error *err)
{
    struct kube_object object = {.json = json};
    struct json_keys keys;
    struct json_scan scan;
    struct str key;

    json_scan_init(&scan, arena, json);
    if (json_scan_enter_map(&scan, &keys)) {
        while (json_scan_member(&scan, &keys, &key)) {
            if (str_equal(key, STR("apiVersion")))
                (void)take_string(&scan, &object.api_version);
            else if (str_equal(key, STR("kind")))
                (void)take_string(&scan, &object.kind);
            else if (str_equal(key, STR("metadata")) && json_scan_peek(&scan) == JSON_SCAN_MAP)
                (void)take_metadata(&scan, &object);
            else
                (void)json_scan_skip(&scan);
        }
    }
    if (json_scan_finish(&scan, err) < 0)
        return -1;
    *ret = object;
    return 0;
}
