/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_LIST_H
#define WEIR_EDGE_KUBE_LIST_H

#include "edge/kube/client.h"
#include "edge/kube/object.h"
#include "edge/kube/selection.h"

/*
 * Reads a whole collection once, in pages of one consistent state. The outbound
 * thread's alone; callbacks come outside of libcurl.
 */
enum {
    KUBE_PAGE_SIZE = 500,
    KUBE_PAGES_MAX = 10000,
    KUBE_PAGE_MS = 60000,
};

struct kube_list_options {
    struct kube_selection selection;
    int64_t page_size;       /* 0: KUBE_PAGE_SIZE */
    int64_t page_timeout_ms; /* 0: KUBE_PAGE_MS */
};

/* Valid during the callback. */
struct kube_list_result {
    const struct error *err; /* NULL: all have come */
    int status;              /* of the HTTP answer that failed; 0: none did */
    int64_t retry_after_ms;
    struct str resource_version; /* of the state that was read */
    size_t left_out;             /* objects larger than KUBE_OBJECT_MAX, which were not told */
};

/* The object is valid during the call. */
typedef void kube_list_item(void *ctx, const struct kube_object *object);
typedef void kube_list_end(void *ctx, const struct kube_list_result *result);

struct kube_list;
/* Texts are borrowed until it returns, which is before anything is called. Frees itself after on_end. */
struct kube_list *kube_list_start(struct kube_client *client, const struct kube_list_options *options,
                                  kube_list_item *on_item, kube_list_end *on_end, void *ctx);
/* Not from within on_item. */
void kube_list_cancel(struct kube_list *list);

#endif
