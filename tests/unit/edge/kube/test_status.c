/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/object.h"
#include "edge/kube/status.h"

#include "test.h"

static struct arena arena;

TEST(what_is_malformed_in_a_status_is_empty)
{
    static const struct {
        const char *json;
        int code;
        const char *reason;
        const char *message;
        int retry_after;
    } rows[] = {
        {"{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}", 410, "Expired",
         "too old", 0},
        {"{\"kind\":\"Status\",\"code\":429,\"details\":{\"retryAfterSeconds\":3}}", 429, "", "", 3},
        {"{\"kind\":\"Status\",\"code\":\"410\",\"reason\":7,\"message\":{}}", 0, "", "", 0},
        {"{\"kind\":\"Status\",\"code\":-1,\"reason\":\"not one word\"}", 0, "", "", 0},
        {"{\"kind\":\"Status\",\"code\":4100}", 0, "", "", 0},
        {"{\"kind\":\"Pod\",\"code\":410}", 0, "", "", 0},
        {"{\"kind\":\"Status\",", 0, "", "", 0},
        {"<html>", 0, "", "", 0},
        {"", 0, "", "", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kube_status status;

        kube_status_read(&arena, str_from_c(rows[i].json), &status);
        CHECK_ROW(status.code == rows[i].code, "%s: %d", rows[i].json, status.code);
        CHECK_STR(status.reason, str_from_c(rows[i].reason));
        CHECK_STR(status.message, str_from_c(rows[i].message));
        CHECK_ROW(status.retry_after_seconds == rows[i].retry_after, "%s", rows[i].json);
    }
}

TEST(an_error_is_one_line_with_the_right_code)
{
    static const struct {
        int code;
        const char *reason;
        enum error_code want;
    } rows[] = {
        {400, "BadRequest", ERROR_INVALID},        {401, "Unauthorized", ERROR_FORBIDDEN},
        {403, "Forbidden", ERROR_FORBIDDEN},       {404, "NotFound", ERROR_NOT_FOUND},
        {409, "Conflict", ERROR_CONFLICT},         {409, "AlreadyExists", ERROR_EXISTS},
        {410, "Expired", ERROR_UNAVAILABLE},       {413, "", ERROR_TOO_LARGE},
        {422, "Invalid", ERROR_INVALID},           {429, "", ERROR_UNAVAILABLE},
        {500, "InternalError", ERROR_UNAVAILABLE}, {503, "", ERROR_UNAVAILABLE},
        {504, "Timeout", ERROR_TIMEOUT},           {302, "", ERROR_INVALID},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kube_status status = {.reason = str_from_c(rows[i].reason), .message = STR("two\nlines")};
        struct error err;

        CHECK(kube_status_error(rows[i].code, &status, STR("get x"), &err) == -1);
        CHECK_ROW(err.code == rows[i].want, "%d", rows[i].code);
        CHECK_ROW(str_ends(error_text(&err), STR(": two?lines")), "%s", err.text);
    }
}

TEST(an_object_gives_its_header_and_nothing_else_is_asked_of_it)
{
    struct kube_object object;
    struct error err;

    CHECK(kube_object_read(
              &arena,
              STR("{\"kind\":\"Thing\",\"apiVersion\":\"v1\",\"spec\":{\"metadata\":{\"name\":\"no\"}},"
                  "\"metadata\":{\"name\":\"a\\u0062\",\"labels\":{\"name\":\"no\"},\"uid\":\"u\","
                  "\"resourceVersion\":\"5\",\"namespace\":null}}"),
              &object, &err) == 0);
    CHECK_STR(object.kind, STR("Thing"));
    CHECK_STR(object.api_version, STR("v1"));
    CHECK_STR(object.name, STR("ab"));
    CHECK_STR(object.uid, STR("u"));
    CHECK_STR(object.resource_version, STR("5"));
    CHECK(object.namespace.len == 0);
    CHECK(kube_object_read(&arena, STR("{\"metadata\":null}"), &object, &err) == 0 && object.name.len == 0);
    CHECK(kube_object_read(&arena, STR("{\"metadata\":{\"name\":1}}"), &object, &err) < 0);
    CHECK(kube_object_read(&arena, STR("[]"), &object, &err) < 0);
    CHECK(kube_object_read(&arena, STR("{"), &object, &err) < 0 && err.code == ERROR_INVALID);
}

TEST_MAIN()
