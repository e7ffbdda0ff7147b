/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_reply.h"

#include "base/error.h"
#include "edge/server/http_loop.h"
#include "edge/server/http_request.h"

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

/* Whether no answer is in it that has not gone out. */
static bool is_free(char *room)
{
    return H2O_STRUCT_FROM_MEMBER(struct st_h2o_mem_pool_shared_entry_t, bytes, room)->refcnt == 1;
}

/*
 * The body where the request's pool holds it: it may go out after the caller's memory is gone. The pool would
 * take a block of its own from the heap for one that is long and give it back at once.
 */
static h2o_iovec_t keep_body(const struct http_loop *loop, h2o_mem_pool_t *pool, struct str body)
{
    enum { POOL_PART = 1024 }; /* of h2o's chunks: what is longer has its own block */
    size_t i = 0;

    if (body.len <= POOL_PART || body.len > REPLY_ROOM)
        return h2o_strdup(pool, body.len > 0 ? body.ptr : "", body.len);
    while (i < REPLY_ROOMS && !is_free(loop->reply_rooms[i]))
        i++;
    if (i == REPLY_ROOMS)
        return h2o_strdup(pool, body.ptr, body.len);
    memcpy(loop->reply_rooms[i], body.ptr, body.len);
    h2o_mem_link_shared(pool, loop->reply_rooms[i]);
    return h2o_iovec_init(loop->reply_rooms[i], body.len);
}

/* h2o asks a generator for more of the body; here all of it is given at once. */
static const h2o_generator_t no_more = {NULL, NULL};

void http_reply(const struct http_request *request, const struct http_reply *reply)
{
    h2o_req_t *req = request->own;
    const struct http_loop *loop = CONTAINER_OF(struct http_loop, inbox, request->inbox);
    bool is_head = str_equal(request->method, STR("HEAD"));
    h2o_iovec_t body = keep_body(loop, &req->pool, reply->body);

    req->res.status = reply->status;
    req->res.reason = reason_of(reply->status);
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, reply->content_type.ptr,
                   reply->content_type.len);
    if (reply->allow.len > 0)
        add_header(req, STR("allow"), reply->allow);
    if (reply->retry_after)
        add_header(req, STR("retry-after"), STR("1"));
    if (reply->close || request->is_surplus ||
        atomic_load_explicit(&loop->server->phase, memory_order_relaxed) != PHASE_RUNNING)
        req->http1_is_persistent = 0;
    h2o_start_response(req, (h2o_generator_t *)(uintptr_t)&no_more);
    h2o_send(req, &body, is_head ? 0 : 1, H2O_SEND_STATE_FINAL);
}

/* `reply` but for its body and the type of that. */
static void reply_line(const struct http_request *request, struct http_reply reply, struct str sentence)
{
    char line[ERROR_TEXT_MAX + 2];
    size_t len = sentence.len < ERROR_TEXT_MAX ? sentence.len : ERROR_TEXT_MAX;

    memcpy(line, sentence.ptr, len);
    line[len] = '\n';
    reply.content_type = STR("text/plain; charset=utf-8");
    reply.body = (struct str){line, len + 1};
    http_reply(request, &reply);
}

void http_reply_sentence(const struct http_request *request, int status, struct str sentence)
{
    reply_line(request,
               (struct http_reply){
                   .status = status, .retry_after = status == 429 || status == 503, .close = status == 431},
               sentence);
}

void http_reply_wrong_method(const struct http_request *request, struct str allow, struct str sentence)
{
    reply_line(request, (struct http_reply){.status = 405, .allow = allow}, sentence);
}
