/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/stream_json.h"

#include "test.h"

TEST(leaves_out_what_nobody_decides_by)
{
    static const struct {
        const char *given;
        const char *wanted;
    } rows[] = {
        {"{}", "{}"},
        {"{\"spec\":{\"managedFields\":[1]}}", "{\"spec\":{\"managedFields\":[1]}}"},
        {"{\"metadata\":{\"managedFields\":[{\"a\":1}],\"name\":\"x\"},\"spec\":{}}",
         "{\"metadata\":{\"managedFields\":[],\"name\":\"x\"},\"spec\":{}}"},
        {"{\"metadata\":{\"annotations\":{\"a\":\"b\",\"kubectl.kubernetes.io/last-applied-configuration\":"
         "\"{\\\"managedFields\\\":[]}\"},\"managedFields\":[{}]}}",
         "{\"metadata\":{\"annotations\":{\"a\":\"b\",\"kubectl.kubernetes.io/last-applied-configuration\":"
         "\"\"},\"managedFields\":[]}}"},
        {"{\"metadata\":null}", "{\"metadata\":null}"},
        {"{\"metadata\":{\"annotations\":[]}}", "{\"metadata\":{\"annotations\":[]}}"},
        {"no json", "no json"},
        {"", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;

        arena_init(&arena);
        CHECK_STR(stream_json_compact(&arena, str_from_c(rows[i].given)), str_from_c(rows[i].wanted));
        arena_release(&arena);
    }
}

TEST(knows_how_large_all_but_the_status_is)
{
    CHECK(stream_json_rest_size(STR("{\"status\":{\"a\":1},\"spec\":{}}")) ==
          sizeof("{\"status\":,\"spec\":{}}") - 1);
    CHECK(stream_json_rest_size(STR("{}")) == 2);
}

TEST_MAIN()
