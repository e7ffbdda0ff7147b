/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/kinds.h"

/* image.openshift.io/v1 ImageStream, which weir.dev/v1alpha1 takes over field by field. */

static const struct object_choice reference_policies[] = {
    {STR_INIT("Source"), false},
    {STR_INIT("Local"), true},
    {{NULL, 0}, 0},
};

static const struct object_choice import_modes[] = {
    {STR_INIT("Legacy"), 0},
    {STR_INIT("PreserveOriginal"), 0},
    {{NULL, 0}, 0},
};

static const struct object_field from_fields[] = {
    {STR_INIT("kind"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_tag, from_kind)},
    {STR_INIT("name"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_tag, from_name)},
    {STR_INIT("namespace"), OBJECT_FIELD_STRING, FIELD_OF(struct stream_tag, from_namespace)},
    {STR_INIT("apiVersion"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
    {STR_INIT("fieldPath"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
    {STR_INIT("resourceVersion"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
    {STR_INIT("uid"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
};
static const struct object_type from_type = {OBJECT_TYPE(from_fields, struct stream_tag)};

static const struct object_field import_policy_fields[] = {
    {STR_INIT("insecure"), OBJECT_FIELD_BOOL, FIELD_OF(struct stream_tag, insecure)},
    {STR_INIT("scheduled"), OBJECT_FIELD_BOOL, FIELD_OF(struct stream_tag, scheduled)},
    {STR_INIT("importMode"), OBJECT_FIELD_CHOICE, OBJECT_FIELD_FORGIVING, FIELD_NOWHERE,
     .choices = import_modes},
};
static const struct object_type import_policy_type = {OBJECT_TYPE(import_policy_fields, struct stream_tag)};

static const struct object_field reference_policy_fields[] = {
    {STR_INIT("type"), OBJECT_FIELD_CHOICE_BOOL, OBJECT_FIELD_FORGIVING, FIELD_OF(struct stream_tag, local),
     .choices = reference_policies},
};
static const struct object_type reference_policy_type = {
    OBJECT_TYPE(reference_policy_fields, struct stream_tag)};

static const struct object_field tag_fields[] = {
    {STR_INIT("name"), OBJECT_FIELD_STRING, OBJECT_FIELD_REQUIRED, FIELD_OF(struct stream_tag, name)},
    {STR_INIT("from"), OBJECT_FIELD_OBJECT, .offset = OBJECT_NO_OFFSET,
     .set_at = offsetof(struct stream_tag, has_from), .type = &from_type},
    {STR_INIT("reference"), OBJECT_FIELD_BOOL, FIELD_OF(struct stream_tag, reference)},
    {STR_INIT("generation"), OBJECT_FIELD_INT, FIELD_NOWHERE},
    {STR_INIT("importPolicy"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &import_policy_type},
    {STR_INIT("referencePolicy"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &reference_policy_type},
    {STR_INIT("annotations"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
};
static const struct object_type tag_type = {OBJECT_TYPE(tag_fields, struct stream_tag)};

static const struct object_field event_fields[] = {
    {STR_INIT("created"), OBJECT_FIELD_TIME, .offset = offsetof(struct tag_event, created),
     .set_at = offsetof(struct tag_event, created_known)},
    {STR_INIT("dockerImageReference"), OBJECT_FIELD_STRING, OBJECT_FIELD_BORROWED,
     FIELD_OF(struct tag_event, reference)},
    {STR_INIT("image"), OBJECT_FIELD_STRING, OBJECT_FIELD_BORROWED, FIELD_OF(struct tag_event, image)},
    {STR_INIT("generation"), OBJECT_FIELD_INT, FIELD_OF(struct tag_event, generation)},
};
static const struct object_type event_type = {OBJECT_TYPE(event_fields, struct tag_event), .open = true};

static const struct object_field history_fields[] = {
    {STR_INIT("tag"), OBJECT_FIELD_STRING, OBJECT_FIELD_REQUIRED, FIELD_OF(struct tag_history, tag)},
    {STR_INIT("items"), OBJECT_FIELD_LIST, FIELD_OF(struct tag_history, events),
     .count_at = offsetof(struct tag_history, count), .type = &event_type},
    {STR_INIT("conditions"), OBJECT_FIELD_ANY, FIELD_NOWHERE},
    {STR_INIT("lastChecked"), OBJECT_FIELD_TIME, .offset = offsetof(struct tag_history, last_checked),
     .set_at = offsetof(struct tag_history, last_checked_known)},
    {STR_INIT("removedSince"), OBJECT_FIELD_TIME, .offset = OBJECT_NO_OFFSET,
     .set_at = offsetof(struct tag_history, removed)},
    {STR_INIT("pending"), OBJECT_FIELD_ANY, .offset = OBJECT_NO_OFFSET,
     .set_at = offsetof(struct tag_history, pending)},
};
static const struct object_type history_type = {OBJECT_TYPE(history_fields, struct tag_history),
                                                .open = true};

static const struct object_field lookup_policy_fields[] = {
    {STR_INIT("local"), OBJECT_FIELD_BOOL, FIELD_OF(struct image_stream, lookup_local)},
};
static const struct object_type lookup_policy_type = {OBJECT_TYPE(lookup_policy_fields, struct image_stream)};

static const struct object_field spec_fields[] = {
    {STR_INIT("lookupPolicy"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &lookup_policy_type},
    {STR_INIT("tags"), OBJECT_FIELD_LIST, FIELD_OF(struct image_stream, tags),
     .count_at = offsetof(struct image_stream, tag_count), .type = &tag_type},
    {STR_INIT("dockerImageRepository"), OBJECT_FIELD_STRING, FIELD_NOWHERE},
};
static const struct object_type spec_type = {OBJECT_TYPE(spec_fields, struct image_stream)};

static const struct object_field status_fields[] = {
    {STR_INIT("dockerImageRepository"), OBJECT_FIELD_STRING, FIELD_OF(struct image_stream, repository)},
    {STR_INIT("publicDockerImageRepository"), OBJECT_FIELD_STRING, FIELD_NOWHERE},
    {STR_INIT("tags"), OBJECT_FIELD_LIST, FIELD_OF(struct image_stream, histories),
     .count_at = offsetof(struct image_stream, history_count), .type = &history_type},
};
/* What a newer version writes into a status is skipped: strictness is for what people write. */
static const struct object_type status_type = {OBJECT_TYPE(status_fields, struct image_stream), .open = true};

static const struct object_field image_stream_fields[] = {
    OBJECT_FIELD_HEADER,
    {STR_INIT("spec"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &spec_type},
    {STR_INIT("status"), OBJECT_FIELD_OBJECT, FIELD_NOWHERE, .type = &status_type},
};
const struct object_type decode_image_stream_type = {OBJECT_TYPE(image_stream_fields, struct image_stream)};

/* The digest is nearly always the end of the pull spec: then one copy serves both. */
static void keep_event(struct text_pool *texts, struct tag_event *event)
{
    struct str image = event->image;

    event->reference = text_pool_keep(texts, event->reference);
    if (image.len > 0 && str_ends(event->reference, image))
        event->image = str_from(event->reference, event->reference.len - image.len);
    else
        event->image = text_pool_keep(texts, image);
}

int decode_image_stream(struct object_decoder *decoder, const struct value *value,
                        const struct object_metadata *metadata, struct cluster_object *ret)
{
    struct image_stream *stream = ARENA_NEW(decoder->arena, struct image_stream);

    if (object_schema_decode(decoder, &decode_image_stream_type, value, NULL, stream) < 0)
        return -1;
    stream->namespace = metadata->namespace;
    stream->name = metadata->name;
    stream->openshift = !decoder->strict;
    for (size_t i = 0; i < stream->history_count; i++) {
        for (size_t k = 0; k < stream->histories[i].count; k++)
            keep_event(decoder->texts, &stream->histories[i].events[k]);
    }
    image_stream_prepare(decoder->arena, stream);
    ret->as.stream = stream;
    return 0;
}
