/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_LINKED_LIST_H
#define WEIR_BASE_LINKED_LIST_H

#include "base/memory.h"

#include <assert.h>
#include <stdbool.h>

/*
 * A doubly linked list whose links are members of what is listed, so that
 * adding and removing need neither memory nor a search. A list is a ring of its
 * links and itself; one struct serves as both. A zeroed link is in no list.
 * CONTAINER_OF leads from a link to what it is a member of.
 */
struct linked_list {
    struct linked_list *next;
    struct linked_list *previous;
};

/* An empty list. */
static inline void linked_list_init(struct linked_list *list)
{
    list->next = list->previous = list;
}

static inline bool linked_list_is_empty(const struct linked_list *list)
{
    return list->next == list;
}

/* Whether `link` is in a list. */
static inline bool linked_list_is_linked(const struct linked_list *link)
{
    return link->next != NULL;
}

/* Adds at the end. `link` must be in no list. */
static inline void linked_list_add(struct linked_list *list, struct linked_list *link)
{
    assert(!linked_list_is_linked(link));
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

/* A link that is in no list stays so. */
static inline void linked_list_remove(struct linked_list *link)
{
    if (!linked_list_is_linked(link))
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = link->previous = NULL;
}

/* The first link, or the one behind `link`; NULL: there is none. */
static inline struct linked_list *linked_list_first(const struct linked_list *list)
{
    return list->next == list ? NULL : list->next;
}

static inline struct linked_list *linked_list_next(const struct linked_list *list,
                                                   const struct linked_list *link)
{
    return link->next == list ? NULL : link->next;
}

/* Removes the first link; NULL: there was none. */
static inline struct linked_list *linked_list_take(struct linked_list *list)
{
    struct linked_list *link = linked_list_first(list);

    if (link)
        linked_list_remove(link);
    return link;
}

/* Moves all links of `from`, in their order, to `to`, which must be empty. */
static inline void linked_list_move(struct linked_list *to, struct linked_list *from)
{
    assert(linked_list_is_empty(to));
    if (linked_list_is_empty(from))
        return;
    *to = *from;
    to->next->previous = to->previous->next = to;
    linked_list_init(from);
}

#endif
