/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/pull_secrets.h"

/* What has been found; both lists have room for one item a name, and the problems for one more. */
struct search {
    struct arena *arena;
    const struct cluster_view *view;
    struct str namespace;
    struct str account; /* whose names they are; empty: the object's own */
    const struct docker_config **items;
    struct str *names; /* of the items */
    size_t count;
    struct str *problems;
    size_t problem_count;
};

/* The names that apply, and the account whose they are; empty: the object's own. */
struct secret_names {
    const struct str *items;
    size_t count;
    struct str account;
};

static struct secret_names names_of(const struct cluster_view *view, struct str namespace,
                                    const struct workload_object *object)
{
    struct str account = object->service_account.len > 0 ? object->service_account : STR("default");
    const struct service_account *found;

    if (object->pull_secret_count > 0)
        return (struct secret_names){object->pull_secrets, object->pull_secret_count, {NULL, 0}};
    found = cluster_view_service_account(view, namespace, account);
    if (!found)
        return (struct secret_names){NULL, 0, {NULL, 0}};
    return (struct secret_names){found->pull_secrets, found->pull_secret_count, account};
}

static struct str sentence(struct arena *arena, struct str namespace, struct str name, struct str what)
{
    return arena_join(arena, STR("pull secret \""), namespace, STR("/"), name, STR("\" "), what);
}

static void complain_of(struct search *search, struct str name, struct str what)
{
    search->problems[search->problem_count++] = sentence(search->arena, search->namespace, name, what);
}

/* "create it, or take it out of service account "shop/app"" */
static struct str advice(struct arena *arena, struct str verb, struct str account)
{
    if (account.len == 0)
        return arena_join(arena, verb, STR(" it, or take it out of imagePullSecrets"));
    return arena_join(arena, verb, STR(" it, or take it out of service account \""), account, STR("\""));
}

static struct str unusable(struct arena *arena, struct str why, struct str account)
{
    return arena_join(arena, STR("is unusable: "), why, STR("; "), advice(arena, STR("mend"), account));
}

static void find_secret(struct search *search, struct str name)
{
    const struct pull_secret *secret = cluster_view_secret(search->view, search->namespace, name);
    struct arena *arena = search->arena;

    if (!secret) {
        complain_of(search, name,
                    arena_join(arena, STR("is not there; "), advice(arena, STR("create"), search->account)));
    } else if (secret->unread) {
        complain_of(search, name, arena_join(arena, STR("is "), secret->problem));
    } else if (secret->problem.len > 0) {
        complain_of(search, name, unusable(arena, secret->problem, search->account));
    } else {
        search->names[search->count] = name;
        search->items[search->count++] = &secret->config;
    }
}

void pull_secrets_find(struct arena *arena, const struct cluster_view *view, struct str namespace,
                       const struct workload_object *object, struct pull_configs *ret)
{
    struct secret_names names = names_of(view, namespace, object);
    struct search search = {.arena = arena, .view = view, .namespace = namespace, .account = names.account};
    size_t count = names.count < PULL_SECRETS_MAX ? names.count : PULL_SECRETS_MAX;

    if (count > 0) {
        search.items = ARENA_ARRAY(arena, count, const struct docker_config *);
        search.names = ARENA_ARRAY(arena, count, struct str);
        search.problems = ARENA_ARRAY(arena, count + 1, struct str);
    }
    for (size_t i = 0; i < count; i++)
        find_secret(&search, names.items[i]);
    if (count < names.count)
        search.problems[search.problem_count++] =
            STR("more than 32 pull secrets are named; the first 32 are used");
    *ret = (struct pull_configs){
        .items = search.items,
        .count = search.count,
        .problems = search.problems,
        .problem_count = search.problem_count,
        .namespace = namespace,
        .names = search.names,
        .account = search.account,
    };
}

struct str pull_secrets_blank(struct arena *arena, const struct pull_configs *configs, struct str image)
{
    const struct credential *entry;

    for (size_t i = 0; i < configs->count; i++) {
        if (credentials_blank_for_image(&configs->items[i], 1, image, &entry, 1) > 0)
            return sentence(arena, configs->namespace, configs->names[i],
                            unusable(arena,
                                     arena_join(arena, STR("its entry of \""), entry->host,
                                                STR("\" holds no user and password (credsStore?)")),
                                     configs->account));
    }
    return (struct str){NULL, 0};
}
