/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/write.h"
#include "test.h"

TEST(a_document_is_written_compact)
{
    struct arena arena;
    struct json_writer w;
    struct text out;
    struct error err;

    arena_init(&arena);
    text_init(&out, &arena, 1000);
    json_write_init(&w, &out);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("s"), STR("x"));
    json_write_member_int(&w, STR("i"), INT64_MIN);
    json_write_member_bool(&w, STR("b"), true);
    json_write_key(&w, STR("l"));
    json_write_list_open(&w);
    json_write_null(&w);
    json_write_number(&w, STR("1e400"));
    json_write_int(&w, 0);
    json_write_bool(&w, false);
    json_write_str(&w, (struct str){NULL, 0});
    json_write_list_close(&w);
    json_write_map_close(&w);
    CHECK(json_write_finish(&w, &err) == 0);
    CHECK_STR(text_str(&out),
              STR("{\"s\":\"x\",\"i\":-9223372036854775808,\"b\":true,\"l\":[null,1e400,0,false,\"\"]}"));
    arena_release(&arena);
}

static struct str written(struct arena *arena, struct str s)
{
    struct json_writer w;
    struct text out;
    struct error err;

    text_init(&out, arena, 1000);
    json_write_init(&w, &out);
    json_write_str(&w, s);
    CHECK(json_write_finish(&w, &err) == 0);
    return text_str(&out);
}

TEST(strings_are_escaped_and_always_utf8)
{
    struct arena arena;

    arena_init(&arena);
    CHECK_STR(written(&arena, STR("a\"\\/\b\f\n\r\t\x01\x1F\x7F")),
              STR("\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\x7F\""));
    CHECK_STR(written(&arena, STR("a\0b")), STR("\"a\\u0000b\""));
    CHECK_STR(written(&arena, STR("\xC3\xA9\xF0\x9F\x98\x80")), STR("\"\xC3\xA9\xF0\x9F\x98\x80\""));
    CHECK_STR(written(&arena, STR("a\xFF\xE2\x82z")), STR("\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\""));
    CHECK_STR(written(&arena, STR("\xED\xA0\x80")), STR("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""));
    arena_release(&arena);
}

enum fault { NOTHING, UNCLOSED, CLOSED_TWICE, KEY_MISSING, VALUE_MISSING, TWO_VALUES, TOO_DEEP, FAULTS };

static void write_fault(struct json_writer *w, enum fault fault)
{
    switch (fault) {
    case UNCLOSED:
        json_write_list_open(w);
        break;
    case CLOSED_TWICE:
        json_write_list_open(w);
        json_write_list_close(w);
        json_write_list_close(w);
        break;
    case KEY_MISSING:
        json_write_map_open(w);
        json_write_int(w, 1);
        json_write_map_close(w);
        break;
    case VALUE_MISSING:
        json_write_map_open(w);
        json_write_key(w, STR("a"));
        break;
    case TWO_VALUES:
        json_write_int(w, 1);
        json_write_int(w, 2);
        break;
    case TOO_DEEP:
        for (int i = 0; i < 200; i++)
            json_write_list_open(w);
        for (int i = 0; i < 200; i++)
            json_write_list_close(w);
        break;
    case NOTHING:
    case FAULTS:
        break;
    }
}

TEST(what_is_not_one_whole_value_is_an_error)
{
    for (int fault = NOTHING; fault < FAULTS; fault++) {
        struct arena arena;
        struct json_writer w;
        struct text out;
        struct error err = {.code = ERROR_NONE};

        arena_init(&arena);
        text_init(&out, &arena, 1000);
        json_write_init(&w, &out);
        write_fault(&w, (enum fault)fault);
        CHECK_ROW(json_write_finish(&w, &err) == -1 && err.code == ERROR_INVALID, "fault %d", fault);
        arena_release(&arena);
    }
}

TEST(a_text_that_grows_too_long_is_an_error)
{
    struct arena arena;
    struct json_writer w;
    struct text out;
    struct error err;

    arena_init(&arena);
    text_init(&out, &arena, 10);
    json_write_init(&w, &out);
    json_write_str(&w, STR("0123456789"));
    CHECK(json_write_finish(&w, &err) == -1 && err.code == ERROR_TOO_LARGE);
    CHECK(out.len <= 10);
    arena_release(&arena);
}

TEST_MAIN()
