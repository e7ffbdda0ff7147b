/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/review.h"

#include "base/json/scan.h"
#include "base/json/text.h"
#include "core/workload/decode.h"

#include <stddef.h>
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

/* Where a string should be and is none: null stands for none, anything else is refused. */
static void pass_null(struct decoder *d, const char *path)
{
    if (json_scan_peek(&d->scan) == JSON_SCAN_NULL)
        (void)json_scan_null(&d->scan);
    else
        (void)refuse(d, path, "expected a string");
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
static bool enter(struct decoder *d, const char *path, const struct json_scan_wanted *wanted, void *target,
                  struct json_scan_map *ret_map)
{
    enum json_scan_kind kind = json_scan_peek(&d->scan);

    if (kind == JSON_SCAN_MAP)
        return json_scan_open(&d->scan, wanted, target, ret_map);
    if (kind != JSON_SCAN_NULL)
        return refuse(d, path, "expected an object");
    (void)json_scan_null(&d->scan);
    return false;
}

#define KIND_MEMBERS(X)                                                                                      \
    X(KIND_GROUP, "group", offsetof(struct admission_request, group))                                        \
    X(KIND_VERSION, "version", offsetof(struct admission_request, version))                                  \
    X(KIND_KIND, "kind", offsetof(struct admission_request, kind))
JSON_SCAN_WANTED(kind_members, KIND_MEMBERS);

static void read_kind(struct decoder *d)
{
    struct admission_request *r = d->request;
    struct json_scan_map map;
    int member;

    if (!enter(d, "request.kind", &kind_members, r, &map))
        return;
    while ((member = json_scan_next(&d->scan, &map)) != JSON_SCAN_END)
        pass_null(d, member == KIND_GROUP     ? "request.kind.group"
                     : member == KIND_VERSION ? "request.kind.version"
                                              : "request.kind.kind");
    r->workload = workload_paths_find(d->table, r->group, r->version, r->kind);
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
        if (json_scan_peek(&d->scan) != JSON_SCAN_STRING)
            pass_null(d, "request.userInfo.groups");
        else if (json_scan_string(&d->scan, &group) && STR_IS(group, "system:nodes"))
            d->request->node_user = true;
    }
}

#define USER_MEMBERS(X)                                                                                      \
    X(USER_NAME, "username", offsetof(struct admission_request, user))                                       \
    X(USER_GROUPS, "groups", JSON_SCAN_ASK)
JSON_SCAN_WANTED(user_members, USER_MEMBERS);

static void read_user(struct decoder *d)
{
    struct json_scan_map map;
    int member;

    if (!enter(d, "request.userInfo", &user_members, d->request, &map))
        return;
    while ((member = json_scan_next(&d->scan, &map)) != JSON_SCAN_END) {
        if (member == USER_GROUPS)
            read_groups(d);
        else
            pass_null(d, "request.userInfo.username");
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

static void read_pending(struct decoder *d, const char *path, struct workload_object *object,
                         const struct pending *pending)
{
    if (!pending->waiting || !d->has_kind || d->refused)
        return;
    json_scan_init(&d->scan, d->arena, pending->raw);
    read_object(d, object, NULL);
    if (!d->refused && json_scan_finish(&d->scan, d->err) < 0)
        d->refused = error_prefix(d->err, "%s", path) < 0; /* the offset is the object's */
}

static void set_operation(struct admission_request *r)
{
    if (STR_IS(r->operation_text, "CREATE"))
        r->operation = OPERATION_CREATE;
    else if (STR_IS(r->operation_text, "UPDATE"))
        r->operation = OPERATION_UPDATE;
}

#define IN_REQUEST(member) offsetof(struct admission_request, member)
#define REQUEST_MEMBERS(X)                                                                                   \
    X(REQUEST_UID, "uid", IN_REQUEST(uid))                                                                   \
    X(REQUEST_KIND, "kind", JSON_SCAN_ASK)                                                                   \
    X(REQUEST_SUB_RESOURCE, "subResource", IN_REQUEST(sub_resource))                                         \
    X(REQUEST_NAME, "name", IN_REQUEST(name))                                                                \
    X(REQUEST_NAMESPACE, "namespace", IN_REQUEST(namespace))                                                 \
    X(REQUEST_OPERATION, "operation", IN_REQUEST(operation_text))                                            \
    X(REQUEST_USER, "userInfo", JSON_SCAN_ASK)                                                               \
    X(REQUEST_OBJECT, "object", JSON_SCAN_ASK)                                                               \
    X(REQUEST_OLD_OBJECT, "oldObject", JSON_SCAN_ASK)                                                        \
    X(REQUEST_DRY_RUN, "dryRun", JSON_SCAN_ASK)
JSON_SCAN_WANTED(request_members, REQUEST_MEMBERS);

static void read_request_member(struct decoder *d, int member)
{
    struct admission_request *r = d->request;

    switch (member) {
    case REQUEST_KIND:
        read_kind(d);
        break;
    case REQUEST_USER:
        read_user(d);
        break;
    case REQUEST_OBJECT:
        read_object(d, &r->object, &d->object);
        break;
    case REQUEST_OLD_OBJECT:
        read_object(d, &r->old_object, &d->old_object);
        break;
    case REQUEST_DRY_RUN:
        (void)read_flag(d, "request.dryRun", &r->dry_run);
        break;
    case REQUEST_UID:
        pass_null(d, "request.uid");
        break;
    case REQUEST_SUB_RESOURCE:
        pass_null(d, "request.subResource");
        break;
    case REQUEST_NAME:
        pass_null(d, "request.name");
        break;
    case REQUEST_NAMESPACE:
        pass_null(d, "request.namespace");
        break;
    case REQUEST_OPERATION:
        pass_null(d, "request.operation");
        break;
    }
}

static bool read_request(struct decoder *d)
{
    struct json_scan_map map;
    int member;

    if (json_scan_peek(&d->scan) == JSON_SCAN_NULL)
        return refuse(d, "request", "must not be null");
    if (!enter(d, "request", &request_members, d->request, &map))
        return false;
    while ((member = json_scan_next(&d->scan, &map)) != JSON_SCAN_END)
        read_request_member(d, member);
    return true;
}

struct envelope {
    struct str kind;
    struct str api_version;
    bool has_request;
};

#define REVIEW_MEMBERS(X)                                                                                    \
    X(REVIEW_KIND, "kind", offsetof(struct envelope, kind))                                                  \
    X(REVIEW_API_VERSION, "apiVersion", offsetof(struct envelope, api_version))                              \
    X(REVIEW_REQUEST, "request", JSON_SCAN_ASK)
JSON_SCAN_WANTED(review_members, REVIEW_MEMBERS);

static void read_review(struct decoder *d, struct envelope *envelope)
{
    struct json_scan_map map;
    int member;

    if (json_scan_peek(&d->scan) != JSON_SCAN_MAP) {
        (void)refuse(d, "body", "expected one AdmissionReview object");
        return;
    }
    (void)json_scan_open(&d->scan, &review_members, envelope, &map);
    while ((member = json_scan_next(&d->scan, &map)) != JSON_SCAN_END) {
        if (member == REVIEW_REQUEST)
            envelope->has_request = read_request(d);
        else
            pass_null(d, member == REVIEW_KIND ? "kind" : "apiVersion");
    }
}

static int check_envelope(struct decoder *d, const struct envelope *envelope)
{
    const struct admission_request *r = d->request;

    if (!STR_IS(envelope->kind, "AdmissionReview"))
        return error_set(d->err, ERROR_INVALID, "kind: expected \"AdmissionReview\"");
    if (!STR_IS(envelope->api_version, "admission.k8s.io/v1"))
        return error_set(d->err, ERROR_INVALID, "apiVersion: expected \"admission.k8s.io/v1\"");
    if (!envelope->has_request)
        return error_set(d->err, ERROR_INVALID, "request: missing");
    if (r->uid.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.uid: missing");
    if (r->kind.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.kind.kind: missing");
    if (r->operation_text.len == 0)
        return error_set(d->err, ERROR_INVALID, "request.operation: missing");
    return 0;
}

int admission_review_decode(struct arena *arena, const struct workload_table *table, struct str body,
                            struct admission_request *ret, struct error *err)
{
    struct decoder d; /* not all zeroed: the scan is large */
    struct envelope envelope = {.has_request = false};

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
    read_review(&d, &envelope);
    if (d.refused)
        return -1;
    if (json_scan_finish(&d.scan, err) < 0)
        return error_prefix(err, "body");
    read_pending(&d, "request.object", &ret->object, &d.object);
    read_pending(&d, "request.oldObject", &ret->old_object, &d.old_object);
    if (d.refused)
        return -1;
    set_operation(ret);
    return check_envelope(&d, &envelope);
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
        text_add_char(out, i ? ',' : '{');
        text_add_char(out, '"');
        text_add(out, response->audit[i].key); /* ours, and plain */
        json_text_literal(out, "\":");
        json_text_string(out, response->audit[i].value);
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

int admission_review_encode(struct arena *arena, const struct admission_response *response, struct str *ret,
                            struct error *err)
{
    struct text out;

    text_init_sized(&out, arena, ADMISSION_RESPONSE_MAX, 1024 + response->patch.len * 4 / 3);
    json_text_literal(
        &out, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":");
    json_text_string(&out, response->uid);
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
