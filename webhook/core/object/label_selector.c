/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/label_selector.h"

static const struct label *find_label(const struct label *labels, size_t count, struct str key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(labels[i].key, key))
            return &labels[i];
    }
    return NULL;
}

static bool has_value(const struct selector_requirement *requirement, struct str value)
{
    for (size_t i = 0; i < requirement->value_count; i++) {
        if (str_equal(requirement->values[i], value))
            return true;
    }
    return false;
}

static bool requirement_holds(const struct selector_requirement *requirement, const struct label *label)
{
    switch (requirement->operator) {
    case SELECTOR_IN:
        return label && has_value(requirement, label->value);
    case SELECTOR_NOT_IN:
        return !label || !has_value(requirement, label->value);
    case SELECTOR_EXISTS:
        return label != NULL;
    case SELECTOR_DOES_NOT_EXIST:
        return label == NULL;
    }
    return false;
}

bool label_selector_matches(const struct label_selector *selector, const struct label *labels, size_t count)
{
    for (size_t i = 0; i < selector->count; i++) {
        const struct selector_requirement *requirement = &selector->requirements[i];

        if (!requirement_holds(requirement, find_label(labels, count, requirement->key)))
            return false;
    }
    return true;
}
