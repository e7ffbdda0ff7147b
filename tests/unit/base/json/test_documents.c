/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every document of the vectors against both readers. json-documents.json says
 * what is asked; json-suite.json has the bytes of those it only names, and more.
 */
#include "base/base64.h"
#include "base/json/read.h"
#include "base/text.h"
#include "test.h"
#include "unit/base/json/json_walk.h"

#include <string.h>

/* Documents about depth are meant for an object inside a review, two levels down. */
enum { REVIEW_LEVELS = 2 };

struct document {
    struct str name;
    struct str text;
    bool accepted;
};

static void repeat(struct text *out, const char *what, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        text_add_c(out, what);
}

/* The number between the last '_' and ".json". */
static int64_t number_in_name(struct str name)
{
    int64_t n = 0;
    size_t from = str_rfind(name, '_') + 1;

    CHECK(str_to_int64(str_slice(name, from, name.len - 5), 0, 2000000, &n));
    return n;
}

static void add_members(struct text *out, int count)
{
    for (int i = 0; i < count; i++)
        text_addf(out, "%s\"a\":%d", i ? "," : "", i);
}

/* The largest documents are told by a recipe. */
static struct str make_by_recipe(struct arena *arena, struct str name)
{
    struct text out;

    text_init(&out, arena, 1 << 24);
    repeat(&out, "[", REVIEW_LEVELS);
    if (str_starts(name, STR("depth_arr_"))) {
        repeat(&out, "[", number_in_name(name));
        repeat(&out, "]", number_in_name(name));
    } else if (str_starts(name, STR("depth_obj_"))) {
        repeat(&out, "{\"a\":", number_in_name(name));
        repeat(&out, "1", 1);
        repeat(&out, "}", number_in_name(name));
    } else if (str_equal(name, STR("dup_many.json"))) {
        repeat(&out, "{", 1);
        add_members(&out, 20000);
        repeat(&out, "}", 1);
    } else {
        CHECK_ROW(false, "unknown recipe \"" STR_FMT "\"", STR_ARG(name));
    }
    repeat(&out, "]", REVIEW_LEVELS);
    return text_str(&out);
}

static struct str make_by_repeating(struct arena *arena, const struct value *entry, struct str end)
{
    struct text out;
    int64_t count = 0;

    text_init(&out, arena, 1 << 24);
    CHECK(str_to_int64(value_find(entry, STR("count"))->text, 0, 1000000, &count));
    for (int64_t i = 0; i < count; i++)
        text_add(&out, value_string(value_find(entry, STR("repeat"))));
    text_add(&out, end);
    return text_str(&out);
}

/* False where the entry has no bytes of its own. */
static bool make_document(struct arena *arena, const struct value *entry, struct document *ret)
{
    const struct value *base64 = value_find(entry, STR("base64"));
    struct error err;

    *ret = (struct document){.name = value_string(value_find(entry, STR("file")))};
    ret->accepted = str_equal(value_string(value_find(entry, STR("our_parser"))), STR("accept"));
    if (base64 && base64_decode(arena, value_string(base64), &ret->text, &err) != 0)
        CHECK_ROW(false, STR_FMT ": %s", STR_ARG(ret->name), err.text);
    if (value_find(entry, STR("recipe")))
        ret->text = make_by_recipe(arena, ret->name);
    else if (value_find(entry, STR("repeat")))
        ret->text = make_by_repeating(arena, entry, ret->text);
    return base64 || value_find(entry, STR("recipe")) || value_find(entry, STR("repeat"));
}

static const struct value *read_entries(struct arena *arena, const char *path)
{
    struct value *root = NULL;
    struct error err;

    if (json_read(arena, test_read_file(arena, path), &root, &err) != 0) {
        printf("Bail out! %s: %s\n", path, err.text);
        exit(1);
    }
    return value_find(root, STR("entries"));
}

typedef void document_check(struct arena *arena, const struct document *document);

static size_t check_file(const char *path, document_check *check)
{
    struct arena arena, scratch;
    struct document document;
    size_t count = 0;

    arena_init(&arena);
    for (const struct value *entry = read_entries(&arena, path)->first; entry; entry = entry->next) {
        arena_init(&scratch);
        if (make_document(&scratch, entry, &document)) {
            check(&scratch, &document);
            count++;
        }
        arena_release(&scratch);
    }
    arena_release(&arena);
    return count;
}

static void check_all(document_check *check)
{
    CHECK(check_file(TEST_DATA "/json-documents.json", check) == 67);
    CHECK(check_file(TEST_DATA "/json-suite.json", check) == 340);
}

static void check_yajl(struct arena *arena, const struct document *document)
{
    struct value *root = NULL;
    struct error err = {.text = "accepted"};
    int result = json_read_depth(arena, document->text, JSON_SCAN_DEPTH_MAX, &root, &err);

    CHECK_ROW((result == 0) == document->accepted, STR_FMT ": %s", STR_ARG(document->name), err.text);
}

TEST(the_tree_reader_gives_the_verdicts_asked)
{
    check_all(check_yajl);
}

static struct value *scan_all(struct json_scan *scan, struct arena *arena, struct error *err)
{
    struct value *root = json_walk(scan, arena, NULL);

    return json_scan_finish(scan, err) == 0 ? root : NULL;
}

/* In a block of exactly its size, so that a byte read too far is seen under a sanitizer. */
static void check_exact(struct arena *arena, const struct document *document, const char *kernel)
{
    char *exact = malloc(document->text.len);
    struct str text = {exact, document->text.len};
    struct json_scan scan;
    struct value *root, *other = NULL;
    struct error err = {.text = "accepted"};

    if (text.len)
        memcpy(exact, document->text.ptr, text.len);
    CHECK(json_scan_init_kernel(&scan, arena, text, kernel));
    root = scan_all(&scan, arena, &err);
    CHECK_ROW((root != NULL) == document->accepted, STR_FMT " by %s: %s", STR_ARG(document->name), kernel,
              err.text);
    if (root) {
        CHECK(json_read_depth(arena, text, JSON_SCAN_DEPTH_MAX, &other, &err) == 0);
        CHECK_ROW(json_walk_same(arena, root, other), STR_FMT " by %s", STR_ARG(document->name), kernel);
    }
    free(exact);
}

static void check_alignments(struct arena *arena, const struct document *document, const char *kernel)
{
    for (size_t shift = 0; shift < 64; shift++) {
        char *block = malloc(document->text.len + shift);
        struct json_scan scan;
        struct error err;

        memset(block, ' ', shift);
        memcpy(block + shift, document->text.ptr, document->text.len);
        CHECK(json_scan_init_kernel(&scan, arena, (struct str){block + shift, document->text.len}, kernel));
        CHECK_ROW((scan_all(&scan, arena, &err) != NULL) == document->accepted, STR_FMT " shifted %zu",
                  STR_ARG(document->name), shift);
        /* Blanks in front move the document through the 64-byte blocks. */
        CHECK(json_scan_init_kernel(&scan, arena, (struct str){block, document->text.len + shift}, kernel));
        CHECK_ROW((scan_all(&scan, arena, &err) != NULL) == document->accepted, STR_FMT " behind %zu blanks",
                  STR_ARG(document->name), shift);
        free(block);
    }
}

static void check_kernels(struct arena *arena, const struct document *document)
{
    for (size_t i = 0; i < ARRAY_LEN(json_walk_kernels); i++) {
        struct json_scan scan;

        if (!json_scan_init_kernel(&scan, arena, STR(""), json_walk_kernels[i]))
            continue;
        check_exact(arena, document, json_walk_kernels[i]);
        if (document->text.len < 2048 && document->text.len > 0)
            check_alignments(arena, document, json_walk_kernels[i]);
    }
}

TEST(the_scan_gives_the_verdicts_asked_and_the_same_trees_with_every_kernel)
{
    check_all(check_kernels);
}

TEST_MAIN()
