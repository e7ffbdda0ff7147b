/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_REPLY_H
#define WEIR_ENGINE_ADMISSION_REPLY_H

#include "edge/server/http_request.h"
#include "engine/admission/options.h"
#include "engine/admission/turn.h"

/* How an admission ends: its HTTP answer, with its line in the log and its place in the metrics. */
struct admission_reply {
    const struct admission_handler_options *options;
    struct admission_counters *counters; /* of the request's loop */
    const struct http_request *http;
    int64_t began_ns;
};

/* Not decided; `request` is NULL where it is not known. With the answer, the HTTP request may be gone. */
void admission_reply_refuse(const struct admission_reply *reply, const struct admission_request *request,
                            int status, struct str sentence);
/* The turn's decision; the turn may be gone afterwards. */
void admission_reply_decided(const struct admission_reply *reply, struct admission_turn *turn);

enum { ADMISSION_NULL_BODY_SIZE = 600 };
/* A fixed review, as long as a typical answer with one patch. */
void admission_reply_null(char body[ADMISSION_NULL_BODY_SIZE]);

#endif
