/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/namespace_credentials.h"

#include "test.h"

/* Each Secret has one entry for the registry, whose user is the Secret's name. */
enum { SECRETS = 4 };

struct shelf {
    struct credential entries[SECRETS];
    struct namespace_secret items[SECRETS];
    struct namespace_secrets secrets;
};

static void fill(struct shelf *shelf)
{
    static const char *const names[SECRETS] = {"a", "b", "c", "d"};
    static const struct str of_account[] = {STR_INIT("c"), STR_INIT("gone")};

    for (size_t i = 0; i < SECRETS; i++) {
        shelf->entries[i] = (struct credential){.key = STR("r.example"),
                                                .host = STR("r.example"),
                                                .username = str_from_c(names[i]),
                                                .password = STR("p")};
        shelf->items[i] =
            (struct namespace_secret){.name = str_from_c(names[i]), .config = {&shelf->entries[i], 1}};
    }
    shelf->items[3].excluded = true;
    shelf->secrets = (struct namespace_secrets){.items = shelf->items,
                                                .count = SECRETS,
                                                .account_names = of_account,
                                                .account_count = ARRAY_LEN(of_account)};
}

TEST(tries_the_named_then_the_accounts_then_the_others)
{
    static const struct {
        const char *named;
        const char *repository;
        const char *wanted;
    } rows[] = {
        {"", "r.example/app", "cab"},         {"b", "r.example/app", "bca"},
        {" d , b ", "r.example/app", "bdca"}, {"gone", "r.example/app", "cab"},
        {"d", "other.example/app", ""},
    };
    struct shelf shelf;

    fill(&shelf);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct credential *found[CREDENTIALS_TRIED_MAX];
        size_t count = namespace_credentials_choose(&shelf.secrets, str_from_c(rows[i].named),
                                                    str_from_c(rows[i].repository), found);
        char users[SECRETS + 1] = "";

        for (size_t k = 0; k < count; k++)
            users[k] = found[k]->username.ptr[0];
        CHECK_ROW(str_equal(str_from_c(users), str_from_c(rows[i].wanted)), "row %zu: \"%s\"", i, users);
    }
}

TEST_MAIN()
