/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_TREE_H
#define WEIR_BASE_YAML_TREE_H

#include "base/yaml/anchors.h"
#include "base/yaml/member_keys.h"

/*
 * Builds the trees of base/yaml/read.h from their nodes in document order:
 * places them, resolves aliases, merges `<<`, counts, and refuses what passes a
 * limit. Nodes come with their place filled in; messages name it.
 */
struct yaml_level {
    struct value *value;
    struct value **tail;
    struct str key;
    bool has_key;
    bool is_merge; /* the key is << */
    struct value *merge;
    struct yaml_anchor *anchor;
    size_t nodes;  /* counted before it */
    size_t height; /* levels, its own included */
};

/* The zero value with an arena and an error is ready for use. */
struct yaml_tree {
    struct arena *arena;
    struct error *err;
    struct yaml_level levels[VALUE_DEPTH_MAX]; /* the open ones */
    size_t depth;
    size_t nodes; /* of all documents, aliases expanded */
    struct yaml_anchors anchors;
    struct member_keys keys; /* of the map that ends */
    struct value *root;
};

/* "line 1, column 2: <what>" at the place of `value`. */
MUST_CHECK int yaml_tree_fail(struct yaml_tree *tree, const struct value *value, enum error_code code,
                              const char *what);

/* A finished scalar. `anchor` may be empty; `is_plain` tells << from "<<". */
MUST_CHECK int yaml_tree_scalar(struct yaml_tree *tree, struct value *value, struct str anchor,
                                bool is_plain);
/* A list or map that begins, and that ends before byte `end`. */
MUST_CHECK int yaml_tree_open(struct yaml_tree *tree, struct value *value, struct str anchor);
MUST_CHECK int yaml_tree_close(struct yaml_tree *tree, size_t end);
/* `value` has the alias' place and becomes what it stands for. */
MUST_CHECK int yaml_tree_alias(struct yaml_tree *tree, struct value *value, struct str name);
/* The document that ended; its anchors are forgotten. */
struct value *yaml_tree_take(struct yaml_tree *tree);

void yaml_tree_release(struct yaml_tree *tree);

#endif
