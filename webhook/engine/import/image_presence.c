/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/image_presence.h"

#include "base/memory.h"

#include <stdlib.h>

struct slot {
    uint64_t hash;
    int64_t until_ms; /* 0: free */
};

struct image_presence {
    uint64_t seed;
    struct slot slots[IMAGE_PRESENCE_SLOTS];
};

struct image_presence *image_presence_new(uint64_t seed)
{
    struct image_presence *presence = memory_zeroed(1, sizeof(*presence));

    presence->seed = seed;
    return presence;
}

void image_presence_free(struct image_presence *presence)
{
    free(presence);
}

void image_presence_note(struct image_presence *presence, struct str digest, int64_t now_ms)
{
    uint64_t hash = str_hash(digest, presence->seed);

    presence->slots[hash % IMAGE_PRESENCE_SLOTS] = (struct slot){hash, now_ms + IMAGE_PRESENCE_MS};
}

bool image_presence_is_known(const struct image_presence *presence, struct str digest, int64_t now_ms)
{
    uint64_t hash = str_hash(digest, presence->seed);
    const struct slot *slot = &presence->slots[hash % IMAGE_PRESENCE_SLOTS];

    return slot->hash == hash && slot->until_ms > now_ms;
}
