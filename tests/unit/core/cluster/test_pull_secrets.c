/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/pull_secrets.h"

#include "core/cluster/view_build.h"
#include <test.h>

static const struct str account_secrets[] = {STR_INIT("from-account")};
static const struct str default_secrets[] = {STR_INIT("from-default"), STR_INIT("broken"),
                                             STR_INIT("missing")};

static const struct service_account builder = {STR_INIT("shop"), STR_INIT("builder"), account_secrets, 1};
static const struct service_account ordinary = {STR_INIT("shop"), STR_INIT("default"), default_secrets, 3};
static const struct service_account elsewhere = {STR_INIT("other"), STR_INIT("default"), account_secrets, 1};
static const struct service_account *const accounts[] = {&builder, &ordinary, &elsewhere};

static const struct pull_secret own = {.namespace = STR_INIT("shop"), .name = STR_INIT("own")};
static const struct pull_secret second = {.namespace = STR_INIT("shop"), .name = STR_INIT("second")};
static const struct pull_secret of_account = {.namespace = STR_INIT("shop"),
                                              .name = STR_INIT("from-account")};
static const struct pull_secret of_default = {.namespace = STR_INIT("shop"),
                                              .name = STR_INIT("from-default")};
static const struct pull_secret broken = {
    .namespace = STR_INIT("shop"), .name = STR_INIT("broken"), .problem = STR_INIT("not base64")};
static const struct pull_secret *const secrets[] = {&own, &second, &of_account, &of_default, &broken};

static void build_view(struct arena *arena, struct cluster_view *ret)
{
    const struct cluster_objects objects = {
        .service_accounts = accounts,
        .service_account_count = ARRAY_LEN(accounts),
        .secrets = secrets,
        .secret_count = ARRAY_LEN(secrets),
    };

    view_build(arena, &objects, 7, ret);
}

static const struct str two_names[] = {STR_INIT("second"), STR_INIT("own")};
static const struct str broken_names[] = {STR_INIT("broken"), STR_INIT("own"), STR_INIT("missing")};
static const struct str same_twice[] = {STR_INIT("own"), STR_INIT("own")};

struct row {
    const char *why;
    struct str namespace;
    struct workload_object object;
    const struct docker_config *want[2];
    const char *problems[2];
};

static const struct row table[] = {
    {"its own names win, in their order",
     STR_INIT("shop"),
     {.pull_secrets = two_names, .pull_secret_count = 2, .service_account = STR_INIT("builder")},
     {&second.config, &own.config},
     {NULL}},
    {"without names, the account's",
     STR_INIT("shop"),
     {.service_account = STR_INIT("builder")},
     {&of_account.config},
     {NULL}},
    {"without an account, that of \"default\"; unusable and absent ones are named",
     STR_INIT("shop"),
     {.service_account = {NULL, 0}},
     {&of_default.config},
     {"pull secret \"shop/broken\" is unusable: not base64; mend it, or take it out of service account "
      "\"default\"",
      "pull secret \"shop/missing\" is not there; create it, or take it out of service account \"default\""}},
    {"an account that is not there has none",
     STR_INIT("shop"),
     {.service_account = STR_INIT("nobody")},
     {NULL},
     {NULL}},
    {"a name is of the object's namespace",
     STR_INIT("other"),
     {.service_account = {NULL, 0}},
     {NULL},
     {"pull secret \"other/from-account\" is not there; create it, or take it out of service account "
      "\"default\""}},
    {"a namespace without anything", STR_INIT("empty"), {.service_account = {NULL, 0}}, {NULL}, {NULL}},
    {"the good ones serve beside bad ones",
     STR_INIT("shop"),
     {.pull_secrets = broken_names, .pull_secret_count = 3},
     {&own.config},
     {"pull secret \"shop/broken\" is unusable: not base64; mend it, or take it out of imagePullSecrets",
      "pull secret \"shop/missing\" is not there; create it, or take it out of imagePullSecrets"}},
    {"a name twice is tried twice", /* as it stands in the object */
     STR_INIT("shop"),
     {.pull_secrets = same_twice, .pull_secret_count = 2},
     {&own.config, &own.config},
     {NULL}},
};

static void check_row(const struct row *row, const struct pull_configs *got)
{
    size_t count = 0;
    size_t problem_count = 0;

    while (count < 2 && row->want[count])
        count++;
    while (problem_count < 2 && row->problems[problem_count])
        problem_count++;
    CHECK_ROW(got->count == count, "%s: %zu", row->why, got->count);
    CHECK_ROW(got->problem_count == problem_count, "%s: %zu", row->why, got->problem_count);
    for (size_t i = 0; i < count && i < got->count; i++)
        CHECK_ROW(got->items[i] == row->want[i], "%s [%zu]", row->why, i);
    for (size_t i = 0; i < problem_count && i < got->problem_count; i++)
        CHECK_STR(got->problems[i], str_from_c(row->problems[i]));
}

TEST(finds_secrets_as_the_kubelet_does)
{
    struct arena arena;
    struct cluster_view view;
    struct pull_configs got;

    arena_init(&arena);
    build_view(&arena, &view);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        pull_secrets_find(&arena, &view, table[i].namespace, &table[i].object, &got);
        check_row(&table[i], &got);
    }
    arena_release(&arena);
}

TEST(looks_at_so_many_names_and_says_that_there_are_more)
{
    struct workload_object object = {.pull_secret_count = PULL_SECRETS_MAX + 1};
    struct str names[PULL_SECRETS_MAX + 1];
    struct arena arena;
    struct cluster_view view;
    struct pull_configs got;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        names[i] = STR("own");
    object.pull_secrets = names;
    arena_init(&arena);
    build_view(&arena, &view);
    pull_secrets_find(&arena, &view, STR("shop"), &object, &got);
    CHECK(got.count == PULL_SECRETS_MAX && got.problem_count == 1);
    CHECK_STR(got.problems[0], STR("more than 32 pull secrets are named; the first 32 are used"));
    object.pull_secret_count = PULL_SECRETS_MAX;
    pull_secrets_find(&arena, &view, STR("shop"), &object, &got);
    CHECK(got.count == PULL_SECRETS_MAX && got.problem_count == 0);
    arena_release(&arena);
}

/* The sentence about the first secret whose entry for the image is blank. */
static struct str blank_of(struct arena *arena, const struct pull_configs *configs, const char *image)
{
    return pull_secrets_blank(arena, configs, str_from_c(image));
}

TEST(names_the_secret_whose_entry_for_an_image_is_blank)
{
    struct credential entries[] = {{.host = STR_INIT("r.example/team")},
                                   {.host = STR_INIT("q.example"), .username = STR_INIT("u")},
                                   {.host = STR_INIT("p.example"), .password = STR_INIT("p")},
                                   {.host = STR_INIT("index.docker.io")}};
    const struct docker_config config = {entries, ARRAY_LEN(entries)};
    const struct docker_config none = {NULL, 0};
    const struct docker_config *const items[] = {&none, &config};
    const struct str names[] = {STR_INIT("good"), STR_INIT("pull")};
    struct pull_configs configs = {.items = items, .count = 2, .namespace = STR_INIT("shop"), .names = names};
    struct arena arena;

    arena_init(&arena);
    CHECK_STR(blank_of(&arena, &configs, "r.example/team/app"),
              STR("pull secret \"shop/pull\" is unusable: its entry of \"r.example/team\" holds no user and "
                  "password (credsStore?); mend it, or take it out of imagePullSecrets"));
    configs.account = STR("builder");
    CHECK(str_ends(blank_of(&arena, &configs, "docker.io/library/nginx"),
                   STR("mend it, or take it out of service account \"builder\"")));
    CHECK_STR(blank_of(&arena, &configs, "r.example/app"), STR(""));
    CHECK_STR(blank_of(&arena, &configs, "q.example/app"), STR(""));
    CHECK_STR(blank_of(&arena, &configs, "p.example/app"), STR(""));
    arena_release(&arena);
}

TEST_MAIN()
