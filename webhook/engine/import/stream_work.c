/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/stream_work.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct stream_work *stream_work_new(struct importer *importer, struct stream_entry *entry)
{
    struct stream_work *work = memory_zeroed(1, sizeof(*work));

    work->importer = importer;
    work->entry = entry;
    work->uid = str_hash(entry->uid, 0);
    linked_list_init(&work->checks);
    return work;
}

static void free_memory(struct stream_work *work)
{
    for (size_t i = 0; i < work->memory_count; i++)
        free((void *)(uintptr_t)work->memory[i].tag.ptr);
    free(work->memory);
}

void stream_work_free(struct stream_work *work, struct import_queue *queue, struct interest_index *index)
{
    struct linked_list *link;

    while ((link = linked_list_first(&work->checks)))
        stream_work_drop(CONTAINER_OF(struct stream_check, link, link), queue);
    interest_index_set(index, &work->interest, NULL, 0);
    status_write_cancel(work->write);
    if (work->read)
        kube_client_cancel(work->read);
    free_memory(work);
    free(work);
}

/* Checks */

struct stream_check *stream_work_find(struct stream_work *work, struct str tag)
{
    for (struct linked_list *link = linked_list_first(&work->checks); link;
         link = linked_list_next(&work->checks, link)) {
        struct stream_check *check = CONTAINER_OF(struct stream_check, link, link);

        if (str_equal(check->question.check.tag, tag))
            return check;
    }
    return NULL;
}

struct stream_check *stream_work_add(struct stream_work *work, const struct tag_import_question *question)
{
    struct stream_check *check = memory_zeroed(1, sizeof(*check));

    arena_init(&check->arena);
    check->work = work;
    check->question = tag_import_copy(&check->arena, question);
    linked_list_add(&work->checks, &check->link);
    work->open++;
    return check;
}

void stream_work_drop(struct stream_check *check, struct import_queue *queue)
{
    if (check->state == STREAM_CHECK_WAITING || check->state == STREAM_CHECK_RUNNING)
        check->work->open--;
    import_queue_end(queue, &check->item);
    if (check->import)
        tag_import_cancel(check->import);
    linked_list_remove(&check->link);
    arena_release(&check->arena);
    free(check);
}

void stream_work_drop_all(struct stream_work *work, enum stream_check_state state, struct import_queue *queue)
{
    struct linked_list *next;

    for (struct linked_list *link = linked_list_first(&work->checks); link; link = next) {
        struct stream_check *check = CONTAINER_OF(struct stream_check, link, link);

        next = linked_list_next(&work->checks, link);
        if (check->state == state)
            stream_work_drop(check, queue);
    }
}

void stream_work_change_all(struct stream_work *work, enum stream_check_state from,
                            enum stream_check_state to)
{
    for (struct linked_list *link = linked_list_first(&work->checks); link;
         link = linked_list_next(&work->checks, link)) {
        struct stream_check *check = CONTAINER_OF(struct stream_check, link, link);

        if (check->state == from)
            check->state = to;
    }
}

/* Memory */

static struct str own(struct str text)
{
    char *copy = memory_bytes(text.len);

    return str_put(&copy, text);
}

struct import_memory *stream_work_memory(struct stream_work *work, struct str tag)
{
    for (size_t i = 0; i < work->memory_count; i++) {
        if (str_equal(work->memory[i].tag, tag))
            return &work->memory[i];
    }
    work->memory = memory_grow(work->memory, (work->memory_count + 1) * sizeof(*work->memory));
    work->memory[work->memory_count] = (struct import_memory){.tag = own(tag)};
    return &work->memory[work->memory_count++];
}

/* Whether it says anything that the status does not. */
static bool is_of_use(const struct import_memory *memory, const struct import_view *view)
{
    const struct status_tag_details *status = stream_details_status_tag(view->self.details, memory->tag);

    if (!image_stream_tag(view->self.stream, memory->tag))
        return false;
    return !status || memory->checked > status->last_checked.at || memory->retry > status->next_check.at ||
           memory->attempts > status->attempts || memory->held > view->now ||
           memory->notified > memory->checked || import_view_request(view) != 0;
}

void stream_work_trim(struct stream_work *work, const struct import_view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < work->memory_count; i++) {
        if (is_of_use(&work->memory[i], view))
            work->memory[kept++] = work->memory[i];
        else
            free((void *)(uintptr_t)work->memory[i].tag.ptr);
    }
    work->memory_count = kept;
    if (kept == 0) {
        free(work->memory);
        work->memory = NULL;
    }
}
