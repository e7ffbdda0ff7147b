/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_LOGIN_H
#define WEIR_EDGE_REGISTRY_LOGIN_H

#include "edge/outbound/http_answer.h"

struct registry_lookup;

/* Who asks: what a look-up says about it, and what to do where that was refused. */

/* Chooses what the first request says: nothing, or what the host taught earlier. */
void registry_login_begin(struct registry_lookup *lookup);
/* Whether another login may get another answer than this status to a manifest request. */
bool registry_login_may_help(const struct registry_lookup *lookup, int status);
/* Such a status: log in, ask by GET, try the next credential, or end. */
void registry_login_refused(struct registry_lookup *lookup, const struct http_answer *answer);

#endif
