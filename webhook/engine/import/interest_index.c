/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/interest_index.h"

#include "base/memory.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 256 };

struct interest_link {
    struct interest_link *next;  /* in the bucket */
    struct interest_link *other; /* of the same interest */
    struct interest *interest;
    uint64_t key;
};

struct interest_index {
    struct interest_link **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    uint64_t seed;
};

struct interest_index *interest_index_new(uint64_t seed)
{
    struct interest_index *index = memory_zeroed(1, sizeof(*index));

    index->seed = seed;
    index->bucket_count = BUCKETS_FIRST;
    index->buckets = memory_zeroed(index->bucket_count, sizeof(struct interest_link *));
    return index;
}

void interest_index_free(struct interest_index *index)
{
    if (!index)
        return;
    free(index->buckets);
    free(index);
}

uint64_t interest_index_key(const struct interest_index *index, unsigned kind, struct str first,
                            struct str second)
{
    return str_hash(second, str_hash(first, index->seed + kind));
}

static struct interest_link **bucket_of(struct interest_index *index, uint64_t key)
{
    return &index->buckets[key & (index->bucket_count - 1)];
}

static void link_in(struct interest_index *index, struct interest_link *link)
{
    struct interest_link **bucket = bucket_of(index, link->key);

    link->next = *bucket;
    *bucket = link;
}

static void grow(struct interest_index *index)
{
    struct interest_link **old = index->buckets;
    size_t old_count = index->bucket_count;

    index->bucket_count = 2 * old_count;
    index->buckets = memory_zeroed(index->bucket_count, sizeof(struct interest_link *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct interest_link *link = old[i], *next; link; link = next) {
            next = link->next;
            link_in(index, link);
        }
    }
    free(old);
}

static void add(struct interest_index *index, struct interest *interest, uint64_t key)
{
    struct interest_link *link;

    for (link = interest->first; link; link = link->other) {
        if (link->key == key)
            return;
    }
    if (index->count++ >= index->bucket_count)
        grow(index);
    link = memory_zeroed(1, sizeof(*link));
    link->interest = interest;
    link->key = key;
    link->other = interest->first;
    interest->first = link;
    link_in(index, link);
}

static void drop(struct interest_index *index, struct interest *interest)
{
    while (interest->first) {
        struct interest_link *link = interest->first;
        struct interest_link **at = bucket_of(index, link->key);

        while (*at != link)
            at = &(*at)->next;
        *at = link->next;
        interest->first = link->other;
        index->count--;
        free(link);
    }
}

/* Of a set: the order does not count. */
static uint64_t sign(const uint64_t *keys, size_t count)
{
    uint64_t signature = count;

    for (size_t i = 0; i < count; i++)
        signature += keys[i] * 0x9e3779b97f4a7c15U;
    return signature;
}

void interest_index_set(struct interest_index *index, struct interest *interest, const uint64_t *keys,
                        size_t count)
{
    uint64_t signature = sign(keys, count);

    if (signature == interest->signature)
        return;
    drop(index, interest);
    for (size_t i = 0; i < count; i++)
        add(index, interest, keys[i]);
    interest->signature = signature;
}

void interest_index_visit(struct interest_index *index, uint64_t key,
                          void (*visit)(void *ctx, struct interest *interest), void *ctx)
{
    for (struct interest_link *link = *bucket_of(index, key), *next; link; link = next) {
        next = link->next;
        if (link->key == key)
            visit(ctx, link->interest);
    }
}
