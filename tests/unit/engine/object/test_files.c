/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/object/files.h"

#include "base/text.h"
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char directory[64];
static struct str warnings;
static struct str message; /* of a failure, without the directory's name */

static void on_warning(void *ctx, struct str text)
{
    (void)ctx;
    warnings = arena_join(&arena, warnings, text, STR("\n"));
}

static const char *path_of(const char *name)
{
    return arena_cstr(&arena, arena_join(&arena, str_from_c(directory), STR("/"), str_from_c(name)));
}

static void make_directory(void)
{
    arena_release(&arena);
    memcpy(directory, "/tmp/weir-files-XXXXXX", sizeof("/tmp/weir-files-XXXXXX"));
    if (!mkdtemp(directory)) {
        printf("Bail out! no directory for the test\n");
        exit(1);
    }
}

static void remove_directory(void)
{
    CHECK(system(arena_cstr(&arena, arena_join(&arena, STR("rm -rf "), str_from_c(directory)))) == 0);
    arena_release(&arena);
}

static void write_file(const char *name, struct str text)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len);
    if (fd >= 0)
        close(fd);
}

/* Every occurrence of the directory taken out. */
static struct str without_directory(struct str text)
{
    struct text out;
    struct str prefix = arena_join(&arena, str_from_c(directory), STR("/"));

    text_init(&out, &arena, 4096);
    for (size_t i = 0; i < text.len;) {
        if (str_starts(str_from(text, i), prefix)) {
            i += prefix.len;
            continue;
        }
        text_add_char(&out, text.ptr[i++]);
    }
    return text_str(&out);
}

static struct snapshot *load_paths(const char *const *paths, size_t count)
{
    const struct object_files files = {paths, count, on_warning, NULL, NULL};
    struct snapshot *snapshot = NULL;
    struct error err;

    warnings = message = (struct str){NULL, 0};
    if (object_files_load(&files, &snapshot, &err) < 0) {
        message = without_directory(error_text(&err));
        return NULL;
    }
    return snapshot;
}

static struct snapshot *load(void)
{
    const char *const paths[] = {directory};

    return load_paths(paths, 1);
}

static bool has_stream(const struct snapshot *snapshot, const char *namespace, const char *name)
{
    return snapshot && cluster_view_stream(&snapshot->view, str_from_c(namespace), str_from_c(name));
}

#define STREAM(name)                                                                                         \
    "apiVersion: weir.dev/v1alpha1\nkind: ImageStream\nmetadata: {name: " name ", namespace: shop}\n"
#define JSON_STREAM(name)                                                                                    \
    "{\"apiVersion\": \"weir.dev/v1alpha1\", \"kind\": \"ImageStream\", \"metadata\": {\"name\": \"" name    \
    "\"}}"

TEST(directories_are_read_recursively_and_only_what_is_meant)
{
    struct snapshot *snapshot;

    make_directory();
    CHECK(mkdir(path_of("sub"), 0755) == 0 && mkdir(path_of("sub/deep"), 0755) == 0);
    CHECK(mkdir(path_of(".git"), 0755) == 0);
    write_file("a.yaml", STR(STREAM("one") "---\n" STREAM("two") "---\n"));
    write_file("sub/b.yml", STR(STREAM("three")));
    write_file("sub/deep/c.json", STR(JSON_STREAM("four")));
    write_file("README.md", STR("kind: ["));
    write_file(".git/x.yaml", STR("kind: ["));
    write_file(".hidden.yaml", STR("kind: ["));
    CHECK(symlink(directory, path_of("sub/loop")) == 0);
    CHECK(symlink("a.yaml", path_of("again.yaml")) == 0);
    snapshot = load();
    CHECK_STR(message, STR(""));
    CHECK(snapshot && snapshot->view.stream_count == 4 && snapshot->signature != 0);
    CHECK(has_stream(snapshot, "shop", "one") && has_stream(snapshot, "shop", "two"));
    CHECK(has_stream(snapshot, "shop", "three") && has_stream(snapshot, "default", "four"));
    snapshot_release(snapshot);
    remove_directory();
}

TEST(json_objects_may_follow_each_other)
{
    struct snapshot *snapshot;

    make_directory();
    write_file("a.json",
               STR(JSON_STREAM("one") JSON_STREAM("two") "\n {\"kind\": \"List\", \"apiVersion\": "
                                                         "\"v1\", \"items\": [" JSON_STREAM("three") "]}\n"));
    write_file("comment.yaml", STR("# nothing yet\n"));
    snapshot = load();
    CHECK_STR(message, STR(""));
    CHECK(snapshot && snapshot->view.stream_count == 3);
    snapshot_release(snapshot);
    remove_directory();
}

TEST(files_of_editors_that_write_a_byte_order_mark_are_read)
{
    struct snapshot *snapshot;

    make_directory();
    write_file("a.json", STR("\xEF\xBB\xBF" JSON_STREAM("one")));
    write_file("b.json", STR("\xEF\xBB\xBF" JSON_STREAM("two") "\r\n\xEF\xBB\xBF" JSON_STREAM("three")));
    write_file("c.json",
               STR("\xEF\xBB\xBF{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [" JSON_STREAM(
                   "four") "]}"));
    write_file("d.yaml", STR("# none\n---\n\xEF\xBB\xBF" JSON_STREAM("five") JSON_STREAM("six")));
    snapshot = load();
    CHECK_STR(message, STR(""));
    CHECK(snapshot && snapshot->view.stream_count == 6);
    snapshot_release(snapshot);
    remove_directory();
}

TEST(an_empty_directory_is_an_empty_cluster)
{
    struct snapshot *snapshot;

    make_directory();
    snapshot = load();
    CHECK(snapshot && snapshot->view.stream_count == 0);
    snapshot_release(snapshot);
    snapshot = load_paths(NULL, 0);
    CHECK(snapshot && snapshot->view.stream_count == 0);
    snapshot_release(snapshot);
    remove_directory();
}

TEST(a_named_file_is_read_whatever_its_name)
{
    struct snapshot *snapshot;

    make_directory();
    write_file("objects", STR(STREAM("one")));
    snapshot = load_paths((const char *const[]){path_of("objects"), path_of("objects")}, 2);
    CHECK(has_stream(snapshot, "shop", "one"));
    snapshot_release(snapshot);
    remove_directory();
}

TEST(lists_in_yaml_and_json)
{
    struct snapshot *snapshot;

    make_directory();
    write_file("a.yaml", STR("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: weir.dev/v1alpha1, kind: "
                             "ImageStream, metadata: {name: a}}\n"
                             "- {apiVersion: v1, kind: Namespace, metadata: {name: images}}\n"));
    write_file("b.json", STR("{\"items\": [" JSON_STREAM("b") ",\n" JSON_STREAM(
                             "c") "], \"kind\": \"List\", \"apiVersion\": \"v1\"}"));
    write_file(
        "c.json",
        STR("{\"kind\": \"ImageStreamList\", \"apiVersion\": \"image.openshift.io/v1\", \"metadata\": {},"
            " \"items\": [{\"metadata\": {\"name\": \"d\"}}, {\"metadata\": {\"name\": \"a\"}}]}"));
    write_file("d.json", STR("{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}"));
    snapshot = load();
    CHECK_STR(message, STR(""));
    CHECK(has_stream(snapshot, "default", "a") && has_stream(snapshot, "default", "b"));
    CHECK(has_stream(snapshot, "default", "c") && has_stream(snapshot, "default", "d"));
    CHECK(snapshot && snapshot->view.stream_count == 4); /* "a" of the other group gives way */
    CHECK(snapshot && cluster_view_namespace(&snapshot->view, STR("images")));
    snapshot_release(snapshot);
    remove_directory();
}

TEST(unknown_kinds_are_told_once)
{
    struct snapshot *snapshot;

    make_directory();
    write_file("a.yaml", STR("apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: "
                             "ConfigMap\n---\napiVersion: apps/v1\nkind: Deployment\n"));
    snapshot = load();
    CHECK_STR(without_directory(warnings),
              STR("a.yaml:1: objects of kind ConfigMap (v1) are skipped\n"
                  "a.yaml:7: objects of kind Deployment (apps/v1) are skipped\n"));
    snapshot_release(snapshot);
    remove_directory();
}

static const struct {
    const char *file;
    struct str text;
    struct str want;
} bad_files[] = {
    {"a.yaml", STR_INIT("a: b: c"),
     STR_INIT("a.yaml: line 1, column 5: mapping values are not allowed in this context")},
    {"a.yaml", STR_INIT(STREAM("a") "\nspec: {tags: 1}\n"),
     STR_INIT("a.yaml:5: spec.tags: expected a list, found a number")},
    {"a.yaml", STR_INIT(STREAM("a") "---\n" STREAM("a")),
     STR_INIT("a.yaml:5: ImageStream \"shop/a\" is there twice, first in a.yaml:1")},
    {"a.yaml", STR_INIT("x: \xFF"), STR_INIT("a.yaml: line 1, column 4: a byte that is not UTF-8")},
    {"a.yaml", STR_INIT("a: 1\na: 2\n"), STR_INIT("a.yaml: line 2, column 4: duplicate key \"a\"")},
    {"a.yaml",
     STR_INIT("kind: List\napiVersion: v1\nitems:\n- {kind: ImageStream, apiVersion: weir.dev/v1alpha1}\n"),
     STR_INIT("a.yaml:4: items[0]: metadata: is missing")},
    {"a.json", STR_INIT(""), STR_INIT("a.json:1: the file is empty; delete it if it shall hold nothing")},
    {"a.yaml", STR_INIT(" \n"), STR_INIT("a.yaml:1: the file is empty; delete it if it shall hold nothing")},
    {"a.json", STR_INIT(JSON_STREAM("a") "\n" JSON_STREAM("a")),
     STR_INIT("a.json:2: ImageStream \"default/a\" is there twice, first in a.json:1")},
    {"a.json", STR_INIT(JSON_STREAM("a") "\n{\"kind\":"),
     STR_INIT("a.json: line 2: not valid JSON near byte 94")},
    {"a.json", STR_INIT("[1]"), STR_INIT("a.json:1: expected an object, found a list")},
    {"a.json",
     STR_INIT(
         "{\"kind\": \"List\", \"apiVersion\": \"v1\",\n\"items\": [" JSON_STREAM("a") ",\n {\"a\": 01}]}"),
     STR_INIT("a.json:3: items[1]: line 1: not valid JSON near byte 7")},
    {"a.json",
     STR_INIT("{\"kind\": \"List\", \"apiVersion\": \"v1\",\n\"items\": [" JSON_STREAM("a") ",\n" JSON_STREAM(
         "a") "]}"),
     STR_INIT("a.json:3: items[1]: ImageStream \"default/a\" is there twice, first in a.json:2")},
    {"a.json",
     STR_INIT("{\"kind\": \"List\", \"apiVersion\": \"v1\",\n\"items\": [{\"kind\": \"StreamPolicy\", "
              "\"apiVersion\": \"weir.dev/v1alpha1\",\n\"metadata\": {\"name\": \"p\"},\n\"spec\": "
              "{\"freshness\": \"Now\"}}]}"),
     STR_INIT("a.json:4: items[0]: spec.freshness: unknown value \"Now\"; expected Always, IfNotPresent, "
              "Never or FromPullPolicy")},
};

TEST(what_is_wrong_is_told_with_file_and_line)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
        struct snapshot *snapshot;

        make_directory();
        write_file(bad_files[i].file, bad_files[i].text);
        snapshot = load();
        CHECK_ROW(!snapshot, "row %zu", i);
        CHECK_STR(message, bad_files[i].want);
        snapshot_release(snapshot);
        remove_directory();
    }
}

TEST(the_same_object_in_two_files_is_told_with_both_places)
{
    make_directory();
    write_file("a.yaml", STR(STREAM("x") "---\n" STREAM("a")));
    write_file("b.yaml", STR("\n" STREAM("a")));
    CHECK(!load());
    CHECK_STR(message, STR("b.yaml:2: ImageStream \"shop/a\" is there twice, first in a.yaml:5"));
    remove_directory();
}

TEST(paths_that_are_not_there_or_no_files_are_told)
{
    struct str text = {NULL, 0};

    make_directory();
    CHECK(!load_paths((const char *const[]){path_of("none")}, 1));
    CHECK_STR(message, STR("cannot read \"none\": No such file or directory"));
    CHECK(!load_paths((const char *const[]){"/dev/null"}, 1));
    text = message;
    CHECK_STR(text, STR("\"/dev/null\" is not a file"));
    CHECK(symlink("none", path_of("q.yaml")) == 0);
    CHECK(!load());
    CHECK_STR(message, STR("cannot read \"q.yaml\": No such file or directory"));
    CHECK(mkfifo(path_of("p.yaml"), 0644) == 0); /* would be waited for, for ever */
    CHECK(!load());
    CHECK_STR(message, STR("\"p.yaml\" is not a file"));
    remove_directory();
}

TEST(a_pipe_that_is_named_is_read_to_its_end)
{
    struct snapshot *snapshot;
    char path[32];
    int fds[2];

    CHECK(pipe(fds) == 0);
    CHECK(write(fds[1], STREAM("one"), sizeof(STREAM("one")) - 1) > 0);
    close(fds[1]);
    snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
    snapshot = load_paths((const char *const[]){path}, 1);
    CHECK(has_stream(snapshot, "shop", "one"));
    snapshot_release(snapshot);
    close(fds[0]);
    arena_release(&arena);
}

TEST(a_file_beyond_the_limit_is_refused_unread)
{
    int fd;

    make_directory();
    fd = open(path_of("a.yaml"), O_WRONLY | O_CREAT, 0644);
    CHECK(fd >= 0 && ftruncate(fd, 100 << 20) == 0);
    close(fd);
    CHECK(!load());
    CHECK_STR(message, STR("\"a.yaml\" has 104857600 bytes, at most 67108864 are read"));
    remove_directory();
}

TEST(one_object_beyond_the_limit_is_refused)
{
    struct text text;

    make_directory();
    text_init(&text, &arena, 20 << 20);
    text_add_c(&text, "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{\"x\": [0");
    for (int i = 0; i < 5 << 20; i++)
        text_add_c(&text, ",0");
    text_add_c(&text, "]}]}");
    write_file("a.json", text_str(&text));
    CHECK(!load());
    CHECK_STR(message, STR("a.json:1: items[0]: the object has 10485770 bytes, at most 8388608 are read"));
    remove_directory();
}

static int64_t resident_kb(void)
{
    char buffer[128];
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t len = read(fd, buffer, sizeof(buffer));
    struct str rest = {buffer, len > 0 ? (size_t)len : 0};
    int64_t pages = 0;

    close(fd);
    (void)str_cut(&rest, ' ');
    CHECK(str_to_int64(str_cut(&rest, ' '), 0, INT64_MAX, &pages));
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* 10 000 streams of 3 tags, as a cluster's dump has them. */
static void add_stream(struct text *text, int number)
{
    text_addf(text,
              "%s{\"apiVersion\": \"weir.dev/v1alpha1\", \"kind\": \"ImageStream\", \"metadata\": {\"name\": "
              "\"app-%d\", "
              "\"namespace\": \"team-%d\"}, \"spec\": {\"tags\": [",
              number ? "," : "", number, number % 100);
    for (int tag = 0; tag < 3; tag++)
        text_addf(
            text,
            "%s{\"name\": \"v%d\", \"annotations\": null, \"from\": {\"kind\": \"DockerImage\", \"name\": "
            "\"registry.example.com/team/app-%d:v%d\"}, \"generation\": 2, \"importPolicy\": {}}",
            tag ? "," : "", tag, number, tag);
    text_add_c(text, "]}, \"status\": {\"tags\": [");
    for (int tag = 0; tag < 3; tag++)
        text_addf(text,
                  "%s{\"tag\": \"v%d\", \"items\": [{\"created\": \"2026-11-20T10:00:00Z\", "
                  "\"dockerImageReference\": "
                  "\"registry.example.com/team/app-%d@sha256:%064d\", \"image\": \"sha256:%064d\", "
                  "\"generation\": 2}]}",
                  tag ? "," : "", tag, number, number * 3 + tag, number * 3 + tag);
    text_add_c(text, "]}}");
}

TEST(ten_thousand_streams_take_less_than_600_bytes_a_tag)
{
    struct text text;
    struct snapshot *snapshot;
    size_t used = 0;
    int64_t before;

    make_directory();
    text_init(&text, &arena, 64 << 20);
    text_add_c(&text, "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [");
    for (int i = 0; i < 10000; i++)
        add_stream(&text, i);
    text_add_c(&text, "]}");
    write_file("a.json", text_str(&text));
    before = resident_kb();
    snapshot = load();
    CHECK_STR(message, STR(""));
    used = snapshot ? snapshot->arena.used : SIZE_MAX;
    CHECK(snapshot && snapshot->view.stream_count == 10000);
    CHECK_ROW(used / 30000 < 600, "%zu bytes a tag", used / 30000);
    printf("# %zu bytes a tag, resident %lld kB more\n", used / 30000, (long long)(resident_kb() - before));
    snapshot_release(snapshot);
    remove_directory();
}

TEST_MAIN()
