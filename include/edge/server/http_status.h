/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_STATUS_H
#define WEIR_EDGE_SERVER_HTTP_STATUS_H

/* The reason phrase of the status codes that we send (RFC 9110 §15). */
const char *http_status_reason(int status);

#endif
