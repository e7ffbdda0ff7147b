/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_request.h"

#include "edge/server/http_loop.h"

#include <stddef.h>

/* Memory that h2o frees with the request, after having said so. */
struct held {
    struct http_loop *loop;
    void (*on_gone)(void *memory);
    max_align_t memory[];
};

static h2o_req_t *req_of(const struct http_request *request)
{
    return request->own;
}

static struct http_loop *loop_of(const struct http_request *request)
{
    return CONTAINER_OF(struct http_loop, inbox, request->inbox);
}

bool http_request_is_get(const struct http_request *request)
{
    return str_equal(request->method, STR("GET")) || str_equal(request->method, STR("HEAD"));
}

bool http_request_has_type(const struct http_request *request, struct str media_type)
{
    struct str type = request->content_type;

    return str_equal_nocase(str_trim(str_slice(type, 0, str_find(type, ';'))), media_type);
}

int64_t http_request_age_ms(const struct http_request *request)
{
    const struct timeval *began = &req_of(request)->timestamps.request_begin_at;

    return (int64_t)h2o_now(loop_of(request)->context.loop) -
           ((int64_t)began->tv_sec * 1000 + (int64_t)began->tv_usec / 1000);
}

static void link_tick(struct http_loop *loop)
{
    if (!h2o_timeout_is_linked(&loop->tick))
        h2o_timeout_link(loop->context.loop, &loop->context.hundred_ms_timeout, &loop->tick);
}

static void on_tick(h2o_timeout_entry_t *entry)
{
    struct http_loop *loop = CONTAINER_OF(struct http_loop, tick, entry);

    if (loop->held == 0)
        return;
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        const struct http_handler *handler = &loop->server->handlers[i];
        if (handler->on_tick)
            handler->on_tick(handler->ctx, loop->index);
    }
    if (loop->held > 0)
        link_tick(loop);
}

static void on_held_gone(void *memory)
{
    struct held *held = memory;

    held->loop->held--;
    held->on_gone(held->memory);
}

void *http_request_hold(const struct http_request *request, size_t size, void (*on_gone)(void *memory))
{
    struct http_loop *loop = loop_of(request);
    struct held *held = h2o_mem_alloc_shared(&req_of(request)->pool, sizeof *held + size, on_held_gone);

    held->loop = loop;
    held->on_gone = on_gone;
    memset(held->memory, 0, size);
    loop->held++;
    loop->tick.cb = on_tick;
    link_tick(loop);
    return held->memory;
}
