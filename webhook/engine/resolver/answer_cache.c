/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/answer_cache.h"

#include "base/memory.h"
#include "edge/system/random.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* One reference as one kind of asker sees it. Everything is in the entry's own allocation. */
struct entry {
    struct entry *next_in_bucket;
    struct entry *newer;
    struct entry *older;
    uint64_t hash;
    struct credential_fingerprint fingerprint;
    struct tag_answer answer; /* texts point behind the struct */
    int64_t until_ms;         /* `answer` may be given before this moment */
};

struct answer_cache {
    size_t count;
    size_t count_max;
    uint64_t seed;
    size_t bucket_mask;
    struct entry **buckets;
    struct entry *newest;
    struct entry *oldest;
};

struct answer_key answer_cache_key(struct str reference, const struct credential *const *credentials,
                                   size_t count)
{
    return (struct answer_key){
        .reference = reference,
        .fingerprint = credential_fingerprint(credentials, count),
        .credentials = credentials,
        .credential_count = count,
    };
}

struct answer_cache *answer_cache_new(size_t entries_max)
{
    struct answer_cache *cache = memory_zeroed(1, sizeof(*cache));
    size_t buckets = 16;

    assert(entries_max > 0);
    while (buckets < entries_max)
        buckets *= 2;
    cache->count_max = entries_max;
    cache->seed = random_number();
    cache->bucket_mask = buckets - 1;
    cache->buckets = memory_zeroed(buckets, sizeof(struct entry *));
    return cache;
}

void answer_cache_free(struct answer_cache *cache)
{
    if (!cache)
        return;
    for (struct entry *entry = cache->newest, *older; entry; entry = older) {
        older = entry->older;
        free(entry);
    }
    free(cache->buckets);
    free(cache);
}

size_t answer_cache_count(const struct answer_cache *cache)
{
    return cache->count;
}

static uint64_t key_hash(const struct answer_cache *cache, const struct answer_key *key)
{
    uint64_t of_credentials;

    /* Any eight bytes of a digest are a hash. */
    memcpy(&of_credentials, key->fingerprint.bytes, sizeof of_credentials);
    return str_hash(key->reference, cache->seed ^ of_credentials);
}

static struct entry *entry_find(const struct answer_cache *cache, const struct answer_key *key, uint64_t hash)
{
    struct entry *entry = cache->buckets[hash & cache->bucket_mask];

    while (entry && !(entry->hash == hash && str_equal(entry->answer.reference, key->reference) &&
                      credential_fingerprint_equal(&entry->fingerprint, &key->fingerprint)))
        entry = entry->next_in_bucket;
    return entry;
}

static void unlink_age(struct answer_cache *cache, struct entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void link_newest(struct answer_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

static void entry_drop(struct answer_cache *cache, struct entry *entry)
{
    struct entry **link = &cache->buckets[entry->hash & cache->bucket_mask];

    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    unlink_age(cache, entry);
    cache->count--;
    free(entry);
}

static void entry_add(struct answer_cache *cache, struct entry *entry)
{
    struct entry **bucket = &cache->buckets[entry->hash & cache->bucket_mask];

    if (cache->count == cache->count_max)
        entry_drop(cache, cache->oldest);
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    link_newest(cache, entry);
    cache->count++;
}

bool answer_cache_find(struct answer_cache *cache, const struct answer_key *key, bool fresh, int64_t now_ms,
                       struct tag_answer *ret)
{
    struct entry *entry = entry_find(cache, key, key_hash(cache, key));

    *ret = (struct tag_answer){.reference = key->reference};
    if (!entry)
        return false;
    unlink_age(cache, entry);
    link_newest(cache, entry);
    if (entry->until_ms <= now_ms || (fresh && !entry->answer.reuse_fresh)) {
        ret->confirmed_digest = entry->answer.confirmed_digest;
        ret->confirmed_at = entry->answer.confirmed_at;
        return false;
    }
    *ret = entry->answer;
    ret->origin = ANSWER_FROM_CACHE;
    ret->reuse_ms = entry->until_ms - now_ms;
    if (ret->credential_number > 0 && ret->credential_number <= key->credential_count)
        ret->credential = key->credentials[ret->credential_number - 1]->origin;
    return true;
}

/* `from` may point into the entry that this one replaces. */
static struct entry *entry_new(const struct answer_key *key, const struct tag_answer *from, int64_t now_ms)
{
    struct str digest = str_slice(from->digest, 0, ANSWER_TEXT_MAX);
    struct str cause = str_slice(from->cause, 0, ANSWER_TEXT_MAX);
    struct str confirmed = str_slice(from->confirmed_digest, 0, ANSWER_TEXT_MAX);
    struct entry *entry =
        memory_zeroed(1, sizeof(*entry) + key->reference.len + digest.len + cause.len + confirmed.len);
    char *at = (char *)(entry + 1);

    entry->fingerprint = key->fingerprint;
    entry->until_ms = now_ms + from->reuse_ms;
    entry->answer = *from;
    entry->answer.reference = str_put(&at, key->reference);
    entry->answer.digest = str_put(&at, digest);
    entry->answer.cause = str_put(&at, cause);
    entry->answer.confirmed_digest = str_put(&at, confirmed);
    entry->answer.credential = (struct str){NULL, 0}; /* each finder has its own name for it */
    return entry;
}

void answer_cache_store(struct answer_cache *cache, const struct answer_key *key,
                        const struct tag_answer *answer, int64_t now_ms)
{
    uint64_t hash = key_hash(cache, key);
    struct entry *old = entry_find(cache, key, hash);
    struct tag_answer merged = *answer;
    struct entry *entry;

    if (key->reference.len > ANSWER_REFERENCE_MAX)
        return;
    if (old && old->answer.confirmed_at > merged.confirmed_at) {
        merged.confirmed_digest = old->answer.confirmed_digest;
        merged.confirmed_at = old->answer.confirmed_at;
    }
    if (merged.reuse_ms <= 0 && merged.confirmed_at == 0)
        return; /* nothing to remember */
    entry = entry_new(key, &merged, now_ms);
    entry->hash = hash;
    if (old)
        entry_drop(cache, old);
    entry_add(cache, entry);
}
