/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H
#define WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H

#include "edge/outbound/http_exchange.h"

/* What libcurl's code means for the answer: sets `failure` and `reason`. */
void http_answer_set_failure(struct http_answer *answer, CURL *easy, CURLcode code, const char *curl_text);
/* A failure that libcurl does not know of. */
__attribute__((format(printf, 3, 4))) void http_answer_fail(struct http_answer *answer,
                                                            enum http_failure failure, const char *format,
                                                            ...);

#endif
