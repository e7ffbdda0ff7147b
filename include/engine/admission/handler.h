/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_HANDLER_H
#define WEIR_ENGINE_ADMISSION_HANDLER_H

#include "engine/admission/options.h"

/*
 * POST /admit, and /verify for validating webhooks. Decided on the loop's own
 * thread where no registry has to be asked, or its answer is in the loop's
 * cache. Otherwise the request is held, with the admission in memory of its
 * own, for the resolver's messages; the client may leave meanwhile.
 */
struct http_server;
struct admission_handler;

/*
 * For the requests of the TLS listener of `server`, which has `threads` loops.
 * `options` and what it points to are borrowed for the server's life.
 */
struct admission_handler *admission_handler_register(struct http_server *server,
                                                     const struct admission_handler_options *options,
                                                     size_t threads);
/* After the loops have come to rest and the resolver has stopped. */
void admission_handler_free(struct admission_handler *handler);

/* Admissions that wait for a registry now. Any thread. */
size_t admission_handler_in_flight(struct admission_handler *handler);

#endif
