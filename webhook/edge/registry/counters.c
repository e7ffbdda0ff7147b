/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/counters.h"

#include "edge/metrics/metrics.h"

const char *const registry_counters_code_names[REGISTRY_CODE_COUNT] = {
    [REGISTRY_2XX] = "2xx",         [REGISTRY_3XX] = "3xx", [REGISTRY_401] = "401",
    [REGISTRY_403] = "403",         [REGISTRY_404] = "404", [REGISTRY_429] = "429",
    [REGISTRY_4XX] = "4xx",         [REGISTRY_5XX] = "5xx", [REGISTRY_DNS] = "dns",
    [REGISTRY_CONNECT] = "connect", [REGISTRY_TLS] = "tls", [REGISTRY_TIMEOUT] = "timeout",
    [REGISTRY_INVALID] = "invalid",
};

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

void registry_counters_init(struct registry_counters *counters, const char *const *hosts, size_t host_count)
{
    counters->hosts = hosts;
    counters->host_count = host_count < REGISTRY_METRIC_HOSTS_MAX ? host_count : REGISTRY_METRIC_HOSTS_MAX;
}

void registry_counters_request(struct registry_counters *counters, struct str host,
                               const struct http_answer *answer)
{
    size_t row = 0;

    while (row < counters->host_count && !str_equal_nocase(str_from_c(counters->hosts[row]), host))
        row++;
    (void)atomic_fetch_add_explicit(&counters->requests[row][code_of(answer)], 1, memory_order_relaxed);
}

void registry_counters_read(const struct registry_counters *counters, struct registry_stats *ret)
{
    *ret = (struct registry_stats){.host_count = counters->host_count + 1};
    for (size_t row = 0; row <= counters->host_count; row++) {
        ret->hosts[row].host = row < counters->host_count ? str_from_c(counters->hosts[row]) : STR("other");
        for (size_t code = 0; code < REGISTRY_CODE_COUNT; code++)
            ret->hosts[row].by_code[code] =
                atomic_load_explicit(&counters->requests[row][code], memory_order_relaxed);
    }
}

void registry_counters_write(const struct registry_stats *stats, struct text *out)
{
    metrics_family(out, "weir_registry_requests_total", "counter",
                   "HTTP requests to registries and their token servers, by host and what became of them.");
    for (size_t i = 0; i < stats->host_count; i++) {
        for (size_t code = 0; code < REGISTRY_CODE_COUNT; code++) {
            if (stats->hosts[i].by_code[code] == 0)
                continue;
            text_add_c(out, "weir_registry_requests_total{host=\"");
            metrics_label(out, stats->hosts[i].host);
            text_addf(out, "\",code=\"%s\"} %llu\n", registry_counters_code_names[code],
                      (unsigned long long)stats->hosts[i].by_code[code]);
        }
    }
}
