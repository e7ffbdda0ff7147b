/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/import_queue.h"

#include "test.h"

/* What is asked, in which order: items are letters, and so is what is taken. */
enum { ITEMS_MAX = 32 };

struct desk {
    struct import_queue *queue;
    struct import_queue_stream streams[4];
    struct import_queue_item items[ITEMS_MAX];
    char names[ITEMS_MAX];
    size_t count;
};

static void open_desk(struct desk *desk, struct import_queue_limits limits)
{
    *desk = (struct desk){.queue = import_queue_new(&limits)};
}

static void add(struct desk *desk, char name, size_t stream, struct str host)
{
    desk->names[desk->count] = name;
    import_queue_add(desk->queue, &desk->items[desk->count], &desk->streams[stream], host,
                     100 + (int64_t)desk->count);
    desk->count++;
}

static char take(struct desk *desk)
{
    struct import_queue_item *item = import_queue_take(desk->queue);

    return item ? desk->names[item - desk->items] : '-';
}

static void end(struct desk *desk, char name)
{
    for (size_t i = 0; i < desk->count; i++) {
        if (desk->names[i] == name)
            import_queue_end(desk->queue, &desk->items[i]);
    }
}

static void close_desk(struct desk *desk)
{
    for (size_t i = 0; i < desk->count; i++)
        import_queue_end(desk->queue, &desk->items[i]);
    CHECK(import_queue_waiting(desk->queue) == 0 && import_queue_running(desk->queue) == 0);
    for (size_t i = 0; i < ARRAY_LEN(desk->streams); i++)
        CHECK(!desk->streams[i].lanes);
    import_queue_free(desk->queue);
}

static void check_taken(struct desk *desk, const char *wanted)
{
    for (const char *at = wanted; *at; at++) {
        char taken = take(desk);

        CHECK_ROW(taken == *at, "\"%s\": %c instead of %c", wanted, taken, *at);
    }
}

#define WIDE ((struct import_queue_limits){100, 100, 100})

TEST(streams_take_turns_at_one_host)
{
    struct desk desk;

    open_desk(&desk, WIDE);
    add(&desk, 'a', 0, STR("h"));
    add(&desk, 'b', 0, STR("h"));
    add(&desk, 'c', 0, STR("h"));
    add(&desk, 'x', 1, STR("h"));
    check_taken(&desk, "axbc-");
    close_desk(&desk);
}

TEST(hosts_take_turns)
{
    struct desk desk;

    open_desk(&desk, WIDE);
    add(&desk, 'a', 0, STR("slow"));
    add(&desk, 'b', 1, STR("slow"));
    add(&desk, 'c', 2, STR("slow"));
    add(&desk, 'x', 3, STR("fast"));
    check_taken(&desk, "axbc-");
    close_desk(&desk);
}

TEST(a_host_that_is_full_delays_no_other)
{
    struct desk desk;

    open_desk(&desk, (struct import_queue_limits){100, 1, 100});
    add(&desk, 'a', 0, STR("slow"));
    add(&desk, 'b', 0, STR("slow"));
    add(&desk, 'x', 0, STR("fast"));
    check_taken(&desk, "ax-");
    end(&desk, 'a');
    check_taken(&desk, "b-");
    close_desk(&desk);
}

TEST(a_stream_has_a_part_of_a_host)
{
    struct desk desk;

    open_desk(&desk, (struct import_queue_limits){100, 3, 2});
    for (char name = 'a'; name <= 'e'; name++)
        add(&desk, name, 0, STR("h"));
    check_taken(&desk, "ab-");
    add(&desk, 'x', 1, STR("h"));
    check_taken(&desk, "x-");
    end(&desk, 'b');
    check_taken(&desk, "c-");
    close_desk(&desk);
}

TEST(all_together_have_a_limit)
{
    struct desk desk;

    open_desk(&desk, (struct import_queue_limits){2, 100, 100});
    add(&desk, 'a', 0, STR("h"));
    add(&desk, 'b', 0, STR("i"));
    add(&desk, 'c', 0, STR("j"));
    check_taken(&desk, "ab-");
    end(&desk, 'a');
    check_taken(&desk, "c-");
    close_desk(&desk);
}

TEST(what_is_taken_back_is_not_asked)
{
    struct desk desk;

    open_desk(&desk, WIDE);
    add(&desk, 'a', 0, STR("h"));
    add(&desk, 'b', 0, STR("h"));
    end(&desk, 'a');
    end(&desk, 'a');
    check_taken(&desk, "b-");
    close_desk(&desk);
}

TEST(the_oldest_that_waits_is_known)
{
    struct desk desk;

    open_desk(&desk, (struct import_queue_limits){1, 1, 1});
    CHECK(import_queue_age_ms(desk.queue, 500) == 0);
    add(&desk, 'a', 0, STR("h"));
    add(&desk, 'b', 0, STR("h"));
    CHECK(import_queue_age_ms(desk.queue, 500) == 400);
    check_taken(&desk, "a-");
    CHECK(import_queue_age_ms(desk.queue, 500) == 399);
    CHECK(import_queue_waiting(desk.queue) == 1 && import_queue_running(desk.queue) == 1);
    close_desk(&desk);
}

TEST_MAIN()
