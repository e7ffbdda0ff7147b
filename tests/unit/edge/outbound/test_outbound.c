/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/outbound.h"

#include "test.h"

struct log_of_ends {
    struct outbound_job job;
    struct outbound *outbound;
    char text[8];
    size_t len;
};

static void first_end(void *ctx)
{
    struct log_of_ends *ends = ctx;

    ends->text[ends->len++] = '1';
}

static void second_end(void *ctx)
{
    struct log_of_ends *ends = ctx;

    ends->text[ends->len++] = '2';
}

static void add_third(struct outbound_job *job)
{
    struct log_of_ends *ends = (struct log_of_ends *)(void *)job;

    ends->text[ends->len++] = 'j';
    outbound_at_end(ends->outbound, second_end, ends);
}

TEST(what_was_added_last_ends_first_and_after_what_was_posted)
{
    struct log_of_ends ends = {.job.run = add_third, .outbound = outbound_start()};

    outbound_at_end(ends.outbound, first_end, &ends);
    outbound_at_end(ends.outbound, second_end, &ends);
    outbound_post(ends.outbound, &ends.job);
    outbound_stop(ends.outbound);
    CHECK_STR(((struct str){ends.text, ends.len}), STR("j221"));
}

TEST_MAIN()
