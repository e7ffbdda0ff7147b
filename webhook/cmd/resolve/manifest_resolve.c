/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/manifest_resolve.h"

#include "core/workload/json_path.h"

#include <stdio.h>

struct resolver {
    struct arena *arena;
    struct deciding_session *session;
    struct resolved_manifest *ret;
};

/* "deploy.yaml:3:1: Deployment "shop/web": " */
static void say_object(const struct resolver *resolver, const char *kind,
                       const struct manifest_workload *workload, struct str sentence)
{
    struct str name = workload->name.len > 0 ? workload->name : STR("(no name)");

    fprintf(stderr, "weir: %s%s:%u:%u: " STR_FMT " \"" STR_FMT "/" STR_FMT "\": " STR_FMT "\n", kind,
            resolver->ret->manifest.name, workload->object->line, workload->object->column,
            STR_ARG(workload->kind), STR_ARG(workload->namespace), STR_ARG(name), STR_ARG(sentence));
}

static void note_denial(const struct resolver *resolver, const struct manifest_workload *workload,
                        const struct admission_response *response)
{
    say_object(resolver, "", workload, response->message);
    if (response->code == 503)
        resolver->ret->not_now_count++;
    else
        resolver->ret->refused_count++;
}

/* "|" and ">" keep the line break at the end, which no reference has. */
static void explain_line_breaks(const struct resolver *resolver, const struct manifest_workload *workload,
                                const struct workload_object *object)
{
    for (size_t i = 0; i < object->position_count; i++) {
        const struct position *position = &object->positions[i];
        struct str member = position->list == POSITION_VOLUMES ? STR("reference") : STR("image");
        const struct value *node;

        if (!position->path || !str_ends(position->image, STR("\n")))
            continue;
        node = value_at_pointer(workload->object, json_path_pointer(resolver->arena, position->path, member));
        if (node)
            fprintf(stderr,
                    "weir: %s:%u:%u: the image ends with a line break; begin it with \"|-\" or \">-\", or "
                    "write it on "
                    "one line\n",
                    resolver->ret->manifest.name, node->line, node->column);
    }
}

static int add_image(const struct resolver *resolver, const struct manifest_workload *workload,
                     const struct patch_operation *operation, struct error *err)
{
    struct resolved_manifest *ret = resolver->ret;
    const struct value *node = value_at_pointer(workload->object, operation->path);

    if (manifest_edits_add(&ret->edits, workload, operation->path, operation->value, err) < 0)
        return -1;
    ret->images = arena_grow(resolver->arena, ret->images, ret->image_count, ret->image_count + 1,
                             sizeof(*ret->images));
    ret->images[ret->image_count++] =
        (struct resolved_image){node->line, node->column, node->text, operation->value};
    return 0;
}

static int resolve_workload(const struct resolver *resolver, const struct manifest_workload *workload,
                            struct error *err)
{
    struct admission_request request;
    struct admission_decision decision;
    struct str review;

    if (manifest_workload_review(resolver->arena, workload, &review, err) < 0 ||
        admission_request_decode(resolver->arena, &resolver->session->setup.table, review, &request, err) < 0)
        return error_prefix(err, "%s:%u:%u", resolver->ret->manifest.name, workload->object->line,
                            workload->object->column);
    if (deciding_session_enter(resolver->session, workload->namespace, err) < 0)
        return -1;
    decision = decide(resolver->arena, &resolver->session->decider, &request);
    for (size_t i = 0; i < decision.response.warning_count; i++)
        say_object(resolver, "warning: ", workload, decision.response.warnings[i]);
    if (decision.outcome == ADMISSION_DENY) {
        note_denial(resolver, workload, &decision.response);
        explain_line_breaks(resolver, workload, &request.object);
        return 0;
    }
    for (size_t i = 0; i < decision.patch_count; i++) {
        if (decision.patch[i].is_image && add_image(resolver, workload, &decision.patch[i], err) < 0)
            return -1;
    }
    return 0;
}

int manifest_resolve(struct arena *arena, struct deciding_session *session, struct str default_namespace,
                     const char *name, struct str text, struct resolved_manifest *ret, struct error *err)
{
    struct resolver resolver = {arena, session, ret};
    struct manifest_workload *workloads;
    size_t count;

    *ret = (struct resolved_manifest){.text = text};
    if (manifest_read(arena, name, text, &ret->manifest, err) < 0)
        return -1;
    manifest_edits_init(&ret->edits, arena, &ret->manifest);
    manifest_workloads(arena, &ret->manifest, &session->setup.table, default_namespace, &workloads, &count);
    for (size_t i = 0; i < count; i++) {
        if (resolve_workload(&resolver, &workloads[i], err) < 0)
            return -1;
    }
    if (ret->refused_count + ret->not_now_count > 0)
        return 0;
    return manifest_edits_finish(&ret->edits, &ret->text, err);
}
