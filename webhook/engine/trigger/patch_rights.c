/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/patch_rights.h"

#include "base/json/read.h"
#include "base/json/write.h"
#include "base/memory.h"
#include "engine/trigger/moving_table.h"

#include <stdlib.h>

enum {
    REVIEW_MS = 10000,
    FAILED_AGAIN_MS = 2000,
    REVIEW_JSON_MAX = 4096,
};

static const struct kube_resource reviews = {
    .group = STR_INIT("authorization.k8s.io"),
    .version = STR_INIT("v1"),
    .plural = STR_INIT("selfsubjectaccessreviews"),
};

/* One kind's question. */
struct right {
    struct timer again; /* first */
    struct patch_rights *rights;
    enum moving_kind kind;
    struct kube_call *call;
    bool told; /* that it is denied */
};

struct patch_rights {
    struct kube_client *client;
    struct log *log;
    void (*on_granted)(void *ctx, enum moving_kind kind);
    void *ctx;
    struct right items[MOVING_KINDS];
};

static struct timer_queue *timers_of(const struct patch_rights *rights)
{
    return outbound_timers(kube_client_outbound(rights->client));
}

static bool is_allowed(struct str body)
{
    const struct value *allowed = NULL;
    struct value *review;
    struct arena arena;
    struct error err;
    bool result;

    arena_init(&arena);
    if (json_read(&arena, body, &review, &err) == 0)
        allowed = value_path(review, "status", "allowed", NULL);
    result = allowed && allowed->kind == VALUE_BOOL && allowed->boolean;
    arena_release(&arena);
    return result;
}

static void deny(struct right *right)
{
    if (!right->told)
        log_warning(
            right->rights->log, "workloads are not moved",
            LOG_STR("resource", moving_table_resources[right->kind].plural),
            LOG_STR("message", STR("no right to patch them: follow and image triggers are off for these")));
    right->told = true;
}

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct right *right = ctx;
    struct patch_rights *rights = right->rights;
    int64_t pause = answer->err ? FAILED_AGAIN_MS : PATCH_RIGHTS_AGAIN_MS;

    right->call = NULL;
    if (!answer->err && is_allowed(answer->body)) {
        rights->on_granted(rights->ctx, right->kind);
        return;
    }
    if (!answer->err)
        deny(right);
    timer_queue_set(timers_of(rights), &right->again, monotonic_ms() + pause);
}

static struct str review_of(struct arena *arena, enum moving_kind kind)
{
    struct json_writer w;
    struct text text;
    struct error err;

    text_init(&text, arena, REVIEW_JSON_MAX);
    json_write_init(&w, &text);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("apiVersion"), STR("authorization.k8s.io/v1"));
    json_write_member_str(&w, STR("kind"), STR("SelfSubjectAccessReview"));
    json_write_key(&w, STR("spec"));
    json_write_map_open(&w);
    json_write_key(&w, STR("resourceAttributes"));
    json_write_map_open(&w);
    json_write_member_str(&w, STR("verb"), STR("patch"));
    json_write_member_str(&w, STR("group"), moving_table_resources[kind].group);
    json_write_member_str(&w, STR("resource"), moving_table_resources[kind].plural);
    json_write_map_close(&w);
    json_write_map_close(&w);
    json_write_map_close(&w);
    if (json_write_finish(&w, &err) < 0)
        abort(); /* no text of it is from outside */
    return text_str(&text);
}

static void ask(struct timer *timer)
{
    struct right *right = (struct right *)(void *)timer;
    struct kube_request request = {
        .verb = KUBE_POST,
        .place = {.resource = &reviews},
        .timeout_ms = REVIEW_MS,
    };
    struct arena arena;

    arena_init(&arena);
    request.body = review_of(&arena, right->kind);
    right->call = kube_client_call(right->rights->client, &request, on_answer, right);
    arena_release(&arena);
}

struct patch_rights *patch_rights_ask(struct kube_client *client, struct log *log,
                                      void (*on_granted)(void *ctx, enum moving_kind kind), void *ctx)
{
    struct patch_rights *rights = memory_zeroed(1, sizeof(*rights));

    rights->client = client;
    rights->log = log;
    rights->on_granted = on_granted;
    rights->ctx = ctx;
    for (int kind = 0; kind < MOVING_KINDS; kind++) {
        struct right *right = &rights->items[kind];

        *right = (struct right){.again.run = ask, .rights = rights, .kind = (enum moving_kind)kind};
        timer_queue_set(timers_of(rights), &right->again, monotonic_ms());
    }
    return rights;
}

void patch_rights_free(struct patch_rights *rights)
{
    if (!rights)
        return;
    for (int kind = 0; kind < MOVING_KINDS; kind++) {
        timer_queue_clear(timers_of(rights), &rights->items[kind].again);
        if (rights->items[kind].call)
            kube_client_cancel(rights->items[kind].call);
    }
    free(rights);
}
