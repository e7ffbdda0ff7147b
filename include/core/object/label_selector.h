/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_LABEL_SELECTOR_H
#define WEIR_CORE_OBJECT_LABEL_SELECTOR_H

#include "base/arena.h"

struct label {
    struct str key;
    struct str value;
};

enum selector_operator { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST };

/* One requirement; matchLabels are In with one value. */
struct selector_requirement {
    struct str key;
    enum selector_operator operator;
    const struct str *values;
    size_t value_count;
};

/* metav1.LabelSelector */
struct label_selector {
    const struct selector_requirement *requirements;
    size_t count; /* none matches everything */
};

bool label_selector_matches(const struct label_selector *selector, const struct label *labels, size_t count);

#endif
