/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/status.h"

#include "base/json/read.h"

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = (char)(s.ptr[i] | 0x20);

        if (c < 'a' || c > 'z')
            return false;
    }
    return s.len <= 64;
}

static int64_t number_of(const struct value *value, int64_t max)
{
    int64_t ret = 0;

    if (!value || value->kind != VALUE_NUMBER || !str_to_int64(value->text, 0, max, &ret))
        return 0;
    return ret;
}

void kube_status_read(struct arena *arena, struct str json, struct kube_status *ret)
{
    struct value *document;
    struct error err;

    *ret = (struct kube_status){0};
    if (json_read(arena, json, &document, &err) < 0 ||
        !str_equal(value_string(value_find(document, STR("kind"))), STR("Status")))
        return;
    ret->code = (int)number_of(value_find(document, STR("code")), 999);
    ret->reason = value_string(value_find(document, STR("reason")));
    if (!is_word(ret->reason))
        ret->reason = STR("");
    ret->message = value_string(value_find(document, STR("message")));
    ret->retry_after_seconds = number_of(value_path(document, "details", "retryAfterSeconds", NULL), 3600);
}

static enum error_code code_of(int code, struct str reason)
{
    switch (code) {
    case 400:
    case 422:
        return ERROR_INVALID;
    case 401:
    case 403:
        return ERROR_FORBIDDEN;
    case 404:
        return ERROR_NOT_FOUND;
    case 409:
        return str_equal(reason, STR("AlreadyExists")) ? ERROR_EXISTS : ERROR_CONFLICT;
    case 413:
        return ERROR_TOO_LARGE;
    case 504:
        return ERROR_TIMEOUT;
    default:
        return code >= 500 || code == 410 || code == 429 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    }
}

int kube_status_error(int code, const struct kube_status *status, struct str what, struct error *err)
{
    struct str message = str_slice(status->message, 0, KUBE_MESSAGE_MAX);

    return error_set(err, code_of(code, status->reason),
                     "cannot " STR_FMT ": the API server says %d%s" STR_FMT, STR_ARG(what), code,
                     message.len > 0 ? ": " : "", STR_ARG(message));
}
