/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/pull_policy.h"

#include "base/character.h"
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

/* The same registry is written in many ways: in lower case and without the port of HTTPS it has one. */
static struct str plain_host(struct arena *arena, struct str host)
{
    static const struct str https = STR_INIT(":443");
    size_t len = str_ends(host, https) ? host.len - https.len : host.len;
    size_t i = 0;
    char *lower;

    while (i < len && char_lower(host.ptr[i]) == host.ptr[i])
        i++;
    if (i == len)
        return str_slice(host, 0, len);
    lower = arena_alloc(arena, len);
    for (i = 0; i < len; i++)
        lower[i] = char_lower(host.ptr[i]);
    return (struct str){lower, len};
}

/* What stands in front of the first slash is the host; without one there is no port to leave out. */
static struct str plain_glob(struct arena *arena, struct str glob)
{
    size_t slash = str_find(glob, '/');
    struct str host = str_slice(glob, 0, slash);
    struct str plain = plain_host(arena, host);

    if (slash == glob.len || str_equal(plain, host))
        return glob;
    return arena_join(arena, plain, str_from(glob, slash));
}

static struct image_reference with_plain_host(struct arena *arena, const struct image_reference *image)
{
    struct image_reference ret = *image;

    ret.domain = plain_host(arena, image->domain);
    return ret;
}

bool pull_policy_image_matches(struct arena *arena, struct str pattern, const struct image_reference *image)
{
    struct image_reference plain = with_plain_host(arena, image);
    struct image_reference wanted;
    struct error err;
    struct str glob;

    if (!glob_has_wildcard(pattern)) {
        if (image_reference_parse(pattern, &wanted, &err) < 0)
            return false;
        wanted = with_plain_host(arena, &wanted);
        return image_reference_in_repository(&plain, image_reference_repository(arena, &wanted));
    }
    glob = plain_glob(arena, pattern);
    return glob_match(glob, image_reference_repository(arena, &plain)) ||
           glob_match(glob, image_reference_familiar_repository(arena, &plain));
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
        if (pull_policy_image_matches(arena, rule->images.items[i], &ref))
            return true;
    }
    return false;
}

const struct pull_rule *pull_policy_find_rule(struct arena *arena, const struct effective_policy *policy,
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

bool pull_policy_allows(const struct pull_rule *rule, enum pull_policy policy)
{
    for (size_t i = 0; i < rule->allow_count; i++) {
        if (rule->allow[i] == policy)
            return true;
    }
    return false;
}
