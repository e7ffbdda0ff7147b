/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/stream/cluster_reader.h"

/* One thing that is read. */
struct reading {
    struct outbound_job job; /* first: the addresses are the same */
    struct cluster_reader *reader;
    const struct kube_place *place;
    struct arena *arena;
    struct str *ret;
    cluster_reader_name *on_name; /* NULL: it is one object */
    void *ctx;
    int result;
    struct error *err;
    struct rendezvous done;
};

static void finish(struct reading *reading, const struct error *err)
{
    reading->result = err ? -1 : 0;
    if (err)
        *reading->err = *err;
    rendezvous_arrive(&reading->done);
}

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct reading *reading = ctx;

    if (!answer->err)
        *reading->ret = arena_str(reading->arena, answer->body);
    finish(reading, answer->err);
}

static void on_item(void *ctx, const struct kube_object *object)
{
    struct reading *reading = ctx;

    reading->on_name(reading->ctx, object->name);
}

static void on_list_end(void *ctx, const struct kube_list_result *result)
{
    finish(ctx, result->err);
}

static void end_client(void *ctx)
{
    struct cluster_reader *reader = ctx;

    kube_client_free(reader->client);
    reader->client = NULL;
}

static void use_client(struct cluster_reader *reader)
{
    if (reader->client)
        return;
    reader->client = kube_client_new(reader->outbound, reader->config);
    outbound_at_end(reader->outbound, end_client, reader);
}

static void begin(struct outbound_job *job)
{
    struct reading *reading = (struct reading *)job;
    const struct kube_request request = {.verb = KUBE_GET, .place = *reading->place};
    const struct kube_list_options list = {.selection = {.resource = reading->place->resource,
                                                         .namespace = reading->place->namespace,
                                                         .metadata_only = true}};

    use_client(reading->reader);
    if (reading->on_name)
        (void)kube_list_start(reading->reader->client, &list, on_item, on_list_end, reading);
    else
        (void)kube_client_call(reading->reader->client, &request, on_answer, reading);
}

static int read_blocking(struct reading *reading)
{
    reading->job.run = begin;
    rendezvous_init(&reading->done);
    outbound_post(reading->reader->outbound, &reading->job);
    (void)rendezvous_wait(&reading->done, 1, -1);
    rendezvous_release(&reading->done);
    return reading->result;
}

void cluster_reader_open(struct cluster_reader *reader, const struct kube_config *config)
{
    *reader = (struct cluster_reader){.config = config, .outbound = outbound_start()};
}

void cluster_reader_close(struct cluster_reader *reader)
{
    outbound_stop(reader->outbound);
}

int cluster_reader_get(struct cluster_reader *reader, struct arena *arena, const struct kube_place *place,
                       struct str *ret, struct error *err)
{
    struct reading reading = {.reader = reader, .place = place, .arena = arena, .ret = ret, .err = err};

    return read_blocking(&reading);
}

int cluster_reader_names(struct cluster_reader *reader, const struct kube_place *place,
                         cluster_reader_name *on_name, void *ctx, struct error *err)
{
    struct reading reading = {.reader = reader, .place = place, .on_name = on_name, .ctx = ctx, .err = err};

    return read_blocking(&reading);
}
