/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/trigger_list.h"

#include "test.h"

#define WEB  "\"fieldPath\":\"spec.template.spec.containers[?(@.name==\\\"web\\\")].image\""
#define FROM "\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"app:latest\"}"

static struct arena arena;

static struct trigger_list parse(const char *text)
{
    struct trigger_list list;

    trigger_list_parse(&arena, str_from_c(text), STR("spec.template.spec"), &list);
    return list;
}

TEST(reads_what_a_trigger_says)
{
    struct trigger_list list =
        parse("[{\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"app:1.2\",\"namespace\":\"images\","
              "\"apiVersion\":\"image.openshift.io/v1\",\"uid\":\"x\"}," WEB ",\"more\":1}]");

    CHECK(list.count == 1 && list.problem_count == 0);
    CHECK_STR(list.items[0].stream, STR("app"));
    CHECK_STR(list.items[0].tag, STR("1.2"));
    CHECK_STR(list.items[0].namespace, STR("images"));
    CHECK_STR(list.items[0].field.name, STR("web"));
    CHECK(!list.items[0].paused);
    CHECK(parse("").count == 0 && parse(" \n").problem_count == 0);
    CHECK(parse("[]").count == 0 && parse("[]").problem_count == 0);
    arena_release(&arena);
}

TEST(takes_paused_as_a_boolean_and_as_a_text)
{
    static const struct {
        const char *value;
        int paused; /* below 0: refused */
    } rows[] = {
        {"true", 1},      {"false", 0}, {"null", 0},    {"\"true\"", 1}, {"\"True\"", 1},
        {"\"false\"", 0}, {"\"\"", 0},  {"\"no\"", -1}, {"1", -1},       {"[]", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[512];
        struct trigger_list list;

        (void)snprintf(text, sizeof text, "[{" FROM "," WEB ",\"paused\":%s}]", rows[i].value);
        list = parse(text);
        CHECK_ROW(list.count == (rows[i].paused >= 0), "%s", rows[i].value);
        CHECK_ROW(list.problem_count == (rows[i].paused < 0), "%s", rows[i].value);
        CHECK_ROW(list.count == 0 || list.items[0].paused == (rows[i].paused == 1), "%s", rows[i].value);
    }
    arena_release(&arena);
}

TEST(reports_a_wrong_entry_and_takes_the_others)
{
    static const struct {
        const char *entry;
        const char *problem;
    } rows[] = {
        {"{" WEB "}", "[0]: from is missing"},
        {"{" FROM "}", "[0]: fieldPath: \"\" does not begin"},
        {"7", "[0]: a number, want an object"},
        {"{\"from\":{\"kind\":\"DockerImage\",\"name\":\"a:b\"}," WEB "}", "from.kind is \"DockerImage\""},
        {"{\"from\":{\"kind\":\"ImageStreamTag\",\"apiVersion\":\"v1\",\"name\":\"a:b\"}," WEB "}",
         "from.kind"},
        {"{\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"app\"}," WEB "}", "from.name is \"app\""},
        {"{\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\":b\"}," WEB "}", "want STREAM:TAG"},
        {"{\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"a:b:c\"}," WEB "}", "want STREAM:TAG"},
        {"{\"from\":{\"kind\":\"ImageStreamTag\"}," WEB "}", "want STREAM:TAG"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[1024];
        struct trigger_list list;

        (void)snprintf(text, sizeof text, "[%s,{" FROM "," WEB "}]", rows[i].entry);
        list = parse(text);
        CHECK_ROW(list.count == 1 && list.problem_count == 1, "%s", rows[i].entry);
        CHECK_ROW(list.problem_count == 1 && str_contains(list.problems[0], str_from_c(rows[i].problem)),
                  "%s: " STR_FMT, rows[i].entry, STR_ARG(list.problems[0]));
    }
    arena_release(&arena);
}

TEST(reports_a_text_that_is_no_list)
{
    static const char *const rows[] = {"{", "{}", "null", "[{]", "[] []", "\"x\"", "[{\"a\":1,\"a\":2}]"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct trigger_list list = parse(rows[i]);

        CHECK_ROW(list.count == 0 && list.problem_count == 1, "%s", rows[i]);
    }
    arena_release(&arena);
}

TEST(has_limits)
{
    size_t len = 0;
    char *text = arena_alloc(&arena, TRIGGERS_TEXT_MAX + 2);

    text[len++] = '[';
    for (size_t i = 0; i <= TRIGGERS_MAX; i++) {
        text[len++] = '1';
        text[len++] = i < TRIGGERS_MAX ? ',' : ']';
    }
    text[len] = '\0';
    CHECK(parse(text).problem_count == 1);
    memset(text, ' ', TRIGGERS_TEXT_MAX + 1);
    text[0] = '[';
    text[TRIGGERS_TEXT_MAX] = ']';
    text[TRIGGERS_TEXT_MAX + 1] = '\0';
    CHECK(parse(text).problem_count == 1);
    arena_release(&arena);
}

TEST_MAIN()
