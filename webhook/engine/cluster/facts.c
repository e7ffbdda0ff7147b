/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/facts.h"

#include "base/json/read.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "core/object/decode.h"
#include "edge/kube/list.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 4096,
    BODY_MAX = 4 << 20,
};

/* How each kind is asked for. */
static const struct fact_row {
    struct kube_resource resource;
    struct object_header header;
    bool metadata_only;
    const char *what; /* for people */
} rows[FACT_KINDS] = {
    [FACT_SERVICE_ACCOUNT] = {{STR_INIT(""), STR_INIT("v1"), STR_INIT("serviceaccounts"), true},
                              {STR_INIT("v1"), STR_INIT("ServiceAccount"), true},
                              false,
                              "service account"},
    [FACT_PULL_SECRET] = {{STR_INIT(""), STR_INIT("v1"), STR_INIT("secrets"), true},
                          {STR_INIT("v1"), STR_INIT("Secret"), true},
                          false,
                          "pull secret"},
    [FACT_REPLICA_SET] = {{STR_INIT("apps"), STR_INIT("v1"), STR_INIT("replicasets"), true},
                          {{NULL, 0}, {NULL, 0}, false},
                          true,
                          "ReplicaSet"},
    [FACT_JOB] = {{STR_INIT("batch"), STR_INIT("v1"), STR_INIT("jobs"), true},
                  {{NULL, 0}, {NULL, 0}, false},
                  true,
                  "Job"},
    [FACT_CONTROLLER_REVISION] = {{STR_INIT("apps"), STR_INIT("v1"), STR_INIT("controllerrevisions"), true},
                                  {{NULL, 0}, {NULL, 0}, false},
                                  true,
                                  "ControllerRevision"},
};

struct entry {
    struct entry *next;
    struct cluster_facts *facts;
    struct fact_name name; /* texts are the block's own */
    struct arena arena;    /* of `fact` */
    struct fact fact;
    int64_t until_ms; /* believed; 0: not known yet */
    bool warned;
    struct kube_call *call; /* these two are the outbound thread's */
    struct fact_waiter *waiters;
    char texts[];
};

struct cluster_facts {
    struct outbound *outbound;
    struct kube_client *client; /* NULL: before the beginning, and after the end */
    struct log *log;
    pthread_mutex_t lock; /* of what follows, but for calls and waiters */
    struct entry *buckets[BUCKETS];
    size_t count;
    uint64_t counts[FACT_FAILED + 1];
};

struct cluster_facts *cluster_facts_new(struct outbound *outbound, struct log *log)
{
    struct cluster_facts *facts = memory_zeroed(1, sizeof(*facts));

    if (pthread_mutex_init(&facts->lock, NULL) != 0)
        abort();
    facts->outbound = outbound;
    facts->log = log;
    return facts;
}

void cluster_facts_begin(struct cluster_facts *facts, struct kube_client *client)
{
    facts->client = client;
}

struct outbound *cluster_facts_outbound(struct cluster_facts *facts)
{
    return facts->outbound;
}

static struct entry **bucket_of(struct cluster_facts *facts, const struct fact_name *name)
{
    uint64_t hash =
        str_hash(name->uid, str_hash(name->name, str_hash(name->namespace, (uintptr_t)facts + name->kind)));

    return &facts->buckets[hash % BUCKETS];
}

static bool is_same(const struct fact_name *a, const struct fact_name *b)
{
    return a->kind == b->kind && str_equal(a->name, b->name) && str_equal(a->namespace, b->namespace) &&
           str_equal(a->uid, b->uid);
}

static struct entry *find_entry(struct cluster_facts *facts, const struct fact_name *name)
{
    struct entry *entry = *bucket_of(facts, name);

    while (entry && !is_same(&entry->name, name))
        entry = entry->next;
    return entry;
}

static void free_entry(struct entry *entry)
{
    arena_release(&entry->arena);
    free(entry);
}

/* Makes room: facts that are too old go, and if that does not help, all that no asker waits for. */
static void evict(struct cluster_facts *facts, int64_t now)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry **link = &facts->buckets[i];

        while (*link) {
            struct entry *entry = *link;

            if (entry->call || entry->until_ms > now) {
                link = &entry->next;
                continue;
            }
            *link = entry->next;
            free_entry(entry);
            facts->count--;
        }
    }
}

static struct entry *add_entry(struct cluster_facts *facts, const struct fact_name *name)
{
    struct entry *entry =
        memory_zeroed(1, sizeof(*entry) + name->namespace.len + name->name.len + name->uid.len);
    struct entry **bucket = bucket_of(facts, name);
    char *at;

    at = entry->texts;
    arena_init(&entry->arena);
    entry->facts = facts;
    entry->name = (struct fact_name){name->kind, str_put(&at, name->namespace), str_put(&at, name->name),
                                     str_put(&at, name->uid)};
    if (facts->count >= FACTS_MAX)
        evict(facts, monotonic_ms());
    if (facts->count >= FACTS_MAX)
        evict(facts, INT64_MAX);
    entry->next = *bucket;
    *bucket = entry;
    facts->count++;
    return entry;
}

/* Copies, so that a fact can be replaced while an admission still decides by it */

static struct service_account copy_account(struct arena *arena, const struct service_account *account)
{
    struct str *names = ARENA_ARRAY(arena, account->pull_secret_count, struct str);

    for (size_t i = 0; i < account->pull_secret_count; i++)
        names[i] = arena_str(arena, account->pull_secrets[i]);
    return (struct service_account){arena_str(arena, account->namespace), arena_str(arena, account->name),
                                    names, account->pull_secret_count};
}

static struct pull_secret copy_secret(struct arena *arena, const struct pull_secret *secret)
{
    struct credential *entries = ARENA_ARRAY(arena, secret->config.count, struct credential);

    for (size_t i = 0; i < secret->config.count; i++) {
        const struct credential *from = &secret->config.entries[i];

        entries[i] = (struct credential){arena_str(arena, from->key), arena_str(arena, from->host),
                                         arena_str(arena, from->username), arena_str(arena, from->password),
                                         arena_str(arena, from->origin)};
    }
    return (struct pull_secret){.namespace = arena_str(arena, secret->namespace),
                                .name = arena_str(arena, secret->name),
                                .config = {entries, secret->config.count},
                                .problem = arena_str(arena, secret->problem)};
}

bool cluster_facts_find(struct cluster_facts *facts, struct arena *arena, const struct fact_name *name,
                        bool old, struct fact *ret)
{
    const struct entry *entry;
    bool found;

    (void)pthread_mutex_lock(&facts->lock);
    entry = find_entry(facts, name);
    found = entry && entry->until_ms > (old ? 0 : monotonic_ms());
    if (found) {
        *ret = entry->fact;
        if (name->kind == FACT_SERVICE_ACCOUNT)
            ret->account = copy_account(arena, &entry->fact.account);
        else if (name->kind == FACT_PULL_SECRET)
            ret->secret = copy_secret(arena, &entry->fact.secret);
    }
    (void)pthread_mutex_unlock(&facts->lock);
    return found;
}

/* Asking */

static int decode_created(const struct value *tree, const struct fact_name *name, struct fact *ret,
                          struct error *err)
{
    const struct value *metadata = value_find(tree, STR("metadata"));
    struct str uid = value_string(value_find(metadata, STR("uid")));

    if (name->uid.len > 0 && !str_equal(uid, name->uid))
        return error_set(err, ERROR_NOT_FOUND, "there is another one of that name");
    if (!timestamp_parse(value_string(value_find(metadata, STR("creationTimestamp"))), &ret->created))
        return error_set(err, ERROR_INVALID, "metadata.creationTimestamp is no time");
    return 0;
}

static int decode_object(struct arena *arena, const struct value *tree, const struct fact_name *name,
                         struct fact *ret, struct error *err)
{
    struct cluster_object object;
    struct text_pool texts;

    text_pool_init(&texts, arena);
    if (object_decode(&texts, tree, &rows[name->kind].header, &object, err) < 0)
        return -1;
    if (object.kind == OBJECT_SERVICE_ACCOUNT)
        ret->account = *object.as.service_account;
    else if (object.kind == OBJECT_PULL_SECRET)
        ret->secret = *object.as.secret;
    else
        return error_set(err, ERROR_NOT_FOUND, "it is of another type");
    return 0;
}

static int decode(struct arena *arena, struct str body, const struct fact_name *name, struct fact *ret,
                  struct error *err)
{
    struct arena scratch;
    struct value *tree;
    int result;

    arena_init(&scratch);
    result = json_read(&scratch, body, &tree, err);
    if (result == 0 && rows[name->kind].metadata_only)
        result = decode_created(tree, name, ret, err);
    else if (result == 0)
        result = decode_object(arena, tree, name, ret, err);
    arena_release(&scratch);
    return result;
}

static int64_t believed_ms(const struct fact_name *name, enum fact_outcome outcome)
{
    switch (outcome) {
    case FACT_FOUND:
        return rows[name->kind].metadata_only ? FACT_CREATED_MS : FACT_GOOD_MS;
    case FACT_FAILED:
        return FACT_FAILED_MS;
    default:
        return FACT_BAD_MS;
    }
}

static enum fact_outcome outcome_of(const struct error *err)
{
    if (!err)
        return FACT_FOUND;
    if (err->code == ERROR_FORBIDDEN)
        return FACT_FORBIDDEN;
    return err->code == ERROR_NOT_FOUND || err->code == ERROR_INVALID ? FACT_ABSENT : FACT_FAILED;
}

/* Once for each object: the namespace's owner decides whether we may. */
static void warn(struct entry *entry, enum fact_outcome outcome, const struct error *err)
{
    const struct fact_name *name = &entry->name;
    struct error hint = {ERROR_NONE, ""};

    if (entry->warned || outcome == FACT_FOUND || outcome == FACT_ABSENT)
        return;
    entry->warned = outcome == FACT_FORBIDDEN;
    if (outcome == FACT_FORBIDDEN && !rows[name->kind].metadata_only)
        (void)!error_set(&hint, ERROR_FORBIDDEN, PULL_SECRETS_COMMAND, STR_ARG(name->namespace));
    log_warning(entry->facts->log, "cluster object not read",
                LOG_STR("what", str_from_c(rows[name->kind].what)), LOG_STR("namespace", name->namespace),
                LOG_STR("name", name->name), LOG_STR("message", error_text(err)),
                LOG_STR("allow_with", error_text(&hint)));
}

static void tell(struct fact_waiter *waiter)
{
    while (waiter) {
        struct fact_waiter *next = waiter->next;

        waiter->on_known(waiter);
        waiter = next;
    }
}

/* Replaces what is known, and tells those who wait; the entry may be gone afterwards. */
static void learn(struct entry *entry, struct arena *arena, const struct fact *fact)
{
    struct cluster_facts *facts = entry->facts;
    struct fact_waiter *waiters = entry->waiters;

    (void)pthread_mutex_lock(&facts->lock);
    arena_release(&entry->arena);
    entry->arena = *arena;
    entry->fact = *fact;
    entry->until_ms = monotonic_ms() + believed_ms(&entry->name, fact->outcome);
    entry->call = NULL;
    entry->waiters = NULL;
    facts->counts[fact->outcome]++;
    (void)pthread_mutex_unlock(&facts->lock);
    tell(waiters);
}

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct entry *entry = ctx;
    const struct error *failure = answer->err;
    struct fact fact = {.outcome = FACT_FOUND};
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (!failure && decode(&arena, answer->body, &entry->name, &fact, &err) < 0)
        failure = &err;
    fact.outcome = outcome_of(failure);
    if (failure)
        warn(entry, fact.outcome, failure);
    learn(entry, &arena, &fact);
}

static void start_call(struct entry *entry)
{
    const struct fact_row *row = &rows[entry->name.kind];
    const struct kube_selection selection = {.metadata_only = row->metadata_only};
    const struct kube_request request = {
        .verb = KUBE_GET,
        .place = {.resource = &row->resource, .namespace = entry->name.namespace, .name = entry->name.name},
        .accept = kube_selection_accept(&selection, false),
        .timeout_ms = FACT_TIMEOUT_MS,
        .body_max = BODY_MAX,
    };

    entry->call = kube_client_call(entry->facts->client, &request, on_answer, entry);
}

void cluster_facts_get(struct cluster_facts *facts, const struct fact_name *name, struct fact_waiter *waiter)
{
    struct entry *entry;
    bool known;

    waiter->next = NULL;
    if (!facts->client) {
        waiter->on_known(waiter);
        return;
    }
    (void)pthread_mutex_lock(&facts->lock);
    entry = find_entry(facts, name);
    if (!entry)
        entry = add_entry(facts, name);
    known = !entry->call && entry->until_ms > monotonic_ms();
    (void)pthread_mutex_unlock(&facts->lock);
    if (known) {
        waiter->on_known(waiter);
        return;
    }
    waiter->next = entry->waiters;
    entry->waiters = waiter;
    if (!entry->call)
        start_call(entry);
}

/* What is under way has failed; there are no askers any more. */
void cluster_facts_end(struct cluster_facts *facts)
{
    const struct fact failed = {.outcome = FACT_FAILED};

    facts->client = NULL;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = facts->buckets[i]; entry; entry = entry->next) {
            struct arena none;

            if (!entry->call)
                continue;
            kube_client_cancel(entry->call);
            arena_init(&none);
            learn(entry, &none, &failed);
        }
    }
}

void cluster_facts_free(struct cluster_facts *facts)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = facts->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            free_entry(entry);
        }
    }
    (void)pthread_mutex_destroy(&facts->lock);
    free(facts);
}

void cluster_facts_counts(struct cluster_facts *facts, uint64_t ret[FACT_FAILED + 1])
{
    (void)pthread_mutex_lock(&facts->lock);
    memcpy(ret, facts->counts, sizeof(facts->counts));
    (void)pthread_mutex_unlock(&facts->lock);
}
