/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_LIST_FRAMING_H
#define WEIR_EDGE_KUBE_LIST_FRAMING_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The body of a list, in parts that end anywhere: {"kind":…,"items":[{…},{…}],
 * "metadata":{…}} in any order. Each item is handed out when it is whole, so
 * that a page costs the memory of its largest object, not of all of them.
 * Members other than items and metadata are passed over.
 *
 * Brackets and strings are all that is looked at outside of what is handed out:
 * the reader of an item or of the metadata checks it.
 */
enum { LIST_METADATA_MAX = 64 << 10 };

enum list_framing_place {
    LIST_BEFORE, /* of the list's own '{' */
    LIST_KEY,    /* a member or the end is due */
    LIST_IN_KEY,
    LIST_COLON,
    LIST_VALUE,     /* a value is due */
    LIST_IN_VALUE,  /* a map, a list or a string */
    LIST_IN_SCALAR, /* null, a number: ends where something else begins */
    LIST_ITEM,      /* an item or the end of the items is due */
    LIST_IN_ITEM,
    LIST_COMMA, /* a member's value has ended */
    LIST_AFTER, /* the list is whole */
};

struct list_framing {
    enum list_framing_place place;
    enum { LIST_OTHER, LIST_ITEMS, LIST_METADATA } member; /* whose value it is */
    char *bytes;                                           /* of the key or value that is kept */
    size_t len;
    size_t size;
    size_t limit; /* of those bytes */
    size_t depth; /* of brackets, within the value */
    bool quoted;
    bool escaped;
    bool too_long; /* beyond the limit: passed over */
    size_t item_max;
    size_t left_out; /* items beyond item_max */
    bool has_items;
    char *metadata;
    size_t metadata_len;
};

/* Called for each whole item, valid during the call. */
typedef void list_framing_item(void *ctx, struct str json);

void list_framing_init(struct list_framing *framing, size_t item_max);
void list_framing_release(struct list_framing *framing);
/* For a new list. */
void list_framing_reset(struct list_framing *framing);
/* ERROR_INVALID: not a list of objects. ERROR_TOO_LARGE: its metadata. */
MUST_CHECK int list_framing_add(struct list_framing *framing, struct str part, list_framing_item *on_item,
                                void *ctx, struct error *err);

struct list_metadata {
    struct str resource_version;
    struct str continue_token; /* empty: this was the last page */
};

/* After the last part. ERROR_INVALID: the list is not whole, or has no resourceVersion. */
MUST_CHECK int list_framing_finish(struct list_framing *framing, struct arena *arena,
                                   struct list_metadata *ret, struct error *err);

#endif
