/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_ERROR_H
#define WEIR_CORE_REGISTRY_ERROR_H

#include "base/arena.h"

/*
 * What a registry itself says about a refusal (OCI distribution-spec 1.1,
 * "Error Codes"): {"errors":[{"code":"DENIED","message":"…","detail":…}]}.
 */
enum { REGISTRY_ERROR_WORDS_MAX = 160 }; /* bytes */

/*
 * "DENIED: requested item is quarantined", of the first entry that has a code
 * or a message; empty where the body is nothing of that kind. One line of
 * printable UTF-8, longer ones end with "…". Nothing else of the body is told:
 * it is a stranger's. The words are the arena's.
 */
struct str registry_error_words(struct arena *arena, struct str body);

#endif
