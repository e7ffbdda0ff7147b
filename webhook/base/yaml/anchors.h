/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_ANCHORS_H
#define WEIR_BASE_YAML_ANCHORS_H

#include "base/value.h"

enum {
    YAML_ANCHORS_MAX = 1000,  /* of one document */
    YAML_ANCHOR_SLOTS = 2048, /* at most half full */
};

/* A node that aliases can refer to. */
struct yaml_anchor {
    struct str name;
    struct value *value;
    bool open;     /* its node has not ended */
    size_t weight; /* nodes, aliases expanded */
    size_t height; /* levels below it */
};

/* The anchors of one document, by name; the zero value has none. Memory is the arena's. */
struct yaml_anchors {
    struct yaml_anchor *items;
    uint16_t *slots; /* open addressing, index + 1 */
    size_t count;
};

/* NULL where there is none. */
struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, struct str name);
/* An open anchor of weight 1, in place of an earlier one of that name; NULL where there are too many. */
struct yaml_anchor *yaml_anchors_add(struct yaml_anchors *anchors, struct arena *arena, struct str name,
                                     struct value *value);
/* Forgets them all, for the next document. */
void yaml_anchors_clear(struct yaml_anchors *anchors);

#endif
