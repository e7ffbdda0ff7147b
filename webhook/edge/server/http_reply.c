/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_server.h"

#include <string.h>

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
