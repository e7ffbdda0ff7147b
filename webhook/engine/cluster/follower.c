/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/follower.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    ABSENT_PAUSE_MAX_MS = 60000, /* between looks whether an optional resource is there by now */
};

/* An object whose present version is not in force. */
struct cluster_refused {
    struct cluster_refused *next;
    uint64_t version;
    uint64_t mark;
    struct str namespace;
    struct str name;
    char text[];
};

static const struct cluster_resource_row *row_of(const struct cluster_follower *follower)
{
    return &cluster_tables_resources[follower->resource];
}

static struct cluster_refused **find_refused(struct cluster_follower *follower, struct str namespace,
                                             struct str name)
{
    struct cluster_refused **link = &follower->refused;

    while (*link && !(str_equal((*link)->name, name) && str_equal((*link)->namespace, namespace)))
        link = &(*link)->next;
    return link;
}

static void forget_refused(struct cluster_follower *follower, struct cluster_refused **link)
{
    struct cluster_refused *refused = *link;

    if (!refused)
        return;
    *link = refused->next;
    free(refused);
    follower->state.refused--;
}

static void remember_refused(struct cluster_follower *follower, const struct kube_object *object,
                             uint64_t version)
{
    struct cluster_refused **link = find_refused(follower, object->namespace, object->name);
    struct cluster_refused *refused = *link;

    if (!refused && follower->state.refused == CLUSTER_REFUSED_MAX)
        return;
    if (!refused) {
        refused = memory_zeroed(1, sizeof(*refused) + object->namespace.len + object->name.len);
        refused->namespace = (struct str){refused->text, object->namespace.len};
        refused->name = (struct str){refused->text + object->namespace.len, object->name.len};
        if (object->namespace.len > 0)
            memcpy(refused->text, object->namespace.ptr, object->namespace.len);
        if (object->name.len > 0)
            memcpy(refused->text + object->namespace.len, object->name.ptr, object->name.len);
        *link = refused;
        follower->state.refused++;
    }
    refused->version = version;
    refused->mark = follower->mark;
}

static bool is_policy(const struct cluster_follower *follower)
{
    return follower->resource == CLUSTER_POLICIES || follower->resource == CLUSTER_CLUSTER_POLICIES;
}

static void put_undecoded(struct cluster_follower *follower, const struct kube_object *object,
                          uint64_t version)
{
    struct stored_object *stored = stored_object_undecoded(object->namespace, object->name);

    stored->version = version;
    stored->mark = follower->mark;
    cluster_tables_put(follower->tables, follower->resource, stored);
}

static void refuse(struct cluster_follower *follower, const struct kube_object *object, uint64_t version,
                   bool kept, const struct error *err)
{
    follower->state.refusals++;
    if (!kept && is_policy(follower))
        put_undecoded(follower, object, version);
    remember_refused(follower, object, version);
    log_error(follower->log, "object refused", LOG_STR("resource", str_from_c(row_of(follower)->name)),
              LOG_STR("namespace", object->namespace), LOG_STR("name", object->name),
              LOG_STR("message", error_text(err)),
              LOG_STR("in_force", kept ? STR("its last good version") : STR("nothing of it")));
    follower->on_change(follower->ctx);
}

static void keep(struct cluster_follower *follower, const struct kube_object *object)
{
    uint64_t version = cluster_tables_version(follower->tables, object->uid, object->resource_version);
    struct stored_object *there =
        cluster_tables_find(follower->tables, follower->resource, object->namespace, object->name);
    struct cluster_refused **refused = find_refused(follower, object->namespace, object->name);
    struct stored_object *stored;
    struct error err;

    if (there)
        there->mark = follower->mark;
    if (*refused)
        (*refused)->mark = follower->mark;
    if ((there && there->version == version) || (*refused && (*refused)->version == version))
        return;
    if (stored_object_reader_decode(follower->reader, object->json, &row_of(follower)->header, &stored,
                                    &err) < 0) {
        refuse(follower, object, version, there && !(is_policy(follower) && there->as.policy.undecoded),
               &err);
        return;
    }
    forget_refused(follower, refused);
    stored->version = version;
    stored->mark = follower->mark;
    cluster_tables_put(follower->tables, follower->resource, stored);
    follower->on_change(follower->ctx);
}

/* The callbacks of a kube_follower */

static void on_list_begin(void *ctx)
{
    struct cluster_follower *follower = ctx;

    follower->mark++;
}

static void on_object(void *ctx, enum kube_change change, const struct kube_object *object)
{
    struct cluster_follower *follower = ctx;

    if (change != KUBE_DELETED) {
        keep(follower, object);
        return;
    }
    forget_refused(follower, find_refused(follower, object->namespace, object->name));
    (void)cluster_tables_remove(follower->tables, follower->resource, object->namespace, object->name);
    follower->on_change(follower->ctx);
}

static void on_synced(void *ctx)
{
    struct cluster_follower *follower = ctx;
    struct cluster_refused **link = &follower->refused;

    (void)cluster_tables_sweep(follower->tables, follower->resource, follower->mark);
    while (*link) {
        if ((*link)->mark != follower->mark)
            forget_refused(follower, link);
        else
            link = &(*link)->next;
    }
    stored_object_reader_trim(follower->reader);
    follower->state.synced = true;
    follower->state.absent = false;
    log_info(follower->log, "cluster objects listed", LOG_STR("resource", str_from_c(row_of(follower)->name)),
             LOG_INT("objects", cluster_tables_count(follower->tables, follower->resource)));
    follower->on_change(follower->ctx);
}

static void on_left_out(void *ctx, const struct error *err)
{
    struct cluster_follower *follower = ctx;

    follower->state.refusals++;
    log_error(follower->log, "objects refused", LOG_STR("resource", str_from_c(row_of(follower)->name)),
              LOG_STR("message", error_text(err)));
}

static void on_connected(void *ctx)
{
    struct cluster_follower *follower = ctx;

    if (follower->told)
        log_info(follower->log, "cluster followed again",
                 LOG_STR("resource", str_from_c(row_of(follower)->name)));
    follower->told = false;
    follower->state.err = (struct error){ERROR_NONE, ""};
    follower->on_change(follower->ctx);
}

/* An account with the rights of one namespace seldom may read what belongs to none. */
static bool is_optional(const struct cluster_follower *follower)
{
    return row_of(follower)->optional ||
           (follower->namespace.len > 0 && !row_of(follower)->resource.namespaced);
}

static bool means_absent(const struct cluster_follower *follower, const struct error *err)
{
    return is_optional(follower) && !follower->state.synced &&
           (err->code == ERROR_NOT_FOUND || err->code == ERROR_FORBIDDEN);
}

static void on_disconnected(void *ctx, const struct error *err, int64_t pause_ms)
{
    struct cluster_follower *follower = ctx;
    bool known = follower->told && str_equal(error_text(err), error_text(&follower->state.err));

    follower->state.absent = means_absent(follower, err);
    follower->state.err = *err;
    if (!follower->state.absent && !known)
        log_warning(follower->log, "cluster not followed",
                    LOG_STR("resource", str_from_c(row_of(follower)->name)),
                    LOG_STR("message", error_text(err)),
                    LOG_BOOL("served_from_memory", follower->state.synced), LOG_INT("again_in_ms", pause_ms));
    follower->told = !follower->state.absent;
    follower->on_change(follower->ctx);
}

static const struct kube_follower callbacks = {
    .on_list_begin = on_list_begin,
    .on_object = on_object,
    .on_synced = on_synced,
    .on_left_out = on_left_out,
    .on_connected = on_connected,
    .on_disconnected = on_disconnected,
};

static void take_namespace(struct cluster_follower *follower, const struct kube_answer *answer)
{
    struct kube_object object;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (answer->err)
        on_disconnected(follower, answer->err, 0);
    else if (kube_object_read(&arena, answer->body, &object, &err) < 0)
        on_disconnected(follower, &err, 0);
    else {
        keep(follower, &object);
        on_synced(follower);
    }
    arena_release(&arena);
}

static void on_namespace(void *ctx, const struct kube_answer *answer)
{
    struct cluster_follower *follower = ctx;

    follower->call = NULL;
    take_namespace(follower, answer);
}

/*
 * The rights of a namespace are enough for a GET of its Namespace, but for no list,
 * however it is narrowed.
 */
static void read_namespace(struct cluster_follower *follower, struct kube_client *client)
{
    const struct kube_selection selection = {.metadata_only = row_of(follower)->metadata_only};
    const struct kube_request request = {
        .verb = KUBE_GET,
        .place = {.resource = &row_of(follower)->resource, .name = follower->namespace},
        .accept = kube_selection_accept(&selection, false),
    };

    follower->call = kube_client_call(client, &request, on_namespace, follower);
}

void cluster_follower_start(struct cluster_follower *follower, struct kube_client *client, uint64_t seed)
{
    const struct kube_watch_options options = {
        .selection = {.resource = &row_of(follower)->resource,
                      .namespace = follower->namespace,
                      .metadata_only = row_of(follower)->metadata_only},
        .seed = seed,
        .pause_max_ms = is_optional(follower) ? ABSENT_PAUSE_MAX_MS : 0,
    };

    if (follower->resource == CLUSTER_NAMESPACES && follower->namespace.len > 0)
        read_namespace(follower, client);
    else
        follower->watch = kube_watch_start(client, &options, &callbacks, follower);
}

void cluster_follower_stop(struct cluster_follower *follower)
{
    if (follower->watch)
        kube_watch_stop(follower->watch);
    if (follower->call)
        kube_client_cancel(follower->call);
    follower->watch = NULL;
    follower->call = NULL;
    while (follower->refused)
        forget_refused(follower, &follower->refused);
}

struct cluster_follower_state cluster_follower_state(const struct cluster_follower *follower)
{
    struct cluster_follower_state ret = follower->state;
    struct kube_watch_state watch;

    ret.objects = cluster_tables_count(follower->tables, follower->resource);
    if (!follower->watch)
        return ret;
    watch = kube_watch_state(follower->watch);
    ret.connected = watch.connected;
    ret.disconnected_ms = watch.disconnected_ms;
    ret.lists = watch.lists;
    ret.changes = watch.changes;
    ret.failures = watch.failures;
    return ret;
}
