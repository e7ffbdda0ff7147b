/* SPDX-License-Identifier: Apache-2.0 */
#include "base/character.h"
#include "core/image/reference.h"
#include "core/object/kinds.h"
#include "core/object/names.h"

#include <string.h>

/* weir.dev/v1alpha1 StreamPolicy and ClusterStreamPolicy. */

/* The limits of the CRDs, whose rules must fit the API server's budget of cost. */
enum {
    RULES_MAX = 64,       /* of one policy */
    RULE_IMAGES_MAX = 32, /* match.images of one rule */
    LIST_MAX = 256,       /* of any other list of texts */
    REQUIREMENTS_MAX = 64,
    GLOB_MAX = 255, /* bytes */
    TARGETS_MAX = 8,
    CHOICES_MAX = 16, /* of match.containers, and of allow */
};

static const struct object_choice enforcements[] = {
    {STR_INIT("Enforce"), ENFORCEMENT_ENFORCE},
    {STR_INIT("Warn"), ENFORCEMENT_WARN},
    {STR_INIT("Audit"), ENFORCEMENT_AUDIT},
    {STR_INIT("Off"), ENFORCEMENT_OFF},
    {{NULL, 0}, 0},
};
static const struct object_choice targets[] = {
    {STR_INIT("Workloads"), TARGET_WORKLOADS},
    {STR_INIT("Pods"), TARGET_PODS},
    {{NULL, 0}, 0},
};
static const struct object_choice resolutions[] = {
    {STR_INIT("Required"), RESOLUTION_REQUIRED},
    {STR_INIT("Attempt"), RESOLUTION_ATTEMPT},
    {STR_INIT("Off"), RESOLUTION_OFF},
    {{NULL, 0}, 0},
};
static const struct object_choice lookups[] = {
    {STR_INIT("OptIn"), LOOKUP_OPT_IN},
    {STR_INIT("All"), LOOKUP_ALL},
    {STR_INIT("Only"), LOOKUP_ONLY},
    {{NULL, 0}, 0},
};
static const struct object_choice freshnesses[] = {
    {STR_INIT("Always"), FRESHNESS_ALWAYS},
    {STR_INIT("IfNotPresent"), FRESHNESS_IF_NOT_PRESENT},
    {STR_INIT("Never"), FRESHNESS_NEVER},
    {STR_INIT("FromPullPolicy"), FRESHNESS_FROM_PULL_POLICY},
    {{NULL, 0}, 0},
};
static const struct object_choice pin_forms[] = {
    {STR_INIT("Digest"), PIN_FORM_DIGEST},
    {STR_INIT("TagAndDigest"), PIN_FORM_TAG_AND_DIGEST},
    {{NULL, 0}, 0},
};
static const struct object_choice custom_controllers[] = {
    {STR_INIT("StreamsOnly"), CUSTOM_CONTROLLERS_STREAMS_ONLY},
    {STR_INIT("Full"), CUSTOM_CONTROLLERS_FULL},
    {{NULL, 0}, 0},
};
static const struct object_choice containers[] = {
    {STR_INIT("Init"), CONTAINERS_INIT},
    {STR_INIT("Main"), CONTAINERS_MAIN},
    {STR_INIT("Ephemeral"), CONTAINERS_EPHEMERAL},
    {STR_INIT("Volume"), CONTAINERS_VOLUME},
    {{NULL, 0}, 0},
};
static const struct object_choice pull_policies[] = {
    {STR_INIT("Always"), PULL_POLICY_ALWAYS},
    {STR_INIT("IfNotPresent"), PULL_POLICY_IF_NOT_PRESENT},
    {STR_INIT("Never"), PULL_POLICY_NEVER},
    {{NULL, 0}, 0},
};
static const struct object_choice pull_actions[] = {
    {STR_INIT("Set"), PULL_ACTION_SET},
    {STR_INIT("Deny"), PULL_ACTION_DENY},
    {STR_INIT("Warn"), PULL_ACTION_WARN},
    {{NULL, 0}, 0},
};
static const struct object_choice operators[] = {
    {STR_INIT("In"), SELECTOR_IN},
    {STR_INIT("NotIn"), SELECTOR_NOT_IN},
    {STR_INIT("Exists"), SELECTOR_EXISTS},
    {STR_INIT("DoesNotExist"), SELECTOR_DOES_NOT_EXIST},
    {{NULL, 0}, 0},
};
_Static_assert(sizeof(enum enforcement) == sizeof(int) && sizeof(enum pull_policy) == sizeof(int),
               "choices are stored as ints");

/* A policy while it is decoded. */
struct policy_source {
    struct stream_policy policy;
    struct object_member *labels; /* namespaceSelector.matchLabels */
    size_t label_count;
    struct selector_requirement *requirements;
    size_t requirement_count;
    struct pull_rule *rules;
};

/* Whether a repository's name, in one of its two forms, can hold these bytes. */
static int check_glob_bytes(struct str glob, struct error *err)
{
    bool after_slash = false;

    for (size_t i = 0; i < glob.len; i++) {
        char c = glob.ptr[i];
        bool upper = char_is_upper(c);

        if (upper && after_slash)
            return error_set(err, ERROR_INVALID, "matches nothing: repositories are lower case");
        if (!char_is_alphanumeric(c) && !memchr("._-/:*?[]", c, 9))
            return error_set(err, ERROR_INVALID, "matches nothing: '%c' is in no repository's name",
                             c > ' ' && c < 127 ? c : '?');
        after_slash = after_slash || c == '/';
    }
    return 0;
}

/* match.images and tags.skip: globs, or whole repositories. */
static int check_glob(struct str glob, struct error *err)
{
    struct image_reference ref;

    if (glob.len == 0 || glob.len > GLOB_MAX)
        return error_set(err, ERROR_INVALID, "expected a repository or a glob of 1 to %d bytes", GLOB_MAX);
    for (size_t i = 0; i < glob.len; i++) {
        if ((unsigned char)glob.ptr[i] <= ' ')
            return error_set(err, ERROR_INVALID, "matches nothing: white space is in no repository's name");
    }
    if (memchr(glob.ptr, '*', glob.len) || memchr(glob.ptr, '?', glob.len))
        return check_glob_bytes(glob, err);
    if (image_reference_parse(glob, &ref, err) < 0)
        return error_prefix(err, "matches nothing");
    if (ref.tag.len > 0 || ref.digest.len > 0)
        return error_set(err, ERROR_INVALID, "matches nothing: expected a repository without tag and digest");
    return 0;
}

static const struct object_field streams_fields[] = {
    {STR_INIT("resolution"), OBJECT_FIELD_CHOICE,
     FIELD_OF(struct policy_source, policy.fields.streams_resolution), .choices = resolutions},
    {STR_INIT("lookup"), OBJECT_FIELD_CHOICE, FIELD_OF(struct policy_source, policy.fields.streams_lookup),
     .choices = lookups},
    {STR_INIT("sharedNamespaces"), OBJECT_FIELD_STRING_LIST,
     .offset = offsetof(struct policy_source, policy.fields.shared_namespaces.items),
     .count_at = offsetof(struct policy_source, policy.fields.shared_namespaces.count),
     .set_at = offsetof(struct policy_source, policy.fields.shared_namespaces.set), .count_max = LIST_MAX,
     .check = object_names_check_label},
};
static const struct object_type streams_type = {OBJECT_TYPE(streams_fields, struct policy_source)};

static const struct object_field tags_fields[] = {
    {STR_INIT("resolution"), OBJECT_FIELD_CHOICE,
     FIELD_OF(struct policy_source, policy.fields.tags_resolution), .choices = resolutions},
    {STR_INIT("skip"), OBJECT_FIELD_STRING_LIST,
     .offset = offsetof(struct policy_source, policy.fields.tags_skip.items),
     .count_at = offsetof(struct policy_source, policy.fields.tags_skip.count),
     .set_at = offsetof(struct policy_source, policy.fields.tags_skip.set), .count_max = LIST_MAX,
     .check = check_glob},
};
static const struct object_type tags_type = {OBJECT_TYPE(tags_fields, struct policy_source)};

static const struct object_field match_fields[] = {
    {STR_INIT("images"), OBJECT_FIELD_STRING_LIST, .offset = offsetof(struct pull_rule, images.items),
     .count_at = offsetof(struct pull_rule, images.count), .set_at = offsetof(struct pull_rule, images.set),
     .count_max = RULE_IMAGES_MAX, .check = check_glob},
    {STR_INIT("pinned"), OBJECT_FIELD_BOOL, .offset = offsetof(struct pull_rule, pinned),
     .set_at = offsetof(struct pull_rule, pinned_set)},
    {STR_INIT("containers"), OBJECT_FIELD_CHOICE_BITS, OBJECT_FIELD_NOT_EMPTY,
     FIELD_OF(struct pull_rule, containers), .count_max = CHOICES_MAX, .choices = containers},
};
static const struct object_type match_type = {OBJECT_TYPE(match_fields, struct pull_rule)};

static const struct object_field rule_fields[] = {
    {STR_INIT("name"), OBJECT_FIELD_STRING, OBJECT_FIELD_REQUIRED, FIELD_OF(struct pull_rule, name),
     .check = object_names_check_subdomain},
    {STR_INIT("match"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &match_type},
    {STR_INIT("allow"), OBJECT_FIELD_CHOICE_LIST, OBJECT_FIELD_REQUIRED | OBJECT_FIELD_NOT_EMPTY,
     FIELD_OF(struct pull_rule, allow), .count_at = offsetof(struct pull_rule, allow_count),
     .count_max = CHOICES_MAX, .choices = pull_policies},
    {STR_INIT("action"), OBJECT_FIELD_CHOICE, OBJECT_FIELD_REQUIRED, FIELD_OF(struct pull_rule, action),
     .choices = pull_actions},
};
static const struct pull_rule new_rule = {.containers = CONTAINERS_ALL};
static const struct object_type rule_type = {OBJECT_TYPE(rule_fields, struct pull_rule),
                                             .initial = &new_rule};

static const struct object_field requirement_fields[] = {
    {STR_INIT("key"), OBJECT_FIELD_STRING, OBJECT_FIELD_REQUIRED | OBJECT_FIELD_NOT_EMPTY,
     FIELD_OF(struct selector_requirement, key), .check = object_names_check_label_key},
    {STR_INIT("operator"), OBJECT_FIELD_CHOICE, OBJECT_FIELD_REQUIRED,
     FIELD_OF(struct selector_requirement, operator), .choices = operators},
    {STR_INIT("values"), OBJECT_FIELD_STRING_LIST, FIELD_OF(struct selector_requirement, values),
     .count_at = offsetof(struct selector_requirement, value_count), .count_max = LIST_MAX,
     .check = object_names_check_label_value},
};
static const struct object_type requirement_type = {
    OBJECT_TYPE(requirement_fields, struct selector_requirement)};

static const struct object_field selector_fields[] = {
    {STR_INIT("matchLabels"), OBJECT_FIELD_STRING_MAP, FIELD_OF(struct policy_source, labels),
     .count_at = offsetof(struct policy_source, label_count), .count_max = REQUIREMENTS_MAX,
     .check = object_names_check_label_value, .check_key = object_names_check_label_key},
    {STR_INIT("matchExpressions"), OBJECT_FIELD_LIST, FIELD_OF(struct policy_source, requirements),
     .count_at = offsetof(struct policy_source, requirement_count), .count_max = REQUIREMENTS_MAX,
     .type = &requirement_type},
};
static const struct object_type selector_type = {OBJECT_TYPE(selector_fields, struct policy_source)};

#define POLICY_SPEC_FIELDS                                                                                   \
    {STR_INIT("enforcement"), OBJECT_FIELD_CHOICE,                                                           \
     FIELD_OF(struct policy_source, policy.fields.enforcement), .choices = enforcements},                    \
        {STR_INIT("targets"),                                                                                \
         OBJECT_FIELD_CHOICE_BITS,                                                                           \
         OBJECT_FIELD_NOT_EMPTY,                                                                             \
         .offset = offsetof(struct policy_source, policy.fields.targets),                                    \
         .set_at = offsetof(struct policy_source, policy.fields.targets_set),                                \
         .count_max = TARGETS_MAX,                                                                           \
         .choices = targets},                                                                                \
        {STR_INIT("streams"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &streams_type},                    \
        {STR_INIT("tags"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &tags_type},                          \
        {STR_INIT("freshness"), OBJECT_FIELD_CHOICE,                                                         \
         FIELD_OF(struct policy_source, policy.fields.freshness), .choices = freshnesses},                   \
        {STR_INIT("maxStale"), OBJECT_FIELD_DURATION,                                                        \
         .offset = offsetof(struct policy_source, policy.fields.max_stale),                                  \
         .set_at = offsetof(struct policy_source, policy.fields.max_stale_set)},                             \
        {STR_INIT("reference"), OBJECT_FIELD_CHOICE,                                                         \
         FIELD_OF(struct policy_source, policy.fields.reference), .choices = pin_forms},                     \
        {STR_INIT("customControllers"), OBJECT_FIELD_CHOICE,                                                 \
         FIELD_OF(struct policy_source, policy.fields.custom_controllers), .choices = custom_controllers},   \
    {                                                                                                        \
        STR_INIT("pullPolicy"), OBJECT_FIELD_LIST, FIELD_OF(struct policy_source, rules),                    \
            .count_at = offsetof(struct policy_source, policy.rule_count), .count_max = RULES_MAX,           \
            .type = &rule_type                                                                               \
    }

static const struct object_field spec_fields[] = {POLICY_SPEC_FIELDS};
static const struct object_type spec_type = {OBJECT_TYPE(spec_fields, struct policy_source)};

static const struct object_field cluster_spec_fields[] = {
    POLICY_SPEC_FIELDS,
    {STR_INIT("final"), OBJECT_FIELD_BOOL, FIELD_OF(struct policy_source, policy.final)},
    {STR_INIT("namespaceSelector"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &selector_type},
};
static const struct object_type cluster_spec_type = {OBJECT_TYPE(cluster_spec_fields, struct policy_source)};

static const struct object_field policy_fields[] = {
    OBJECT_FIELD_HEADER,
    {STR_INIT("spec"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &spec_type},
    {STR_INIT("status"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
};
const struct object_type decode_stream_policy_type = {OBJECT_TYPE(policy_fields, struct policy_source)};

static const struct object_field cluster_policy_fields[] = {
    OBJECT_FIELD_HEADER,
    {STR_INIT("spec"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &cluster_spec_type},
    {STR_INIT("status"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
};
const struct object_type decode_stream_policy_cluster_type = {
    OBJECT_TYPE(cluster_policy_fields, struct policy_source)};

static int check_rules(struct object_decoder *decoder, const struct value *value,
                       struct policy_source *source)
{
    const struct value *rule_value = NULL;
    struct object_path spec = {.name = STR("spec")};
    struct object_path list = {.outer = &spec, .name = STR("pullPolicy")};
    size_t count = source->policy.rule_count;

    for (size_t i = 0; i < count; i++) {
        struct object_path element = {.outer = &list, .index = i};
        struct object_path path = {.outer = &element, .name = STR("name")};

        source->rules[i].policy = source->policy.name;
        for (size_t k = 0; k < i; k++) {
            if (!str_equal(source->rules[i].name, source->rules[k].name))
                continue;
            rule_value = value_path(value, "spec", "pullPolicy", NULL);
            return object_schema_at(decoder, &path, rule_value,
                                    error_set(decoder->err, ERROR_INVALID,
                                              "\"" STR_FMT "\" is the name of rule [%zu] already",
                                              STR_ARG(source->rules[i].name), k));
        }
    }
    return 0;
}

static int check_requirement(struct object_decoder *decoder, const struct value *value, size_t index,
                             const struct selector_requirement *requirement)
{
    bool needs_values = requirement->operator== SELECTOR_IN || requirement->operator== SELECTOR_NOT_IN;
    struct object_path spec = {.name = STR("spec")};
    struct object_path selector = {.outer = &spec, .name = STR("namespaceSelector")};
    struct object_path list = {.outer = &selector, .name = STR("matchExpressions")};
    struct object_path element = {.outer = &list, .index = index};
    struct object_path path = {.outer = &element, .name = STR("values")};

    if (needs_values == (requirement->value_count > 0))
        return 0;
    return object_schema_at(decoder, &path,
                            value_path(value, "spec", "namespaceSelector", "matchExpressions", NULL),
                            error_set(decoder->err, ERROR_INVALID, "%s",
                                      needs_values ? "is missing; In and NotIn need at least one"
                                                   : "Exists and DoesNotExist take none"));
}

/* matchLabels and matchExpressions become one list of requirements. */
static int join_selector(struct object_decoder *decoder, const struct value *value,
                         struct policy_source *source)
{
    size_t count = source->label_count + source->requirement_count;
    struct selector_requirement *all = ARENA_ARRAY(decoder->arena, count, struct selector_requirement);

    for (size_t i = 0; i < source->label_count; i++)
        all[i] = (struct selector_requirement){.key = source->labels[i].key,
                                               .operator= SELECTOR_IN,
                                               .values = &source->labels[i].value,
                                               .value_count = 1};
    for (size_t i = 0; i < source->requirement_count; i++) {
        if (check_requirement(decoder, value, i, &source->requirements[i]) < 0)
            return -1;
        all[source->label_count + i] = source->requirements[i];
    }
    source->policy.selector = (struct label_selector){.requirements = all, .count = count};
    return 0;
}

int decode_stream_policy(struct object_decoder *decoder, const struct value *value,
                         const struct object_metadata *metadata, struct cluster_object *ret)
{
    bool cluster = ret->kind == OBJECT_CLUSTER_STREAM_POLICY;
    struct policy_source *source = ARENA_NEW(decoder->arena, struct policy_source);

    source->policy.namespace = metadata->namespace;
    source->policy.name = metadata->name;
    if (object_schema_decode(decoder,
                             cluster ? &decode_stream_policy_cluster_type : &decode_stream_policy_type, value,
                             NULL, source) < 0 ||
        check_rules(decoder, value, source) < 0 || join_selector(decoder, value, source) < 0)
        return -1;
    source->policy.rules = source->rules;
    ret->as.policy = &source->policy;
    return 0;
}
