/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/read.h"

#include "base/text.h"
#include "test.h"

#include <string.h>

#define MARK "\xEF\xBB\xBF"

static struct arena arena;

/* A tree as one line: null, true, 12, "text", [a, b], {k: v}. */
static void show(struct text *out, const struct value *value)
{
    const char *open = value->kind == VALUE_LIST ? "[" : "{";

    switch (value->kind) {
    case VALUE_NULL:
        text_add_c(out, "null");
        return;
    case VALUE_BOOL:
        text_add_c(out, value->boolean ? "true" : "false");
        return;
    case VALUE_NUMBER:
        text_add(out, value->text);
        return;
    case VALUE_STRING:
        text_add_char(out, '"');
        text_add(out, value->text);
        text_add_char(out, '"');
        return;
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    text_add_c(out, open);
    for (const struct value *child = value->first; child; child = child->next) {
        if (value->kind == VALUE_MAP)
            text_addf(out, STR_FMT ": ", STR_ARG(child->key));
        show(out, child);
        text_add_c(out, child->next ? ", " : "");
    }
    text_add_c(out, value->kind == VALUE_LIST ? "]" : "}");
}

/* All documents, with " | " between them; or the error. */
static struct str read_all(struct str text)
{
    struct yaml_documents documents;
    struct error err;
    struct text out;

    arena_release(&arena);
    if (yaml_read(&arena, text, &documents, &err) < 0)
        return arena_str(&arena, error_text(&err));
    text_init(&out, &arena, 1 << 20);
    for (size_t i = 0; i < documents.count; i++) {
        text_add_c(&out, i ? " | " : "");
        show(&out, documents.items[i]);
    }
    return text_str(&out);
}

static const struct {
    struct str text;
    struct str want;
} readable[] = {
    {STR_INIT(""), STR_INIT("")},
    {STR_INIT("# nothing\n"), STR_INIT("")},
    {STR_INIT("---\n---\na: 1\n...\n"), STR_INIT("null | {a: 1}")},
    {STR_INIT("a: b\nc:\n- 1\n- d: e\n"), STR_INIT("{a: \"b\", c: [1, {d: \"e\"}]}")},
    {STR_INIT("c:\r\n- 1\r\n- x\r\n"), STR_INIT("{c: [1, \"x\"]}")},
    {STR_INIT("\xEF\xBB\xBF"
              "a: 1"),
     STR_INIT("{a: 1}")},
    {STR_INIT("{\"a\": [1, true, null, \"x\\ty\", -1.5e3], \"b\":{\"c\":\"\\u00e9\\/\"}}"),
     STR_INIT("{a: [1, true, null, \"x\ty\", -1.5e3], b: {c: \"\xC3\xA9/\"}}")},
    {STR_INIT("{\n\t\"a\":\t\"b\",\n\t\"c\": []\n}\n"), STR_INIT("{a: \"b\", c: []}")},
    {STR_INIT("[~, null, Null, NULL, '', \"\", ]"), STR_INIT("[null, null, null, null, \"\", \"\"]")},
    {STR_INIT("[true, True, TRUE, yes, on, y, Y]"), STR_INIT("[true, true, true, true, true, true, true]")},
    {STR_INIT("[false, no, No, NO, off, n, tRUE, yEs]"),
     STR_INIT("[false, false, false, false, false, false, \"tRUE\", \"yEs\"]")},
    {STR_INIT("['true', \"no\", '1', \"~\"]"), STR_INIT("[\"true\", \"no\", \"1\", \"~\"]")},
    {STR_INIT("[0, 12, -3, +4, 1_000, 0x1F, 0o17, 017, 0b101, -0x10]"),
     STR_INIT("[0, 12, -3, 4, 1000, 31, 15, 15, 5, -16]")},
    {STR_INIT("[18446744073709551615, -9223372036854775808, 18446744073709551616]"),
     STR_INIT("[18446744073709551615, -9223372036854775808, 18446744073709551616]")},
    {STR_INIT("[1.5, .5, 1., 1e3, 1.5E-7, 08, 1_0.5, .inf, -.Inf, .NaN]"),
     STR_INIT("[1.5, .5, 1., 1e3, 1.5E-7, 08, 10.5, .inf, -.Inf, .NaN]")},
    {STR_INIT("[1.2.3, ., -, 1e, 0x, 0xG, +, 1:30, 2001-12-14, 1.27-alpine, 1 2]"),
     STR_INIT("[\"1.2.3\", \".\", \"-\", \"1e\", \"0x\", \"0xG\", \"+\", \"1:30\", \"2001-12-14\", "
              "\"1.27-alpine\", \"1 2\"]")},
    {STR_INIT("[!!str 1, !!str true, !!int 3, !!float 1.5, !!bool yes, !!null '', ! 1, !mine 1]"),
     STR_INIT("[\"1\", \"true\", 3, 1.5, true, null, 1, \"1\"]")},
    {STR_INIT("a: |\n  x\n  y\nb: >-\n  x\n  y\n"), STR_INIT("{a: \"x\ny\n\", b: \"x y\"}")},
    {STR_INIT("1: a\ntrue: b\nyes: c\n'yes': d\n"), STR_INIT("line 3, column 6: duplicate key \"true\"")},
    {STR_INIT("1: a\n0x10: c\non: d\n'on': e\n"), STR_INIT("{1: \"a\", 16: \"c\", true: \"d\", on: \"e\"}")},
    {STR_INIT("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n"), STR_INIT("{a: {b: 1}, c: {b: 1}, d: [{b: 1}, {b: 1}]}")},
    {STR_INIT("a: &x 1\nb: &x 2\nc: *x\n"), STR_INIT("{a: 1, b: 2, c: 2}")},
    {STR_INIT("- &a k\n- *a : v\n"), STR_INIT("[\"k\", {k: \"v\"}]")},
    {STR_INIT("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n"), STR_INIT("{a: {b: 1, c: 2}, d: {c: 3, b: 1}}")},
    {STR_INIT("d:\n  <<: [{a: 1, b: 1}, {b: 2, c: 2}]\n  e: 0\n"), STR_INIT("{d: {e: 0, a: 1, b: 1, c: 2}}")},
    {STR_INIT("{'<<': 1}"), STR_INIT("{<<: 1}")},
    {STR_INIT("{\"a\": \"\\ud83d\\ude00\"}"), STR_INIT("{a: \"\xF0\x9F\x98\x80\"}")},
    {STR_INIT("\"a\\u0000b\""), STR_INIT("\"a\0b\"")},
    {STR_INIT("[1e308, 1e999, -1.0e+400, 12345e678]"),
     STR_INIT("[1e308, \"1e999\", \"-1.0e+400\", \"12345e678\"]")},
    {STR_INIT(" {\"a\": 1}\n\n{\"b\": [\"\\ud83d\\ude00\"]}{\"c\": {}}\n"),
     STR_INIT("{a: 1} | {b: [\"\xF0\x9F\x98\x80\"]} | {c: {}}")},
    {STR_INIT("{\"a\": 1}\n---\n{\"b\": c}\n"), STR_INIT("{a: 1} | {b: \"c\"}")},
    {STR_INIT("{\"a\": 1}\n# not JSON, nor another document\n"), STR_INIT("{a: 1}")},
    {STR_INIT("a: 1\n---\n" MARK "b: 2\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT("a: 1\r\n---\r\n\r\n" MARK "b: 2\r\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT(MARK "a: 1\n" MARK "---\nb: 2\n" MARK MARK "--- # c\nc: 3\n"),
     STR_INIT("{a: 1} | {b: 2} | {c: 3}")},
    {STR_INIT("a: 1\n---\n" MARK "---\nb: 2\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT("a: 1\n...\n" MARK "b: 2\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT("a: 1\n...\n# c\n" MARK "%YAML 1.1\n---\nb: 2\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT("a: 1\n---\n" MARK "%YAML 1.1\n---\nb: 2\n"), STR_INIT("{a: 1} | {b: 2}")},
    {STR_INIT("a: |\n " MARK "x\nb: '" MARK "'\n"), STR_INIT("{a: \"" MARK "x\n\", b: \"" MARK "\"}")},
    {STR_INIT(MARK "{\"a\": 1}\n" MARK "{\"b\": 2}{\"c\": 3}\n"), STR_INIT("{a: 1} | {b: 2} | {c: 3}")},
    {STR_INIT("{\"a\": 1}{\"b\": 2}\n---\nc: 3\n---\nd: 4\n"), STR_INIT("{a: 1} | {b: 2} | {c: 3} | {d: 4}")},
    {STR_INIT("a: 1\n--- {\"b\": 2}\n{\"c\": 3}\n--- |\n {d}\n---\n" MARK "{\"e\": 5}{\"f\": 6}"),
     STR_INIT("{a: 1} | {b: 2} | {c: 3} | \"{d}\n\" | {e: 5} | {f: 6}")},
    {STR_INIT("{\"a\": 1}{\"b\": 2}\n...\n%YAML 1.1\n---\nc: 3\n"), STR_INIT("{a: 1} | {b: 2} | {c: 3}")},
    {STR_INIT("%TAG !x! tag:yaml.org,2002:\n---\n{a: !x!str 1}\n---\n{b: 2}\n"),
     STR_INIT("{a: \"1\"} | {b: 2}")},
    {STR_INIT("---\n---\n{\"a\": 1}\n---\n"), STR_INIT("null | {a: 1} | null")},
    {STR_INIT("---\n{a: b,\n c: d}\n---\n{e: &x f, g: *x}\n...\n"),
     STR_INIT("{a: \"b\", c: \"d\"} | {e: \"f\", g: \"f\"}")},
    {STR_INIT("a: 1\n---x: {\n"), STR_INIT("line 3, column 1: did not find expected node content")},
};

TEST(reads_scalars_and_trees_as_kubectl_does)
{
    for (size_t i = 0; i < ARRAY_LEN(readable); i++) {
        struct str got = read_all(readable[i].text);

        CHECK_ROW(str_equal(got, readable[i].want), "row %zu: " STR_FMT, i, STR_ARG(got));
    }
}

static const struct {
    struct str text;
    struct str want;
} refused[] = {
    {STR_INIT("a: b\n\tc: d\n"),
     STR_INIT("line 2, column 1: found a tab character that violates indentation")},
    {STR_INIT("a: [1, 2\n"), STR_INIT("line 2, column 1: did not find expected ',' or ']'")},
    {STR_INIT("a: b: c\n"), STR_INIT("line 1, column 5: mapping values are not allowed in this context")},
    {STR_INIT("x: 1\ny: 2\nx: 3\n"), STR_INIT("line 3, column 4: duplicate key \"x\"")},
    {STR_INIT("{\"a\": 1, \"\\u0061\": 2}"), STR_INIT("line 1, column 20: duplicate key \"a\"")},
    {STR_INIT("a: 1\nb: \xFF\n"), STR_INIT("line 2, column 4: a byte that is not UTF-8")},
    {STR_INIT("a: \0"), STR_INIT("line 1, column 4: a NUL byte")},
    {STR_INIT("a: 1\nb: \x01\n"), STR_INIT("line 2, column 4: control characters are not allowed")},
    {STR_INIT("\xFF\xFE"
              "a\0"),
     STR_INIT("line 1, column 1: a byte that is not UTF-8")},
    {STR_INIT("[a]: 1\n"), STR_INIT("line 1, column 1: a key that is not text")},
    {STR_INIT("~: 1\n"), STR_INIT("line 1, column 1: a key that is not text")},
    {STR_INIT("a: *nope\n"), STR_INIT("line 1, column 4: unknown anchor \"nope\"")},
    {STR_INIT("a: &x 1\n---\na: *x\n"), STR_INIT("line 3, column 4: unknown anchor \"x\"")},
    {STR_INIT("&x [*x]\n"), STR_INIT("line 1, column 5: an alias inside its own anchor \"x\"")},
    {STR_INIT("{<<: 1}"), STR_INIT("line 1, column 6: the value of \"<<\" is not a map or a list of maps")},
    {STR_INIT("{<<: {}, <<: {}}"), STR_INIT("line 1, column 10: duplicate key \"<<\"")},
    {STR_INIT("!!int x"), STR_INIT("line 1, column 1: a value that its tag does not fit")},
    {STR_INIT("{\"a\": 1}\n{\"b\":\n 1e999}"), STR_INIT("line 3: a number too large")},
    {STR_INIT("{\"a\": 1}\n{\"b\": 2"), STR_INIT("line 2: not valid JSON near byte 16")},
    {STR_INIT("{\"a\": 1}\n{\"b\": 2}\nc: 3\n"), STR_INIT("line 3: an object is expected")},
    {STR_INIT("a: 1\n---\n" MARK "b: 2\n\tc: 3\n"),
     STR_INIT("line 4, column 1: found a tab character that violates indentation")},
    {STR_INIT("a: 1\n" MARK "b: 2\n---\nc: \x01\n"),
     STR_INIT("line 4, column 4: control characters are not allowed")},
    {STR_INIT("a: 1\n---\n{\"b\": 2}\n{\"c\": 1e999}\n"), STR_INIT("line 4: a number too large")},
    {STR_INIT("a: 1\n---\n{\"b\": 2, \"b\": 3}\n"), STR_INIT("line 3, column 15: duplicate key \"b\"")},
    {STR_INIT("{\"a\": 1}\n" MARK "b: 2\n"),
     STR_INIT("line 2, column 2: did not find expected <document start>")},
    {STR_INIT("a: '\n---\n{\"b\": 2}\n'\n"), STR_INIT("line 2, column 1: found unexpected end of stream")},
    {STR_INIT("%YAML 3.0\n---\na\n"), STR_INIT("line 1, column 1: found incompatible YAML document")},
};

TEST(says_where_it_is_not_readable)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct str got = read_all(refused[i].text);

        CHECK_ROW(str_equal(got, refused[i].want), "row %zu: " STR_FMT, i, STR_ARG(got));
    }
}

static const struct {
    struct str text;
    struct str path[3]; /* list elements by number */
    struct str source;  /* the bytes of the node */
    enum value_style style;
    uint32_t line;
    uint32_t column;
} places[] = {
    {STR_INIT("image: nginx # c\n"), {STR_INIT("image")}, STR_INIT("nginx"), VALUE_PLAIN, 1, 8},
    {STR_INIT("image: 'nginx'\n"), {STR_INIT("image")}, STR_INIT("'nginx'"), VALUE_SINGLE_QUOTED, 1, 8},
    {STR_INIT("a: é\nimage: \"ñ:1\"\n"), {STR_INIT("image")}, STR_INIT("\"ñ:1\""), VALUE_DOUBLE_QUOTED, 2, 8},
    {STR_INIT("\xEF\xBB\xBFimage: nginx\r\n"), {STR_INIT("image")}, STR_INIT("nginx"), VALUE_PLAIN, 1, 8},
    {STR_INIT("image: &i !!str nginx\n"), {STR_INIT("image")}, STR_INIT("nginx"), VALUE_PLAIN, 1, 8},
    {STR_INIT("image: &i # c\n  'x'\n"), {STR_INIT("image")}, STR_INIT("'x'"), VALUE_SINGLE_QUOTED, 1, 8},
    {STR_INIT("image: &i\n"), {STR_INIT("image")}, STR_INIT(""), VALUE_PLAIN, 1, 8},
    {STR_INIT("i: &i nginx\nimage: *i\n"), {STR_INIT("image")}, STR_INIT("*i"), VALUE_PLAIN, 2, 8},
    {STR_INIT("b: &b {image: x}\nc: {<<: *b}\n"),
     {STR_INIT("c"), STR_INIT("image")},
     STR_INIT("x"),
     VALUE_PLAIN,
     1,
     15},
    {STR_INIT("{\"c\":[{\"image\":\"a\\/b\"}]}"),
     {STR_INIT("c"), STR_INIT("0"), STR_INIT("image")},
     STR_INIT("\"a\\/b\""),
     VALUE_DOUBLE_QUOTED,
     1,
     16},
    {STR_INIT("image: |-\n  nginx\nb: 1\n"),
     {STR_INIT("image")},
     STR_INIT("|-\n  nginx\n"),
     VALUE_LITERAL,
     1,
     8},
    {STR_INIT("image: >\n  nginx\n"), {STR_INIT("image")}, STR_INIT(">\n  nginx\n"), VALUE_FOLDED, 1, 8},
    {STR_INIT("image:\nb: 1\n"), {STR_INIT("image")}, STR_INIT(""), VALUE_PLAIN, 1, 7},
    {STR_INIT("image: two\n  lines\nb: 1\n"),
     {STR_INIT("image")},
     STR_INIT("two\n  lines"),
     VALUE_PLAIN,
     1,
     8},
    {STR_INIT("a: {b: [1, 2]}\n"), {STR_INIT("a"), STR_INIT("b")}, STR_INIT("[1, 2]"), VALUE_PLAIN, 1, 8},
    {STR_INIT("a: é\n---\n" MARK "b: ñ\nimage: 'é:1'\n"),
     {STR_INIT("image")},
     STR_INIT("'é:1'"),
     VALUE_SINGLE_QUOTED,
     4,
     8},
    {STR_INIT("a: é\n---\n" MARK "image: x\n"), {STR_INIT("image")}, STR_INIT("x"), VALUE_PLAIN, 3, 8},
    {STR_INIT("a: é\n--- {\"image\": \"x\"}"),
     {STR_INIT("image")},
     STR_INIT("\"x\""),
     VALUE_DOUBLE_QUOTED,
     2,
     15},
    {STR_INIT("{}\n" MARK "{\"image\": \"x\"}"),
     {STR_INIT("image")},
     STR_INIT("\"x\""),
     VALUE_DOUBLE_QUOTED,
     2,
     11},
    {STR_INIT(MARK "{\"image\": \"x\"}"), {STR_INIT("image")}, STR_INIT("\"x\""), VALUE_DOUBLE_QUOTED, 1, 11},
};

static const struct value *step(const struct value *value, struct str name)
{
    int64_t index;

    if (value->kind == VALUE_MAP || !str_to_int64(name, 0, 1000, &index))
        return value_find(value, name);
    value = value->first;
    for (; value && index > 0; index--)
        value = value->next;
    return value;
}

TEST(knows_the_bytes_of_each_node)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct yaml_documents documents;
        struct error err;
        const struct value *value = NULL;

        arena_release(&arena);
        if (yaml_read(&arena, places[i].text, &documents, &err) == 0)
            value = documents.items[documents.count - 1];
        for (size_t k = 0; k < 3 && value && places[i].path[k].ptr; k++)
            value = step(value, places[i].path[k]);
        CHECK_ROW(value, "row %zu", i);
        if (!value)
            continue;
        CHECK_STR(str_slice(places[i].text, value->start, value->end), places[i].source);
        CHECK_ROW(value->style == places[i].style, "row %zu: style %d", i, (int)value->style);
        CHECK_ROW(value->line == places[i].line && value->column == places[i].column, "row %zu: %u:%u", i,
                  value->line, value->column);
    }
}

TEST(offsets_hold_far_into_a_text_with_many_long_characters)
{
    struct text text;
    struct yaml_documents documents;
    struct error err;
    size_t number = 0;

    arena_release(&arena);
    text_init(&text, &arena, 1 << 20);
    for (int i = 0; i < 3000; i++)
        text_addf(&text, "- \xE2\x82\xAC\xF0\x9F\x98\x80x%d\n", i);
    CHECK(yaml_read(&arena, text_str(&text), &documents, &err) == 0);
    for (const struct value *value = documents.items[0]->first; value; value = value->next, number++)
        CHECK_STR(str_slice(text_str(&text), value->start, value->end), value->text);
    CHECK(number == 3000);
}

/* Where the number of characters is a multiple of what the index steps by, its end is one, too. */
TEST(the_end_of_a_text_of_any_length_is_known)
{
    struct text text;
    struct yaml_documents documents;
    struct error err;

    arena_release(&arena);
    text_init(&text, &arena, 1 << 20);
    text_add_c(&text, "\xE2\x82\xAC");
    for (int i = 0; i < 600; i++) {
        text_add_char(&text, 'x');
        CHECK(yaml_read(&arena, text_str(&text), &documents, &err) == 0);
        CHECK_ROW(documents.items[0]->end == text.len, "%d: %zu", i, documents.items[0]->end);
    }
}

/* Nine lists of nine aliases each: 9^9 nodes when written out. */
static struct str bomb(const char *element)
{
    struct text text;

    text_init(&text, &arena, 1 << 20);
    text_addf(&text, "a0: &a0 %s\n", element);
    for (int i = 1; i < 10; i++) {
        text_addf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            text_addf(&text, "*a%d, ", i - 1);
        text_add_c(&text, "]\n");
    }
    return text_str(&text);
}

static void check_refused(struct str text, struct str want)
{
    struct yaml_documents documents;
    struct error err = {ERROR_NONE, ""};

    CHECK(yaml_read(&arena, text, &documents, &err) < 0);
    CHECK(err.code == ERROR_TOO_LARGE);
    CHECK_STR(error_text(&err), want);
}

TEST(an_alias_bomb_is_refused_before_it_is_large)
{
    arena_release(&arena);
    check_refused(bomb("lol"), STR("line 8, column 20: too many values, aliases expanded"));
    CHECK(arena.used < 1 << 20);
}

TEST(a_chain_of_aliases_cannot_pass_the_depth_limit)
{
    struct text text;

    arena_release(&arena);
    text_init(&text, &arena, 1 << 20);
    text_add_c(&text, "a0: &a0 [[[[[[[[x]]]]]]]]\n");
    for (int i = 1; i < 100; i++)
        text_addf(&text, "a%d: &a%d [[[[[[[[*a%d]]]]]]]]\n", i, i, i - 1);
    check_refused(text_str(&text), STR("line 64, column 19: nested too deeply"));
}

static struct str repeat(const char *piece, size_t count)
{
    struct text text;

    text_init(&text, &arena, 1 << 24);
    for (size_t i = 0; i < count; i++)
        text_add_c(&text, piece);
    return text_str(&text);
}

TEST(depth_is_bounded)
{
    struct yaml_documents documents;
    struct error err;

    arena_release(&arena);
    check_refused(repeat("[", 513), STR("line 1, column 513: nested too deeply"));
    check_refused(repeat("- ", 100000), STR("line 1, column 1025: nested too deeply"));
    check_refused(repeat("{a: ", 100000), STR("line 1, column 2049: nested too deeply"));
    CHECK(yaml_read(&arena, arena_join(&arena, repeat("[", 512), repeat("]", 512)), &documents, &err) == 0);
}

TEST(anchors_are_bounded_for_each_document)
{
    struct text text;
    struct yaml_documents documents;
    struct error err;

    arena_release(&arena);
    text_init(&text, &arena, 1 << 20);
    for (int i = 0; i < 1500; i++)
        text_addf(&text, "%s- &a%d x\n- *a%d\n", i == 1000 ? "---\n" : "", i, i);
    CHECK(yaml_read(&arena, text_str(&text), &documents, &err) == 0);
    text_add_c(&text, "---\n");
    for (int i = 0; i < 1001; i++)
        text_addf(&text, "- &a%d x\n", i);
    check_refused(text_str(&text), STR("line 4003, column 3: too many anchors in one document"));
}

/* The limit is that of the whole text, whatever reads its parts. */
TEST(nodes_are_counted_over_all_parts)
{
    struct text text;

    arena_release(&arena);
    text_init(&text, &arena, 1 << 24);
    text_add_c(&text, "[");
    for (int i = 0; i < VALUE_NODES_MAX / 2; i++)
        text_add_c(&text, "1,");
    text_add_c(&text, "]\n---\n{\"a\":[1");
    for (int i = 0; i < VALUE_NODES_MAX / 2; i++)
        text_add_c(&text, ",1");
    text_add_c(&text, "]}\n");
    check_refused(text_str(&text), STR("line 3: too many values"));
    arena_release(&arena);
}

TEST(every_cut_of_a_document_is_read_or_refused)
{
    static const struct str text =
        STR_INIT("a: &x {b: 'c', \"d\": [1, *y, !!str 2]}\n<<: *x\ne: |\n é\n---\n" MARK "{\"f\": 1}" MARK
                 "{}\n...\n%YAML 1.1\n---\ng\n" MARK "---\n{h}");

    for (size_t len = 0; len <= text.len; len++) {
        struct yaml_documents documents;
        struct error err = {ERROR_NONE, ""};
        char *copy = malloc(len + 1); /* so that a sanitizer sees the end */

        memcpy(copy, text.ptr, len);
        arena_release(&arena);
        if (yaml_read(&arena, (struct str){copy, len}, &documents, &err) < 0)
            CHECK(err.code == ERROR_INVALID);
        free(copy);
    }
    arena_release(&arena);
}

TEST_MAIN()
