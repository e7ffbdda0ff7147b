/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/credentials.h"

#include "base/json/read.h"
#include "base/json/write.h"

#include <string.h>
#include <test.h>

enum { FOUND_MAX = 16 };

/* The vectors were made by running the kubelet's code. */
static const struct value *read_vectors(struct arena *arena, const char *name)
{
    struct value *document = NULL;
    struct error err;

    if (json_read(arena, test_read_file(arena, TEST_DATA "/credentials.json"), &document, &err) < 0) {
        printf("Bail out! credentials.json: %s\n", err.text);
        exit(1);
    }
    return value_find(document, str_from_c(name));
}

static struct str member(const struct value *vector, const char *name)
{
    return value_string(value_find(vector, str_from_c(name)));
}

static bool flag(const struct value *vector, const char *name)
{
    const struct value *value = value_find(vector, str_from_c(name));

    return value && value->boolean;
}

TEST(matches_keys_as_the_kubelet_does)
{
    struct arena arena;
    const struct value *vectors;

    arena_init(&arena);
    vectors = read_vectors(&arena, "match");
    CHECK(vectors && vectors->count >= 20);
    for (const struct value *row = vectors ? vectors->first : NULL; row; row = row->next)
        CHECK_ROW(credential_matches(member(row, "glob"), member(row, "target")) == flag(row, "match"),
                  STR_FMT " for " STR_FMT, STR_ARG(member(row, "glob")), STR_ARG(member(row, "target")));
    arena_release(&arena);
}

static void check_credentials(const struct value *want, const struct credential *const *got, struct str image)
{
    size_t i = 0;

    for (const struct value *pair = want->first; pair; pair = pair->next, i++) {
        CHECK_ROW(str_equal(got[i]->username, value_string(pair->first)), STR_FMT " [%zu]", STR_ARG(image),
                  i);
        CHECK_ROW(str_equal(got[i]->password, value_string(pair->first->next)), STR_FMT " [%zu]",
                  STR_ARG(image), i);
    }
}

static void write_value(struct json_writer *writer, const struct value *value)
{
    if (value->kind == VALUE_MAP) {
        json_write_map_open(writer);
        for (const struct value *child = value->first; child; child = child->next) {
            json_write_key(writer, child->key);
            write_value(writer, child);
        }
        json_write_map_close(writer);
    } else if (value->kind == VALUE_STRING) {
        json_write_str(writer, value->text);
    } else if (value->kind == VALUE_NUMBER) {
        json_write_number(writer, value->text);
    } else {
        CHECK(value->kind == VALUE_NULL);
        json_write_null(writer);
    }
}

static struct str to_json(struct arena *arena, const struct value *value)
{
    struct json_writer writer;
    struct text text;
    struct error err;

    text_init(&text, arena, 65536);
    json_write_init(&writer, &text);
    write_value(&writer, value);
    CHECK(json_write_finish(&writer, &err) == 0);
    return text_str(&text);
}

static void check_lookup(struct arena *arena, const struct value *row)
{
    const struct value *want = value_find(row, STR("credentials"));
    const struct docker_config_source source = {to_json(arena, value_find(row, STR("config"))),
                                                flag(row, "legacy"), STR("here")};
    struct str image = member(row, "image");
    const struct credential *got[FOUND_MAX];
    struct docker_config parsed = {NULL, 0};
    const struct docker_config *configs[] = {&parsed};
    struct error err;
    size_t count;

    if (credentials_parse(arena, &source, &parsed, &err) < 0) {
        CHECK_ROW(member(row, "error").len > 0, STR_FMT ": %s", STR_ARG(source.text), err.text);
        return;
    }
    CHECK_ROW(member(row, "error").len == 0, STR_FMT, STR_ARG(source.text));
    count = credentials_of_kubelet(configs, 1, image, got, FOUND_MAX);
    CHECK_ROW((count > 0) == flag(row, "found"), STR_FMT " in " STR_FMT, STR_ARG(image),
              STR_ARG(source.text));
    CHECK_ROW(count == want->count, STR_FMT " in " STR_FMT ": %zu", STR_ARG(image), STR_ARG(source.text),
              count);
    if (count == want->count)
        check_credentials(want, got, image);
}

static int parse_text(struct arena *arena, struct str text, bool legacy, struct docker_config *ret,
                      struct error *err)
{
    const struct docker_config_source source = {.text = text, .legacy = legacy, .origin = STR("")};

    return credentials_parse(arena, &source, ret, err);
}

TEST(finds_credentials_as_the_kubelet_does)
{
    struct arena arena;
    const struct value *vectors;

    arena_init(&arena);
    vectors = read_vectors(&arena, "lookup");
    CHECK(vectors && vectors->count >= 30);
    for (const struct value *row = vectors ? vectors->first : NULL; row; row = row->next)
        check_lookup(&arena, row);
    arena_release(&arena);
}

struct match_row {
    const char *index;
    const char *image;
    bool matches;
};

TEST(reads_keys_as_urls)
{
    static const struct match_row table[] = {
        {"reg[a-c]*.io", "regb1.io/x", true},
        {"reg[a-c].io", "regd.io/x", false},
        {"reg[].io", "reg].io/x", false},
        {"reg[a", "rega/x", false},
        {"reg[a-].io", "rega.io/x", false},
        {"r[*]g.io", "r*g.io/x", true},
        {"r[*]g.io", "rag.io/x", false},
        {"*a*b*.io", "xxaxxbxx.io/x", true},
        {"*a*b.io", "xbxa.io/x", false},
        {"***.io", "a.io/x", true},
        {"*.*", "a.io/x", true},
        {"a.io:80", "a.io:80/x", true},
        {"a.io:8*", "a.io:80/x", false},
        {"a.io:", "a.io/x", true},
        {"[::1]:5000", "[::1]:5000/x", true},
        {"[::1]", "[::1]/x", false}, /* a class of one character, to the kubelet */
        {"user:secret@a.io", "a.io/x", true},
        {"us er@a.io", "a.io/x", false},
        {"a b.io", "a b.io/x", false},
        {"a.io/%74eam", "a.io/team/x", true},
        {"a.io/%7", "a.io/%7/x", false},
        {"a%41.io", "aA.io/x", false},
        {"a%C3%A9.io", "a\xC3\xA9.io/x", true},
        {"a.io/x\x7f", "a.io/x\x7f", false},
        {"", "a.io/x", false},
        {"a.io/b", "a.io/c", false},
        {"a.io/b?c", "a.io/b", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        CHECK_ROW(credential_matches(str_from_c(table[i].index), str_from_c(table[i].image)) ==
                      table[i].matches,
                  "%s for %s", table[i].index, table[i].image);
}

struct refused_row {
    const char *text;
    bool legacy;
    const char *error;
};

TEST(refuses_wrong_types_without_quoting_values)
{
    static const struct refused_row table[] = {
        {"", false, "docker config: the document is empty"},
        {"[]", false, "docker config: must be a map, not a list"},
        {"{\"auths\":[]}", false, "docker config: \"auths\": must be a map, not a list"},
        {"{\"auths\":{\"a.io\":\"hunter2\"}}", false,
         "docker config: \"auths\": entry of \"a.io\": must be a map, not a string"},
        {"{\"a.io\":7}", true, "docker config: entry of \"a.io\": must be a map, not a number"},
        {"{\"auths\":{\"a.io\":{\"password\":7}}}", false,
         "docker config: \"auths\": entry of \"a.io\": \"password\" must be a string, not a number"},
        {"{\"auths\":{\"a.io\":{\"auth\":\"hunter2!\"}}}", false,
         "docker config: \"auths\": entry of \"a.io\": \"auth\" is not base64"},
        {"{\"auths\":{\"a.io\":{\"auth\":\"aHVudGVyMg==\"}}}", false,
         "docker config: \"auths\": entry of \"a.io\": \"auth\" is not the base64 of \"user:password\""},
        {"{\"auths\":{\"https://me:hunter2@a.io/v1/\":5}}", false,
         "docker config: \"auths\": entry of \"a.io\": must be a map, not a number"},
        {"{\"auths\":{\"ok.io\":{},\"hunter2 hunter2\":5}}", false,
         "docker config: \"auths\": entry 2: must be a map, not a number"},
        {"{\"HttpHeaders\":{\"a\":5}}", false,
         "docker config: \"HttpHeaders\": must hold strings, not a number"},
        {"{\"HttpHeaders\":5}", false, "docker config: \"HttpHeaders\": must be a map, not a number"},
    };
    struct docker_config config;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct refused_row *row = &table[i];

        CHECK_ROW(parse_text(&arena, str_from_c(row->text), row->legacy, &config, &err) < 0, "%s", row->text);
        CHECK_STR(error_text(&err), str_from_c(row->error));
        CHECK(!str_contains(error_text(&err), STR("hunter2")));
    }
    arena_release(&arena);
}

TEST(takes_nothing_for_null)
{
    static const char *const texts[] = {"null", "{\"auths\":null}", "{}", "{\"HttpHeaders\":null}",
                                        "{\"HttpHeaders\":{\"a\":\"b\",\"c\":null}}"};
    struct docker_config config;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CHECK(parse_text(&arena, str_from_c(texts[i]), false, &config, &err) == 0);
        CHECK_ROW(config.count == 0, "%s", texts[i]);
    }
    CHECK(parse_text(&arena, STR("{\"a.io\":null}"), true, &config, &err) == 0);
    CHECK(config.count == 1 && config.entries[0].username.len == 0);
    arena_release(&arena);
}

TEST(refuses_a_text_beyond_the_limit)
{
    struct docker_config config;
    struct arena arena;
    struct error err;
    char *text;

    arena_init(&arena);
    text = arena_alloc(&arena, DOCKER_CONFIG_TEXT_MAX + 1);
    memset(text, ' ', DOCKER_CONFIG_TEXT_MAX + 1);
    CHECK(parse_text(&arena, (struct str){text, DOCKER_CONFIG_TEXT_MAX + 1}, false, &config, &err) < 0);
    CHECK(err.code == ERROR_TOO_LARGE);
    arena_release(&arena);
}

static struct docker_config parse(struct arena *arena, const char *text, const char *origin)
{
    const struct docker_config_source source = {str_from_c(text), true, str_from_c(origin)};
    struct docker_config config = {NULL, 0};
    struct error err;

    CHECK_ROW(credentials_parse(arena, &source, &config, &err) == 0, "%s: %s", text, err.text);
    return config;
}

TEST(sends_the_entry_of_docker_hub_to_nothing_else)
{
    static const char *const others[] = {"localhost/app", "Team/app", "app", "docker.io.evil.example/app"};
    const struct credential *got[1];
    struct arena arena;
    struct docker_config config;
    const struct docker_config *configs[] = {&config};

    arena_init(&arena);
    config = parse(&arena, "{\"https://index.docker.io/v1/\":{\"username\":\"hub\"}}", "one");
    CHECK(credentials_for_image(configs, 1, STR("docker.io/library/nginx"), got, 1) == 1);
    CHECK_STR(got[0]->username, STR("hub"));
    CHECK_STR(got[0]->key, STR("https://index.docker.io/v1/"));
    CHECK_STR(got[0]->host, STR("index.docker.io"));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CHECK_ROW(credentials_for_image(configs, 1, str_from_c(others[i]), got, 1) == 0, "%s", others[i]);
    CHECK(credentials_of_kubelet(configs, 1, STR("localhost/app"), got, 1) == 1);
    CHECK(credentials_of_kubelet(configs, 1, STR("/app"), got, 1) == 0);
    arena_release(&arena);
}

TEST(leaves_out_entries_that_hold_nothing)
{
    const struct credential *got[FOUND_MAX];
    struct arena arena;
    struct docker_config config;
    const struct docker_config *configs[] = {&config};

    arena_init(&arena);
    config = parse(&arena,
                   "{\"q.io\":{},\"q.io/t\":{\"auth\":\"Og==\"},\"q.io/t/a\":{\"identitytoken\":\"x\"},"
                   "\"q.io/t/b\":{\"auth\":\"\"},\"r.io\":null,\"*.io\":{\"username\":\"u\"},"
                   "\"docker.io\":{},\"index.docker.io\":{\"username\":\"hub\"}}",
                   "one");
    CHECK(credentials_of_kubelet(configs, 1, STR("q.io/t/a"), got, FOUND_MAX) == 4);
    CHECK(credentials_for_image(configs, 1, STR("q.io/t/a"), got, FOUND_MAX) == 1);
    CHECK_STR(got[0]->username, STR("u"));
    CHECK(credentials_blank_for_image(configs, 1, STR("q.io/t/a"), got, FOUND_MAX) == 3);
    CHECK_STR(got[0]->host, STR("q.io/t/a"));
    CHECK(credentials_blank_for_image(configs, 1, STR("q.io/t/b"), got, FOUND_MAX) == 3);
    CHECK(credentials_blank_for_image(configs, 1, STR("r.io/t"), got, FOUND_MAX) == 1);
    /* A blank entry matches, as for the kubelet: Docker Hub's fallback is not looked at. */
    CHECK(credentials_for_image(configs, 1, STR("docker.io/library/nginx"), got, FOUND_MAX) == 1);
    CHECK_STR(got[0]->username, STR("u"));
    arena_release(&arena);
}

TEST(merges_configs_by_index_and_keeps_their_order_within_one)
{
    static const char *const want[] = {"b2", "a2", "a1", "b1"};
    const struct credential *got[FOUND_MAX] = {NULL};
    struct arena arena;
    struct docker_config first;
    struct docker_config second;
    const struct docker_config *configs[] = {&first, &second};

    arena_init(&arena);
    first = parse(&arena, "{\"q.io\":{\"username\":\"a1\"},\"q.io/t\":{\"username\":\"a2\"}}", "one");
    second = parse(&arena, "{\"*.io\":{\"username\":\"b1\"},\"q.io/t/x\":{\"username\":\"b2\"}}", "two");
    CHECK(credentials_for_image(configs, 2, STR("q.io/t/x"), got, FOUND_MAX) == 4);
    for (size_t i = 0; i < 4 && got[3]; i++)
        CHECK_STR(got[i]->username, str_from_c(want[i]));
    CHECK_STR(got[0]->origin, STR("two"));

    /* with less room the first ones are kept, and the count stays */
    for (size_t size = 0; size < 4; size++) {
        const struct credential *few[4] = {NULL};

        CHECK(credentials_for_image(configs, 2, STR("q.io/t/x"), few, size) == 4);
        for (size_t i = 0; i < size; i++)
            CHECK_STR(few[i]->username, str_from_c(want[i]));
    }
    arena_release(&arena);
}

TEST(tries_equal_indexes_in_the_order_of_configs_and_then_of_keys)
{
    static const char *const want[] = {"a", "b", "c"};
    const struct credential *got[FOUND_MAX] = {NULL};
    struct arena arena;
    struct docker_config first;
    struct docker_config second;
    const struct docker_config *configs[] = {&first, &second};

    arena_init(&arena);
    first = parse(&arena, "{\"q.io\":{\"username\":\"b\"},\"https://q.io\":{\"username\":\"a\"}}", "one");
    second = parse(&arena, "{\"http://q.io\":{\"username\":\"c\"}}", "two");
    CHECK(credentials_for_image(configs, 2, STR("q.io/t"), got, FOUND_MAX) == 3);
    for (size_t i = 0; i < 3 && got[2]; i++)
        CHECK_STR(got[i]->username, str_from_c(want[i]));
    arena_release(&arena);
}

TEST_MAIN()
