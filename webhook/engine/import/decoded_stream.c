/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/decoded_stream.h"

#include "base/json/read.h"
#include "base/memory.h"
#include "core/object/decode.h"

#include <stdlib.h>

static const struct object_header stream_header = {STR_INIT("weir.dev/v1alpha1"), STR_INIT("ImageStream"),
                                                   true};

static int decode(struct decoded_stream *decoded, struct str json, struct error *err)
{
    struct arena *arena = &decoded->arena;
    struct stream_details *details = ARENA_NEW(arena, struct stream_details);
    struct cluster_object object;
    struct text_pool *texts;
    struct value *tree;
    struct arena scratch;
    int failed;

    arena_init(&scratch);
    texts = ARENA_NEW(&scratch, struct text_pool);
    text_pool_init(texts, arena);
    failed = json_read(&scratch, json, &tree, err) < 0 ||
             object_decode(texts, tree, &stream_header, &object, err) < 0 ||
             stream_details_decode(arena, tree, details, err) < 0;
    arena_release(&scratch);
    if (!failed)
        decoded->stream = (struct import_stream){object.as.stream, details};
    return failed ? -1 : 0;
}

int decoded_stream_new(struct str json, struct decoded_stream **ret, struct error *err)
{
    struct decoded_stream *decoded = memory_zeroed(1, sizeof(*decoded));

    arena_init(&decoded->arena);
    if (decode(decoded, json, err) < 0) {
        decoded_stream_free(decoded);
        return -1;
    }
    decoded->size = sizeof(*decoded) + decoded->arena.used;
    *ret = decoded;
    return 0;
}

void decoded_stream_free(struct decoded_stream *decoded)
{
    if (!decoded)
        return;
    arena_release(&decoded->arena);
    free(decoded);
}

struct decoded_stream *decoded_stream_of(const struct import_stream *stream)
{
    return CONTAINER_OF(struct decoded_stream, stream, (uintptr_t)stream);
}
