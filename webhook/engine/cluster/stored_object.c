/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/stored_object.h"

#include "base/json/read.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TREE_BUFFER_SIZE = 256 << 10, /* holds the tree of most objects */
    DRAFT_BUFFER_SIZE = 64 << 10, /* and what is decoded of it */
    TEXTS_SIZE = 64 << 10,
};

struct object_reader {
    struct arena tree;
    struct arena draft;
    struct text_pool texts;
    char tree_buffer[TREE_BUFFER_SIZE];
    char draft_buffer[DRAFT_BUFFER_SIZE];
    char text_buffer[TEXTS_SIZE];
};

struct stored_object *stored_object_of(const void *as)
{
    if (!as)
        return NULL;
    return (struct stored_object *)(void *)((char *)(uintptr_t)as - offsetof(struct stored_object, as));
}

struct stored_object *stored_object_undecoded(struct str namespace, struct str name)
{
    struct stored_object *stored = memory_zeroed(1, sizeof(*stored) + namespace.len + name.len);
    char *text = (char *)(stored + 1);

    if (namespace.len > 0)
        memcpy(text, namespace.ptr, namespace.len);
    if (name.len > 0)
        memcpy(text + namespace.len, name.ptr, name.len);
    stored->as.policy = (struct stream_policy){
        .namespace = {text, namespace.len}, .name = {text + namespace.len, name.len}, .undecoded = true};
    return stored;
}

struct object_reader *stored_object_reader_new(void)
{
    struct object_reader *reader = memory_zeroed(1, sizeof(*reader));

    arena_init(&reader->tree);
    arena_init(&reader->draft);
    return reader;
}

void stored_object_reader_trim(struct object_reader *reader)
{
    arena_release(&reader->tree);
    arena_release(&reader->draft);
}

void stored_object_reader_free(struct object_reader *reader)
{
    stored_object_reader_trim(reader);
    free(reader);
}

static size_t size_of(enum object_kind kind)
{
    switch (kind) {
    case OBJECT_IMAGE_STREAM:
        return sizeof(struct image_stream);
    case OBJECT_STREAM_POLICY:
    case OBJECT_CLUSTER_STREAM_POLICY:
        return sizeof(struct stream_policy);
    case OBJECT_NAMESPACE:
        return sizeof(struct namespace_object);
    default:
        return 0;
    }
}

/* How much of an object there is to keep. */
struct extent {
    enum object_kind kind;
    size_t texts; /* bytes of texts */
    size_t rest;  /* bytes of the arena */
};

/* Decodes once to see. */
static int measure(struct object_reader *reader, const struct value *tree, const struct object_header *header,
                   struct extent *ret, struct error *err)
{
    struct cluster_object object;
    size_t texts;

    text_pool_init(&reader->texts, &reader->draft);
    reader->texts.next = reader->text_buffer;
    reader->texts.left = TEXTS_SIZE;
    if (object_decode(&reader->texts, tree, header, &object, err) < 0)
        return -1;
    if (size_of(object.kind) == 0)
        return error_set(err, ERROR_INVALID, "the kind is not \"" STR_FMT "\"", STR_ARG(header->kind));
    texts = (size_t)((uintptr_t)reader->texts.next - (uintptr_t)reader->text_buffer);
    if (texts > TEXTS_SIZE) /* the buffer is full: what more there is, is the arena's, and counted there */
        texts = TEXTS_SIZE;
    *ret = (struct extent){object.kind, texts, reader->draft.used};
    return 0;
}

/* Once more, into a block of that size. It is the same work, and needs the same memory. */
static struct stored_object *keep(struct object_reader *reader, const struct value *tree,
                                  const struct object_header *header, const struct extent *extent)
{
    size_t size = size_of(extent->kind);
    size_t head = (offsetof(struct stored_object, as) + size + 15) & ~(size_t)15;
    char *block = memory_bytes(head + extent->rest + extent->texts);
    struct stored_object *stored = (struct stored_object *)(void *)block;
    struct cluster_object object = {.kind = OBJECT_SKIPPED};
    struct arena arena;
    struct error err;

    memset(block, 0, head);
    arena_init_buffer(&arena, block + head, extent->rest);
    text_pool_init(&reader->texts, &arena);
    reader->texts.next = block + head + extent->rest;
    reader->texts.left = extent->texts;
    if (object_decode(&reader->texts, tree, header, &object, &err) < 0 || arena.chunks)
        abort();                                 /* it went well a moment ago */
    memcpy(&stored->as, object.as.stream, size); /* all members are pointers to structs */
    return stored;
}

int stored_object_reader_decode(struct object_reader *reader, struct str json,
                                const struct object_header *header, struct stored_object **ret,
                                struct error *err)
{
    struct extent extent;
    struct value *tree;

    stored_object_reader_trim(reader);
    arena_init_buffer(&reader->tree, reader->tree_buffer, TREE_BUFFER_SIZE);
    arena_init_buffer(&reader->draft, reader->draft_buffer, DRAFT_BUFFER_SIZE);
    if (json_read(&reader->tree, json, &tree, err) < 0 || measure(reader, tree, header, &extent, err) < 0)
        return -1;
    *ret = keep(reader, tree, header, &extent);
    return 0;
}
