/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_KEY_H
#define WEIR_CORE_REGISTRY_KEY_H

#include "base/arena.h"

/*
 * The key of an entry in a docker config: a URL with or without http:// or
 * https://, whose host may be a glob. Read as the kubelet reads it, which is to
 * say as Go's net/url did up to 1.24.7 (later ones take no '[' inside a host).
 */

/*
 * The key's index: host[:port] and path, %-escapes decoded, without user info,
 * query and fragment; a leading /v1 or /v2 in front of a '/' is dropped, and a
 * path of "/" too. False where the key is no URL.
 */
MUST_CHECK bool registry_key_index(struct arena *arena, struct str key, struct str *ret);

/*
 * Whether an index serves an image (a repository without tag): as many labels
 * in the host, each matching by glob ('*' and [classes] within one label), the
 * same port or none in both, and an image path that begins with the index' path,
 * byte for byte.
 */
bool registry_key_matches(struct str index, struct str image);

#endif
