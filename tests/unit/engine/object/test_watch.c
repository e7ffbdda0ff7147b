/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/object/files.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    WAIT_MS = 60000,
    SILENCE_MS = 800, /* of a writer; soon after it the watch takes what is there for the whole */
};

/* A directory of its own for each test, and what the watch said about it. */
struct scene {
    char directory[64];
    const char *paths[1];
    struct snapshot_slot *slot;
    struct object_watch *watch;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned good;
    unsigned bad;
    char message[ERROR_TEXT_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_reload(void *ctx, const struct error *err, const struct snapshot *snapshot)
{
    struct scene *scene = ctx;

    pthread_mutex_lock(&scene->mutex);
    scene->good += err == NULL && snapshot != NULL;
    scene->bad += err != NULL;
    if (err)
        snprintf(scene->message, sizeof(scene->message), "%s", err->text);
    pthread_cond_broadcast(&scene->changed);
    pthread_mutex_unlock(&scene->mutex);
}

static void ignore_warning(void *ctx, struct str message)
{
    (void)ctx;
    (void)message;
}

/* Until the watch has told so many of each; false after WAIT_MS. */
static bool wait_for(struct scene *scene, unsigned good, unsigned bad)
{
    struct timespec until;
    bool is_there = true;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&scene->mutex);
    while (is_there && (scene->good < good || scene->bad < bad))
        is_there = pthread_cond_timedwait(&scene->changed, &scene->mutex, &until) == 0;
    pthread_mutex_unlock(&scene->mutex);
    return is_there;
}

static const char *file_of(const struct scene *scene, const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", scene->directory, name);
    return path;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    if (fd >= 0)
        close(fd);
}

static void write_stream(const struct scene *scene, const char *file, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text),
             "apiVersion: weir.dev/v1alpha1\nkind: ImageStream\nmetadata: {name: %s, namespace: shop}\n",
             name);
    write_file(file_of(scene, file), text);
}

static bool has_stream(const struct scene *scene, const char *name)
{
    const struct snapshot *snapshot = snapshot_acquire(scene->slot);
    bool found = snapshot && cluster_view_stream(&snapshot->view, STR("shop"), str_from_c(name));

    snapshot_release(snapshot);
    return found;
}

/* Polls the slot until a stream has come or gone, or WAIT_MS are over. */
static void check_live(const struct scene *scene, const char *name, bool wanted)
{
    const struct timespec pause = {0, 5000000};
    int64_t end = now_ms() + WAIT_MS;
    bool is_there = has_stream(scene, name);

    while (is_there != wanted && now_ms() < end) {
        nanosleep(&pause, NULL);
        is_there = has_stream(scene, name);
    }
    CHECK_ROW(is_there == wanted, "%s never %s", name, wanted ? "came" : "went");
}

static void make_scene(struct scene *scene)
{
    *scene = (struct scene){.directory = "/tmp/weir-watch-XXXXXX"};
    pthread_mutex_init(&scene->mutex, NULL);
    pthread_cond_init(&scene->changed, NULL);
    if (!mkdtemp(scene->directory)) {
        printf("Bail out! no directory for the test\n");
        exit(1);
    }
    scene->paths[0] = scene->directory;
    scene->slot = snapshot_slot_new();
}

/* As the program does: load, publish, then watch. */
static void start(struct scene *scene)
{
    const struct object_files files = {scene->paths, 1, ignore_warning, NULL, NULL};
    struct snapshot *snapshot;
    struct error err;

    CHECK(object_files_load(&files, &snapshot, &err) == 0);
    snapshot_publish(scene->slot, snapshot);
    scene->watch = object_watch_start(&files, scene->slot, on_reload, scene);
}

static void end_scene(struct scene *scene)
{
    char command[128];

    object_watch_stop(scene->watch);
    snapshot_slot_free(scene->slot);
    snprintf(command, sizeof(command), "rm -rf '%s'", scene->directory);
    CHECK(system(command) == 0);
}

TEST(a_new_changed_and_deleted_file_is_live_within_a_second)
{
    struct scene scene;

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "one");
    start(&scene);
    CHECK(has_stream(&scene, "one"));
    write_stream(&scene, "b.yaml", "two");
    check_live(&scene, "two", true);
    write_stream(&scene, "a.yaml", "uno");
    check_live(&scene, "uno", true);
    CHECK(!has_stream(&scene, "one"));
    CHECK(unlink(file_of(&scene, "b.yaml")) == 0);
    check_live(&scene, "two", false);
    end_scene(&scene);
}

TEST(nothing_is_read_again_while_nothing_changes)
{
    const struct timespec pause = {0, 800000000}; /* longer than the watch's own look takes */
    struct scene scene;

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "one");
    start(&scene);
    write_file(file_of(&scene, "notes.txt"), "not an object");
    write_file(file_of(&scene, ".hidden.yaml"), "kind: [");
    nanosleep(&pause, NULL);
    pthread_mutex_lock(&scene.mutex);
    CHECK_ROW(scene.good == 0 && scene.bad == 0, "%u good, %u bad", scene.good, scene.bad);
    pthread_mutex_unlock(&scene.mutex);
    end_scene(&scene);
}

TEST(a_bad_file_leaves_the_last_good_set_in_force_and_says_why)
{
    struct scene scene;

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "one");
    start(&scene);
    write_file(file_of(&scene, "b.yaml"),
               "apiVersion: weir.dev/v1alpha1\nkind: StreamPolicy\nmetadata: {name: p}\n"
               "spec:\n  freshness: Sometimes\n");
    CHECK(wait_for(&scene, 0, 1));
    CHECK(strstr(scene.message, "b.yaml:5: spec.freshness: unknown value \"Sometimes\"; expected Always") !=
          NULL);
    CHECK(has_stream(&scene, "one"));
    write_stream(&scene, "b.yaml", "two");
    CHECK(wait_for(&scene, 1, 1));
    check_live(&scene, "two", true);
    end_scene(&scene);
}

TEST(a_mounted_volume_is_swapped_as_a_whole)
{
    struct scene scene;
    char target[256];

    make_scene(&scene);
    CHECK(mkdir(file_of(&scene, "..v1"), 0755) == 0 && mkdir(file_of(&scene, "..v2"), 0755) == 0);
    write_stream(&scene, "..v1/a.yaml", "one");
    write_stream(&scene, "..v2/a.yaml", "two");
    CHECK(symlink("..v1", file_of(&scene, "..data")) == 0);
    CHECK(symlink("..data/a.yaml", file_of(&scene, "a.yaml")) == 0);
    start(&scene);
    CHECK(has_stream(&scene, "one"));
    CHECK(symlink("..v2", file_of(&scene, "..data_tmp")) == 0);
    snprintf(target, sizeof(target), "%s", file_of(&scene, "..data"));
    CHECK(rename(file_of(&scene, "..data_tmp"), target) == 0);
    check_live(&scene, "two", true);
    CHECK(!has_stream(&scene, "one"));
    end_scene(&scene);
}

TEST(directories_that_come_later_are_watched_too)
{
    struct scene scene;

    make_scene(&scene);
    start(&scene);
    CHECK(mkdir(file_of(&scene, "later"), 0755) == 0 && mkdir(file_of(&scene, "later/deep"), 0755) == 0);
    write_stream(&scene, "later/deep/a.json", "none");
    CHECK(wait_for(&scene, 0, 1)); /* YAML in a .json file */
    CHECK(unlink(file_of(&scene, "later/deep/a.json")) == 0);
    write_stream(&scene, "later/deep/a.yaml", "one");
    check_live(&scene, "one", true);
    write_stream(&scene, "later/deep/a.yaml", "two");
    check_live(&scene, "two", true);
    end_scene(&scene);
}

TEST(the_watched_path_itself_may_go_and_come_back)
{
    struct scene scene;
    char moved[80];

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "one");
    start(&scene);
    snprintf(moved, sizeof(moved), "%s.moved", scene.directory);
    CHECK(rename(scene.directory, moved) == 0);
    CHECK(wait_for(&scene, 0, 1));
    CHECK(has_stream(&scene, "one"));
    CHECK(mkdir(scene.directory, 0755) == 0);
    write_stream(&scene, "b.yaml", "two");
    check_live(&scene, "two", true);
    CHECK(!has_stream(&scene, "one"));
    CHECK(rename(moved, file_of(&scene, "old")) == 0);
    check_live(&scene, "one", true);
    end_scene(&scene);
}

TEST(a_file_linked_from_elsewhere_is_watched_where_it_lies)
{
    struct scene scene;
    struct scene elsewhere;

    make_scene(&scene);
    make_scene(&elsewhere);
    write_stream(&elsewhere, "a.yaml", "one");
    CHECK(symlink(file_of(&elsewhere, "a.yaml"), file_of(&scene, "a.yaml")) == 0);
    start(&scene);
    write_stream(&elsewhere, "a.yaml", "two");
    check_live(&scene, "two", true);
    end_scene(&scene);
    end_scene(&elsewhere);
}

/* The first half of this file is valid YAML and would drop a stream. */
TEST(half_a_file_is_waited_for)
{
    static const char *const halves[] = {
        "apiVersion: weir.dev/v1alpha1\nkind: ImageStream\nmetadata: {name: one, namespace: shop}\n",
        "---\napiVersion: weir.dev/v1alpha1\nkind: ImageStream\nmetadata: {name: two, namespace: shop}\n"};
    const struct timespec pause = {0, 300000000};
    struct scene scene;
    bool is_punctual = true; /* a writer who was held up for longer is taken for one who is ready */
    int fd;

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "zero");
    start(&scene);
    fd = open(file_of(&scene, "a.yaml"), O_WRONLY | O_TRUNC);
    for (int i = 0; i < 2; i++) {
        int64_t begin = now_ms();
        bool is_there;

        CHECK(write(fd, halves[i], strlen(halves[i])) > 0);
        nanosleep(&pause, NULL); /* a slow writer */
        is_there = has_stream(&scene, "zero");
        is_punctual = is_punctual && now_ms() - begin < SILENCE_MS;
        CHECK(is_there || !is_punctual);
    }
    close(fd);
    check_live(&scene, "two", true);
    CHECK(has_stream(&scene, "one"));
    end_scene(&scene);
}

TEST(is_read_anew_when_told_to)
{
    struct scene scene;

    make_scene(&scene);
    write_stream(&scene, "a.yaml", "one");
    start(&scene);
    object_watch_reload(scene.watch);
    CHECK(wait_for(&scene, 1, 0));
    object_watch_reload(scene.watch);
    CHECK(wait_for(&scene, 2, 0));
    end_scene(&scene);
}

TEST_MAIN()
