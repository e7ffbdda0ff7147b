/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/pull_policy.h"

#include "base/glob.h"

enum pull_policy pull_policy_default(struct str image)
{
    struct image_reference ref;
    struct error err;

    if (image_reference_parse(image, &ref, &err) < 0)
        return PULL_POLICY_IF_NOT_PRESENT;
    if (str_equal(ref.tag, STR("latest")) || (ref.tag.len == 0 && ref.digest.len == 0))
        return PULL_POLICY_ALWAYS;
    return PULL_POLICY_IF_NOT_PRESENT;
}

bool image_pattern_matches(struct arena *arena, struct str pattern, const struct image_reference *image)
{
    struct image_reference wanted;
    struct error err;

    if (!glob_has_wildcard(pattern))
        return image_reference_parse(pattern, &wanted, &err) == 0 &&
               image_reference_in_repository(image, image_reference_repository(arena, &wanted));
    return glob_match(pattern, image_reference_repository(arena, image)) ||
           glob_match(pattern, image_reference_familiar_repository(arena, image));
}

static bool rule_images_match(struct arena *arena, const struct pull_rule *rule, struct str image)
{
    struct image_reference ref;
    struct error err;

    if (!rule->images.set)
        return true;
    if (rule->images.count == 0 || image_reference_parse(image, &ref, &err) < 0)
        return false;
    for (size_t i = 0; i < rule->images.count; i++) {
        if (image_pattern_matches(arena, rule->images.items[i], &ref))
            return true;
    }
    return false;
}

const struct pull_rule *pull_rule_find(struct arena *arena, const struct effective_policy *policy,
                                       struct str image, bool pinned, unsigned container)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct pull_rule *rule = policy->rules[i];

        if ((rule->containers & container) && (!rule->pinned_set || rule->pinned == pinned) &&
            rule_images_match(arena, rule, image))
            return rule;
    }
    return NULL;
}

bool pull_rule_allows(const struct pull_rule *rule, enum pull_policy policy)
{
    for (size_t i = 0; i < rule->allow_count; i++) {
        if (rule->allow[i] == policy)
            return true;
    }
    return false;
}
