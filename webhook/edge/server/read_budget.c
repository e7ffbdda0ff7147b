/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/read_budget.h"

void read_budget_add(struct read_budget *budget, struct budget_reader *reader)
{
    reader->budget = budget;
    reader->older = budget->youngest;
    *(budget->youngest ? &budget->youngest->younger : &budget->oldest) = reader;
    budget->youngest = reader;
}

static bool is_reading(const struct read_budget *budget, const struct budget_reader *reader)
{
    return budget->socket->is_reading(reader->socket);
}

static void hold(struct read_budget *budget, struct budget_reader *reader)
{
    if (reader->held || !is_reading(budget, reader))
        return;
    reader->held = budget->socket->stop(reader->socket);
    counter_add(budget->holds, 1);
}

static void release(struct read_budget *budget, struct budget_reader *reader)
{
    budget_read *read = reader->held;

    reader->held = NULL;
    if (read)
        budget->socket->go_on(reader->socket, read);
}

void read_budget_remove(struct budget_reader *reader)
{
    struct read_budget *budget = reader->budget;

    if (!budget)
        return;
    *(reader->older ? &reader->older->younger : &budget->oldest) = reader->younger;
    *(reader->younger ? &reader->younger->older : &budget->youngest) = reader->older;
    reader->budget = NULL;
    release(budget, reader);
}

/* A buffer that is full is copied into one of twice its size. */
static size_t cost_of(const struct read_budget *budget, const struct budget_reader *reader, size_t size)
{
    return reader->held || is_reading(budget, reader) ? 3 * size : size;
}

void read_budget_settle(struct read_budget *budget)
{
    size_t sum = 0;

    for (struct budget_reader *reader = budget->oldest; reader; reader = reader->younger) {
        size_t size = budget->socket->size(reader->socket);
        bool first = sum == 0;

        if (size <= READ_SMALL_MAX) {
            release(budget, reader);
            continue;
        }
        sum += cost_of(budget, reader, size);
        if (first || sum <= budget->limit)
            release(budget, reader);
        else
            hold(budget, reader);
    }
}
