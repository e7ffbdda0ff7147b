/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/manifest_resolve.h"

#include "core/workload/json_path.h"

#include <stdio.h>

struct resolver {
    struct arena *arena;   /* of what lasts */
    struct arena *scratch; /* of one object's decision */
    struct decide_session *session;
    struct manifest_edits edits;
    struct resolved_manifest *ret;
};

/* "deploy.yaml:3:1: Deployment "shop/web": " */
static void say_object(const struct resolver *resolver, const char *kind,
                       const struct manifest_workload *workload, struct str sentence)
{
    struct str name = workload->name.len > 0 ? workload->name : STR("(no name)");

    fprintf(stderr, "weir: %s%s:%u:%u: " STR_FMT " \"" STR_FMT "/" STR_FMT "\": " STR_FMT "\n", kind,
            resolver->ret->name, workload->object->line, workload->object->column, STR_ARG(workload->kind),
            STR_ARG(workload->namespace), STR_ARG(name), STR_ARG(sentence));
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
        node =
            value_at_pointer(workload->object, json_path_pointer(resolver->scratch, position->path, member));
        if (node)
            fprintf(stderr,
                    "weir: %s:%u:%u: the image ends with a line break; begin it with \"|-\" or \">-\", or "
                    "write it on "
                    "one line\n",
                    resolver->ret->name, node->line, node->column);
    }
}

static void add_image(const struct resolver *resolver, const struct resolved_image *image)
{
    struct resolved_manifest *ret = resolver->ret;

    if (ret->image_count == ret->image_size) {
        size_t size = ret->image_size ? ret->image_size * 2 : 16;

        ret->images = arena_grow(resolver->arena, ret->images, ret->image_count, size, sizeof(*ret->images));
        ret->image_size = size;
    }
    ret->images[ret->image_count++] = *image;
}

static int pin(struct resolver *resolver, const struct manifest_workload *workload,
               const struct patch_operation *operation, struct error *err)
{
    const struct value *node = value_at_pointer(workload->object, operation->path);
    struct str stored = arena_str(resolver->arena, operation->value);

    if (manifest_edits_add(&resolver->edits, workload, operation->path, stored, err) < 0)
        return -1;
    add_image(resolver, &(struct resolved_image){node->line, node->column,
                                                 arena_str(resolver->arena, node->text), stored});
    return 0;
}

static int decide_workload(const struct resolver *resolver, const struct manifest_workload *workload,
                           struct admission_request *request, struct admission_decision *ret,
                           struct error *err)
{
    struct decide_session *session = resolver->session;
    struct str review;

    if (manifest_workload_review(resolver->scratch, workload, &review, err) < 0 ||
        admission_review_decode(resolver->scratch, &session->setup.table, review, request, err) < 0)
        return error_prefix(err, "%s:%u:%u", resolver->ret->name, workload->object->line,
                            workload->object->column);
    if (decide_session_enter(session, workload->namespace, err) < 0)
        return -1;
    *ret = deciding_decide(resolver->scratch, &session->decider, request);
    return 0;
}

static void count_variables(const struct resolver *resolver, const struct admission_request *request)
{
    for (size_t i = 0; i < request->object.position_count; i++) {
        const struct position *position = &request->object.positions[i];

        if (position->image_presence == PRESENCE_GOOD && request->workload &&
            workload_paths_is_variable(request->workload, position->image))
            resolver->ret->variable_count++;
    }
}

static void tell_variables(const struct resolved_manifest *ret)
{
    if (ret->variable_count > 0)
        fprintf(stderr, "weir: warning: %s: %zu image%s with a variable left as %s\n", ret->name,
                ret->variable_count, ret->variable_count > 1 ? "s" : "",
                ret->variable_count > 1 ? "they are" : "it is");
}

static int resolve_workload(struct resolver *resolver, const struct manifest_workload *workload,
                            struct error *err)
{
    struct admission_request request;
    struct admission_decision decision = {.outcome = ADMISSION_ALLOW};

    if (!workload->is_known) {
        resolver->ret->unknown_count++;
        say_object(resolver, "warning: ", workload,
                   STR("its kind is not known, its images are left; see --workload-paths"));
        return 0;
    }
    if (decide_workload(resolver, workload, &request, &decision, err) < 0)
        return -1;
    count_variables(resolver, &request);
    for (size_t i = 0; i < decision.response.warning_count; i++)
        say_object(resolver, "warning: ", workload, decision.response.warnings[i]);
    if (decision.outcome == ADMISSION_DENY) {
        note_denial(resolver, workload, &decision.response);
        explain_line_breaks(resolver, workload, &request.object);
        return 0;
    }
    for (size_t i = 0; i < decision.patch_count; i++) {
        if (decision.patch[i].is_image && pin(resolver, workload, &decision.patch[i], err) < 0)
            return -1;
    }
    return 0;
}

static int resolve_all(struct resolver *resolver, const struct manifest_workloads *workloads,
                       struct error *err)
{
    for (size_t i = 0; i < workloads->count; i++) {
        int result = resolve_workload(resolver, &workloads->items[i], err);

        arena_release(resolver->scratch);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int pin_all(struct resolver *resolver, struct error *err)
{
    struct resolved_manifest *ret = resolver->ret;

    tell_variables(ret);
    if (ret->refused_count + ret->not_now_count > 0)
        return 0;
    if (manifest_edits_finish(&resolver->edits, &ret->text, err) < 0)
        return -1;
    ret->edits = resolver->edits.edits;
    ret->edit_count = resolver->edits.count;
    return 0;
}

int manifest_resolve(struct arena *arena, struct decide_session *session, const struct manifest_input *input,
                     struct resolved_manifest *ret, struct error *err)
{
    struct arena tree, scratch;
    struct resolver resolver = {.arena = arena, .scratch = &scratch, .session = session, .ret = ret};
    struct manifest_workloads workloads;
    struct manifest manifest;
    int result;

    *ret = (struct resolved_manifest){.name = input->name, .before = input->text, .text = input->text};
    arena_init(&tree);
    arena_init(&scratch);
    result = manifest_read(&tree, input->name, input->text, &manifest, err);
    if (result == 0) {
        manifest_edits_init(&resolver.edits, arena, &manifest);
        workloads = manifest_workloads(&tree, &manifest, &session->setup.table, input->default_namespace);
        result = resolve_all(&resolver, &workloads, err);
    }
    if (result == 0)
        result = pin_all(&resolver, err);
    arena_release(&tree);
    arena_release(&scratch);
    return result;
}
