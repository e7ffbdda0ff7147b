/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/facts_fetch.h"

#include "base/memory.h"
#include "core/cluster/view_build.h"
#include "edge/system/rendezvous.h"

#include <stdlib.h>

struct fetch;

/* One thing that is asked for. */
struct fetch_part {
    struct fact_waiter waiter; /* first: the addresses are the same */
    struct fetch *fetch;
};

struct fetch {
    struct outbound_job job; /* first: the addresses are the same */
    struct cluster_facts *facts;
    struct arena arena;
    struct str namespace;
    struct str account; /* empty: the secrets are known */
    struct str secrets[PULL_SECRETS_MAX];
    size_t secret_count;
    bool has_owner;
    struct fact_name owner;
    size_t open; /* parts, and one while more may be added */
    void (*on_done)(void *ctx);
    void *ctx;
};

static struct str account_of(const struct workload_object *object)
{
    return object->service_account.len > 0 ? object->service_account : STR("default");
}

static struct fact_name owner_name(const struct revision_owner *owner)
{
    static const enum fact_kind kinds[] = {
        [REVISION_REPLICA_SET] = FACT_REPLICA_SET,
        [REVISION_JOB] = FACT_JOB,
        [REVISION_CONTROLLER_REVISION] = FACT_CONTROLLER_REVISION,
    };

    return (struct fact_name){kinds[owner->kind], owner->namespace, owner->name, owner->uid};
}

bool facts_find_revision(struct cluster_facts *facts, const struct revision_owner *owner, bool old,
                         bool *ret_known, int64_t *ret_time)
{
    struct fact_name name = owner_name(owner);
    struct fact fact;
    bool found = cluster_facts_find(facts, NULL, &name, old, &fact);

    *ret_known = found && fact.outcome == FACT_FOUND;
    if (*ret_known)
        *ret_time = fact.created;
    return found || old;
}

/* What was found of one object's pulls, as a view that pull_secrets_find() looks at. */
struct found_pulls {
    struct arena *arena;
    struct service_account account;
    bool has_account;
    struct pull_secret *secrets;
    size_t count;
    struct str problem; /* about the account */
    bool forbidden;     /* something is not for weir to read */
    bool complete;
};

static struct str remedy(struct arena *arena, struct str namespace)
{
    struct error text;

    (void)!error_set(&text, ERROR_FORBIDDEN, PULL_SECRETS_COMMAND, STR_ARG(namespace));
    return arena_str(arena, error_text(&text));
}

static void find_account(struct cluster_facts *facts, const struct facts_wish *wish, bool old,
                         struct found_pulls *ret)
{
    struct str name = account_of(wish->pulls);
    const struct fact_name account = {FACT_SERVICE_ACCOUNT, wish->namespace, name, {NULL, 0}};
    struct fact fact;

    if (!cluster_facts_find(facts, ret->arena, &account, old, &fact)) {
        ret->complete = old;
        return;
    }
    ret->has_account = fact.outcome == FACT_FOUND;
    if (ret->has_account)
        ret->account = fact.account;
    if (fact.outcome == FACT_FORBIDDEN)
        ret->problem = arena_join(ret->arena, STR("service account \""), wish->namespace, STR("/"), name,
                                  STR("\" is not for weir to read, nor its pull secrets"));
    ret->forbidden = fact.outcome == FACT_FORBIDDEN;
}

static void find_secret(struct cluster_facts *facts, struct str namespace, struct str name, bool old,
                        struct found_pulls *ret)
{
    const struct fact_name secret = {FACT_PULL_SECRET, namespace, name, {NULL, 0}};
    struct pull_secret *place = &ret->secrets[ret->count];
    struct fact fact;

    if (!cluster_facts_find(facts, ret->arena, &secret, old, &fact)) {
        ret->complete = ret->complete && old;
        return;
    }
    if (fact.outcome == FACT_ABSENT)
        return;
    if (fact.outcome == FACT_FOUND)
        *place = fact.secret;
    else
        *place = (struct pull_secret){.namespace = namespace, .name = name, .unread = true};
    if (fact.outcome == FACT_FORBIDDEN)
        place->problem = STR("not for weir to read");
    else if (fact.outcome == FACT_FAILED)
        place->problem = STR("not to be had, the API server did not answer");
    ret->forbidden = ret->forbidden || fact.outcome == FACT_FORBIDDEN;
    ret->count++;
}

static void add_problem(struct arena *arena, struct pull_configs *configs, struct str problem)
{
    struct str *problems = ARENA_ARRAY(arena, configs->problem_count + 1, struct str);

    for (size_t i = 0; i < configs->problem_count; i++)
        problems[i] = configs->problems[i];
    problems[configs->problem_count++] = problem;
    configs->problems = problems;
}

bool facts_find_pulls(struct cluster_facts *facts, struct arena *arena, const struct facts_wish *wish,
                      bool old, struct pull_configs *ret)
{
    struct found_pulls found = {.arena = arena, .complete = true};
    const struct str *names = wish->pulls->pull_secrets;
    size_t count = wish->pulls->pull_secret_count;
    const struct service_account *account = &found.account;
    struct cluster_objects objects = {.service_accounts = &account};
    const struct pull_secret **secrets;
    struct cluster_view view;

    if (count == 0) {
        find_account(facts, wish, old, &found);
        names = found.account.pull_secrets;
        count = found.account.pull_secret_count;
    }
    count = count < PULL_SECRETS_MAX ? count : PULL_SECRETS_MAX;
    found.secrets = ARENA_ARRAY(arena, count, struct pull_secret);
    secrets = ARENA_ARRAY(arena, count, const struct pull_secret *);
    for (size_t i = 0; i < count; i++)
        find_secret(facts, wish->namespace, names[i], old, &found);
    if (!found.complete)
        return false;
    for (size_t i = 0; i < found.count; i++)
        secrets[i] = &found.secrets[i];
    objects.secrets = secrets;
    objects.secret_count = found.count;
    objects.service_account_count = found.has_account;
    view_build(arena, &objects, (uintptr_t)&found, &view);
    pull_secrets_find(arena, &view, wish->namespace, wish->pulls, ret);
    if (found.problem.len > 0)
        add_problem(arena, ret, found.problem);
    if (found.forbidden)
        ret->remedy = remedy(arena, wish->namespace);
    return true;
}

/* Asking, on the outbound thread */

static void finish_part(struct fetch *fetch)
{
    if (--fetch->open > 0)
        return;
    fetch->on_done(fetch->ctx);
    arena_release(&fetch->arena);
    free(fetch);
}

static void on_part(struct fact_waiter *waiter)
{
    finish_part(((struct fetch_part *)waiter)->fetch);
}

static void get(struct fetch *fetch, const struct fact_name *name,
                void (*on_known)(struct fact_waiter *waiter))
{
    struct fetch_part *part = ARENA_NEW(&fetch->arena, struct fetch_part);

    part->waiter.on_known = on_known;
    part->fetch = fetch;
    fetch->open++;
    cluster_facts_get(fetch->facts, name, &part->waiter);
}

static void get_secrets(struct fetch *fetch, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count && i < PULL_SECRETS_MAX; i++) {
        const struct fact_name name = {FACT_PULL_SECRET, fetch->namespace, names[i], {NULL, 0}};

        get(fetch, &name, on_part);
    }
}

/* The account says which secrets are needed. */
static void on_account(struct fact_waiter *waiter)
{
    struct fetch *fetch = ((struct fetch_part *)waiter)->fetch;
    const struct fact_name account = {FACT_SERVICE_ACCOUNT, fetch->namespace, fetch->account, {NULL, 0}};
    struct fact fact;

    if (cluster_facts_find(fetch->facts, &fetch->arena, &account, true, &fact) && fact.outcome == FACT_FOUND)
        get_secrets(fetch, fact.account.pull_secrets, fact.account.pull_secret_count);
    finish_part(fetch);
}

static void run(struct outbound_job *job)
{
    struct fetch *fetch = (struct fetch *)(void *)job;
    const struct fact_name account = {FACT_SERVICE_ACCOUNT, fetch->namespace, fetch->account, {NULL, 0}};

    fetch->open = 1;
    if (fetch->has_owner)
        get(fetch, &fetch->owner, on_part);
    if (fetch->account.len > 0)
        get(fetch, &account, on_account);
    get_secrets(fetch, fetch->secrets, fetch->secret_count);
    finish_part(fetch);
}

static void copy_wish(struct fetch *fetch, const struct facts_wish *wish)
{
    struct arena *arena = &fetch->arena;

    fetch->namespace = arena_str(arena, wish->namespace);
    if (wish->owner) {
        struct fact_name name = owner_name(wish->owner);

        fetch->has_owner = true;
        fetch->owner = (struct fact_name){name.kind, arena_str(arena, name.namespace),
                                          arena_str(arena, name.name), arena_str(arena, name.uid)};
    }
    if (wish->pulls && wish->pulls->pull_secret_count == 0)
        fetch->account = arena_str(arena, account_of(wish->pulls));
    for (size_t i = 0; wish->pulls && i < wish->pulls->pull_secret_count && i < PULL_SECRETS_MAX; i++)
        fetch->secrets[fetch->secret_count++] = arena_str(arena, wish->pulls->pull_secrets[i]);
}

void facts_fetch_start(struct cluster_facts *facts, const struct facts_wish *wish, void (*on_done)(void *ctx),
                       void *ctx)
{
    struct fetch *fetch = memory_zeroed(1, sizeof(*fetch));

    arena_init(&fetch->arena);
    fetch->job.run = run;
    fetch->facts = facts;
    fetch->on_done = on_done;
    fetch->ctx = ctx;
    copy_wish(fetch, wish);
    outbound_post(cluster_facts_outbound(facts), &fetch->job);
}

static void on_blocking_done(void *ctx)
{
    rendezvous_arrive(ctx);
}

void facts_fetch_blocking(struct cluster_facts *facts, const struct facts_wish *wish)
{
    struct rendezvous done;

    rendezvous_init(&done);
    facts_fetch_start(facts, wish, on_blocking_done, &done);
    (void)rendezvous_wait(&done, 1, -1);
    rendezvous_release(&done);
}
