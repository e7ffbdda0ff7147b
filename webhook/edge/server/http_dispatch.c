/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_dispatch.h"

#include "edge/server/http_loop.h"
#include "edge/server/http_request.h"

/* Memory that h2o frees with its configuration. */
struct dispatch {
    h2o_handler_t super;
    const struct http_handler *handler;
};

static struct str text_of(h2o_iovec_t text)
{
    return (struct str){text.base, text.len};
}

static struct str content_type_of(const h2o_req_t *req)
{
    ssize_t index = h2o_find_header(&req->headers, H2O_TOKEN_CONTENT_TYPE, -1);

    return index == -1 ? STR("") : text_of(req->headers.entries[index].value);
}

static int on_req(h2o_handler_t *super, h2o_req_t *req)
{
    const struct http_handler *handler = CONTAINER_OF(struct dispatch, super, super)->handler;
    const struct connection *connection = http_loop_connection(req);
    const struct http_request request = {
        .path = text_of(req->path_normalized),
        .query = req->query_at == SIZE_MAX ? (struct str){NULL, 0}
                                           : str_from(text_of(req->path), req->query_at + 1),
        .method = text_of(req->method),
        .content_type = content_type_of(req),
        .body = text_of(req->entity),
        .field_count = req->headers.size,
        .is_surplus = connection->surplus,
        .loop = connection->loop->index,
        .inbox = &connection->loop->inbox,
        .own = req,
    };

    handler->on_request(handler->ctx, &request);
    return 0;
}

void http_dispatch_register(h2o_hostconf_t *host, const struct http_handler *handler)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct dispatch *dispatch = (struct dispatch *)h2o_create_handler(path, sizeof *dispatch);

    dispatch->super.on_req = on_req;
    dispatch->handler = handler;
}
