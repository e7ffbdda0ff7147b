/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/session.h"

#include "base/timestamp.h"
#include "cmd/decide/cluster_source.h"
#include "cmd/decide/resolutions.h"
#include "cmd/line/registry_flags.h"
#include "core/cluster/view_build.h"

#include <string.h>
#include <time.h>

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
 * Without a cluster's objects no policy says what shall be pinned: then the
 * command was called to pin everything.
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
    view_build(arena, &objects, 0, ret);
}

static void use_scope(struct decide_session *session, const struct object_scope *scope)
{
    session->decider.view = &scope->view;
    session->decider.facts = scope->cluster ? cluster_store_facts(scope->cluster) : NULL;
}

/* A new scope, which is closed with the session whatever becomes of it. */
static struct object_scope *add_scope(struct decide_session *session)
{
    struct object_scope *scope = ARENA_NEW(session->arena, struct object_scope);

    scope->next = session->scopes;
    session->scopes = scope;
    return scope;
}

static void close_scopes(struct decide_session *session)
{
    while (session->scopes) {
        struct object_scope *scope = session->scopes;

        session->scopes = scope->next;
        object_scope_close(scope);
    }
}

static int open_scope(struct decide_session *session, struct str namespace, struct error *err)
{
    struct object_scope *scope = add_scope(session);

    if (object_scope_list(&session->kube, namespace, scope, err) < 0)
        return -1;
    use_scope(session, scope);
    return 0;
}

/* All of the cluster; where that may not be read, one namespace at a time later: decide_session_enter(). */
static int list_cluster(struct arena *arena, const struct deciding_settings *settings,
                        struct decide_session *session, struct error *err)
{
    if (cluster_source_config(arena, settings, &session->kube, err) < 0)
        return -1;
    if (open_scope(session, STR(""), err) == 0)
        return 0;
    if (err->code != ERROR_FORBIDDEN)
        return -1;
    close_scopes(session);
    session->refusal = *err;
    return 0;
}

static void tell_narrow(struct decide_session *session)
{
    if (!session->scopes->next)
        fprintf(stderr, "weir: warning: only the namespaces in question are looked at: " STR_FMT "\n",
                STR_ARG(error_text(&session->refusal)));
    object_scope_tell_gaps(session->scopes);
}

int decide_session_enter(struct decide_session *session, struct str namespace, struct error *err)
{
    if (session->refusal.code == ERROR_NONE)
        return 0;
    for (struct object_scope *scope = session->scopes; scope; scope = scope->next) {
        if (str_equal(scope->namespace, namespace)) {
            use_scope(session, scope);
            return 0;
        }
    }
    if (open_scope(session, arena_str(session->arena, namespace), err) < 0)
        return -1;
    if (!session->quiet)
        tell_narrow(session);
    return 0;
}

static int load_objects(struct arena *arena, const struct deciding_settings *settings,
                        const struct deciding_wishes *wishes, struct decide_session *session,
                        struct error *err)
{
    enum object_source source;
    struct object_scope *scope;

    if (cluster_source_find(settings, &source, err) < 0)
        return -1;
    if (source == SOURCE_CLUSTER)
        return list_cluster(arena, settings, session, err);
    if (source == SOURCE_NONE && wishes->pin_everything) {
        build_pinning_view(arena, &session->pinning);
        session->decider.view = &session->pinning;
        return 0;
    }
    scope = add_scope(session);
    if (object_scope_load(&settings->objects, wishes->quiet, scope, err) < 0)
        return -1;
    use_scope(session, scope);
    return 0;
}

static void start_resolver(struct decide_session *session, const struct registry_settings *settings)
{
    const struct registry_client_options options = registry_flags_client(settings);
    struct tag_resolver_options resolver = {.client = NULL};

    session->outbound = outbound_start();
    resolver.client = registry_client_new(session->outbound, &options);
    session->decider.resolver = tag_resolver_new(&resolver);
    session->decider.deadline_ms = settings->lookup_timeout;
}

static int open_parts(struct arena *arena, const struct common_settings *settings,
                      const struct deciding_wishes *wishes, struct decide_session *session, struct error *err)
{
    struct decider *decider = &session->decider;

    if (find_times(wishes, decider, err) < 0 ||
        deciding_setup(arena, &settings->deciding, &session->setup, err) < 0)
        return -1;
    if (wishes->resolutions && resolutions_load(arena, wishes->resolutions, &decider->known, err) < 0)
        return -1;
    if (load_objects(arena, &settings->deciding, wishes, session, err) < 0)
        return -1;
    if (wishes->online)
        start_resolver(session, &settings->registry);
    return 0;
}

int decide_session_open(struct arena *arena, const struct common_settings *settings,
                        const struct deciding_wishes *wishes, struct decide_session *ret, struct error *err)
{
    memset(ret, 0, sizeof(*ret));
    ret->arena = arena;
    ret->quiet = wishes->quiet;
    if (open_parts(arena, settings, wishes, ret, err) < 0) {
        decide_session_close(ret);
        return -1;
    }
    ret->setup.options.explain = wishes->explain;
    ret->setup.options.images_only = wishes->images_only;
    ret->decider.options = &ret->setup.options;
    return 0;
}

void decide_session_close(struct decide_session *session)
{
    if (session->outbound)
        outbound_stop(session->outbound);
    close_scopes(session);
    memset(session, 0, sizeof(*session));
}

int decide_session_exit_code(const struct error *err)
{
    return err->code == ERROR_UNAVAILABLE || err->code == ERROR_TIMEOUT ? EXIT_NOT_NOW : EXIT_USAGE;
}

const char *decide_session_hint(const struct error *err)
{
    if (err->code != ERROR_FORBIDDEN)
        return NULL;
    return "the ClusterRole \"view\", bound to you in the namespace, is enough; for the policies of the "
           "whole "
           "cluster \"weir-cluster-policies\"";
}
