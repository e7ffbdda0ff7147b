/* SPDX-License-Identifier: Apache-2.0 */
/* The cursor as its callers use it, with every kernel; whole documents are test_json_documents.c's. */
#include "base/json/scan.h"

#include "base/text.h"
#include "base/utf8.h"
#include "test.h"
#include "unit/base/json/json_walk.h"

#include <string.h>

typedef void kernel_check(const char *kernel);

static void each_kernel(kernel_check *check)
{
    struct json_scan scan;
    size_t available = 0;

    for (size_t i = 0; i < ARRAY_LEN(json_walk_kernels); i++) {
        if (!json_scan_init_kernel(&scan, NULL, STR(""), json_walk_kernels[i]))
            continue;
        check(json_walk_kernels[i]);
        available++;
    }
    CHECK(available >= 1);
}

static void start(struct json_scan *scan, struct arena *arena, struct str text, const char *kernel)
{
    CHECK(json_scan_init_kernel(scan, arena, text, kernel));
}

TEST(an_unknown_kernel_is_refused)
{
    struct json_scan scan;

    CHECK(!json_scan_init_kernel(&scan, NULL, STR(""), "abacus"));
    CHECK(json_scan_init_kernel(&scan, NULL, STR(""), "portable"));
}

static void read_a_review(const char *kernel)
{
    static const struct str text =
        STR_INIT("{ \"kind\" : \"Review\", \"skipped\":{\"a\":[\"]}\\\"\",{}],\"b\":{}} ,\n \"list\":[ 1 , "
                 "true,null,\"\\u00e9\"]"
                 ",\"raw\": {\"x\":[1,2]} , \"e\":[],\"m\":{}} \n");
    struct json_scan scan;
    struct json_keys keys, inner;
    struct arena arena;
    struct str key, value, raw = {NULL, 0};
    struct error err;
    bool first = true, yes = false;

    arena_init(&arena);
    start(&scan, &arena, text, kernel);
    CHECK(json_scan_peek(&scan) == JSON_SCAN_MAP);
    CHECK(json_scan_enter_map(&scan, &keys));
    CHECK(json_scan_member(&scan, &keys, &key) && str_equal(key, STR("kind")));
    CHECK(json_scan_peek(&scan) == JSON_SCAN_STRING);
    CHECK(json_scan_string(&scan, &value) && str_equal(value, STR("Review")));
    CHECK(value.ptr > text.ptr && value.ptr < text.ptr + text.len);
    CHECK(json_scan_member(&scan, &keys, &key) && str_equal(key, STR("skipped")) && json_scan_skip(&scan));
    CHECK(json_scan_member(&scan, &keys, &key) && str_equal(key, STR("list")));
    CHECK(json_scan_enter_list(&scan));
    CHECK(json_scan_element(&scan, &first) && json_scan_number(&scan, &value));
    CHECK_STR(value, STR("1"));
    CHECK(json_scan_element(&scan, &first) && json_scan_bool(&scan, &yes) && yes);
    CHECK(json_scan_element(&scan, &first) && json_scan_peek(&scan) == JSON_SCAN_NULL);
    CHECK(json_scan_null(&scan));
    CHECK(json_scan_element(&scan, &first) && json_scan_string(&scan, &value));
    CHECK_STR(value, STR("\xC3\xA9"));
    CHECK(!json_scan_element(&scan, &first) && !json_scan_failed(&scan));
    CHECK(json_scan_member(&scan, &keys, &key) && json_scan_skip_raw(&scan, &raw));
    CHECK_STR(raw, STR("{\"x\":[1,2]}"));
    CHECK(json_scan_member(&scan, &keys, &key) && json_scan_enter_list(&scan));
    first = true;
    CHECK(!json_scan_element(&scan, &first));
    CHECK(json_scan_member(&scan, &keys, &key) && json_scan_enter_map(&scan, &inner));
    CHECK(!json_scan_member(&scan, &inner, &key));
    CHECK(!json_scan_member(&scan, &keys, &key) && !json_scan_failed(&scan));
    CHECK(json_scan_finish(&scan, &err) == 0);
    arena_release(&arena);
}

TEST(what_is_asked_for_is_read_and_the_rest_skipped)
{
    each_kernel(read_a_review);
}

static void fail_on_each_kind(const char *kernel)
{
    static const struct str texts[] = {STR_INIT("null"), STR_INIT("true"), STR_INIT("1"),
                                       STR_INIT("\"\""), STR_INIT("[]"),   STR_INIT("{}")};
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t ask = 0; ask < ARRAY_LEN(texts); ask++) {
            struct json_scan scan;
            struct json_keys keys;
            struct str text;
            struct error err;
            bool boolean, got;

            start(&scan, &arena, texts[i], kernel);
            got = ask == 0   ? json_scan_null(&scan)
                  : ask == 1 ? json_scan_bool(&scan, &boolean)
                  : ask == 2 ? json_scan_number(&scan, &text)
                  : ask == 3 ? json_scan_string(&scan, &text)
                  : ask == 4 ? json_scan_enter_list(&scan)
                             : json_scan_enter_map(&scan, &keys);
            CHECK_ROW(got == (ask == i), "%zu asked as %zu", i, ask);
            CHECK_ROW(json_scan_failed(&scan) == (ask != i), "%zu asked as %zu", i, ask);
            CHECK_ROW(ask == i || json_scan_finish(&scan, &err) == -1, "%zu asked as %zu", i, ask);
        }
    }
    arena_release(&arena);
}

TEST(another_kind_than_asked_for_is_a_failure)
{
    each_kernel(fail_on_each_kind);
}

TEST(failure_is_sticky_and_told_with_its_place)
{
    struct json_scan scan;
    struct json_keys keys;
    struct arena arena;
    struct str key;
    struct error err;
    bool first = true;

    arena_init(&arena);
    json_scan_init(&scan, &arena, STR("{\"a\":[1,2],\"b\":3}"));
    CHECK(json_scan_enter_map(&scan, &keys) && json_scan_member(&scan, &keys, &key));
    CHECK(!json_scan_fail(&scan, "not what was expected"));
    CHECK(json_scan_failed(&scan));
    CHECK(!json_scan_fail(&scan, "another complaint"));
    CHECK(json_scan_peek(&scan) == JSON_SCAN_NONE);
    CHECK(!json_scan_skip(&scan) && !json_scan_skip_raw(&scan, &key));
    CHECK(!json_scan_enter_list(&scan) && !json_scan_element(&scan, &first));
    CHECK(!json_scan_member(&scan, &keys, &key) && !json_scan_enter_map(&scan, &keys));
    CHECK(!json_scan_string(&scan, &key) && !json_scan_number(&scan, &key) && !json_scan_null(&scan));
    CHECK(json_scan_finish(&scan, &err) == -1);
    CHECK(err.code == ERROR_INVALID);
    CHECK_STR(error_text(&err), STR("byte 5: not what was expected"));
    arena_release(&arena);
}

/* What is not read must still be text that any reader takes for the same. */
static void refuse_in_skipped(const char *kernel)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR_INIT("{\"a\":\"\x1F\"}"), "byte 6: a control character in a string"},
        {STR_INIT("{\"a\":\"\n\"}"), "byte 6: a control character in a string"},
        {STR_INIT("{\"a\":\f1}"), "byte 5: a control character"},
        {STR_INIT("{\"a\":\0001}"), "byte 5: a control character"},
        {STR_INIT("{\"a\":\"\xFF\"}"), "byte 6: a byte that is not UTF-8"},
        {STR_INIT("{\"a\":\"\xC3\"}"), "byte 6: a byte that is not UTF-8"},
        {STR_INIT("{\"a\":\xC3\xA9}"), "byte 5: an unexpected byte"},
        {STR_INIT("{\"a\":\"\\x\"}"), "byte 7: an illegal escape"},
        {STR_INIT("{\"a\":\"\\u12g4\"}"), "byte 6: an illegal escape"},
        {STR_INIT("{\"a\":\"\\ud800\"}"), "byte 6: a lone surrogate"},
        {STR_INIT("{\"a\":\"\\udc00\"}"), "byte 6: a lone surrogate"},
        {STR_INIT("{\"a\":\"\\ud800\\\\udc00\"}"), "byte 6: a lone surrogate"},
        {STR_INIT("{\"a\":\"\\ud800\\udc00\\udc00\"}"), "byte 18: a lone surrogate"},
        {STR_INIT("{\"a\":\\\"}"), "byte 5: a backslash outside a string"},
        {STR_INIT("{\"a\":\"b}"), "byte 8: the document ends too early"},
        {STR_INIT("{\"a\":[[]}"), "byte 9: the document ends too early"},
        {STR_INIT("{\"a\":1}}"), "byte 7: an unexpected byte"},
        {STR_INIT("{} x"), "byte 3: an unexpected byte"},
        {STR_INIT("{} \0"), "byte 3: a control character"},
        {STR_INIT(""), "byte 0: the document ends too early"},
        {STR_INIT(" \n"), "byte 2: the document ends too early"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct json_scan scan;
        struct error err = {.text = "accepted"};

        start(&scan, &arena, rows[i].text, kernel);
        (void)json_scan_skip(&scan);
        CHECK_ROW(json_scan_finish(&scan, &err) == -1, "row %zu by %s", i, kernel);
        CHECK_STR(error_text(&err), str_from_c(rows[i].message));
    }
    arena_release(&arena);
}

TEST(bad_bytes_are_refused_in_what_is_skipped)
{
    each_kernel(refuse_in_skipped);
}

/* The same piece at every place of a block, whole in one or across two. */
static void move_through_blocks(const char *kernel)
{
    static const struct {
        struct str inside; /* of a string */
        bool ok;
        struct str decoded;
    } rows[] = {
        {STR_INIT("\\ud83d\\ude00"), true, STR_INIT("\xF0\x9F\x98\x80")},
        {STR_INIT("\\ud83d\\\\ude00"), false, STR_INIT("")},
        {STR_INIT("\\\\\\\\\\\""), true, STR_INIT("\\\\\"")},
        {STR_INIT("\\\\"), true, STR_INIT("\\")},
        {STR_INIT("\xF0\x9F\x98\x80"), true, STR_INIT("\xF0\x9F\x98\x80")},
        {STR_INIT("\xF0\x9F\x98"), false, STR_INIT("")},
        {STR_INIT("\x80"), false, STR_INIT("")},
        {STR_INIT("\\q"), false, STR_INIT("")},
        {STR_INIT("{[\\\"]}"), true, STR_INIT("{[\"]}")},
        {STR_INIT("\\/\\b\\f\\n\\r\\t\\u0000"), true, STR_INIT("/\b\f\n\r\t\0")},
    };

    for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
        for (size_t before = 0; before < 140; before++) {
            struct arena arena;
            struct text out;
            struct json_scan scan;
            struct error err;
            struct str got = {NULL, 0};

            arena_init(&arena);
            text_init(&out, &arena, 1000);
            text_add_char(&out, '"');
            for (size_t i = 0; i < before; i++)
                text_add_char(&out, 'a');
            text_add(&out, rows[row].inside);
            text_add_char(&out, '"');
            start(&scan, &arena, text_str(&out), kernel);
            CHECK_ROW(json_scan_string(&scan, &got) == rows[row].ok, "row %zu behind %zu", row, before);
            CHECK_ROW((json_scan_finish(&scan, &err) == 0) == rows[row].ok, "row %zu behind %zu", row,
                      before);
            if (rows[row].ok)
                CHECK_STR(str_from(got, before), rows[row].decoded);
            arena_release(&arena);
        }
    }
}

TEST(strings_are_read_across_blocks)
{
    each_kernel(move_through_blocks);
}

/* Every four of the bytes where the rules change, around the border of two blocks, against utf8_valid(). */
static void compare_utf8(const char *kernel)
{
    static const char edges[] = "\x41\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xED\xEF\xF0\xF4\xF5\xFF";
    const size_t count = sizeof(edges) - 1;
    char text[80];
    struct json_scan scan;
    struct error err;

    for (size_t number = 0; number < count * count * count * count; number++) {
        struct str piece = {text + 58 + number % 7, 4};
        char *at = text + 58 + number % 7;

        memset(text, 'a', sizeof(text));
        text[0] = text[sizeof(text) - 1] = '"';
        for (size_t i = 0, rest = number; i < 4; i++, rest /= count)
            at[i] = edges[rest % count];
        start(&scan, NULL, (struct str){text, sizeof(text)}, kernel);
        (void)json_scan_skip(&scan);
        CHECK_ROW((json_scan_finish(&scan, &err) == 0) == utf8_valid(piece), "%02x %02x %02x %02x",
                  (unsigned char)at[0], (unsigned char)at[1], (unsigned char)at[2], (unsigned char)at[3]);
    }
}

TEST(utf8_is_checked_as_the_table_says_in_and_across_blocks)
{
    each_kernel(compare_utf8);
}

static struct str brackets(struct arena *arena, size_t depth, size_t in_front)
{
    struct text out;

    text_init(&out, arena, 1 << 20);
    for (size_t i = 0; i < in_front; i++)
        text_add(&out, STR("[],"));
    for (size_t i = 0; i < depth; i++)
        text_add(&out, i % 2 ? STR("[") : STR("[{\"a\":"));
    text_add(&out, STR("1"));
    for (size_t i = depth; i > 0; i--)
        text_add(&out, i % 2 == 0 ? STR("]") : STR("}]"));
    return text_str(&out);
}

/* `in_lists` are entered, the rest is skipped. */
static bool skips_depth(const char *kernel, size_t in_lists, struct str rest)
{
    struct arena arena;
    struct json_scan scan;
    struct text out;
    struct error err;
    bool first, ok;

    arena_init(&arena);
    text_init(&out, &arena, 1 << 20);
    for (size_t i = 0; i < in_lists; i++)
        text_add_char(&out, '[');
    text_add(&out, rest);
    for (size_t i = 0; i < in_lists; i++)
        text_add_char(&out, ']');
    start(&scan, &arena, text_str(&out), kernel);
    for (size_t i = 0; i < in_lists; i++) {
        first = true;
        CHECK(json_scan_enter_list(&scan) && json_scan_element(&scan, &first));
    }
    while (json_scan_skip(&scan) && in_lists > 0 && json_scan_element(&scan, &first))
        ;
    for (size_t i = 1; i < in_lists; i++)
        (void)json_scan_element(&scan, &first);
    ok = json_scan_finish(&scan, &err) == 0;
    CHECK(ok || str_ends(error_text(&err), STR("nested too deeply")));
    arena_release(&arena);
    return ok;
}

static void limit_depth(const char *kernel)
{
    struct arena arena;

    arena_init(&arena);
    /* two levels for each even step, one for each odd one */
    CHECK(skips_depth(kernel, 0, brackets(&arena, 6668, 0)));
    CHECK(!skips_depth(kernel, 0, brackets(&arena, 6669, 0)));
    for (size_t shift = 0; shift < 30; shift++) {
        CHECK_ROW(skips_depth(kernel, 3, brackets(&arena, 6666, shift)), "%s %zu", kernel, shift);
        CHECK_ROW(!skips_depth(kernel, 4, brackets(&arena, 6666, shift)), "%s %zu", kernel, shift);
    }
    arena_release(&arena);
}

TEST(depth_is_limited_in_what_is_skipped)
{
    each_kernel(limit_depth);
}

static bool members_are_unique(const char *kernel, size_t count, size_t repeated)
{
    struct arena arena;
    struct json_scan scan;
    struct text out;
    struct error err;
    bool unique;

    arena_init(&arena);
    text_init(&out, &arena, 1 << 22);
    for (size_t i = 0; i < count; i++)
        text_addf(&out, "%c\"key-%zu\":%zu", i ? ',' : '{', i, i);
    if (repeated < count)
        text_addf(&out, ",\"\\u006bey-%zu\":0", repeated);
    text_add(&out, count ? STR("}") : STR("{}"));
    start(&scan, &arena, text_str(&out), kernel);
    (void)json_walk(&scan, &arena, NULL);
    unique = json_scan_finish(&scan, &err) == 0;
    CHECK(unique || str_ends(error_text(&err), STR("an object has a member twice")));
    arena_release(&arena);
    return unique;
}

/* Through all three ways members are remembered, and their borders. */
static void find_duplicates(const char *kernel)
{
    for (size_t count = 0; count < 150; count++) {
        CHECK_ROW(members_are_unique(kernel, count, count), "%zu members", count);
        for (size_t repeated = 0; repeated < count; repeated += 1 + count / 8)
            CHECK_ROW(!members_are_unique(kernel, count, repeated), "%zu members, %zu", count, repeated);
    }
    CHECK(members_are_unique(kernel, 30000, 30000));
    CHECK(!members_are_unique(kernel, 30000, 12345));
}

TEST(a_member_may_stand_only_once_however_many_there_are)
{
    each_kernel(find_duplicates);
}

TEST(a_value_skipped_raw_can_be_scanned_again)
{
    struct json_scan scan, again;
    struct json_keys keys;
    struct arena arena;
    struct str raw, key, text;
    struct error err;

    arena_init(&arena);
    json_scan_init(&scan, &arena, STR("  {\"a\":\"x\"}  "));
    CHECK(json_scan_skip_raw(&scan, &raw) && json_scan_finish(&scan, &err) == 0);
    json_scan_init(&again, &arena, raw);
    CHECK(json_scan_enter_map(&again, &keys) && json_scan_member(&again, &keys, &key));
    CHECK(json_scan_string(&again, &text) && !json_scan_member(&again, &keys, &key));
    CHECK_STR(text, STR("x"));
    CHECK(json_scan_finish(&again, &err) == 0);
    arena_release(&arena);
}

TEST(strings_without_escapes_take_no_memory)
{
    struct json_scan scan;
    struct arena arena;

    arena_init(&arena);
    json_scan_init(&scan, &arena, STR("{\"a\":[\"x\",{\"b\":\"\xC3\xA9\"}]}"));
    CHECK(json_scan_skip(&scan));
    CHECK(arena.used == 0);
    arena_release(&arena);
}

/* A document whose wanted members stand at every place of the blocks, and beyond the window. */
static struct str wanted_document(struct arena *arena, size_t before, struct str between)
{
    struct text out;

    text_init(&out, arena, 100000);
    text_add(&out, STR("{\"skipped\":[{\"a\":\"no\"},\""));
    for (size_t i = 0; i < before; i++)
        text_add_char(&out, 'x');
    text_add(&out, STR("\"],\"a\":"));
    text_add(&out, between);
    text_add(
        &out,
        STR("\"first\",\"nam\\u0065\":\"tw\\\\o\",\"n\":-1.5e3,\"bc\":{\"a\":\"inner\"},\"spec\":[\"x\"]"));
    text_add(&out, between);
    text_add(&out, STR(",\"other\":\"quo\\\"te\",\"image\":null,\"t\":true,\"zero\":0,\"\":7}"));
    return text_str(&out);
}

static void read_wanted_at(const char *kernel, size_t before, struct str between)
{
    struct arena arena;
    struct json_scan scan;
    struct json_scan_map map;
    struct str places[JSON_WALK_PLACES] = {{NULL, 0}};
    struct error err;
    struct str raw = {NULL, 0};

    arena_init(&arena);
    start(&scan, &arena, wanted_document(&arena, before, between), kernel);
    CHECK(json_scan_open(&scan, &json_walk_wanted, places, &map));
    CHECK_ROW(json_scan_next(&scan, &map) == JSON_WALK_B && json_scan_skip_raw(&scan, &raw), "%zu", before);
    CHECK_STR(raw, STR("{\"a\":\"inner\"}"));
    CHECK_STR(places[0], STR("first"));
    CHECK_STR(places[1], STR("tw\\o"));
    CHECK(json_scan_next(&scan, &map) == JSON_WALK_SPEC && json_scan_skip_raw(&scan, &raw));
    CHECK_STR(raw, STR("[\"x\"]"));
    CHECK(json_scan_next(&scan, &map) == JSON_WALK_IMAGE && json_scan_null(&scan));
    CHECK(json_scan_next(&scan, &map) == JSON_SCAN_END && !json_scan_failed(&scan));
    CHECK(json_scan_finish(&scan, &err) == 0 && !places[2].ptr);
    arena_release(&arena);
}

static void read_wanted_everywhere(const char *kernel)
{
    for (size_t before = 0; before < 1300; before++)
        read_wanted_at(kernel, before, STR(""));
    for (size_t before = 900; before < 1100; before++)
        read_wanted_at(kernel, before, STR("  \n\t "));
    read_wanted_at(kernel, 90000, STR(""));
}

TEST(wanted_members_are_found_wherever_they_stand)
{
    each_kernel(read_wanted_everywhere);
}

static void refuse_unwanted_grammar(const char *kernel)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR_INIT("{\"x\":1 \"y\":2}"), "byte 7: an unexpected byte"},
        {STR_INIT("{\"x\":1,}"), "byte 7: an unexpected byte"},
        {STR_INIT("{,\"x\":1}"), "byte 1: an unexpected byte"},
        {STR_INIT("{\"x\" 1}"), "byte 5: an unexpected byte"},
        {STR_INIT("{\"x\":}"), "byte 5: an unexpected byte"},
        {STR_INIT("{\"x\":01}"), "byte 6: an unexpected byte"},
        {STR_INIT("{\"x\":truf}"), "byte 5: an unexpected byte"},
        {STR_INIT("{\"x\":\"y\"\"z\":1}"), "byte 8: an unexpected byte"},
        {STR_INIT("{\"x\":{}]"), "byte 7: an unexpected byte"},
        {STR_INIT("{\"a\":\"1\",\"x\":2,\"a\":\"3\"}"), "byte 19: an object has a member twice"},
        {STR_INIT("{\"spec\":1,\"spec\":2}"), "byte 17: an object has a member twice"},
        {STR_INIT("{\"x\":\"y"), "byte 7: the document ends too early"},
        {STR_INIT("{\"x\":12"), "byte 7: the document ends too early"},
        {STR_INIT("{\"x"), "byte 3: the document ends too early"},
        {STR_INIT("{"), "byte 1: the document ends too early"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str places[JSON_WALK_PLACES] = {{NULL, 0}};
        struct json_scan_map map;
        struct json_scan scan;
        struct error err = {.text = "accepted"};

        start(&scan, &arena, rows[i].text, kernel);
        CHECK(json_scan_open(&scan, &json_walk_wanted, places, &map));
        while (json_scan_next(&scan, &map) != JSON_SCAN_END)
            (void)json_scan_skip(&scan);
        CHECK_ROW(json_scan_finish(&scan, &err) == -1, "row %zu by %s", i, kernel);
        CHECK_STR(error_text(&err), str_from_c(rows[i].message));
    }
    arena_release(&arena);
}

TEST(the_grammar_of_an_object_holds_for_what_is_not_asked_for)
{
    each_kernel(refuse_unwanted_grammar);
}

TEST_MAIN()
