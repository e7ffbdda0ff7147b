/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMAGE_PRESENCE_H
#define WEIR_ENGINE_IMPORT_IMAGE_PRESENCE_H

#include "base/str.h"

/*
 * Digests whose Image the API server had not long ago, so that it is not asked
 * at each check. Of fixed size: a digest that another one displaced is asked for
 * again. One owning thread.
 */
enum {
    IMAGE_PRESENCE_SLOTS = 1 << 17,
    IMAGE_PRESENCE_MS = 3600 * 1000, /* Images that are deleted are missed by then */
};

struct image_presence;

struct image_presence *image_presence_new(uint64_t seed);
void image_presence_free(struct image_presence *presence);
void image_presence_note(struct image_presence *presence, struct str digest, int64_t now_ms);
bool image_presence_is_known(const struct image_presence *presence, struct str digest, int64_t now_ms);

#endif
