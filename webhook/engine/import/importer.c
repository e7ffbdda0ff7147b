/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/importer.h"

#include "base/memory.h"
#include "edge/metrics/metrics.h"
#include "engine/import/import_checks.h"
#include "engine/import/import_look.h"

#include <stdlib.h>

enum {
    RUNNING_MAX = 256,    /* checks under way, all registries */
    HOST_RUNNING_MAX = 8, /* at one registry, where the options do not say */
    STREAM_PART = 2,      /* one stream has at most one of so many of a registry's */
    TURNS_AT_ONCE = 32,   /* streams that are looked at before the thread turns */
};

static void on_step(struct timer *timer)
{
    struct importer *importer = (struct importer *)(void *)timer;

    for (size_t i = 0; i < TURNS_AT_ONCE; i++) {
        struct linked_list *link = linked_list_take(&importer->turns);

        if (!link)
            break;
        import_look(importer, CONTAINER_OF(struct stream_entry, turn, link));
    }
    import_checks_pump(importer);
    if (linked_list_first(&importer->turns))
        timer_queue_set(importer_state_timers(importer), &importer->step, monotonic_ms() + 1);
}

/* What the table tells */

static void show_streams(struct importer *importer)
{
    atomic_store(&importer->counters.streams, stream_table_count(importer->table));
}

static void on_changed(void *ctx, struct stream_entry *entry)
{
    struct importer *importer = ctx;

    importer_state_add_turn(importer, entry);
    importer_state_turn_followers(importer, entry);
    show_streams(importer);
}

static void on_removed(void *ctx, struct stream_entry *entry)
{
    struct importer *importer = ctx;

    importer_state_end_work(importer, entry);
    importer_state_turn_followers(importer, entry);
    show_streams(importer);
}

static void turn_one(void *ctx, struct stream_entry *entry)
{
    importer_state_add_turn(ctx, entry);
}

/* Before all streams are there, one that another one follows would seem not to be. */
static void begin(struct importer *importer)
{
    if (importer->begun || !importer->lease || !stream_table_is_synced(importer->table))
        return;
    importer->begun = true;
    importer->start = kube_client_now(importer->options.client);
    stream_table_each(importer->table, turn_one, importer);
}

static void on_synced(void *ctx)
{
    begin(ctx);
    show_streams(ctx);
}

/* Policies */

static void turn_foreign(void *ctx, struct stream_entry *entry)
{
    if (entry->work && entry->work->foreign)
        importer_state_add_turn(ctx, entry);
}

/* Half of the shortest maxStale is how old a recorded check may be (semantics §5). */
static int64_t shortest_stale(const struct cluster_view *view)
{
    int64_t shortest = INT64_MAX;

    for (size_t i = 0; i < view->cluster_policy_count; i++) {
        const struct policy_fields *fields = &view->cluster_policies[i]->fields;

        if (fields->max_stale_set && fields->max_stale < shortest)
            shortest = fields->max_stale;
    }
    for (size_t i = 0; i <= view->namespaces->shard_mask; i++) {
        const struct view_shard *shard = view->namespaces->shards[i];

        for (size_t k = 0; k <= shard->mask; k++) {
            const struct namespace_entry *entry = shard->slots[k].object;

            if (entry && entry->policy->fields.max_stale_set && entry->policy->fields.max_stale < shortest)
                shortest = entry->policy->fields.max_stale;
        }
    }
    return shortest;
}

void importer_policies_changed(struct importer *importer)
{
    int64_t flag = importer->options.settings.record_checks;
    int64_t half;

    if (importer->policies)
        snapshot_release(importer->policies);
    importer->policies = snapshot_acquire(importer->options.policies);
    if (!importer->policies)
        return;
    half = shortest_stale(&importer->policies->view) / 2;
    importer->settings.record_checks = half < flag ? half : flag;
    if (importer_state_works(importer))
        stream_table_each(importer->table, turn_foreign, importer);
}

/* Notifications */

/* What a registry said, while those who import from there are looked for. */
struct notice {
    struct importer *importer;
    struct str repository;
    struct str tag;
};

static void note_tags(const struct notice *notice, struct stream_entry *entry,
                      const struct image_stream *stream)
{
    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];

        if (import_view_is_importable(tag) && str_equal(tag->source_repository, notice->repository) &&
            (notice->tag.len == 0 || str_equal(tag->source_tag, notice->tag)))
            stream_work_memory(entry->work, tag->name)->notified =
                kube_client_now(notice->importer->options.client);
    }
}

static void notice_stream(void *ctx, struct interest *interest)
{
    const struct notice *notice = ctx;
    struct stream_entry *entry = CONTAINER_OF(struct stream_work, interest, interest)->entry;
    const struct import_stream *stream = stream_table_decode(notice->importer->table, entry);

    if (!stream)
        return;
    note_tags(notice, entry, stream->stream);
    stream_table_release(notice->importer->table, stream);
    importer_state_add_turn(notice->importer, entry);
}

void importer_notify(struct importer *importer, struct str repository, struct str tag)
{
    struct notice notice = {importer, repository, tag};

    interest_index_visit(importer->index,
                         interest_index_key(importer->index, INTEREST_REPOSITORY, repository, STR("")),
                         notice_stream, &notice);
}

/* Life */

static struct import_queue *make_queue(size_t host_running_max)
{
    size_t host = host_running_max > 0 ? host_running_max : HOST_RUNNING_MAX;
    const struct import_queue_limits limits = {RUNNING_MAX, host, (host + STREAM_PART - 1) / STREAM_PART};

    return import_queue_new(&limits);
}

static void make_tools(struct importer *importer, uint64_t seed)
{
    const struct importer_options *options = &importer->options;

    importer->tools = (struct tag_import_tools){
        .registry = options->registry,
        .client = options->client,
        .credentials = namespace_credentials_new(options->client),
        .presence = image_presence_new(seed),
        .platform = options->platform,
    };
}

struct importer *importer_new(const struct importer_options *options, uint64_t seed)
{
    struct importer *importer = memory_zeroed(1, sizeof(*importer));

    importer->options = *options;
    importer->settings = options->settings;
    importer->step.run = on_step;
    linked_list_init(&importer->turns);
    importer->index = interest_index_new(seed);
    importer->queue = make_queue(options->host_running_max);
    importer->recorder = event_recorder_new(options->client, options->identity, options->log);
    make_tools(importer, seed);
    importer->table = options->streams;
    importer->listener = (struct stream_listener){
        .on_changed = on_changed, .on_removed = on_removed, .on_synced = on_synced, .ctx = importer};
    stream_table_listen(importer->table, &importer->listener);
    return importer;
}

static void end_one(void *ctx, struct stream_entry *entry)
{
    importer_state_end_work(ctx, entry);
}

void importer_work(struct importer *importer, const struct leader_lease *lease)
{
    importer->lease = lease;
    importer->tools.lease = lease;
    begin(importer);
}

void importer_rest(struct importer *importer)
{
    importer->lease = NULL;
    importer->begun = false;
    timer_queue_clear(importer_state_timers(importer), &importer->step);
    stream_table_each(importer->table, end_one, importer);
    import_checks_pump(importer);
}

void importer_free(struct importer *importer)
{
    if (!importer)
        return;
    namespace_credentials_free(importer->tools.credentials);
    image_presence_free(importer->tools.presence);
    event_recorder_free(importer->recorder);
    import_queue_free(importer->queue);
    interest_index_free(importer->index);
    if (importer->policies)
        snapshot_release(importer->policies);
    free(importer);
}

void importer_write_metrics(void *ctx, struct text *out)
{
    struct importer *importer = ctx;
    struct event_recorder_stats events = event_recorder_stats(importer->recorder);

    import_counters_write(&importer->counters, monotonic_ms(), out);
    metrics_counter(out, "weir_import_events_total", "Events that were written.", events.written);
    metrics_counter(out, "weir_import_events_dropped_total",
                    "Events that were not: too many at once, or refused.", events.dropped);
}
