/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/reply.h"

#include "edge/server/http_reply.h"
#include "edge/system/monotonic.h"

#include <string.h>

void admission_reply_refuse(const struct admission_reply *reply, const struct admission_request *request,
                            int status, struct str sentence)
{
    const struct admission_handler_options *options = reply->options;
    enum admission_result result = status == 429   ? RESULT_OVERLOADED
                                   : status == 503 ? RESULT_UNAVAILABLE
                                                   : RESULT_INVALID;
    int64_t took_ns = monotonic_ns() - reply->began_ns;
    struct admission_end end = {.operation = OPERATION_OTHER, .result = result, .took_ns = took_ns};
    const struct admission_undecided undecided = {request, status, sentence, took_ns / 1000};

    if (request) {
        end.workload = request->workload;
        end.operation = (int)request->operation;
    }
    admission_metrics_count(options->metrics, reply->counters, &end);
    admission_log_undecided(options->log, options->log_mode, &undecided);
    http_reply_sentence(reply->http, status, sentence);
}

static enum admission_result result_of(const struct admission_decision *decision)
{
    if (decision->outcome == ADMISSION_DENY)
        return RESULT_DENIED;
    return decision->patch_count > 0 ? RESULT_CHANGED : RESULT_UNCHANGED;
}

void admission_reply_decided(const struct admission_reply *reply, struct admission_turn *turn)
{
    const struct admission_handler_options *options = reply->options;
    struct error err;
    struct str body;
    int64_t took_ns;

    if (admission_review_encode(turn->arena, &turn->decision.response, &body, &err) < 0) {
        admission_reply_refuse(reply, &turn->request, 500, error_text(&err));
        return;
    }
    took_ns = monotonic_ns() - reply->began_ns;
    admission_metrics_count(options->metrics, reply->counters,
                            &(struct admission_end){turn->request.workload, (int)turn->request.operation,
                                                    result_of(&turn->decision), took_ns});
    admission_log_decided(options->log, options->log_mode, &turn->request, &turn->decision, took_ns / 1000);
    http_reply(reply->http,
               &(struct http_reply){.status = 200, .content_type = STR("application/json"), .body = body});
}

void admission_reply_null(char body[ADMISSION_NULL_BODY_SIZE])
{
    static const char head[] = "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                               "\"response\":{\"uid\":\"\",\"allowed\":true},\"filler\":\"";

    memset(body, 'x', ADMISSION_NULL_BODY_SIZE);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + ADMISSION_NULL_BODY_SIZE - 2, "\"}", 2);
}
