/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_inbox.h"

#include "test.h"

struct letter {
    struct http_message message;
    int number;
    bool again;
};

static struct http_inbox inbox;
static int rings;
static int arrived; /* the numbers, as digits of one */

static void ring(struct http_inbox *rung)
{
    CHECK(rung == &inbox);
    rings++;
}

static void on_arrival(struct http_message *message)
{
    struct letter *letter = CONTAINER_OF(struct letter, message, message);

    arrived = 10 * arrived + letter->number;
    if (letter->again)
        http_inbox_post(&inbox, message);
    letter->again = false;
}

static void post(struct letter *letter, int number)
{
    *letter = (struct letter){.message.on_arrival = on_arrival, .number = number};
    http_inbox_post(&inbox, &letter->message);
}

static void start(void)
{
    http_inbox_init(&inbox, ring);
    rings = arrived = 0;
}

TEST(delivers_in_order_and_rings_once)
{
    struct letter letters[3];

    start();
    for (int i = 0; i < 3; i++)
        post(&letters[i], i + 1);
    CHECK(rings == 1 && arrived == 0);
    http_inbox_deliver(&inbox);
    CHECK(arrived == 123);
    post(&letters[0], 4);
    CHECK(rings == 2);
    http_inbox_deliver(&inbox);
    CHECK(arrived == 1234);
}

TEST(delivers_what_arrivals_post_the_next_time)
{
    struct letter letter;

    start();
    post(&letter, 5);
    letter.again = true;
    http_inbox_deliver(&inbox);
    CHECK(arrived == 5 && rings == 2);
    http_inbox_deliver(&inbox);
    CHECK(arrived == 55 && rings == 2);
}

TEST_MAIN()
