/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/deciding_session.h"

#include "base/timestamp.h"
#include "cmd/cluster_source.h"
#include "cmd/resolutions.h"
#include "edge/object_files.h"

#include <string.h>
#include <time.h>

enum { CLUSTER_LIST_MS = 60000 };

static void print_warning(void *ctx, struct str message)
{
    const bool *quiet = ctx;

    if (!*quiet)
        fprintf(stderr, "weir: warning: " STR_FMT "\n", STR_ARG(message));
}

static int parse_time(const char *flag, const char *text, int64_t *ret, struct error *err)
{
    if (text && !timestamp_parse(str_from_c(text), ret))
        return error_set(err, ERROR_INVALID,
                         "flag \"--%s\" takes a time like \"2024-05-01T10:00:00Z\", not \"%s\"", flag, text);
    return 0;
}

static int find_times(const struct deciding_wishes *wishes, struct decider *decider, struct error *err)
{
    decider->now = (int64_t)time(NULL);
    decider->revision_known = wishes->owner_created != NULL;
    if (parse_time("now", wishes->now, &decider->now, err) < 0)
        return -1;
    return parse_time("owner-created", wishes->owner_created, &decider->revision_time, err);
}

/*
 * Without a cluster's objects there is no policy that says what shall be
 * pinned, but whoever runs a command that pins has said it.
 */
static void build_pinning_view(struct arena *arena, struct cluster_view *ret)
{
    struct stream_policy *policy = ARENA_NEW(arena, struct stream_policy);
    const struct stream_policy **policies = ARENA_ARRAY(arena, 1, const struct stream_policy *);
    struct cluster_objects objects = {.policies = policies, .policy_count = 1};

    policy->name = STR("pin-everything");
    policy->fields.streams_resolution = RESOLUTION_REQUIRED;
    policy->fields.tags_resolution = RESOLUTION_REQUIRED;
    policies[0] = policy;
    cluster_view_build(arena, &objects, 0, ret);
}

/* Lists the cluster's objects once: the watches that begin afterwards are not waited for. */
static int list_cluster(struct arena *arena, const struct deciding_settings *settings,
                        struct deciding_session *session, struct error *err)
{
    struct cluster_store_options options = {.config = &session->kube};

    if (cluster_source_config(arena, settings, &session->kube, err) < 0)
        return -1;
    session->slot = snapshot_slot_new();
    options.slot = session->slot;
    session->cluster = cluster_store_start(&options);
    if (cluster_store_wait(session->cluster, CLUSTER_LIST_MS, err) < 0)
        return -1;
    session->snapshot = snapshot_acquire(session->slot);
    session->view = session->snapshot->view;
    return 0;
}

static int load_objects(struct arena *arena, const struct deciding_settings *settings,
                        const struct deciding_wishes *wishes, struct deciding_session *session,
                        struct error *err)
{
    bool quiet = wishes->quiet;
    enum object_source source;
    struct snapshot *snapshot;

    if (object_source_find(settings, &source, err) < 0)
        return -1;
    if (source == SOURCE_CLUSTER)
        return list_cluster(arena, settings, session, err);
    if (source == SOURCE_NONE && wishes->pin_everything) {
        build_pinning_view(arena, &session->view);
        return 0;
    }
    if (object_files_load(settings->objects.items, settings->objects.count, print_warning, &quiet, &snapshot,
                          err) < 0)
        return -1;
    session->slot = snapshot_slot_new();
    snapshot_publish(session->slot, snapshot);
    session->snapshot = snapshot_acquire(session->slot);
    session->view = session->snapshot->view;
    return 0;
}

static int start_resolver(const struct registry_settings *settings, struct deciding_session *session,
                          struct error *err)
{
    struct tag_resolver_options options = registry_resolver_options(settings);

    session->resolver = tag_resolver_start(&options);
    if (!session->resolver)
        return error_set(err, ERROR_UNAVAILABLE, "cannot start asking registries");
    return 0;
}

static int open_parts(struct arena *arena, const struct common_settings *settings,
                      const struct deciding_wishes *wishes, struct deciding_session *session,
                      struct error *err)
{
    struct decider *decider = &session->decider;

    if (find_times(wishes, decider, err) < 0 ||
        deciding_setup(arena, &settings->deciding, &session->setup, err) < 0)
        return -1;
    if (wishes->resolutions && resolutions_load(arena, wishes->resolutions, &decider->known, err) < 0)
        return -1;
    if (load_objects(arena, &settings->deciding, wishes, session, err) < 0)
        return -1;
    return wishes->online ? start_resolver(&settings->registry, session, err) : 0;
}

int deciding_session_open(struct arena *arena, const struct common_settings *settings,
                          const struct deciding_wishes *wishes, struct deciding_session *ret,
                          struct error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (open_parts(arena, settings, wishes, ret, err) < 0) {
        deciding_session_close(ret);
        return -1;
    }
    ret->setup.options.explain = wishes->explain;
    ret->decider.view = &ret->view;
    ret->decider.options = &ret->setup.options;
    ret->decider.resolver = ret->resolver;
    ret->decider.facts = ret->cluster ? cluster_store_facts(ret->cluster) : NULL;
    ret->decider.deadline_ms = settings->registry.lookup_timeout;
    return 0;
}

void deciding_session_close(struct deciding_session *session)
{
    if (session->resolver)
        tag_resolver_stop(session->resolver);
    if (session->cluster)
        cluster_store_stop(session->cluster);
    if (session->snapshot)
        snapshot_release(session->snapshot);
    if (session->slot)
        snapshot_slot_free(session->slot);
    cluster_store_free(session->cluster);
    memset(session, 0, sizeof(*session));
}

int deciding_session_exit_code(const struct error *err)
{
    return err->code == ERROR_UNAVAILABLE || err->code == ERROR_TIMEOUT ? EXIT_NOT_NOW : EXIT_USAGE;
}
