/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/namespace_credentials.h"

#include "base/json/read.h"
#include "base/memory.h"
#include "core/object/decode.h"
#include "edge/kube/list.h"
#include "edge/system/random.h"
#include "edge/system/secret_text.h"

#include <stdlib.h>
#include <string.h>

/*
 * A set is filled by three requests, one after another: the Secrets of either
 * docker type, then the account. The first refusal ends it. From then on it is
 * known, and its waiters are told; a minute later it leaves the table, and is
 * freed by its last holder.
 */
enum { BUCKETS = 1024, CALL_MS = 10000 };

static const struct kube_resource secrets_resource = {
    .version = STR_INIT("v1"), .plural = STR_INIT("secrets"), .namespaced = true};
static const struct kube_resource accounts_resource = {
    .version = STR_INIT("v1"), .plural = STR_INIT("serviceaccounts"), .namespaced = true};

static const char *const secret_types[] = {"kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"};

struct secret_set {
    struct namespace_secrets found; /* first: what holders see */
    struct namespace_credentials *owner;
    struct secret_set *next;
    struct str namespace;
    struct arena arena;
    struct namespace_secret items[NAMESPACE_SECRETS_MAX];
    size_t type; /* of those that are listed now */
    struct kube_list *list;
    struct kube_call *call;
    struct linked_list waiters;
    struct linked_list known; /* among those that are, the oldest first */
    int64_t until_ms;
    size_t holders; /* and one while it is in the table */
};

struct namespace_credentials {
    struct timer expiry; /* first; of the oldest set */
    struct kube_client *client;
    uint64_t seed;
    struct secret_set *buckets[BUCKETS];
    struct linked_list known;
};

static struct timer_queue *timers_of(struct namespace_credentials *credentials)
{
    return outbound_timers(kube_client_outbound(credentials->client));
}

static struct secret_set **bucket_of(struct namespace_credentials *credentials, struct str namespace)
{
    return &credentials->buckets[str_hash(namespace, credentials->seed) % BUCKETS];
}

static void let_go(struct secret_set *set)
{
    if (--set->holders > 0)
        return;
    for (size_t i = 0; i < set->found.count; i++) {
        for (size_t k = 0; k < set->items[i].config.count; k++)
            secret_text_cleanse(set->items[i].config.entries[k].password);
    }
    arena_release(&set->arena);
    free(set);
}

static void leave_table(struct secret_set *set)
{
    struct secret_set **link = bucket_of(set->owner, set->namespace);

    while (*link != set)
        link = &(*link)->next;
    *link = set->next;
    linked_list_remove(&set->known);
    if (set->list)
        kube_list_cancel(set->list);
    if (set->call)
        kube_client_cancel(set->call);
    set->list = NULL;
    set->call = NULL;
    let_go(set);
}

static void schedule_expiry(struct namespace_credentials *credentials)
{
    struct linked_list *first = linked_list_first(&credentials->known);

    if (first)
        timer_queue_set(timers_of(credentials), &credentials->expiry,
                        CONTAINER_OF(struct secret_set, known, first)->until_ms);
    else
        timer_queue_clear(timers_of(credentials), &credentials->expiry);
}

static void on_expiry(struct timer *timer)
{
    struct namespace_credentials *credentials = (struct namespace_credentials *)(void *)timer;
    int64_t now = monotonic_ms();
    struct linked_list *first;

    while ((first = linked_list_first(&credentials->known)) &&
           CONTAINER_OF(struct secret_set, known, first)->until_ms <= now)
        leave_table(CONTAINER_OF(struct secret_set, known, first));
    schedule_expiry(credentials);
}

/* Reading */

/* What could not be had leaves the table at once: the next one who asks reads again. */
static void become_known(struct secret_set *set, enum namespace_secrets_outcome outcome,
                         const struct error *err)
{
    struct namespace_credentials *credentials = set->owner;
    struct linked_list *link;

    set->found.outcome = outcome;
    if (err)
        set->found.err = *err;
    set->found.items = set->items;
    set->holders++;
    if (outcome == SECRETS_FAILED) {
        leave_table(set);
    } else {
        set->until_ms = monotonic_ms() + NAMESPACE_CREDENTIALS_MS;
        linked_list_add(&credentials->known, &set->known);
        schedule_expiry(credentials);
    }
    while ((link = linked_list_take(&set->waiters))) {
        struct credentials_waiter *waiter = CONTAINER_OF(struct credentials_waiter, link, link);

        set->holders++;
        waiter->on_known(waiter, &set->found);
    }
    let_go(set);
}

static void give_up(struct secret_set *set, const struct error *err)
{
    become_known(set, err->code == ERROR_FORBIDDEN ? SECRETS_FORBIDDEN : SECRETS_FAILED, err);
}

static bool is_excluded(const struct value *tree)
{
    const struct value *annotations = value_path(tree, "metadata", "annotations", NULL);

    return str_equal(value_string(value_find(annotations, STR("openshift.io/image.excludeSecret"))),
                     STR("true"));
}

static void on_secret(void *ctx, const struct kube_object *object)
{
    static const struct object_header header = {STR_INIT("v1"), STR_INIT("Secret"), true};
    struct secret_set *set = ctx;
    struct namespace_secret *item = &set->items[set->found.count];
    struct cluster_object decoded = {.kind = OBJECT_UNKNOWN};
    struct text_pool *texts;
    struct value *tree;
    struct arena scratch;
    struct error err;

    if (set->found.count == NAMESPACE_SECRETS_MAX)
        return;
    arena_init(&scratch);
    texts = ARENA_NEW(&scratch, struct text_pool);
    text_pool_init(texts, &set->arena);
    *item = (struct namespace_secret){.name = arena_str(&set->arena, object->name)};
    if (json_read(&scratch, object->json, &tree, &err) < 0 ||
        object_decode(texts, tree, &header, &decoded, &err) < 0)
        item->problem = arena_str(&set->arena, error_text(&err));
    else if (decoded.kind == OBJECT_PULL_SECRET)
        *item = (struct namespace_secret){item->name, decoded.as.secret->config, decoded.as.secret->problem,
                                          is_excluded(tree)};
    set->found.count += item->problem.len > 0 || decoded.kind == OBJECT_PULL_SECRET;
    arena_release(&scratch);
}

static void read_names(struct secret_set *set, struct str body)
{
    struct str *names = ARENA_ARRAY(&set->arena, SECRET_NAMES_MAX, struct str);
    const struct value *list;
    struct value *tree;
    struct error err;

    if (json_read(&set->arena, body, &tree, &err) < 0)
        return;
    list = value_find(tree, STR("imagePullSecrets"));
    if (!list || list->kind != VALUE_LIST)
        return;
    for (const struct value *item = list->first; item && set->found.account_count < SECRET_NAMES_MAX;
         item = item->next)
        names[set->found.account_count++] = value_string(value_find(item, STR("name")));
    set->found.account_names = names;
}

/* An account that is not there names nothing; one that is not for us does so, too: the Secrets are. */
static void on_account(void *ctx, const struct kube_answer *answer)
{
    struct secret_set *set = ctx;

    set->call = NULL;
    if (answer->err && answer->err->code != ERROR_NOT_FOUND && answer->err->code != ERROR_FORBIDDEN) {
        give_up(set, answer->err);
        return;
    }
    if (!answer->err)
        read_names(set, answer->body);
    become_known(set, SECRETS_READ, NULL);
}

static void get_account(struct secret_set *set)
{
    const struct kube_request request = {
        .verb = KUBE_GET,
        .place = {.resource = &accounts_resource, .namespace = set->namespace, .name = STR("default")},
        .timeout_ms = CALL_MS,
    };

    set->call = kube_client_call(set->owner->client, &request, on_account, set);
}

static void on_listed(void *ctx, const struct kube_list_result *result);

static void list_secrets(struct secret_set *set)
{
    struct str type = str_from_c(secret_types[set->type]);
    const struct kube_list_options options = {
        .selection = {.resource = &secrets_resource,
                      .namespace = set->namespace,
                      .field_selector = arena_join(&set->arena, STR("type="), type)},
        .page_timeout_ms = CALL_MS,
    };

    set->list = kube_list_start(set->owner->client, &options, on_secret, on_listed, set);
}

static void on_listed(void *ctx, const struct kube_list_result *result)
{
    struct secret_set *set = ctx;

    set->list = NULL;
    if (result->err)
        give_up(set, result->err);
    else if (++set->type < ARRAY_LEN(secret_types))
        list_secrets(set);
    else
        get_account(set);
}

/* Asking */

static struct secret_set *add_set(struct namespace_credentials *credentials, struct str namespace)
{
    struct secret_set **bucket = bucket_of(credentials, namespace);
    struct secret_set *set = memory_zeroed(1, sizeof(*set));

    arena_init(&set->arena);
    linked_list_init(&set->waiters);
    set->owner = credentials;
    set->namespace = arena_str(&set->arena, namespace);
    set->holders = 1;
    set->next = *bucket;
    *bucket = set;
    list_secrets(set);
    return set;
}

void namespace_credentials_get(struct namespace_credentials *credentials, struct str namespace,
                               struct credentials_waiter *waiter)
{
    struct secret_set *set = *bucket_of(credentials, namespace);

    while (set && !str_equal(set->namespace, namespace))
        set = set->next;
    if (!set)
        set = add_set(credentials, namespace);
    if (set->until_ms == 0) {
        linked_list_add(&set->waiters, &waiter->link);
        return;
    }
    set->holders++;
    waiter->on_known(waiter, &set->found);
}

void namespace_credentials_cancel(struct credentials_waiter *waiter)
{
    linked_list_remove(&waiter->link);
}

void namespace_credentials_release(struct namespace_credentials *credentials,
                                   const struct namespace_secrets *secrets)
{
    (void)credentials;
    let_go(CONTAINER_OF(struct secret_set, found, (uintptr_t)secrets));
}

/* Choosing */

static const struct namespace_secret *find_secret(const struct namespace_secrets *secrets, struct str name)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (str_equal(secrets->items[i].name, name))
            return &secrets->items[i];
    }
    return NULL;
}

static bool is_named(struct str named, struct str name)
{
    while (named.ptr) {
        if (str_equal(str_trim(str_cut(&named, ',')), name))
            return true;
    }
    return false;
}

static bool is_of_account(const struct namespace_secrets *secrets, struct str name)
{
    for (size_t i = 0; i < secrets->account_count; i++) {
        if (str_equal(secrets->account_names[i], name))
            return true;
    }
    return false;
}

/* The configs of one rank, each Secret at its first. */
enum rank { RANK_NAMED, RANK_ACCOUNT, RANK_OTHER, RANK_COUNT };

static enum rank rank_of(const struct namespace_secrets *secrets, const struct namespace_secret *secret,
                         struct str named)
{
    if (is_named(named, secret->name))
        return RANK_NAMED;
    if (is_of_account(secrets, secret->name))
        return RANK_ACCOUNT;
    return secret->excluded ? RANK_COUNT : RANK_OTHER;
}

size_t namespace_credentials_choose(const struct namespace_secrets *secrets, struct str named,
                                    struct str repository, const struct credential **ret)
{
    const struct docker_config *configs[NAMESPACE_SECRETS_MAX];
    size_t found = 0;

    for (enum rank rank = RANK_NAMED; rank < RANK_COUNT && found < CREDENTIALS_TRIED_MAX; rank++) {
        size_t count = 0;

        for (size_t i = 0; i < secrets->count; i++) {
            if (rank_of(secrets, &secrets->items[i], named) == rank)
                configs[count++] = &secrets->items[i].config;
        }
        found +=
            credentials_for_image(configs, count, repository, ret + found, CREDENTIALS_TRIED_MAX - found);
    }
    return found < CREDENTIALS_TRIED_MAX ? found : CREDENTIALS_TRIED_MAX;
}

struct str namespace_credentials_problem(struct arena *arena, const struct namespace_secrets *secrets,
                                         struct str namespace, struct str named)
{
    while (secrets->outcome == SECRETS_READ && named.ptr) {
        struct str name = str_trim(str_cut(&named, ','));
        const struct namespace_secret *secret = find_secret(secrets, name);
        struct str what = !secret ? STR("\" is not there, or of another type")
                          : secret->problem.len > 0
                              ? arena_join(arena, STR("\" is unusable: "), secret->problem)
                              : STR("");

        if (name.len > 0 && what.len > 0)
            return arena_join(arena, STR("secret \""), namespace, STR("/"), name, what);
    }
    return (struct str){NULL, 0};
}

/* Life */

struct namespace_credentials *namespace_credentials_new(struct kube_client *client)
{
    struct namespace_credentials *credentials = memory_zeroed(1, sizeof(*credentials));

    credentials->client = client;
    credentials->seed = random_number();
    credentials->expiry.run = on_expiry;
    linked_list_init(&credentials->known);
    return credentials;
}

void namespace_credentials_free(struct namespace_credentials *credentials)
{
    if (!credentials)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (credentials->buckets[i])
            leave_table(credentials->buckets[i]);
    }
    timer_queue_clear(timers_of(credentials), &credentials->expiry);
    free(credentials);
}
