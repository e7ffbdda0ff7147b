/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/failure.h"

#include "test.h"

static const struct import_settings settings = {.retry_pause = 30};

TEST(pauses_double_up_to_their_limit)
{
    static const struct {
        enum registry_failure kind;
        int64_t retry_after, attempts, interval, want;
    } rows[] = {
        {REGISTRY_FAILURE_UNREACHABLE, 0, 1, 0, 30},
        {REGISTRY_FAILURE_UNREACHABLE, 0, 2, 0, 60},
        {REGISTRY_FAILURE_NOT_FOUND, 0, 5, 0, 480},
        {REGISTRY_FAILURE_NOT_FOUND, 0, 6, 0, 900},
        {REGISTRY_FAILURE_NOT_FOUND, 0, 1000, 0, 900},
        {REGISTRY_FAILURE_NOT_FOUND, 0, 9, 60, 60}, /* a scheduled tag's interval */
        {REGISTRY_FAILURE_NOT_FOUND, 0, 9, 7200, 900},
        {REGISTRY_FAILURE_UNAUTHORIZED, 0, 1, 0, 300},
        {REGISTRY_FAILURE_FORBIDDEN, 0, 2, 60, 600}, /* scheduled or not */
        {REGISTRY_FAILURE_INVALID, 0, 3, 0, 1200},
        {REGISTRY_FAILURE_INTERNAL, 0, 99, 0, 21600},
        {REGISTRY_FAILURE_TOO_MANY_REQUESTS, 0, 1, 0, 300},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct import_failure failure = {
            .kind = rows[i].kind, .retry_after = rows[i].retry_after, .attempts = rows[i].attempts};
        int64_t least = rows[i].want, most = 0;

        for (uint64_t seed = 0; seed < 25000; seed++) {
            int64_t pause = import_failure_pause(&settings, &failure, rows[i].interval, seed);

            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
        }
        CHECK_ROW(least == rows[i].want - rows[i].want / 10, "row %zu: %lld", i, (long long)least);
        CHECK_ROW(most >= rows[i].want && most <= rows[i].want + rows[i].want / 10, "row %zu: %lld", i,
                  (long long)most);
    }
}

TEST(a_registry_that_says_when_is_heard_within_bounds)
{
    static const int64_t rows[][2] = {{1, 30}, {30, 30}, {90, 90}, {21600, 21600}, {99999999, 21600}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct import_failure failure = {
            .kind = REGISTRY_FAILURE_TOO_MANY_REQUESTS, .retry_after = rows[i][0], .attempts = 3};

        CHECK_ROW(import_failure_pause(&settings, &failure, 60, 12345) == rows[i][1], "row %zu", i);
    }
}

TEST(an_identical_failure_is_written_when_its_pause_grows_else_once_an_hour)
{
    static const struct {
        int64_t attempts, recorded, next;
        bool known, want;
    } rows[] = {
        {1, 1000, 1030, true, true},   {5, 1000, 1480, true, true},  {20, 1000, 1900, true, false},
        {20, 1000, 4599, true, false}, {20, 1000, 4600, true, true}, {20, 0, 1900, false, true},
        {20, 9000, 1000, true, true}, /* a clock that was wrong */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct import_failure failure = {.kind = REGISTRY_FAILURE_NOT_FOUND, .attempts = rows[i].attempts};

        CHECK_ROW(import_failure_is_due(&settings, &failure, 0,
                                        (struct stream_time){rows[i].recorded, rows[i].known},
                                        rows[i].next) == rows[i].want,
                  "row %zu", i);
    }
}

TEST_MAIN()
