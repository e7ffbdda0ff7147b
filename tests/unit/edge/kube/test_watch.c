/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/watch.h"

#include "test.h"
#include "unit/edge/kube/fake_kube.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/*
 * A follower that keeps what it is told as the contract says, and complains
 * where the contract is broken. The outbound thread writes, the test reads.
 */
enum { NAMES_MAX = 3000, NAME_SIZE = 16, WAIT_MS = 60000 };

struct names {
    char items[NAMES_MAX][NAME_SIZE];
    size_t count;
};

struct world {
    pthread_mutex_t lock;
    struct names current;
    struct names staged;
    bool listing;
    bool synced;
    bool connected;
    int lists;
    int disconnections;
    int left_out;
    int broken;   /* promises */
    size_t least; /* objects in `current`, ever since it was synced */
    struct error last_error;
    struct kube_watch_state state;
    /* the machinery */
    struct kube_config config;
    struct kube_watch_options options;
    struct outbound *outbound;
    struct outbound_job begin;
    struct kube_client *client;
    struct kube_watch *watch;
};

static struct fake_kube fake;
static const struct kube_resource things = {STR_INIT("weir.dev"), STR_INIT("v1"), STR_INIT("things"),
                                            .namespaced = true};

static size_t find(const struct names *names, struct str name)
{
    size_t i = 0;

    while (i < names->count && !str_equal(str_from_c(names->items[i]), name))
        i++;
    return i;
}

static void put(struct names *names, struct str name)
{
    size_t i = find(names, name);

    if (i == names->count && names->count < NAMES_MAX)
        (void)snprintf(names->items[names->count++], NAME_SIZE, STR_FMT, STR_ARG(name));
}

static bool take(struct names *names, struct str name)
{
    size_t i = find(names, name);

    if (i == names->count)
        return false;
    names->count--;
    memmove(names->items[i], names->items[names->count], NAME_SIZE);
    return true;
}

static void on_list_begin(void *ctx)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->listing = true;
    world->staged.count = 0;
    (void)pthread_mutex_unlock(&world->lock);
}

static void on_object(void *ctx, enum kube_change change, const struct kube_object *object)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->broken += world->listing != (change == KUBE_LISTED);
    if (change == KUBE_LISTED)
        put(&world->staged, object->name);
    else if (change == KUBE_DELETED)
        world->broken += !take(&world->current, object->name);
    else
        put(&world->current, object->name);
    if (world->current.count < world->least)
        world->least = world->current.count;
    (void)pthread_mutex_unlock(&world->lock);
}

static void on_synced(void *ctx)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->broken += !world->listing;
    world->current = world->staged;
    if (!world->synced || world->current.count < world->least)
        world->least = world->current.count;
    world->listing = false;
    world->synced = true;
    world->lists++;
    (void)pthread_mutex_unlock(&world->lock);
}

static void on_left_out(void *ctx, const struct error *err)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->left_out++;
    world->last_error = *err;
    (void)pthread_mutex_unlock(&world->lock);
}

static void on_connected(void *ctx)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->connected = true;
    (void)pthread_mutex_unlock(&world->lock);
}

static void on_disconnected(void *ctx, const struct error *err, int64_t pause_ms)
{
    struct world *world = ctx;

    (void)pthread_mutex_lock(&world->lock);
    world->connected = false;
    world->disconnections++;
    world->broken += pause_ms < 0;
    world->last_error = *err;
    (void)pthread_mutex_unlock(&world->lock);
}

static void begin(struct outbound_job *job)
{
    static const struct kube_follower follower = {on_list_begin, on_object,    on_synced,
                                                  on_left_out,   on_connected, on_disconnected};
    struct world *world = (struct world *)(void *)((char *)job - offsetof(struct world, begin));

    world->client = kube_client_new(world->outbound, &world->config);
    world->watch = kube_watch_start(world->client, &world->options, &follower, world);
}

static void on_stop(void *ctx)
{
    struct world *world = ctx;

    world->state = kube_watch_state(world->watch);
    kube_watch_stop(world->watch);
    kube_client_free(world->client);
}

/* 0 for what the test is not about: then nothing ends by itself. */
static struct world *world_start_with(int64_t page_size, int64_t page_timeout_ms, int64_t idle_ms)
{
    static char server[64];
    struct world *world = calloc(1, sizeof(*world));

    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", fake.port);
    (void)pthread_mutex_init(&world->lock, NULL);
    world->config.server = server;
    world->options = (struct kube_watch_options){.selection.resource = &things,
                                                 .seed = 7,
                                                 .page_size = page_size,
                                                 .page_timeout_ms = page_timeout_ms,
                                                 .idle_ms = idle_ms > 0 ? idle_ms : WAIT_MS,
                                                 .pause_ms = 5,
                                                 .pause_max_ms = 100};
    world->begin.run = begin;
    world->outbound = outbound_start();
    outbound_at_end(world->outbound, on_stop, world);
    outbound_post(world->outbound, &world->begin);
    return world;
}

static struct world *world_start(int64_t page_size)
{
    return world_start_with(page_size, 0, 0);
}

static void world_stop(struct world *world)
{
    outbound_stop(world->outbound);
    CHECK(world->broken == 0);
}

static void world_free(struct world *world)
{
    (void)pthread_mutex_destroy(&world->lock);
    free(world);
}

/* Whether it comes to know (or not) the name, and stands, in time. */
static bool comes_to_know(struct world *world, const char *name, bool known)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int64_t end = monotonic_ms() + WAIT_MS;
    bool ret = false;

    while (!ret && monotonic_ms() < end) {
        (void)pthread_mutex_lock(&world->lock);
        ret = world->synced && world->connected &&
              (find(&world->current, str_from_c(name)) < world->current.count) == known;
        (void)pthread_mutex_unlock(&world->lock);
        if (!ret)
            (void)nanosleep(&pause, NULL);
    }
    return ret;
}

static size_t known(struct world *world)
{
    size_t ret;

    (void)pthread_mutex_lock(&world->lock);
    ret = world->current.count;
    (void)pthread_mutex_unlock(&world->lock);
    return ret;
}

/* Of this many objects at the server before the watch starts. */
static void have(size_t count)
{
    char command[64];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(command, sizeof(command), "add?name=base-%zu", i);
        fake_kube_tell(&fake, command);
    }
}

TEST(changes_come_after_a_list_in_pages)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(25);
    world = world_start(10);
    CHECK(comes_to_know(world, "base-24", true));
    CHECK(known(world) == 25);
    CHECK(fake_kube_count(&fake, "list") == 3);
    fake_kube_tell(&fake, "add?name=new");
    CHECK(comes_to_know(world, "new", true));
    fake_kube_tell(&fake, "delete?name=base-3");
    CHECK(comes_to_know(world, "base-3", false));
    CHECK(known(world) == 25);
    world_stop(world);
    CHECK(world->state.lists == 1 && world->state.changes == 2 && world->state.failures == 0);
    world_free(world);
    fake_kube_stop(&fake);
}

/* Each: while a watch stands, the next one (or list) is spoilt, the connection cut, and an object added. */
TEST(whatever_a_watch_does_no_change_is_lost_and_nothing_that_is_served_goes)
{
    static const struct {
        const char *spoilt; /* the next watch, after the cut */
        bool relists;       /* surely */
        const char *said;
    } rows[] = {
        {"", false, ""},
        {"cut", false, "cannot follow things.weir.dev: the answer ended too early"},
        {"crumbs", false, ""},
        {"end", false, "the watch of things ended at once"},
        {"429", false, "cannot follow things.weir.dev: the API server says 429: later"},
        {"403", false, "cannot follow things.weir.dev: the API server says 403: a watch that is Forbidden"},
        {"500", false,
         "cannot follow things.weir.dev: the API server says 500: a watch that is InternalError"},
        {"500-event", false, "the watch of things: cannot follow: the API server says 500: etcd is away"},
        {"silent", false, "nothing was heard of the watch of things"},
        {"garbage", false, "the watch of things: an event that cannot be read: "},
        {"half-json", false, "the watch of things: an event that cannot be read: "},
        {"unknown", false, "the watch of things: an event of an unknown type"},
        {"no-version", false, "the watch of things: an object without a usable resourceVersion"},
        {"410", true, "cannot follow things.weir.dev: the API server says 410: a watch that is Expired"},
        {"410-event", true, "the watch of things: cannot follow: the API server says 410: too old"},
        {"huge", true, "the watch of things: an event of more than "},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *world;
        char command[64];

        fake = fake_kube_start(NULL);
        have(5);
        world = world_start_with(2, 0, strcmp(rows[i].spoilt, "silent") == 0 ? 400 : 0);
        CHECK_ROW(comes_to_know(world, "base-4", true), "%s", rows[i].spoilt);
        (void)snprintf(command, sizeof(command), "next?watch=%s", rows[i].spoilt);
        if (rows[i].spoilt[0])
            fake_kube_tell(&fake, command);
        fake_kube_tell(&fake, "drop");
        fake_kube_tell(&fake, "add?name=during");
        CHECK_ROW(comes_to_know(world, "during", true), "%s", rows[i].spoilt);
        fake_kube_tell(&fake, "add?name=after");
        CHECK_ROW(comes_to_know(world, "after", true), "%s", rows[i].spoilt);
        CHECK_ROW(known(world) == 7, "%s: %zu", rows[i].spoilt, known(world));
        CHECK_ROW(world->least == 5, "%s: %zu", rows[i].spoilt, world->least);
        CHECK_ROW(str_starts(error_text(&world->last_error), str_from_c(rows[i].said)), "%s: %s",
                  rows[i].spoilt, world->last_error.text);
        CHECK_ROW((world->lists == 2) == rows[i].relists, "%s: %d lists", rows[i].spoilt, world->lists);
        world_stop(world);
        world_free(world);
        fake_kube_stop(&fake);
    }
}

TEST(whatever_a_list_does_the_old_set_stays_until_a_whole_one_is_there)
{
    static const struct {
        const char *spoilt;
        enum error_code code;
    } rows[] = {
        {"403", ERROR_FORBIDDEN},    {"404", ERROR_NOT_FOUND},   {"429", ERROR_UNAVAILABLE},
        {"500", ERROR_UNAVAILABLE},  {"410", ERROR_UNAVAILABLE}, {"html", ERROR_INVALID},
        {"cut", ERROR_UNAVAILABLE},  {"torso", ERROR_INVALID},   {"no-version", ERROR_INVALID},
        {"bad-item", ERROR_INVALID},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *world;
        char command[64];

        fake = fake_kube_start(NULL);
        have(6);
        (void)snprintf(command, sizeof(command), "next?list=%s", rows[i].spoilt);
        fake_kube_tell(&fake, command);
        world = world_start(4);
        CHECK_ROW(comes_to_know(world, "base-5", true), "%s", rows[i].spoilt);
        CHECK_ROW(world->last_error.code == rows[i].code, "%s: %s", rows[i].spoilt, world->last_error.text);
        CHECK_ROW(world->disconnections == 1, "%s: %d", rows[i].spoilt, world->disconnections);
        /* and once more, in the place of a relist, where the second page fails */
        fake_kube_tell(&fake, "next?list=");
        fake_kube_tell(&fake, command);
        fake_kube_tell(&fake, "touch?version=5");
        fake_kube_tell(&fake, "delete?name=base-0");
        fake_kube_tell(&fake, "add?name=more");
        fake_kube_tell(&fake, "next?watch=410");
        fake_kube_tell(&fake, "drop");
        fake_kube_tell(&fake, "add?name=last");
        CHECK_ROW(comes_to_know(world, "last", true), "%s", rows[i].spoilt);
        CHECK_ROW(known(world) == 7 && world->least >= 5, "%s: %zu %zu", rows[i].spoilt, known(world),
                  world->least);
        world_stop(world);
        world_free(world);
        fake_kube_stop(&fake);
    }
}

TEST(a_server_that_is_away_and_comes_back_with_a_compacted_history_is_listed_again)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(3);
    world = world_start(0);
    CHECK(comes_to_know(world, "base-2", true));
    fake_kube_tell(&fake, "stop");
    fake_kube_tell(&fake, "delete?name=base-1");
    fake_kube_tell(&fake, "add?name=meanwhile");
    fake_kube_tell(&fake, "compact");
    fake_kube_tell(&fake, "start");
    CHECK(comes_to_know(world, "meanwhile", true));
    CHECK(comes_to_know(world, "base-1", false));
    CHECK(known(world) == 3);
    world_stop(world);
    CHECK(world->state.lists == 2 && world->state.expired == 1);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST(a_bookmark_carries_a_watch_over_a_compaction)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(3);
    world = world_start(0);
    CHECK(comes_to_know(world, "base-2", true));
    fake_kube_tell(&fake, "touch?version=50");
    fake_kube_tell(&fake, "bookmark");
    fake_kube_tell(&fake, "add?name=seen");
    CHECK(comes_to_know(world, "seen", true));
    fake_kube_tell(&fake, "compact");
    fake_kube_tell(&fake, "drop");
    fake_kube_tell(&fake, "add?name=after");
    CHECK(comes_to_know(world, "after", true));
    world_stop(world);
    CHECK(world->state.lists == 1 && world->state.expired == 0);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST(refusals_in_a_row_give_the_resource_version_up)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(2);
    world = world_start(0);
    CHECK(comes_to_know(world, "base-1", true));
    for (int i = 0; i < 3; i++)
        fake_kube_tell(&fake, "next?watch=504");
    fake_kube_tell(&fake, "drop");
    fake_kube_tell(&fake, "add?name=after");
    CHECK(comes_to_know(world, "after", true));
    world_stop(world);
    CHECK(world->state.lists == 2);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST(an_object_beyond_the_limit_is_left_out_and_told)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(2);
    world = world_start(0);
    CHECK(comes_to_know(world, "base-1", true));
    fake_kube_tell(&fake, "add?name=monster&size=9000000");
    fake_kube_tell(&fake, "add?name=mouse");
    CHECK(comes_to_know(world, "mouse", true));
    CHECK(comes_to_know(world, "monster", false));
    CHECK(world->left_out == 1);
    world_stop(world);
    CHECK(world->last_error.code == ERROR_TOO_LARGE);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST(a_page_that_does_not_come_in_time_is_asked_for_in_smaller_ones)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(40);
    fake_kube_tell(&fake, "next?list=slow");
    world = world_start_with(40, 3000, 0);
    CHECK(comes_to_know(world, "base-39", true));
    CHECK(known(world) == 40);
    CHECK(fake_kube_count(&fake, "list") == 1 + 2);
    world_stop(world);
    CHECK(world->last_error.code == ERROR_TIMEOUT);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST(many_pages_of_many_objects_come_whole)
{
    struct world *world;

    fake = fake_kube_start(NULL);
    have(2000);
    world = world_start(100);
    CHECK(comes_to_know(world, "base-1999", true));
    CHECK(known(world) == 2000);
    world_stop(world);
    world_free(world);
    fake_kube_stop(&fake);
}

TEST_MAIN()
