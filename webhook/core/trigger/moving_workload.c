/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/moving_workload.h"

#define SPEC_TEMPLATE STR_INIT("/spec/template"), STR_INIT("spec.template.spec")
#define JOB_SPEC_TEMPLATE                                                                                    \
    STR_INIT("/spec/jobTemplate/spec/template"), STR_INIT("spec.jobTemplate.spec.template.spec")

const struct moving_kind_row moving_workload_kinds[MOVING_KINDS] = {
    [MOVING_DEPLOYMENT] = {STR_INIT("apps/v1"), STR_INIT("Deployment"), SPEC_TEMPLATE,
                           REVISIONS_REPLICA_SETS},
    [MOVING_STATEFUL_SET] = {STR_INIT("apps/v1"), STR_INIT("StatefulSet"), SPEC_TEMPLATE,
                             REVISIONS_CONTROLLER_REVISIONS},
    [MOVING_DAEMON_SET] = {STR_INIT("apps/v1"), STR_INIT("DaemonSet"), SPEC_TEMPLATE,
                           REVISIONS_CONTROLLER_REVISIONS},
    [MOVING_CRON_JOB] = {STR_INIT("batch/v1"), STR_INIT("CronJob"), JOB_SPEC_TEMPLATE, REVISIONS_NONE},
};

bool moving_workload_is_wanted(const struct moving_workload *workload)
{
    return workload->follows || !str_is_blank(workload->triggers);
}

const struct value *moving_workload_template(const struct value *object, enum moving_kind kind)
{
    return value_at_pointer(object, moving_workload_kinds[kind].template);
}

static struct str text_at(struct arena *arena, const struct value *map, struct str key)
{
    return arena_str(arena, value_string(value_find(map, key)));
}

static bool is_true(const struct value *annotations, struct str key)
{
    return str_equal(value_string(value_find(annotations, key)), STR("true"));
}

static bool is_controlled(const struct value *owners)
{
    for (const struct value *owner = owners ? owners->first : NULL; owner; owner = owner->next) {
        const struct value *controller = value_find(owner, STR("controller"));

        if (controller && controller->kind == VALUE_BOOL && controller->boolean)
            return true;
    }
    return false;
}

static bool resolves_names(const struct value *annotations)
{
    struct str value =
        value_string(value_find(annotations, STR("alpha.image.policy.openshift.io/resolve-names")));

    return str_equal(value, STR("*"));
}

static void read_metadata(struct arena *arena, const struct value *metadata, struct moving_workload *ret)
{
    const struct value *annotations = value_find(metadata, STR("annotations"));
    const struct value *deletion = value_find(metadata, STR("deletionTimestamp"));
    const struct value *generation = value_find(metadata, STR("generation"));

    ret->namespace = text_at(arena, metadata, STR("namespace"));
    ret->name = text_at(arena, metadata, STR("name"));
    ret->uid = text_at(arena, metadata, STR("uid"));
    ret->resource_version = text_at(arena, metadata, STR("resourceVersion"));
    if (!generation || generation->kind != VALUE_NUMBER ||
        !str_to_int64(generation->text, 0, INT64_MAX, &ret->generation))
        ret->generation = 0;
    ret->deleting = deletion && deletion->kind != VALUE_NULL;
    ret->controlled = is_controlled(value_find(metadata, STR("ownerReferences")));
    ret->suspended = is_true(annotations, STR("weir.dev/suspend"));
    ret->follows = is_true(annotations, STR(FOLLOW_ANNOTATION));
    ret->resolve_names = resolves_names(annotations);
    ret->triggers = text_at(arena, annotations, STR(TRIGGERS_ANNOTATION));
    ret->refresh = text_at(arena, annotations, STR(REFRESH_ANNOTATION));
}

static void read_labels(struct arena *arena, const struct value *labels, struct moving_workload *ret)
{
    struct label *items = ARENA_ARRAY(arena, labels ? labels->count + 1 : 1, struct label);

    for (const struct value *label = labels ? labels->first : NULL; label; label = label->next) {
        if (value_is_string(label) && label->key.len > 0)
            items[ret->label_count++] =
                (struct label){arena_str(arena, label->key), arena_str(arena, label->text)};
    }
    ret->labels = items;
}

void moving_workload_read(struct arena *arena, enum moving_kind kind, const struct value *object,
                          struct moving_workload *ret)
{
    const struct value *metadata = value_find(object, STR("metadata"));
    const struct value *template = moving_workload_template(object, kind);
    const struct value *annotations = value_path(template, "metadata", "annotations", NULL);
    const struct value *images = value_find(annotations, STR("weir.dev/images"));

    *ret = (struct moving_workload){.kind = kind};
    read_metadata(arena, metadata, ret);
    ret->resolve_names = ret->resolve_names || resolves_names(annotations);
    ret->has_images = value_is_string(images);
    ret->images = arena_str(arena, value_string(images));
    ret->template_refresh = text_at(arena, annotations, STR(REFRESH_ANNOTATION));
    read_labels(arena, value_path(object, "spec", "selector", "matchLabels", NULL), ret);
    moving_position_read(arena, value_find(template, STR("spec")), &ret->positions);
    ret->owners = field_owners_read(arena, value_find(metadata, STR("managedFields")),
                                    moving_workload_kinds[kind].template, &ret->positions);
}
