/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/list.h"

#include "base/memory.h"
#include "edge/kube/list_framing.h"

#include <stdlib.h>

enum { QUERY_MAX = 16 << 10 };

struct kube_list {
    struct kube_client *client;
    struct kube_call *call;
    struct arena arena;
    struct kube_selection selection;
    int64_t page_size;
    int64_t page_timeout_ms;
    struct list_framing framing;
    struct arena page_arena; /* of continue_token and resource_version */
    struct list_metadata metadata;
    size_t pages;
    size_t left_out;
    struct error item_error; /* of the first item that cannot be read */
    kube_list_item *on_item;
    kube_list_end *on_end;
    void *ctx;
};

static void ask_page(struct kube_list *list);

static void list_free(struct kube_list *list)
{
    if (list->call)
        kube_client_cancel(list->call);
    list_framing_release(&list->framing);
    arena_release(&list->page_arena);
    arena_release(&list->arena);
    free(list);
}

void kube_list_cancel(struct kube_list *list)
{
    list_free(list);
}

static void end(struct kube_list *list, const struct kube_list_result *result)
{
    list->on_end(list->ctx, result);
    list_free(list);
}

static void fail(struct kube_list *list, struct error *err)
{
    struct kube_list_result result = {.err = err};

    (void)!error_prefix(err, "cannot list " STR_FMT, STR_ARG(list->selection.resource->plural));
    end(list, &result);
}

static void on_framed(void *ctx, struct str json)
{
    struct kube_list *list = ctx;
    struct kube_object object;
    struct arena arena;
    char buffer[2048];

    if (list->item_error.code != ERROR_NONE)
        return;
    arena_init_buffer(&arena, buffer, sizeof(buffer));
    if (kube_object_read(&arena, json, &object, &list->item_error) == 0)
        list->on_item(list->ctx, &object);
    arena_release(&arena);
}

static void on_part(void *ctx, struct str part)
{
    struct kube_list *list = ctx;
    struct error err = {.code = ERROR_NONE};

    if (list_framing_add(&list->framing, part, on_framed, list, &err) == 0)
        err = list->item_error;
    if (err.code != ERROR_NONE)
        fail(list, &err);
}

static void end_page(struct kube_list *list)
{
    struct kube_list_result result = {.err = NULL};
    struct error err;

    list->left_out += list->framing.left_out;
    arena_release(&list->page_arena);
    if (list_framing_finish(&list->framing, &list->page_arena, &list->metadata, &err) < 0) {
        fail(list, &err);
    } else if (list->metadata.continue_token.len > 0 && list->pages < KUBE_PAGES_MAX) {
        ask_page(list);
    } else if (list->metadata.continue_token.len > 0) {
        (void)!error_set(&err, ERROR_TOO_LARGE, "more than %d pages", KUBE_PAGES_MAX);
        fail(list, &err);
    } else {
        result.resource_version = list->metadata.resource_version;
        result.left_out = list->left_out;
        end(list, &result);
    }
}

static void on_answer(void *ctx, const struct kube_answer *answer)
{
    struct kube_list *list = ctx;
    const struct kube_list_result result = {
        .err = answer->err, .status = answer->status, .retry_after_ms = answer->retry_after_ms};

    list->call = NULL;
    if (answer->err)
        end(list, &result);
    else
        end_page(list);
}

static void ask_page(struct kube_list *list)
{
    struct kube_request request = {
        .place = {.resource = list->selection.resource, .namespace = list->selection.namespace},
        .accept = kube_selection_accept(&list->selection, true),
        .timeout_ms = list->page_timeout_ms,
        .on_part = on_part,
    };
    struct arena arena;
    struct text number;
    struct text query;

    arena_init(&arena);
    text_init(&query, &arena, QUERY_MAX);
    text_init(&number, &arena, 32);
    text_add_int(&number, list->page_size);
    kube_resource_query(&query, "limit", text_str(&number));
    kube_resource_query(&query, "continue", list->metadata.continue_token);
    kube_selection_query(&query, &list->selection);
    request.query = text_str(&query);
    list_framing_reset(&list->framing);
    list->pages++;
    list->call = kube_client_call(list->client, &request, on_answer, list);
    arena_release(&arena);
}

struct kube_list *kube_list_start(struct kube_client *client, const struct kube_list_options *options,
                                  kube_list_item *on_item, kube_list_end *on_end, void *ctx)
{
    struct kube_list *list = memory_zeroed(1, sizeof(*list));

    arena_init(&list->arena);
    arena_init(&list->page_arena);
    list_framing_init(&list->framing, KUBE_OBJECT_MAX);
    list->client = client;
    list->selection = kube_selection_copy(&list->arena, &options->selection);
    list->page_size = options->page_size > 0 ? options->page_size : KUBE_PAGE_SIZE;
    list->page_timeout_ms = options->page_timeout_ms > 0 ? options->page_timeout_ms : KUBE_PAGE_MS;
    list->on_item = on_item;
    list->on_end = on_end;
    list->ctx = ctx;
    ask_page(list);
    return list;
}
