/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_loop.h"

#include <string.h>

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Internal Server Error";
}

static void add_header(h2o_req_t *req, struct str name, struct str value)
{
    h2o_add_header_by_str(&req->pool, &req->res.headers, name.ptr, name.len, 0, NULL, value.ptr, value.len);
}

void http_reply(struct st_h2o_req_t *req, const struct http_reply *reply)
{
    static h2o_generator_t generator = {NULL, NULL};
    const struct connection *connection = http_connection_of(req);
    bool is_head = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"));
    h2o_iovec_t body = h2o_strdup(&req->pool, reply->body.len ? reply->body.ptr : "", reply->body.len);

    req->res.status = reply->status;
    req->res.reason = reason_of(reply->status);
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, reply->content_type.ptr,
                   reply->content_type.len);
    if (reply->allow.len > 0)
        add_header(req, STR("allow"), reply->allow);
    if (reply->retry_after)
        add_header(req, STR("retry-after"), STR("1"));
    if (reply->close || connection->surplus ||
        atomic_load_explicit(&connection->loop->server->phase, memory_order_relaxed) != PHASE_RUNNING)
        req->http1_is_persistent = 0;
    h2o_start_response(req, &generator);
    h2o_send(req, &body, is_head ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void http_reply_sentence(struct st_h2o_req_t *req, int status, struct str sentence)
{
    char line[ERROR_TEXT_MAX + 2];
    size_t len = sentence.len < ERROR_TEXT_MAX ? sentence.len : ERROR_TEXT_MAX;

    memcpy(line, sentence.ptr, len);
    line[len] = '\n';
    http_reply(req, &(struct http_reply){.status = status,
                                         .content_type = STR("text/plain; charset=utf-8"),
                                         .body = {line, len + 1},
                                         .allow = status == 405 ? STR("POST") : STR(""),
                                         .retry_after = status == 429 || status == 503,
                                         .close = status == 431});
}
