/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/counters.h"

const char *const registry_code_names[REGISTRY_CODE_COUNT] = {
    [REGISTRY_2XX] = "2xx",         [REGISTRY_3XX] = "3xx", [REGISTRY_401] = "401",
    [REGISTRY_403] = "403",         [REGISTRY_404] = "404", [REGISTRY_429] = "429",
    [REGISTRY_4XX] = "4xx",         [REGISTRY_5XX] = "5xx", [REGISTRY_DNS] = "dns",
    [REGISTRY_CONNECT] = "connect", [REGISTRY_TLS] = "tls", [REGISTRY_TIMEOUT] = "timeout",
    [REGISTRY_INVALID] = "invalid",
};

const double resolver_bucket_bounds[RESOLVER_BUCKET_COUNT] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                              0.5,   1,    2.5,   5,    10};

static enum registry_code code_of_status(int status)
{
    static const struct {
        int status;
        enum registry_code code;
    } own[] = {{401, REGISTRY_401}, {403, REGISTRY_403}, {404, REGISTRY_404}, {429, REGISTRY_429}};

    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (own[i].status == status)
            return own[i].code;
    }
    switch (status / 100) {
    case 2:
        return REGISTRY_2XX;
    case 3:
        return REGISTRY_3XX;
    case 4:
        return REGISTRY_4XX;
    case 5:
        return REGISTRY_5XX;
    default:
        return REGISTRY_INVALID;
    }
}

static enum registry_code code_of(const struct http_answer *answer)
{
    switch (answer->failure) {
    case HTTP_ANSWERED:
        return code_of_status(answer->status);
    case HTTP_DNS:
        return REGISTRY_DNS;
    case HTTP_CONNECT:
    case HTTP_CUT:
        return REGISTRY_CONNECT;
    case HTTP_TLS:
        return REGISTRY_TLS;
    case HTTP_TIMEOUT:
        return REGISTRY_TIMEOUT;
    case HTTP_BAD_ANSWER:
    case HTTP_BARRED:
        break;
    }
    return REGISTRY_INVALID;
}

static void add(atomic_uint_fast64_t *counter, uint64_t value)
{
    (void)atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void registry_counters_request(struct registry_counters *counters, struct str host,
                               const struct http_answer *answer)
{
    size_t row = 0;

    while (row < counters->host_count && !str_equal_nocase(str_from_c(counters->hosts[row]), host))
        row++;
    add(&counters->requests[row][code_of(answer)], 1);
}

void registry_counters_lookup(struct registry_counters *counters, int64_t duration_ms)
{
    size_t bucket = 0;

    add(&counters->lookups, 1);
    add(&counters->milliseconds, (uint64_t)duration_ms);
    while (bucket < RESOLVER_BUCKET_COUNT && (double)duration_ms > resolver_bucket_bounds[bucket] * 1000)
        bucket++;
    if (bucket < RESOLVER_BUCKET_COUNT)
        add(&counters->buckets[bucket], 1);
}

void registry_counters_read(const struct registry_counters *counters, struct tag_resolver_stats *ret)
{
    uint64_t below = 0;

    *ret = (struct tag_resolver_stats){.host_count = counters->host_count + 1};
    for (size_t row = 0; row <= counters->host_count; row++) {
        ret->hosts[row].host = row < counters->host_count ? str_from_c(counters->hosts[row]) : STR("other");
        for (size_t code = 0; code < REGISTRY_CODE_COUNT; code++)
            ret->hosts[row].by_code[code] = get(&counters->requests[row][code]);
    }
    ret->cache_hits = get(&counters->cache_hits);
    ret->cache_misses = get(&counters->cache_misses);
    ret->coalesced = get(&counters->coalesced);
    ret->shed = get(&counters->shed);
    ret->in_flight = get(&counters->in_flight);
    for (size_t i = 0; i < RESOLVER_BUCKET_COUNT; i++)
        ret->buckets[i] = below += get(&counters->buckets[i]);
    /* Read last and never below its buckets: the histogram must be monotonic. */
    ret->lookups = get(&counters->lookups);
    if (ret->lookups < below)
        ret->lookups = below;
    ret->seconds = (double)get(&counters->milliseconds) / 1000;
}
