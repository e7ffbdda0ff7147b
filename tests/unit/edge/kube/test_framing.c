/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/list_framing.h"
#include "edge/kube/watch_framing.h"

#include "base/text.h"
#include "test.h"

static struct arena arena;

/* The lines that come out, each ended by '|'; '!' where one is too long. */
static struct str frame(struct str text, size_t step, size_t line_max)
{
    struct watch_framing framing;
    struct text out;
    struct error err;
    struct str line;
    int got = 0;

    text_init(&out, &arena, 100000);
    watch_framing_init(&framing, line_max);
    for (size_t i = 0; i < text.len && got >= 0; i += step) {
        watch_framing_add(&framing, str_slice(text, i, i + step));
        while ((got = watch_framing_next(&framing, &line, &err)) == 1) {
            text_add(&out, line);
            text_add_char(&out, '|');
        }
    }
    if (got < 0)
        text_add_c(&out, err.code == ERROR_TOO_LARGE ? "!" : "?");
    watch_framing_release(&framing);
    return text_str(&out);
}

TEST(lines_come_whole_wherever_the_parts_end)
{
    const struct str text =
        STR("{\"a\":1}\n\n  \n{\"b\":2}\r\n{\"long\":\"xxxxxxxxxxxxxxxxxxxxxxx\"}\n{\"torso");

    for (size_t step = 1; step <= text.len; step++)
        CHECK_STR(frame(text, step, 100),
                  STR("{\"a\":1}|{\"b\":2}\r|{\"long\":\"xxxxxxxxxxxxxxxxxxxxxxx\"}|"));
}

TEST(a_line_beyond_the_limit_is_refused_before_its_end_comes)
{
    CHECK_STR(frame(STR("12345\n1234567890"), 3, 5), STR("12345|!"));
    CHECK_STR(frame(STR("12345\n123456\n"), 1, 5), STR("12345|!"));
    CHECK_STR(frame(STR("12345\n123456\n"), 100, 5), STR("12345|!"));
}

TEST(events_are_told_apart)
{
    static const struct {
        const char *line;
        int ok;
        enum watch_event_type type;
        const char *object;
    } rows[] = {
        {"{\"type\":\"ADDED\",\"object\":{\"a\":[1,{}]}}", 1, WATCH_ADDED, "{\"a\":[1,{}]}"},
        {"{\"object\":{},\"more\":null,\"type\":\"MODIFIED\"}", 1, WATCH_MODIFIED, "{}"},
        {"{\"type\":\"DELETED\",\"object\":{}}", 1, WATCH_DELETED, "{}"},
        {"{\"type\":\"BOOKMARK\",\"object\":{}}", 1, WATCH_BOOKMARK, "{}"},
        {"{\"type\":\"ERROR\",\"object\":{}}\r", 1, WATCH_ERROR, "{}"},
        {"{\"type\":\"added\",\"object\":{}}", 0, 0, ""},
        {"{\"type\":1,\"object\":{}}", 0, 0, ""},
        {"{\"type\":\"ADDED\"}", 0, 0, ""},
        {"{\"type\":\"ADDED\",\"object\":[]}", 0, 0, ""},
        {"{\"type\":\"ADDED\",\"object\":null}", 0, 0, ""},
        {"{\"type\":\"ADDED\",\"object\":{}", 0, 0, ""},
        {"{\"type\":\"ADDED\",\"object\":{}}{}", 0, 0, ""},
        {"{\"type\":\"ADDED\",\"type\":\"ERROR\",\"object\":{}}", 0, 0, ""},
        {"[]", 0, 0, ""},
        {"null", 0, 0, ""},
        {"not JSON", 0, 0, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct watch_event event = {WATCH_ERROR, {NULL, 0}};
        struct error err;
        int failed = watch_event_read(&arena, str_from_c(rows[i].line), &event, &err);

        CHECK_ROW((failed == 0) == rows[i].ok, "%s", rows[i].line);
        if (failed == 0) {
            CHECK_ROW(event.type == rows[i].type, "%s", rows[i].line);
            CHECK_STR(event.object, str_from_c(rows[i].object));
        } else {
            CHECK_ROW(err.code == ERROR_INVALID, "%s", rows[i].line);
        }
    }
}

static void add_item(void *ctx, struct str json)
{
    text_add(ctx, json);
    text_add_char(ctx, '|');
}

/* The items, each ended by '|', then "version/continue", or "!" and the code. */
static struct str list(struct str text, size_t step, size_t item_max)
{
    struct list_framing framing;
    struct list_metadata metadata;
    struct text out;
    struct error err;
    int failed = 0;

    text_init(&out, &arena, 100000);
    list_framing_init(&framing, item_max);
    for (size_t i = 0; i < text.len && failed == 0; i += step)
        failed = list_framing_add(&framing, str_slice(text, i, i + step), add_item, &out, &err);
    if (failed == 0)
        failed = list_framing_finish(&framing, &arena, &metadata, &err);
    if (failed < 0) {
        text_addf(&out, "!%d", (int)err.code);
    } else {
        text_add(&out, metadata.resource_version);
        text_add_char(&out, '/');
        text_add(&out, metadata.continue_token);
        if (framing.left_out > 0)
            text_addf(&out, " left out %zu", framing.left_out);
    }
    list_framing_release(&framing);
    return text_str(&out);
}

TEST(items_come_whole_wherever_the_parts_end)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"{\"kind\":\"L\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"x\"},\"items\":[{\"a\":\"}]"
         "\\\"\"},"
         "{\"b\":[{}]}]}\n",
         "{\"a\":\"}]\\\"\"}|{\"b\":[{}]}|7/x"},
        {" { \"items\" : [ { } , {\"c\":1} ] , \"n\" : 12 , \"x\" : { \"items\" : [ {} ] } , \"metadata\" : "
         "{\"resourceVersion\":\"8\"} } ",
         "{ }|{\"c\":1}|8/"},
        {"{\"items\":null,\"metadata\":{\"resourceVersion\":\"9\",\"selfLink\":\"\",\"remainingItemCount\":1}"
         "}",
         "9/"},
        {"{\"metadata\":{\"resourceVersion\":\"9\"}}", "9/"},
        {"{\"items\":[],\"metadata\":{\"resourceVersion\":\"9\"},\"t\":true}", "9/"},
        {"{\"items\":[{\"a\":1}],\"metadata\":{}}", "{\"a\":1}|!1"},
        {"{\"items\":[{\"a\":1}],\"metadata\":{\"resourceVersion\":9}}", "{\"a\":1}|!1"},
        {"{\"items\":[{\"a\":1}]}", "{\"a\":1}|!1"},
        {"{\"items\":[{\"a\":1}],\"metadata\":{\"resourceVersion\":\"9\"}", "{\"a\":1}|!1"},
        {"{\"items\":[1],\"metadata\":{\"resourceVersion\":\"9\"}}", "!1"},
        {"{\"items\":{},\"metadata\":{\"resourceVersion\":\"9\"}}", "!1"},
        {"{\"metadata\":[],\"items\":[]}", "!1"},
        {"{\"metadata\":{\"resourceVersion\":\"9\"}}}", "!1"},
        {"{\"metadata\":{\"resourceVersion\":\"9\"},\"metadata\":{}}", "!1"},
        {"[]", "!1"},
        {"<html>", "!1"},
        {"", "!1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str text = str_from_c(rows[i].text);

        for (size_t step = 1; step <= text.len + 1; step++) {
            struct str got = list(text, step, 1000);

            CHECK_ROW(str_equal(got, str_from_c(rows[i].want)), "row %zu by %zu: " STR_FMT, i, step,
                      STR_ARG(got));
        }
    }
}

TEST(an_item_beyond_the_limit_is_left_out_and_counted)
{
    const struct str text = STR("{\"items\":[{\"a\":\"12345678901234567890\"},{\"b\":1}],"
                                "\"metadata\":{\"resourceVersion\":\"9\"}}");

    for (size_t step = 1; step <= text.len; step++)
        CHECK_STR(list(text, step, 10), STR("{\"b\":1}|9/ left out 1"));
}

TEST_MAIN()
