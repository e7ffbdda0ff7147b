/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_REGISTRY_DESK_H
#define WEIR_TESTS_REGISTRY_DESK_H

/* A registry client without the resolver above it: one question at a time, nothing remembered but logins. */
#include "edge/registry/client.h"
#include "edge/system/rendezvous.h"

struct registry_desk {
    struct outbound *outbound;
    struct registry_client *client;
};

struct desk_errand {
    struct outbound_job job;
    struct registry_client *client;
    struct registry_question question;
    struct registry_result result;
    char content[4096]; /* of the result */
    struct rendezvous done;
};

static inline void desk_start(struct registry_desk *desk)
{
    const struct registry_client_options options = {.connect_timeout_ms = 60000,
                                                    .lookup_timeout_ms = 60000,
                                                    .host_rate_max = 1000,
                                                    .host_queue_max = 100};

    desk->outbound = outbound_start();
    desk->client = registry_client_new(desk->outbound, &options);
}

static inline void desk_stop(struct registry_desk *desk)
{
    outbound_stop(desk->outbound);
}

static inline void desk_on_done(void *ctx, const struct registry_result *result)
{
    struct desk_errand *errand = ctx;

    errand->result = *result;
    errand->result.content.ptr = errand->content;
    if (result->content.len > sizeof(errand->content))
        errand->result.content.len = sizeof(errand->content);
    if (result->content.len > 0)
        memcpy(errand->content, result->content.ptr, errand->result.content.len);
    rendezvous_arrive(&errand->done);
}

static inline void desk_run(struct outbound_job *job)
{
    struct desk_errand *errand = (struct desk_errand *)(void *)job;

    (void)registry_client_look_up(errand->client, &errand->question, desk_on_done, errand);
}

/* Runs the errand, whose question is set; its result lives as long as it. */
static inline void desk_run_errand(struct registry_desk *desk, struct desk_errand *errand)
{
    errand->job.run = desk_run;
    errand->client = desk->client;
    rendezvous_init(&errand->done);
    outbound_post(desk->outbound, &errand->job);
    (void)rendezvous_wait(&errand->done, 1, -1);
    rendezvous_release(&errand->done);
}

static inline struct registry_result desk_ask(struct registry_desk *desk, struct str domain, const char *path,
                                              const char *tag, const struct credential *const *credentials,
                                              size_t count)
{
    struct desk_errand errand = {
        .question = {.domain = domain,
                     .path = str_from_c(path),
                     .tag = str_from_c(tag),
                     .credentials = credentials,
                     .credential_count = count,
                     .fingerprint = credential_fingerprint(credentials, count)},
    };

    desk_run_errand(desk, &errand);
    errand.result.content = (struct str){NULL, 0};
    return errand.result;
}

#endif
