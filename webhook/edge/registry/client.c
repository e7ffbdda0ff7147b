/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/client.h"

#include "base/memory.h"
#include "edge/registry/login.h"
#include "edge/registry/lookup.h"
#include "edge/registry/manifest.h"

#include <stdlib.h>

enum {
    DEADLINE_SLACK_MS = 100, /* libcurl's own time-out comes first: it knows more */
    CONNECT_TIMEOUT_MS = 3000,
    LOOKUP_TIMEOUT_MS = 8000,
    HOST_CONNECTIONS_MAX = 8,
    HOST_RATE_MAX = 50,
    HOST_QUEUE_MAX = 128,
};

static void on_deadline(struct timer *timer)
{
    struct registry_lookup *lookup = CONTAINER_OF(struct registry_lookup, deadline, timer);
    struct http_answer answer = {.failure = HTTP_TIMEOUT, .reason = "no answer in time"};

    if (lookup->turn.state == TURN_RUNNING) {
        registry_lookup_fail_transport(lookup, PART_REGISTRY, &answer);
        return;
    }
    registry_result_not_now(&lookup->result, lookup->origin.name, STR("too many look-ups wait for it"), 0);
    registry_lookup_finish(lookup);
}

static void on_begin(struct timer *timer)
{
    struct registry_lookup *lookup = CONTAINER_OF(struct registry_lookup, step, timer);

    registry_login_begin(lookup);
    lookup->again(lookup);
}

static void on_refused(struct timer *timer)
{
    registry_lookup_finish(CONTAINER_OF(struct registry_lookup, step, timer));
}

static void set_step(struct registry_lookup *lookup, void (*run)(struct timer *timer))
{
    lookup->step.run = run;
    timer_queue_set(outbound_timers(lookup->client->outbound), &lookup->step, monotonic_ms());
}

static void on_turn(struct registry_turn *turn)
{
    set_step(CONTAINER_OF(struct registry_lookup, turn, turn), on_begin);
}

/* Sets lookup->result and returns false where nothing can be asked. */
static bool find_host(struct registry_lookup *lookup)
{
    struct registry_client *client = lookup->client;
    const struct registry_question *question = &lookup->question;
    struct registry_target target = {.domain = question->domain, .insecure = question->insecure};
    struct registry_origin origin;
    struct str name;
    struct error err;

    lookup->origin.name = question->domain;
    if (!registry_access_is_allowed(&client->access, question->domain, question->path)) {
        registry_result_refused(&lookup->result, question->domain,
                                STR("it is not among those of --allow-registry"));
        return false;
    }
    if (registry_access_find_origin(&lookup->arena, &client->access, target, &origin, &err) < 0) {
        registry_result_refused(&lookup->result, question->domain, error_text(&err));
        return false;
    }
    name = web_url_authority(&lookup->arena, &origin.url);
    lookup->host = registry_hosts_get(client->hosts, name, lookup->started_ms);
    if (!lookup->host) {
        registry_result_not_now(&lookup->result, question->domain, STR("too many registries are being asked"),
                                0);
        return false;
    }
    target.plain_http = lookup->host->plain_http;
    if (target.plain_http &&
        registry_access_find_origin(&lookup->arena, &client->access, target, &origin, &err) < 0) {
        registry_result_refused(&lookup->result, question->domain, error_text(&err));
        return false;
    }
    lookup->origin = origin;
    return true;
}

static bool take_turn(struct registry_lookup *lookup)
{
    const struct registry_question *question = &lookup->question;
    int64_t closed = registry_host_closed_for(lookup->host, &question->fingerprint, lookup->started_ms);

    if (closed > 0) {
        registry_result_not_now(&lookup->result, question->domain,
                                STR("it failed or asked for a pause a moment ago"), closed);
        return false;
    }
    if (!registry_host_take_turn(lookup->host, &lookup->turn, lookup->started_ms)) {
        registry_result_not_now(&lookup->result, question->domain, STR("too many look-ups wait for it"), 0);
        return false;
    }
    return true;
}

struct registry_lookup *registry_client_look_up(struct registry_client *client,
                                                const struct registry_question *question,
                                                registry_lookup_done *on_done, void *ctx)
{
    struct registry_lookup *lookup = calloc(1, sizeof(*lookup));

    if (!lookup)
        abort();
    arena_init(&lookup->arena);
    lookup->client = client;
    lookup->question = *question;
    lookup->on_done = on_done;
    lookup->ctx = ctx;
    lookup->started_ms = monotonic_ms();
    lookup->again = registry_manifest_ask;
    lookup->turn.run = on_turn;
    lookup->deadline.run = on_deadline;
    timer_queue_set(outbound_timers(client->outbound), &lookup->deadline,
                    lookup->started_ms + client->lookup_timeout_ms + DEADLINE_SLACK_MS);
    if (!find_host(lookup) || !take_turn(lookup))
        set_step(lookup, on_refused);
    return lookup;
}

void registry_client_cancel(struct registry_lookup *lookup)
{
    registry_lookup_free(lookup);
}

/* Once all look-ups have ended or were cancelled. */
static void client_end(void *ctx)
{
    struct registry_client *client = ctx;

    registry_hosts_free(client->hosts);
    token_cache_free(client->tokens);
    free(client);
}

static int64_t or_default(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}

struct registry_client *registry_client_new(struct outbound *outbound,
                                            const struct registry_client_options *options)
{
    const struct registry_limits limits = {
        .connections_max = (int)or_default(options->host_connections_max, HOST_CONNECTIONS_MAX),
        .rate_max = (int)or_default(options->host_rate_max, HOST_RATE_MAX),
        .queue_max = options->host_queue_max ? options->host_queue_max : HOST_QUEUE_MAX,
    };
    struct registry_client *client = calloc(1, sizeof(*client));

    if (!client)
        abort();
    client->outbound = outbound;
    client->access = (struct registry_access){
        .allowed = options->allowed,
        .allowed_count = options->allowed_count,
        .certs_dir = options->certs_dir,
        .insecure_hosts = options->insecure_hosts,
        .insecure_host_count = options->insecure_host_count,
    };
    registry_counters_init(&client->counters, options->metric_hosts, options->metric_host_count);
    client->connect_timeout_ms = or_default(options->connect_timeout_ms, CONNECT_TIMEOUT_MS);
    client->lookup_timeout_ms = or_default(options->lookup_timeout_ms, LOOKUP_TIMEOUT_MS);
    client->hosts = registry_hosts_new(&limits, outbound_timers(outbound));
    client->tokens = token_cache_new();
    outbound_at_end(outbound, client_end, client);
    return client;
}

struct outbound *registry_client_outbound(const struct registry_client *client)
{
    return client->outbound;
}

void registry_client_stats(const struct registry_client *client, struct registry_stats *ret)
{
    registry_counters_read(&client->counters, ret);
}

void registry_client_write_metrics(void *ctx, struct text *out)
{
    const struct registry_client *client = ctx;
    struct registry_stats stats;

    registry_counters_read(&client->counters, &stats);
    registry_counters_write(&stats, out);
}
