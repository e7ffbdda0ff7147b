/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_LABEL_GLOB_H
#define WEIR_CORE_REGISTRY_LABEL_GLOB_H

#include "base/str.h"

/*
 * Shell globs within one label of a host name, as the kubelet matches them (Go's
 * filepath.Match): '*' is any run of bytes, [abc] and [a-c] are one character.
 * Everything else stands for itself; '?', '\' and [^…] cannot occur in a host.
 * A malformed class matches nothing. O(pattern * text).
 */
bool label_glob_match(struct str pattern, struct str text);

#endif
