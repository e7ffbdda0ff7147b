/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/budget.h"
#include "test.h"

static const struct {
    struct str query;
    int64_t passed, wait_max, want;
} rows[] = {
    {STR_INIT("timeout=10s"), 0, 20000, 9000},
    {STR_INIT("timeout=10s"), 300, 20000, 8700},
    {STR_INIT("timeout=10s"), -5000, 20000, 9000},
    {STR_INIT("timeout=10s"), 0, 4000, 4000},
    {STR_INIT("timeout=1s"), 0, 20000, 0},
    {STR_INIT("timeout=0"), 0, 20000, -1000},
    {STR_INIT("timeout=2s"), 1500, 20000, -500},
    {STR_INIT("a=b&timeout=3s&c"), 0, 20000, 2000},
    {STR_INIT("timeout=30s&timeout=3s"), 0, 20000, 2000},
    {STR_INIT("timeout=1m0s"), 0, 90000, 59000},
    {STR_INIT(""), 0, 20000, 20000},
    {STR_INIT("timeout="), 0, 20000, 20000},
    {STR_INIT("timeout=soon"), 0, 20000, 20000},
    {STR_INIT("timeout=-5s"), 0, 20000, 20000},
    {STR_INIT("mytimeout=3s"), 0, 20000, 20000},
    {STR_INIT("timeout=99999h"), 0, 20000, 20000},
};

TEST(is_the_api_server_s_timeout_less_a_second_and_less_what_has_passed)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t got = admission_budget(rows[i].query, rows[i].passed, rows[i].wait_max);
        CHECK_ROW(got == rows[i].want, STR_FMT ": %lld", STR_ARG(rows[i].query), (long long)got);
    }
}

TEST(no_query_is_no_timeout)
{
    CHECK(admission_budget((struct str){NULL, 0}, 0, 500) == 500);
}

TEST_MAIN()
