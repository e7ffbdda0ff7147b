/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/stream_details.h"

#include "core/object/kinds.h"

#include <stdlib.h>

#define TIME_OF(structure, member)                                                                           \
    OBJECT_FIELD_TIME, .offset = offsetof(structure, member) + offsetof(struct stream_time, at),             \
                       .set_at = offsetof(structure, member) + offsetof(struct stream_time, known)

static const struct object_field condition_fields[] = {
    {STR_INIT("type"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, type)},
    {STR_INIT("status"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, status)},
    {STR_INIT("reason"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, reason)},
    {STR_INIT("message"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, message)},
    {STR_INIT("generation"), OBJECT_FIELD_INT, FIELD_OF(struct tag_condition, generation)},
    {STR_INIT("lastTransitionTime"), TIME_OF(struct tag_condition, changed)},
};
static const struct object_type condition_type = {OBJECT_TYPE(condition_fields, struct tag_condition),
                                                  .open = true};

static const struct object_field stream_condition_fields[] = {
    {STR_INIT("type"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, type)},
    {STR_INIT("status"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, status)},
    {STR_INIT("reason"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, reason)},
    {STR_INIT("message"), OBJECT_FIELD_STRING, FIELD_OF(struct tag_condition, message)},
    {STR_INIT("observedGeneration"), OBJECT_FIELD_INT, FIELD_OF(struct tag_condition, generation)},
    {STR_INIT("lastTransitionTime"), TIME_OF(struct tag_condition, changed)},
};
static const struct object_type stream_condition_type = {
    OBJECT_TYPE(stream_condition_fields, struct tag_condition), .open = true};

static const struct object_field repository_fields[] = {
    {STR_INIT("source"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, repository.source)},
    {STR_INIT("lastChecked"), TIME_OF(struct stream_details, repository.last_checked)},
    {STR_INIT("nextCheck"), TIME_OF(struct stream_details, repository.next_check)},
    {STR_INIT("attempts"), OBJECT_FIELD_INT, FIELD_OF(struct stream_details, repository.attempts)},
};
static const struct object_type repository_type = {OBJECT_TYPE(repository_fields, struct stream_details),
                                                   .open = true};

static const struct object_field summary_fields[] = {
    {STR_INIT("tags"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, summary.tags)},
    {STR_INIT("updated"), TIME_OF(struct stream_details, summary.updated)},
    {STR_INIT("image"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, summary.image)},
};
static const struct object_type summary_type = {OBJECT_TYPE(summary_fields, struct stream_details),
                                                .open = true};

static const struct object_field pending_fields[] = {
    {STR_INIT("digest"), OBJECT_FIELD_STRING, FIELD_OF(struct status_tag_details, pending.digest)},
    {STR_INIT("reference"), OBJECT_FIELD_STRING, FIELD_OF(struct status_tag_details, pending.reference)},
    {STR_INIT("since"), TIME_OF(struct status_tag_details, pending.since)},
    {STR_INIT("until"), TIME_OF(struct status_tag_details, pending.until)},
};
static const struct object_type pending_type = {OBJECT_TYPE(pending_fields, struct status_tag_details),
                                                .open = true};

static const struct object_field status_tag_fields[] = {
    {STR_INIT("tag"), OBJECT_FIELD_STRING, FIELD_OF(struct status_tag_details, tag)},
    {STR_INIT("source"), OBJECT_FIELD_STRING, FIELD_OF(struct status_tag_details, source)},
    {STR_INIT("conditions"), OBJECT_FIELD_LIST, FIELD_OF(struct status_tag_details, conditions),
     .count_at = offsetof(struct status_tag_details, condition_count), .type = &condition_type},
    {STR_INIT("lastChecked"), TIME_OF(struct status_tag_details, last_checked)},
    {STR_INIT("nextCheck"), TIME_OF(struct status_tag_details, next_check)},
    {STR_INIT("attempts"), OBJECT_FIELD_INT, FIELD_OF(struct status_tag_details, attempts)},
    {STR_INIT("missingSince"), TIME_OF(struct status_tag_details, missing_since)},
    {STR_INIT("removedSince"), TIME_OF(struct status_tag_details, removed_since)},
    {STR_INIT("unusedSince"), TIME_OF(struct status_tag_details, unused_since)},
    {STR_INIT("pending"), OBJECT_FIELD_OBJECT, .offset = OBJECT_NO_OFFSET,
     .set_at = offsetof(struct status_tag_details, has_pending), .type = &pending_type},
};
static const struct object_type status_tag_type = {OBJECT_TYPE(status_tag_fields, struct status_tag_details),
                                                   .open = true};

static const struct object_field import_policy_fields[] = {
    {STR_INIT("importMode"), OBJECT_FIELD_STRING, FIELD_OF(struct spec_tag_details, import_mode)},
};
static const struct object_type import_policy_type = {
    OBJECT_TYPE(import_policy_fields, struct spec_tag_details), .open = true};

static const struct object_field spec_tag_fields[] = {
    {STR_INIT("name"), OBJECT_FIELD_STRING, FIELD_OF(struct spec_tag_details, name)},
    {STR_INIT("generation"), OBJECT_FIELD_INT, FIELD_OF(struct spec_tag_details, generation)},
    {STR_INIT("importPolicy"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &import_policy_type},
    {STR_INIT("annotations"), OBJECT_FIELD_STRING_MAP, FIELD_OF(struct spec_tag_details, annotations),
     .count_at = offsetof(struct spec_tag_details, annotation_count)},
};
static const struct object_type spec_tag_type = {OBJECT_TYPE(spec_tag_fields, struct spec_tag_details),
                                                 .open = true};

static const struct object_field metadata_fields[] = {
    {STR_INIT("uid"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, uid)},
    {STR_INIT("resourceVersion"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, resource_version)},
    {STR_INIT("generation"), OBJECT_FIELD_INT, FIELD_OF(struct stream_details, generation)},
    {STR_INIT("creationTimestamp"), TIME_OF(struct stream_details, created)},
    {STR_INIT("labels"), OBJECT_FIELD_STRING_MAP, FIELD_OF(struct stream_details, labels),
     .count_at = offsetof(struct stream_details, label_count)},
    {STR_INIT("annotations"), OBJECT_FIELD_STRING_MAP, FIELD_OF(struct stream_details, annotations),
     .count_at = offsetof(struct stream_details, annotation_count)},
};
static const struct object_type metadata_type = {OBJECT_TYPE(metadata_fields, struct stream_details),
                                                 .open = true};

static const struct object_field spec_fields[] = {
    {STR_INIT("dockerImageRepository"), OBJECT_FIELD_STRING,
     FIELD_OF(struct stream_details, spec_repository)},
    {STR_INIT("tags"), OBJECT_FIELD_LIST, FIELD_OF(struct stream_details, spec_tags),
     .count_at = offsetof(struct stream_details, spec_tag_count), .type = &spec_tag_type},
};
static const struct object_type spec_type = {OBJECT_TYPE(spec_fields, struct stream_details), .open = true};

static const struct object_field status_fields[] = {
    {STR_INIT("dockerImageRepository"), OBJECT_FIELD_STRING,
     FIELD_OF(struct stream_details, image_repository)},
    {STR_INIT("observedGeneration"), OBJECT_FIELD_INT, FIELD_OF(struct stream_details, observed_generation)},
    {STR_INIT("importRequested"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_details, import_requested)},
    {STR_INIT("conditions"), OBJECT_FIELD_LIST, FIELD_OF(struct stream_details, conditions),
     .count_at = offsetof(struct stream_details, condition_count), .type = &stream_condition_type},
    {STR_INIT("repository"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &repository_type},
    {STR_INIT("summary"), OBJECT_FIELD_OBJECT, .offset = OBJECT_NO_OFFSET,
     .set_at = offsetof(struct stream_details, has_summary), .type = &summary_type},
    {STR_INIT("publicDockerImageRepository"), OBJECT_FIELD_STRING,
     FIELD_OF(struct stream_details, public_repository)},
    {STR_INIT("tags"), OBJECT_FIELD_LIST, FIELD_OF(struct stream_details, status_tags),
     .count_at = offsetof(struct stream_details, status_tag_count), .type = &status_tag_type},
};
static const struct object_type status_type = {OBJECT_TYPE(status_fields, struct stream_details),
                                               .open = true};

static const struct object_field stream_fields[] = {
    {STR_INIT("metadata"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &metadata_type},
    {STR_INIT("spec"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &spec_type},
    {STR_INIT("status"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &status_type},
};
static const struct object_type stream_type = {OBJECT_TYPE(stream_fields, struct stream_details),
                                               .open = true};

/* One element of a list that is put in order. */
struct sort_key {
    struct str name;
    size_t index;
};

static int compare_keys(const void *a, const void *b)
{
    const struct sort_key *left = a;
    const struct sort_key *right = b;
    int order = str_compare(left->name, right->name);

    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* The names' order, each once: the last of equal ones. Returns how many there are. */
static size_t sort_keys(struct sort_key *keys, size_t count)
{
    size_t kept = 0;

    if (count > 1)
        qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || !str_equal(keys[i].name, keys[i + 1].name))
            keys[kept++] = keys[i];
    }
    return kept;
}

static void sort_spec_tags(struct arena *arena, struct stream_details *details)
{
    struct sort_key *keys = ARENA_ARRAY(arena, details->spec_tag_count + 1, struct sort_key);
    struct spec_tag_details *sorted =
        ARENA_ARRAY(arena, details->spec_tag_count + 1, struct spec_tag_details);

    for (size_t i = 0; i < details->spec_tag_count; i++)
        keys[i] = (struct sort_key){details->spec_tags[i].name, i};
    details->spec_tag_count = sort_keys(keys, details->spec_tag_count);
    for (size_t i = 0; i < details->spec_tag_count; i++)
        sorted[i] = details->spec_tags[keys[i].index];
    details->spec_tags = sorted;
}

static void sort_status_tags(struct arena *arena, struct stream_details *details)
{
    struct sort_key *keys = ARENA_ARRAY(arena, details->status_tag_count + 1, struct sort_key);
    struct status_tag_details *sorted =
        ARENA_ARRAY(arena, details->status_tag_count + 1, struct status_tag_details);

    for (size_t i = 0; i < details->status_tag_count; i++)
        keys[i] = (struct sort_key){details->status_tags[i].tag, i};
    details->status_tag_count = sort_keys(keys, details->status_tag_count);
    for (size_t i = 0; i < details->status_tag_count; i++)
        sorted[i] = details->status_tags[keys[i].index];
    details->status_tags = sorted;
}

int stream_details_decode(struct arena *arena, const struct value *value, struct stream_details *ret,
                          struct error *err)
{
    struct text_pool *texts = ARENA_NEW(arena, struct text_pool);
    struct object_decoder decoder = {.arena = arena, .texts = texts, .err = err};

    text_pool_init(texts, arena);
    *ret = (struct stream_details){.label_count = 0};
    if (object_schema_decode(&decoder, &stream_type, value, NULL, ret) < 0)
        return -1;
    sort_spec_tags(arena, ret);
    sort_status_tags(arena, ret);
    return 0;
}

static int compare_spec_tag(const void *name, const void *tag)
{
    return str_compare(*(const struct str *)name, ((const struct spec_tag_details *)tag)->name);
}

const struct spec_tag_details *stream_details_spec_tag(const struct stream_details *details, struct str tag)
{
    return details->spec_tag_count > 0 ? bsearch(&tag, details->spec_tags, details->spec_tag_count,
                                                 sizeof(*details->spec_tags), compare_spec_tag)
                                       : NULL;
}

static int compare_status_tag(const void *name, const void *tag)
{
    return str_compare(*(const struct str *)name, ((const struct status_tag_details *)tag)->tag);
}

const struct status_tag_details *stream_details_status_tag(const struct stream_details *details,
                                                           struct str tag)
{
    return details->status_tag_count > 0 ? bsearch(&tag, details->status_tags, details->status_tag_count,
                                                   sizeof(*details->status_tags), compare_status_tag)
                                         : NULL;
}

bool stream_details_is_false(const struct tag_condition *condition)
{
    return str_equal(condition->status, STR("False"));
}

const struct tag_condition *stream_details_failure(const struct status_tag_details *tag)
{
    for (size_t i = 0; i < tag->condition_count; i++) {
        const struct tag_condition *condition = &tag->conditions[i];

        if (str_equal(condition->type, STR("ImportSuccess")) && stream_details_is_false(condition))
            return condition;
    }
    return NULL;
}

struct str stream_details_annotation(const struct label *annotations, size_t count, struct str key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(annotations[i].key, key))
            return annotations[i].value;
    }
    return (struct str){NULL, 0};
}
