/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/read_budget.h"

#include <h2o.h>

void read_budget_add(struct read_budget *budget, struct budget_reader *reader, struct st_h2o_socket_t *socket)
{
    reader->budget = budget;
    reader->socket = socket;
    reader->older = budget->youngest;
    *(budget->youngest ? &budget->youngest->younger : &budget->oldest) = reader;
    budget->youngest = reader;
}

static void hold(struct budget_reader *reader)
{
    if (reader->held || !h2o_socket_is_reading(reader->socket))
        return;
    reader->held = reader->socket->_cb.read;
    h2o_socket_read_stop(reader->socket);
    counter_add(reader->budget->holds, 1);
}

static void release(struct budget_reader *reader)
{
    h2o_socket_cb read = reader->held;

    reader->held = NULL;
    if (read)
        h2o_socket_read_start(reader->socket, read);
}

void read_budget_remove(struct budget_reader *reader)
{
    struct read_budget *budget = reader->budget;

    if (!budget)
        return;
    *(reader->older ? &reader->older->younger : &budget->oldest) = reader->younger;
    *(reader->younger ? &reader->younger->older : &budget->youngest) = reader->older;
    reader->budget = NULL;
    release(reader);
}

/* A buffer that is full is copied into one of twice its size. */
static size_t cost_of(const struct budget_reader *reader)
{
    size_t capacity = reader->socket->input->capacity;

    return reader->held || h2o_socket_is_reading(reader->socket) ? 3 * capacity : capacity;
}

void read_budget_settle(struct read_budget *budget)
{
    size_t sum = 0;

    for (struct budget_reader *reader = budget->oldest; reader; reader = reader->younger) {
        bool first = sum == 0;

        if (reader->socket->input->capacity <= READ_SMALL_MAX) {
            release(reader);
            continue;
        }
        sum += cost_of(reader);
        if (first || sum <= budget->limit)
            release(reader);
        else
            hold(reader);
    }
}
