/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/image_intent.h"

#include "base/json/read.h"
#include "test.h"

#include <string.h>

TEST(tells_an_annotation_that_counts_from_one_that_does_not)
{
    static const struct {
        const char *text;
        enum intent_state state;
        size_t count;
    } rows[] = {
        {"{}", INTENT_GOOD, 0},
        {"{\"a\":{\"image\":\"x\",\"stored\":\"y\"},\"volume/m\":{\"stored\":\"z\",\"more\":[1]}}",
         INTENT_GOOD, 2},
        {"", INTENT_MALFORMED, 0},
        {"[]", INTENT_MALFORMED, 0},
        {"{\"a\":5}", INTENT_MALFORMED, 0},
        {"{\"a\":{\"image\":null}}", INTENT_MALFORMED, 0},
        {"{\"a\":{},\"a\":{}}", INTENT_MALFORMED, 0},
        {"{\"a\":{\"image\":\"x\",\"image\":\"y\"}}", INTENT_MALFORMED, 0},
        {"{\"a\":{}} x", INTENT_MALFORMED, 0},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct intent intent;

        image_intent_parse(&arena, true, str_from_c(rows[i].text), &intent);
        CHECK_ROW(intent.state == rows[i].state && intent.count == rows[i].count, "%s", rows[i].text);
    }
    arena_release(&arena);
}

TEST(ignores_more_than_16_KiB)
{
    static char text[INTENT_TEXT_MAX + 16];
    struct intent intent;
    struct arena arena;

    arena_init(&arena);
    memset(text, ' ', sizeof(text));
    text[0] = '{';
    text[INTENT_TEXT_MAX - 1] = '}';
    image_intent_parse(&arena, true, (struct str){text, INTENT_TEXT_MAX}, &intent);
    CHECK(intent.state == INTENT_GOOD);
    text[INTENT_TEXT_MAX - 1] = ' ';
    text[INTENT_TEXT_MAX] = '}';
    image_intent_parse(&arena, true, (struct str){text, INTENT_TEXT_MAX + 1}, &intent);
    CHECK(intent.state == INTENT_MALFORMED);
    arena_release(&arena);
}

TEST(writes_sorted_and_keeps_members_it_does_not_know)
{
    struct arena arena;
    struct value *unknown = NULL;
    struct error err;
    struct intent intent;

    arena_init(&arena);
    CHECK(json_read(&arena, STR("{\"z\":{\"b\":1,\"a\":[true,null]},\"image\":\"old\",\"k\":2}"), &unknown,
                    &err) == 0);
    struct intent_wish wishes[] = {
        {.key = STR("web"), .image = STR("w"), .stored = STR("s"), .has_image = true, .unknown = unknown},
        {.key = STR("app"),
         .stored = STR("t"),
         .pull_policy = STR(""),
         .set_policy = STR("Never"),
         .has_policies = true},
    };
    size_t held = 0;
    struct str text = image_intent_format(&arena, wishes, 2, &held);

    CHECK(held == 2);
    CHECK_STR(text,
              STR("{\"app\":{\"pullPolicy\":\"\",\"setPolicy\":\"Never\",\"stored\":\"t\"},"
                  "\"web\":{\"image\":\"w\",\"k\":2,\"stored\":\"s\",\"z\":{\"a\":[true,null],\"b\":1}}}"));
    image_intent_parse(&arena, true, text, &intent);
    CHECK(intent.state == INTENT_GOOD);
    CHECK_STR(image_intent_canonical(&arena, intent.map), text);
    arena_release(&arena);
}

TEST(writes_no_more_than_it_reads)
{
    static char stored[INTENT_TEXT_MAX];
    struct intent_wish wishes[] = {
        {.key = STR("a")}, {.key = STR("b")}, {.key = STR("c"), .stored = STR("s")}};
    size_t rest = sizeof("{'a':{'stored':''},'b':{'stored':''}}") - 1;
    struct arena arena;
    struct intent intent;
    size_t held = 0;

    arena_init(&arena);
    memset(stored, 's', sizeof(stored));
    wishes[0].stored = (struct str){stored, 100};
    wishes[1].stored = (struct str){stored, INTENT_TEXT_MAX - rest - 100};
    image_intent_parse(&arena, true, image_intent_format(&arena, wishes, 2, &held), &intent);
    CHECK(held == 2 && intent.count == 2 && intent.text.len == INTENT_TEXT_MAX);
    wishes[1].stored.len++;
    image_intent_parse(&arena, true, image_intent_format(&arena, wishes, 3, &held), &intent);
    CHECK(held == 2 && intent.count == 2);
    CHECK_STR(intent.entries[1].key, STR("c"));
    wishes[0].stored.len = INTENT_TEXT_MAX;
    wishes[1].stored.len = INTENT_TEXT_MAX;
    CHECK(image_intent_format(&arena, wishes, 2, &held).len == 0 && held == 0);
    arena_release(&arena);
}

TEST_MAIN()
