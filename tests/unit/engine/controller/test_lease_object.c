/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/lease_object.h"
#include "test.h"

TEST(what_is_written_is_read_back)
{
    const struct lease_record record = {.holder = STR("host_1"),
                                        .duration_ms = 15000,
                                        .acquired = STR("2024-05-01T10:00:00.000001Z"),
                                        .renewed = STR("2024-05-01T10:00:02.500000Z"),
                                        .transitions = 3};
    const struct lease_place place = {STR("weir-system"), STR("weir-controller"), STR("42")};
    struct lease_object object;
    struct arena arena;
    struct text text;
    struct error err;

    arena_init(&arena);
    text_init(&text, &arena, LEASE_JSON_MAX);
    lease_object_encode(&text, &place, &record);
    CHECK_STR(text_str(&text),
              STR("{\"metadata\":{\"resourceVersion\":\"42\"},\"spec\":{\"holderIdentity\":\"host_1\","
                  "\"leaseDurationSeconds\":15,\"acquireTime\":\"2024-05-01T10:00:00.000001Z\","
                  "\"renewTime\":\"2024-05-01T10:00:02.500000Z\",\"leaseTransitions\":3}}"));
    CHECK(lease_object_decode(&arena, text_str(&text), &object, &err) == 0);
    CHECK_STR(object.resource_version, place.resource_version);
    CHECK_STR(object.record.holder, record.holder);
    CHECK_STR(object.record.acquired, record.acquired);
    CHECK_STR(object.record.renewed, record.renewed);
    CHECK(object.record.duration_ms == 15000 && object.record.transitions == 3);
    arena_release(&arena);
}

TEST(a_new_one_says_what_and_where_it_is)
{
    const struct lease_record record = {.holder = STR("a"), .duration_ms = 2500};
    const struct lease_place place = {STR("weir-system"), STR("weir-controller"), {NULL, 0}};
    struct arena arena;
    struct text text;

    arena_init(&arena);
    text_init(&text, &arena, LEASE_JSON_MAX);
    lease_object_encode(&text, &place, &record);
    CHECK(str_starts(text_str(&text),
                     STR("{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
                         "\"metadata\":{\"name\":\"weir-controller\",\"namespace\":\"weir-system\"}")));
    CHECK(str_contains(text_str(&text), STR("\"leaseDurationSeconds\":3"))); /* never shorter than it is */
    arena_release(&arena);
}

TEST(what_others_left_out_or_wrote_wrong_counts_as_absent)
{
    const struct {
        const char *spec;
        const char *holder;
        int64_t duration_ms;
        int64_t transitions;
    } rows[] = {
        {"", "", 0, 0},
        {",\"spec\":null", "", 0, 0},
        {",\"spec\":{\"holderIdentity\":null,\"leaseDurationSeconds\":null}", "", 0, 0},
        {",\"spec\":{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":-1,\"leaseTransitions\":-5}", "x", 0,
         0},
        {",\"spec\":{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":99999999999}", "x", 0, 0},
        {",\"spec\":{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":1.5,\"leaseTransitions\":\"3\"}", "x",
         0, 0},
        {",\"spec\":{\"holderIdentity\":\"x\",\"leaseDurationSeconds\":60,\"leaseTransitions\":7}", "x",
         60000, 7},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct lease_object object;
        struct arena arena;
        struct error err;
        arena_init(&arena);
        struct str json = arena_join(&arena, STR("{\"metadata\":{\"resourceVersion\":\"1\"}"),
                                     str_from_c(rows[i].spec), STR("}"));
        CHECK_ROW(lease_object_decode(&arena, json, &object, &err) == 0, "row %zu", i);
        CHECK_STR(object.record.holder, str_from_c(rows[i].holder));
        CHECK_ROW(object.record.duration_ms == rows[i].duration_ms, "row %zu", i);
        CHECK_ROW(object.record.transitions == rows[i].transitions, "row %zu", i);
        arena_release(&arena);
    }
}

TEST(what_is_no_lease_is_refused)
{
    const char *const rows[] = {"", "[]", "{}", "{\"metadata\":{}}", "{\"metadata\":{\"resourceVersion\":1}}",
                                "{"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct lease_object object;
        struct arena arena;
        struct error err;
        arena_init(&arena);
        CHECK_ROW(lease_object_decode(&arena, str_from_c(rows[i]), &object, &err) < 0, "row %zu", i);
        arena_release(&arena);
    }
}

TEST(times_have_six_digits_behind_the_point)
{
    const struct {
        int64_t microseconds;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1700000000000001, "2023-11-14T22:13:20.000001Z"},
        {1700000000999999, "2023-11-14T22:13:20.999999Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct text text;
        arena_init(&arena);
        text_init(&text, &arena, 64);
        lease_object_time(&text, rows[i].microseconds);
        CHECK_STR(text_str(&text), str_from_c(rows[i].want));
        arena_release(&arena);
    }
}

TEST_MAIN()
