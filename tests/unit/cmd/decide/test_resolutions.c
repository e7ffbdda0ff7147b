/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/resolutions.h"

#include "base/json/read.h"
#include "test.h"

#include <string.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int decode(struct arena *arena, const char *text, struct tag_answers *ret, struct error *err)
{
    struct value *document;

    if (json_read(arena, str_from_c(text), &document, err) < 0)
        return -1;
    return resolutions_decode(arena, document, ret, err);
}

TEST(compares_references_normalized_and_with_a_tag)
{
    static const struct {
        const char *written;
        const char *reference;
    } rows[] = {
        {"nginx", "docker.io/library/nginx:latest"},
        {"docker.io/nginx:1.27", "docker.io/library/nginx:1.27"},
        {"team/app:2", "docker.io/team/app:2"},
        {"localhost:5000/app", "localhost:5000/app:latest"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct tag_answer *answer = NULL;
        struct tag_answers answers;
        struct arena arena;
        struct error err;
        char text[256];

        arena_init(&arena);
        snprintf(text, sizeof(text), "{\"%s\": \"%s\"}", rows[i].written, DIGEST);
        if (decode(&arena, text, &answers, &err) == 0)
            answer = tag_answers_find(&answers, str_from_c(rows[i].reference));
        CHECK_ROW(answer && answer->outcome == TAG_FOUND, "%s", rows[i].written);
        if (answer)
            CHECK_STR(answer->digest, STR(DIGEST));
        arena_release(&arena);
    }
}

TEST(knows_what_registries_do_not_have_and_how_they_fail)
{
    const char *text =
        "{\"a\": null, \"b\": {\"failure\": \"not-now\", \"cause\": \"refused\"}, \"c\": {\"failure\": "
        "\"must-not\"}}";
    struct tag_answers answers = {.count = 0};
    struct arena arena;
    struct error err;

    arena_init(&arena);
    CHECK(decode(&arena, text, &answers, &err) == 0 && answers.count == 3 && !answers.closed);
    if (answers.count == 3) {
        CHECK(answers.items[0].outcome == TAG_MUST_NOT);
        CHECK_STR(answers.items[0].cause, STR("registry \"docker.io\" does not have it"));
        CHECK(answers.items[1].outcome == TAG_NOT_NOW);
        CHECK_STR(answers.items[1].cause, STR("refused"));
        CHECK(answers.items[2].outcome == TAG_MUST_NOT && answers.items[2].cause.len > 0);
    }
    arena_release(&arena);
}

TEST(refuses_what_says_nothing_sensible)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"[]", "expected a map from image references to digests, found a list"},
        {"{\"A b\": null}", "line 1: \"A b\": invalid reference format"},
        {"{\"\": null}", "line 1: \"\": invalid reference format"},
        {"{\"a@" DIGEST "\": null}", "line 1: \"a@" DIGEST "\": has a digest already"},
        {"{\"a\": \"latest\"}", "line 1: \"a\": \"latest\": invalid checksum digest format"},
        {"{\"a\": 1}", "line 1: \"a\": expected a digest, null or a failure, found a number"},
        {"{\"a\": null,\n\"docker.io/library/a:latest\": \"" DIGEST "\"}",
         "line 2: \"docker.io/library/a:latest\": \"docker.io/library/a:latest\" is there already, with "
         "another answer"},
        {"{\"a\": {}}", "line 1: \"a\": a failure has the members \"failure\" and, as text, \"cause\""},
        {"{\"a\": {\"failure\": \"never\"}}", "line 1: \"a\": \"failure\" is \"not-now\" or \"must-not\""},
        {"{\"a\": {\"failure\": \"not-now\", \"why\": 1}}",
         "line 1: \"a\": a failure has the members \"failure\" and, as text, \"cause\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct tag_answers answers;
        struct arena arena;
        struct error err;

        arena_init(&arena);
        CHECK_ROW(decode(&arena, rows[i].text, &answers, &err) < 0, "%s", rows[i].text);
        CHECK_ROW(str_starts(error_text(&err), str_from_c(rows[i].want)), "%s: %s", rows[i].text, err.text);
        arena_release(&arena);
    }
}

TEST_MAIN()
