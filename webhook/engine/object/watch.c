/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/object/files.h"
#include "engine/object/paths.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/*
 * inotify says at once that something happened; a look at all files' stat every
 * now and then is the net below it (files linked from elsewhere, network file
 * systems, watches that ran out). Both only say "look again": what is true is
 * read from the files.
 */
enum {
    SETTLE_MS = 100,         /* without news for so long, a change is over */
    SETTLE_MAX_MS = 500,     /* so long at most, where news keep coming */
    WRITING_SETTLE_MS = 900, /* the same while a process has a file open that it wrote to */
    WRITING_MAX_MS = 5000,
    POLL_MIN_MS = 500,
    POLL_MAX_MS = 30000,
    POLL_SHARE = 100,  /* looking takes a hundredth of the time at most */
    RETRY_MS = 5000,   /* after a failure that may pass by itself */
    UNSETTLED_MS = 20, /* stat's clock may not tell apart two changes within this */
    EVENT_BUFFER = 16384,
    EVENT_READS_MAX = 64, /* buffers read before anything else is looked at */
};

static const uint32_t event_mask = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

struct object_watch {
    pthread_t thread;
    int inotify; /* -1: the net alone */
    int wake;    /* eventfd */
    atomic_bool stop;
    atomic_bool forced;
    /* borrowed */
    struct object_files files;
    struct snapshot_slot *slot;
    object_watch_reloaded *on_reload;
    void *ctx;
    /* the thread's own */
    uint64_t signature;   /* of what was tried last */
    int64_t changed_ms;   /* first news of a change that is not over; 0: none */
    int64_t news_ms;      /* the last */
    bool is_certain;      /* an event said that a file was written: its stat need not tell */
    bool is_written;      /* a process writes */
    int64_t look_ms;      /* when to look next */
    int64_t retry_ms;     /* when to try again; 0: not */
    struct error failure; /* the last one told */
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* What fails here, the net catches. */
static void watch_path(struct object_watch *watch, const char *path)
{
    if (watch->inotify >= 0)
        (void)inotify_add_watch(watch->inotify, path, event_mask);
}

/* Where the path itself comes and goes. */
static void watch_parent(struct object_watch *watch, struct arena *arena, struct str path)
{
    size_t slash;

    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    slash = str_rfind(path, '/');
    if (slash == path.len)
        watch_path(watch, ".");
    else
        watch_path(watch, arena_cstr(arena, str_slice(path, 0, slash > 0 ? slash : 1)));
}

/* Looks at all files; watches every directory that there is by now. */
static uint64_t look(struct object_watch *watch, int64_t *ret_newest_ms)
{
    struct arena arena;
    struct object_paths found;
    struct error err;
    int64_t begin = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    int64_t pause;

    arena_init(&arena);
    (void)!object_paths_find(&arena, watch->files.paths, watch->files.path_count, &found, &err);
    for (size_t i = 0; i < found.directory_count; i++)
        watch_path(watch, found.directories[i]);
    for (size_t i = 0; i < found.link_count; i++)
        watch_path(watch, found.links[i]); /* follows it: a file that lies elsewhere */
    for (size_t i = 0; i < watch->files.path_count; i++)
        watch_parent(watch, &arena, str_from_c(watch->files.paths[i]));
    arena_release(&arena);
    pause = (clock_ms(CLOCK_THREAD_CPUTIME_ID) - begin) * POLL_SHARE;
    pause = pause < POLL_MIN_MS ? POLL_MIN_MS : pause > POLL_MAX_MS ? POLL_MAX_MS : pause;
    watch->look_ms = now_ms() + pause;
    *ret_newest_ms = found.newest_ns / 1000000;
    return found.signature;
}

static void tell_failure(struct object_watch *watch, const struct error *err)
{
    bool is_told =
        watch->failure.code == err->code && str_equal(error_text(&watch->failure), error_text(err));

    watch->retry_ms = err->code == ERROR_UNAVAILABLE ? now_ms() + RETRY_MS : 0;
    if (is_told && !watch->is_certain)
        return;
    watch->failure = *err;
    watch->on_reload(watch->ctx, err, NULL);
}

static void publish(struct object_watch *watch, struct snapshot *snapshot)
{
    const struct snapshot *published;

    watch->retry_ms = 0;
    watch->failure = (struct error){.code = ERROR_NONE};
    snapshot_publish(watch->slot, snapshot);
    published = snapshot_acquire(watch->slot);
    watch->on_reload(watch->ctx, NULL, published);
    snapshot_release(published);
}

static void load(struct object_watch *watch, uint64_t signature, int64_t newest_ms)
{
    struct snapshot *snapshot;
    struct error err;
    int64_t begin = clock_ms(CLOCK_REALTIME);

    if (object_files_load(&watch->files, &snapshot, &err) < 0)
        tell_failure(watch, &err);
    else
        publish(watch, snapshot);
    /* A file that changed just now may change again without its times telling: it is read once more. */
    watch->signature = newest_ms > begin - UNSETTLED_MS ? 0 : signature;
    watch->changed_ms = 0;
    watch->is_certain = false;
    watch->is_written = false;
}

static void note_change(struct object_watch *watch)
{
    watch->news_ms = now_ms();
    if (watch->changed_ms == 0)
        watch->changed_ms = watch->news_ms;
}

static bool is_given(const struct object_watch *watch, struct str name)
{
    for (size_t i = 0; i < watch->files.path_count; i++) {
        struct str path = str_from_c(watch->files.paths[i]);
        size_t slash;

        while (path.len > 1 && path.ptr[path.len - 1] == '/')
            path.len--;
        slash = str_rfind(path, '/');
        if (str_equal(slash == path.len ? path : str_from(path, slash + 1), name))
            return true;
    }
    return false;
}

static void on_event(struct object_watch *watch, const struct inotify_event *event)
{
    struct str name = event->len > 0 ? str_from_c(event->name) : (struct str){NULL, 0};
    bool is_file = object_paths_is_object_file(name) || is_given(watch, name);
    bool is_link = str_equal(name, STR("..data"));

    if (event->mask & IN_Q_OVERFLOW)
        is_file = true;
    else if (!is_file && !is_link && event->len > 0 && !(event->mask & IN_ISDIR))
        return;
    note_change(watch);
    if ((is_file || is_link || event->len == 0) &&
        (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_Q_OVERFLOW)))
        watch->is_certain = true;
    if (event->mask & IN_MODIFY)
        watch->is_written = true;
    if (event->mask & IN_CLOSE_WRITE)
        watch->is_written = false;
}

static void read_events(struct object_watch *watch)
{
    _Alignas(struct inotify_event) char buffer[EVENT_BUFFER];
    ssize_t len;

    /* A process that writes without end must not keep us from stopping. */
    for (int reads = 0; reads < EVENT_READS_MAX && (len = read(watch->inotify, buffer, sizeof(buffer))) > 0;
         reads++) {
        for (size_t at = 0; at < (size_t)len;) {
            const struct inotify_event *event = (const void *)(buffer + at);

            on_event(watch, event);
            at += sizeof(*event) + event->len;
        }
    }
}

/* When a change counts as over. */
static int64_t settled_ms(const struct object_watch *watch)
{
    int64_t quiet = watch->news_ms + (watch->is_written ? WRITING_SETTLE_MS : SETTLE_MS);
    int64_t latest = watch->changed_ms + (watch->is_written ? WRITING_MAX_MS : SETTLE_MAX_MS);

    return quiet < latest ? quiet : latest;
}

static void work(struct object_watch *watch)
{
    int64_t now = now_ms();
    int64_t newest_ms;
    bool is_forced = atomic_exchange(&watch->forced, false);
    bool is_over = watch->changed_ms != 0 && now >= settled_ms(watch);
    bool is_retry = watch->retry_ms != 0 && now >= watch->retry_ms;
    uint64_t signature;

    if (!is_forced && !is_over && !is_retry && (watch->changed_ms != 0 || now < watch->look_ms))
        return;
    if (is_forced)
        watch->is_certain = true;
    signature = look(watch, &newest_ms);
    if (is_forced || is_retry || (is_over && (watch->is_certain || signature != watch->signature)))
        load(watch, signature, newest_ms);
    else if (is_over)
        watch->changed_ms = 0;
    else if (signature != watch->signature)
        note_change(watch);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return b != 0 && b < a ? b : a;
}

static void *run(void *ctx)
{
    struct object_watch *watch = ctx;
    struct pollfd fds[] = {{.fd = watch->wake, .events = POLLIN}, {.fd = watch->inotify, .events = POLLIN}};
    uint64_t counter;

    while (!atomic_load(&watch->stop)) {
        int64_t next = watch->changed_ms != 0 ? settled_ms(watch) : watch->look_ms;
        int64_t pause = earlier(next, watch->retry_ms) - now_ms();

        if (poll(fds, ARRAY_LEN(fds), pause > 0 ? (int)pause : 0) > 0) {
            if (fds[0].revents && read(watch->wake, &counter, sizeof(counter)) < 0 && errno != EAGAIN)
                break;
            if (fds[1].revents)
                read_events(watch);
        }
        if (!atomic_load(&watch->stop))
            work(watch);
    }
    return NULL;
}

struct object_watch *object_watch_start(const struct object_files *files, struct snapshot_slot *slot,
                                        object_watch_reloaded *on_reload, void *ctx)
{
    struct object_watch *watch = calloc(1, sizeof(*watch));
    const struct snapshot *current = snapshot_acquire(slot);
    int64_t newest_ms;

    if (!watch)
        abort();
    watch->files = *files;
    watch->slot = slot;
    watch->on_reload = on_reload;
    watch->ctx = ctx;
    watch->signature = current ? current->signature : 0;
    snapshot_release(current);
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    /* The watch is there before the caller is told that it is. */
    if (look(watch, &newest_ms) != watch->signature)
        note_change(watch);
    if (watch->wake < 0 || pthread_create(&watch->thread, NULL, run, watch) != 0)
        abort();
    return watch;
}

static void wake(struct object_watch *watch)
{
    uint64_t one = 1;

    while (write(watch->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

void object_watch_reload(struct object_watch *watch)
{
    atomic_store(&watch->forced, true);
    wake(watch);
}

void object_watch_stop(struct object_watch *watch)
{
    if (!watch)
        return;
    atomic_store(&watch->stop, true);
    wake(watch);
    pthread_join(watch->thread, NULL);
    if (watch->inotify >= 0)
        close(watch->inotify);
    close(watch->wake);
    free(watch);
}
