/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/manifest_edit.h"
#include "test.h"

#include <string.h>

/* Every image whose text is `written` becomes `stored`. */
struct rewrite {
    const char *name;
    const char *before;
    const char *pointers; /* into the first object, separated by blanks */
    const char *after;    /* NULL: `error` says why not */
    const char *error;
};

#define PINNED "r.example/nginx@sha256:1111"
#define POD    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
#define FIRST  "/spec/containers/0/image"
#define SECOND "/spec/containers/1/image"

static const struct rewrite rewrites[] = {
    {"plain", POD "  - image: nginx # web\n", FIRST, POD "  - image: " PINNED " # web\n", NULL},
    {"single quotes", POD "  - image:   'nginx'\n", FIRST, POD "  - image:   '" PINNED "'\n", NULL},
    {"double quotes", POD "  - image: \"nginx\"   \n", FIRST, POD "  - image: \"" PINNED "\"   \n", NULL},
    {"an escape", POD "  - image: \"ngin\\x78\"\n", FIRST, POD "  - image: \"" PINNED "\"\n", NULL},
    {"a quoted scalar over lines", POD "  - image: \"ngi\\\n      nx\"\n", FIRST,
     POD "  - image: \"" PINNED "\"\n", NULL},
    {"literal", POD "  - image: |-\n      nginx\n    name: a\n", FIRST,
     POD "  - image: |-\n      " PINNED "\n    name: a\n", NULL},
    {"folded", POD "  - image: >-\n\n      nginx\n\n    name: a\n", FIRST, NULL,
     "m.yaml:5:12: an image over several lines cannot be rewritten in place"},
    {"folded on one line", POD "  - image: >-   # c\n      nginx\n    name: a\n", FIRST,
     POD "  - image: >-   # c\n      " PINNED "\n    name: a\n", NULL},
    {"line ends of Windows", "kind: Pod\r\napiVersion: v1\r\nspec:\r\n  containers:\r\n  - image: nginx\r\n",
     FIRST, "kind: Pod\r\napiVersion: v1\r\nspec:\r\n  containers:\r\n  - image: " PINNED "\r\n", NULL},
    {"flow", "{kind: Pod, apiVersion: v1, spec: {containers: [{image: nginx}, {image: nginx}]}}",
     FIRST " " SECOND,
     "{kind: Pod, apiVersion: v1, spec: {containers: [{image: " PINNED "}, {image: " PINNED "}]}}", NULL},
    {"JSON", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"image\":\"nginx\"}]}}\n",
     FIRST,
     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"image\":\"" PINNED "\"}]}}\n",
     NULL},
    {"JSON with tabs",
     "{\n\t\"kind\":\"Pod\",\n\t\"apiVersion\":\"v1\",\n\t\"spec\":{\"containers\":[{\"image\":\"nginx\"}]}}"
     "\n",
     FIRST,
     "{\n\t\"kind\":\"Pod\",\n\t\"apiVersion\":\"v1\",\n\t\"spec\":{\"containers\":[{\"image\":\"" PINNED
     "\"}]}}\n",
     NULL},
    {"JSON that YAML refuses",
     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"a\":\"\\ud83d\\ude00\",\"spec\":{\"containers\":[{\"image\":"
     "\"n\\u0067inx\"}]}}",
     FIRST,
     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"a\":\"\\ud83d\\ude00\",\"spec\":{\"containers\":[{\"image\":"
     "\"" PINNED "\"}]}}",
     NULL},
    {"umlauts and a byte order mark",
     "\xEF\xBB\xBF# gr\xC3\xBC\xC3\x9F\n" POD "  - name: \xF0\x9F\x98\x80\n    image: nginx\n", FIRST,
     "\xEF\xBB\xBF# gr\xC3\xBC\xC3\x9F\n" POD "  - name: \xF0\x9F\x98\x80\n    image: " PINNED "\n", NULL},
    {"a tag and an anchor that nobody uses", POD "  - image: !!str &a nginx\n", FIRST,
     POD "  - image: !!str &a " PINNED "\n", NULL},
    {"an alias all of whose uses agree", POD "  - image: &a nginx\n  - image: *a\n", FIRST " " SECOND,
     POD "  - image: &a " PINNED "\n  - image: *a\n", NULL},
    {"an alias that comes first to mind", POD "  - image: &a nginx\n  - image: *a\n", SECOND " " FIRST,
     POD "  - image: &a " PINNED "\n  - image: *a\n", NULL},
    {"an alias of an aliased map", POD "  - &c {image: &a 'nginx'}\n  - *c\n", FIRST " " SECOND,
     POD "  - &c {image: &a '" PINNED "'}\n  - *c\n", NULL},
    {"a merged map", POD "  - &c {image: nginx}\n  - <<: *c\n    name: b\n", FIRST " " SECOND,
     POD "  - &c {image: " PINNED "}\n  - <<: *c\n    name: b\n", NULL},
    {"an anchor in an extension", "x-image: &a nginx\n" POD "  - image: *a\n", FIRST,
     "x-image: &a " PINNED "\n" POD "  - image: *a\n", NULL},
    {"an alias that is used as another value", POD "  - image: &a nginx\n    name: *a\n", FIRST, NULL,
     "m.yaml:6:11: uses an anchored image, where it must stay as it is while other uses change"},
    {"an alias one of whose uses stays", POD "  - image: &a nginx\n  - image: *a\n", FIRST, NULL,
     "m.yaml:6:12: uses an anchored image, where it must stay as it is while other uses change"},
    {"an aliased map one of whose uses stays", POD "  - &c {image: nginx}\n  - *c\n", FIRST, NULL,
     "m.yaml:5:16: the image stands below an anchor, and changes for one use of it but not for another"},
    {"an alias of a key", POD "  - &a nginx: 1\n    image: *a\n", FIRST, NULL,
     "m.yaml:6:12: the image is an alias of something that is no value and cannot be rewritten"},
    {"an anchor that is defined twice", POD "  - image: &a nginx\n  - image: &a nginx\n  - image: *a\n",
     SECOND " /spec/containers/2/image", POD "  - image: &a nginx\n  - image: &a " PINNED "\n  - image: *a\n",
     NULL},
    {"the second document of three", "a: 1\n---\n" POD "  - image: nginx\n...\n---\nb: 2\n", FIRST,
     "a: 1\n---\n" POD "  - image: " PINNED "\n...\n---\nb: 2\n", NULL},
    {"an item of a list",
     "kind: List\napiVersion: v1\nitems:\n- {kind: Pod, apiVersion: v1, spec: {containers: [{image: "
     "nginx}]}}\n",
     FIRST,
     "kind: List\napiVersion: v1\nitems:\n- {kind: Pod, apiVersion: v1, spec: {containers: [{image: " PINNED
     "}]}}\n",
     NULL},
    {"an item that its list names",
     "kind: PodList\napiVersion: v1\nitems:\n- spec: {containers: [{image: nginx}]}\n", FIRST,
     "kind: PodList\napiVersion: v1\nitems:\n- spec: {containers: [{image: " PINNED "}]}\n", NULL},
    {"no newline at the end", POD "  - image: nginx", FIRST, POD "  - image: " PINNED, NULL},
};

static int rewrite(struct arena *arena, const struct rewrite *row, struct str *ret, struct error *err)
{
    struct str pointers = str_from_c(row->pointers);
    struct manifest_workloads workloads;
    struct workload_table table;
    struct manifest manifest;
    struct manifest_edits edits;

    if (workload_paths_build(arena, NULL, 0, &table, err) < 0 ||
        manifest_read(arena, "m.yaml", str_from_c(row->before), &manifest, err) < 0)
        return -1;
    workloads = manifest_workloads(arena, &manifest, &table, STR("default"));
    if (workloads.count != 1)
        return error_set(err, ERROR_INVALID, "%zu workloads", workloads.count);
    manifest_edits_init(&edits, arena, &manifest);
    while (pointers.ptr) {
        if (manifest_edits_add(&edits, &workloads.items[0], str_cut(&pointers, ' '), STR(PINNED), err) < 0)
            return -1;
    }
    return manifest_edits_finish(&edits, ret, err);
}

TEST(rewrites_an_image_and_nothing_else)
{
    for (size_t i = 0; i < ARRAY_LEN(rewrites); i++) {
        const struct rewrite *row = &rewrites[i];
        struct str after = {"", 0};
        struct error err = {0};
        struct arena arena;
        int code;

        arena_init(&arena);
        code = rewrite(&arena, row, &after, &err);
        CHECK_ROW((code == 0) == (row->after != NULL), "%s: %s", row->name, err.text);
        if (row->after)
            CHECK_ROW(str_equal(after, str_from_c(row->after)), "%s:\n" STR_FMT, row->name, STR_ARG(after));
        else
            CHECK_ROW(strcmp(err.text, row->error) == 0, "%s: %s", row->name, err.text);
        arena_release(&arena);
    }
}

TEST(quotes_a_plain_image_that_yaml_would_read_otherwise)
{
    const struct rewrite row = {.before = POD "  - image: nginx\n", .pointers = FIRST};
    struct manifest_workloads workloads;
    struct workload_table table;
    struct manifest manifest;
    struct manifest_edits edits;
    struct arena arena;
    struct error err;
    struct str after;

    arena_init(&arena);
    CHECK(workload_paths_build(&arena, NULL, 0, &table, &err) == 0);
    CHECK(manifest_read(&arena, "m", str_from_c(row.before), &manifest, &err) == 0);
    workloads = manifest_workloads(&arena, &manifest, &table, STR("default"));
    manifest_edits_init(&edits, &arena, &manifest);
    CHECK(manifest_edits_add(&edits, workloads.items, STR(FIRST), STR("[::1]:5000/a:1"), &err) == 0);
    CHECK(manifest_edits_finish(&edits, &after, &err) == 0);
    CHECK_STR(after, STR(POD "  - image: \"[::1]:5000/a:1\"\n"));
    arena_release(&arena);
}

TEST(says_where_a_manifest_is_broken)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"a: 1\nb: [\n", "m.yaml:"},
        {"a: 1\na: 2\n", "m.yaml:2:4: duplicate key \"a\""},
        {"{\"a\": 1,}x", "m.yaml:1:"},
        {"a: *b\n", "m.yaml:1:4: unknown anchor \"b\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct manifest manifest;
        struct arena arena;
        struct error err;

        arena_init(&arena);
        CHECK_ROW(manifest_read(&arena, "m.yaml", str_from_c(rows[i].text), &manifest, &err) < 0, "%s",
                  rows[i].text);
        CHECK_ROW(str_starts(error_text(&err), str_from_c(rows[i].want)), "%s", err.text);
        arena_release(&arena);
    }
}

TEST(finds_what_a_pointer_leads_to)
{
    static const struct {
        const char *pointer;
        const char *want;
    } rows[] = {
        {"/a~1b/0", "one"}, {"/a~1b/1", ""}, {"/a~1b/x", ""}, {"/~0", "tilde"}, {"/none/0", ""}, {"/a", ""},
    };
    struct yaml_documents documents;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    CHECK(yaml_read(&arena, STR("a/b: [one]\n~: 1\n"), &documents, &err) < 0);
    CHECK(yaml_read(&arena, STR("a/b: [one]\n'~': tilde\n"), &documents, &err) == 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(value_string(value_at_pointer(documents.items[0], str_from_c(rows[i].pointer))),
                  str_from_c(rows[i].want));
    arena_release(&arena);
}

TEST_MAIN()
