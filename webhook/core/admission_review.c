/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission_review.h"

#include "base/json_scan.h"
#include "base/json_text.h"
#include "core/workload_decode.h"

#include <string.h>

/* An object whose kind was not known yet when it came by: read again afterwards. */
struct pending {
    struct str raw;
    bool waiting;
};

struct decoder {
    struct arena *arena;
    const struct workload_table *table;
    struct json_scan scan;
    struct admission_request *request;
    struct error *err;
    bool refused; /* err is set */
    bool has_kind;
    struct pending object;
    struct pending old_object;
};

/* Always false: the first complaint stands, and the scan stops. */
static bool refuse(struct decoder *d, const char *path, const char *problem)
{
    if (!d->refused && !json_scan_failed(&d->scan)) {
        d->refused = error_set(d->err, ERROR_INVALID, "%s: %s", path, problem) < 0;
        (void)json_scan_fail(&d->scan, problem);
    }
    return false;
}

/* A string, or null for none. */
static bool read_text(struct decoder *d, const char *path, struct str *ret)
{
    enum json_scan_kind kind = json_scan_peek(&d->scan);

    if (kind == JSON_SCAN_NULL)
        return json_scan_null(&d->scan);
    if (kind != JSON_SCAN_STRING)
        return refuse(d, path, "expected a string");
    return json_scan_string(&d->scan, ret);
}

static bool read_flag(struct decoder *d, const char *path, bool *ret)
{
    enum json_scan_kind kind = json_scan_peek(&d->scan);

    if (kind == JSON_SCAN_NULL)
        return json_scan_null(&d->scan);
    if (kind != JSON_SCAN_BOOL)
        return refuse(d, path, "expected true or false");
    return json_scan_bool(&d->scan, ret);
}

/* At a map: enters it. At null: consumes it and says no. Else refuses. */
static bool enter(struct decoder *d, const char *path, struct json_scan_keys *keys)
{
    enum json_scan_kind kind = json_scan_peek(&d->scan);

    if (kind == JSON_SCAN_NULL) {
        (void)json_scan_null(&d->scan);
        return false;
    }
    if (kind != JSON_SCAN_MAP)
        return refuse(d, path, "expected an object");
    return json_scan_enter_map(&d->scan, keys);
}

static void read_kind(struct decoder *d)
{
    struct admission_request *r = d->request;
    struct json_scan_keys keys;
    struct str key;

    if (!enter(d, "request.kind", &keys))
        return;
    while (json_scan_member(&d->scan, &keys, &key)) {
        if (STR_IS(key, "group"))
            (void)read_text(d, "request.kind.group", &r->group);
        else if (STR_IS(key, "version"))
            (void)read_text(d, "request.kind.version", &r->version);
        else if (STR_IS(key, "kind"))
            (void)read_text(d, "request.kind.kind", &r->kind);
        else
            (void)json_scan_skip(&d->scan);
    }
    r->workload = workload_table_find(d->table, r->group, r->version, r->kind);
    d->has_kind = true;
}

static void read_groups(struct decoder *d)
{
    struct str group = {NULL, 0};
    bool first = true;

    if (json_scan_peek(&d->scan) == JSON_SCAN_NULL) {
        (void)json_scan_null(&d->scan);
        return;
    }
    if (json_scan_peek(&d->scan) != JSON_SCAN_LIST) {
        (void)refuse(d, "request.userInfo.groups", "expected a list");
        return;
    }
    (void)json_scan_enter_list(&d->scan);
    while (json_scan_element(&d->scan, &first)) {
        if (read_text(d, "request.userInfo.groups", &group) && str_equal(group, STR("system:nodes")))
            d->request->node_user = true;
    }
}

static void read_user(struct decoder *d)
{
    struct json_scan_keys keys;
    struct str key;

    if (!enter(d, "request.userInfo", &keys))
        return;
    while (json_scan_member(&d->scan, &keys, &key)) {
        if (STR_IS(key, "username"))
            (void)read_text(d, "request.userInfo.username", &d->request->user);
        else if (STR_IS(key, "groups"))
            read_groups(d);
        else
            (void)json_scan_skip(&d->scan);
    }
}

/* Reads the object in passing where its kind is known, which is how the API server sends it. */
static void read_object(struct decoder *d, struct workload_object *object, struct pending *pending)
{
    if (!d->has_kind) {
        pending->waiting = json_scan_skip_raw(&d->scan, &pending->raw);
        return;
    }
    if (workload_decode(&d->scan, d->request->workload, object, d->err) < 0)
        d->refused = true;
}

static void read_pending(struct decoder *d, struct workload_object *object, const struct pending *pending)
{
    if (!pending->waiting || !d->has_kind || d->refused)
        return;
    json_scan_init(&d->scan, d->arena, pending->raw);
    read_object(d, object, NULL);
    if (!d->refused && json_scan_finish(&d->scan, d->err) < 0)
        d->refused = true;
}

static void set_operation(struct admission_request *r)
{
    if (STR_IS(r->operation_text, "CREATE"))
        r->operation = OPERATION_CREATE;
    else if (STR_IS(r->operation_text, "UPDATE"))
        r->operation = OPERATION_UPDATE;
}

static void read_request_member(struct decoder *d, struct str key)
{
    struct admission_request *r = d->request;

    if (STR_IS(key, "uid"))
        (void)read_text(d, "request.uid", &r->uid);
    else if (STR_IS(key, "kind"))
        read_kind(d);
    else if (STR_IS(key, "subResource"))
        (void)read_text(d, "request.subResource", &r->sub_resource);
    else if (STR_IS(key, "name"))
        (void)read_text(d, "request.name", &r->name);
    else if (STR_IS(key, "namespace"))
        (void)read_text(d, "request.namespace", &r->namespace);
    else if (STR_IS(key, "operation"))
        (void)read_text(d, "request.operation", &r->operation_text);
    else if (STR_IS(key, "userInfo"))
        read_user(d);
    else if (STR_IS(key, "object"))
        read_object(d, &r->object, &d->object);
    else if (STR_IS(key, "oldObject"))
        read_object(d, &r->old_object, &d->old_object);
    else if (STR_IS(key, "dryRun"))
        (void)read_flag(d, "request.dryRun", &r->dry_run);
    else
        (void)json_scan_skip_map(&d->scan);
}

static bool read_request(struct decoder *d)
{
    struct json_scan_keys keys;
    struct str key;

    if (json_scan_peek(&d->scan) == JSON_SCAN_NULL)
        return refuse(d, "request", "must not be null");
    if (!enter(d, "request", &keys))
        return false;
    while (json_scan_member(&d->scan, &keys, &key))
        read_request_member(d, key);
    return true;
}

static void read_review(struct decoder *d, struct str *kind, struct str *api_version, bool *has_request)
{
    struct json_scan_keys keys;
    struct str key;

    if (json_scan_peek(&d->scan) != JSON_SCAN_MAP) {
        (void)refuse(d, "body", "expected one AdmissionReview object");
        return;
    }
    (void)json_scan_enter_map(&d->scan, &keys);
    while (json_scan_member(&d->scan, &keys, &key)) {
        if (STR_IS(key, "kind"))
            (void)read_text(d, "kind", kind);
        else if (STR_IS(key, "apiVersion"))
            (void)read_text(d, "apiVersion", api_version);
        else if (STR_IS(key, "request"))
            *has_request = read_request(d);
        else
            (void)json_scan_skip(&d->scan);
    }
}

static int check_envelope(struct decoder *d, struct str kind, struct str api_version, bool has_request)
{
    const struct admission_request *r = d->request;

    if (!STR_IS(kind, "AdmissionReview"))
        return error_set(d->err, ERROR_INVALID, "kind: expected \"AdmissionReview\"");
    if (!STR_IS(api_version, "admission.k8s.io/v1"))
        return error_set(d->err, ERROR_INVALID, "apiVersion: expected \"admission.k8s.io/v1\"");
    if (!has_request)
        return error_set(d->err, ERROR_INVALID, "request: missing");
    if (r->uid.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.uid: missing");
    if (r->kind.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.kind.kind: missing");
    if (r->operation_text.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.operation: missing");
    return 0;
}

int admission_request_decode(struct arena *arena, const struct workload_table *table, struct str body,
                             struct admission_request *ret, struct error *err)
{
    struct decoder d; /* not all zeroed: the scan is large */
    struct str kind = {NULL, 0};
    struct str api_version = {NULL, 0};
    bool has_request = false;

    memset(ret, 0, sizeof(*ret));
    d.arena = arena;
    d.table = table;
    d.request = ret;
    d.err = err;
    d.refused = false;
    d.has_kind = false;
    d.object.waiting = false;
    d.old_object.waiting = false;
    json_scan_init(&d.scan, arena, body);
    read_review(&d, &kind, &api_version, &has_request);
    if (d.refused)
        return -1;
    if (json_scan_finish(&d.scan, err) < 0)
        return error_prefix(err, "body");
    read_pending(&d, &ret->object, &d.object);
    read_pending(&d, &ret->old_object, &d.old_object);
    if (d.refused)
        return -1;
    set_operation(ret);
    return check_envelope(&d, kind, api_version, has_request);
}

static void add_member(struct text *out, struct str lead, struct str value)
{
    text_add(out, lead);
    json_text_string(out, value);
}

static void add_status(struct text *out, const struct admission_response *response)
{
    add_member(out, STR(",\"status\":{\"status\":\"Failure\",\"message\":"), response->message);
    add_member(out, STR(",\"reason\":"), response->reason);
    json_text_literal(out, ",\"code\":");
    text_add_int(out, response->code);
    json_text_literal(out, "}");
}

static void add_audit(struct text *out, const struct admission_response *response)
{
    json_text_literal(out, ",\"auditAnnotations\":");
    for (size_t i = 0; i < response->audit_count; i++) {
        text_add(out, i ? STR(",\"") : STR("{\""));
        text_add(out, response->audit[i].key); /* ours, and plain */
        add_member(out, STR("\":"), response->audit[i].value);
    }
    json_text_literal(out, "}");
}

static void add_warnings(struct text *out, const struct admission_response *response)
{
    json_text_literal(out, ",\"warnings\":");
    for (size_t i = 0; i < response->warning_count; i++)
        add_member(out, i ? STR(",") : STR("["), response->warnings[i]);
    json_text_literal(out, "]");
}

int admission_response_encode(struct arena *arena, const struct admission_response *response, struct str *ret,
                              struct error *err)
{
    struct text out;

    text_init_sized(&out, arena, ADMISSION_RESPONSE_MAX, 1024 + response->patch.len * 4 / 3);
    add_member(
        &out,
        STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":"),
        response->uid);
    text_add(&out, response->allowed ? STR(",\"allowed\":true") : STR(",\"allowed\":false"));
    if (!response->allowed)
        add_status(&out, response);
    if (response->allowed && response->patch.len > 0) {
        json_text_literal(&out, ",\"patchType\":\"JSONPatch\",\"patch\":");
        json_text_base64(&out, response->patch);
    }
    if (response->audit_count > 0)
        add_audit(&out, response);
    if (response->warning_count > 0)
        add_warnings(&out, response);
    json_text_literal(&out, "}}");
    if (out.too_long)
        return error_set(err, ERROR_TOO_LARGE, "the answer is longer than %d bytes", ADMISSION_RESPONSE_MAX);
    *ret = text_str(&out);
    return 0;
}
