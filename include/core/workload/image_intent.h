/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_IMAGE_INTENT_H
#define WEIR_CORE_WORKLOAD_IMAGE_INTENT_H

#include "base/text.h"
#include "base/value.h"

/*
 * The annotation weir.dev/images (semantics §3): what an author wrote, and what
 * it became, by container name or "volume/<name>".
 */
enum { INTENT_TEXT_MAX = 16 << 10 };

struct intent_entry {
    struct str key;
    struct str image, stored, pull_policy, set_policy;
    bool has_image, has_stored, has_pull_policy, has_set_policy;
    const struct value *value; /* all its members, for those we don't know */
};

enum intent_state {
    INTENT_ABSENT,
    INTENT_GOOD,
    INTENT_MALFORMED, /* counts as absent, with a warning: `problem` */
};

struct intent {
    enum intent_state state;
    struct str text; /* as it came */
    const struct value *map;
    struct intent_entry *entries;
    size_t count;
    const char *problem;
};

/* `present` false gives an absent one. */
void image_intent_parse(struct arena *arena, bool present, struct str text, struct intent *ret);
const struct intent_entry *image_intent_find(const struct intent *intent, struct str key);
/* The same words and the same stored text; NULLs are not equal. */
bool image_intent_entry_equal(const struct intent_entry *a, const struct intent_entry *b);

/*
 * What the annotation shall hold: entries in any order, no key twice. The members of `unknown` (an entry's
 * value, may be NULL) that are not ours are kept. An entry with which it would be longer than what is read
 * again is left out, in the order of keys; *ret_held is how many are in it. Empty where nothing is left to
 * hold.
 */
struct intent_wish {
    struct str key;
    struct str image, stored, pull_policy, set_policy;
    bool has_image, has_policies;
    const struct value *unknown;
};
struct str image_intent_format(struct arena *arena, struct intent_wish *wishes, size_t count,
                               size_t *ret_held);
/*
 * The same text, as a JSON string, in the usual case: all fits, nothing has an
 * unknown member, and no text needs an escape. False: it is not that case.
 */
bool image_intent_format_quoted(struct arena *arena, struct intent_wish *wishes, size_t count,
                                struct str *ret);

/* A value with its maps sorted and no white space: equal content gives equal text. */
struct str image_intent_canonical(struct arena *arena, const struct value *value);

#endif
