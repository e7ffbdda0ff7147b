/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/verify.h"

#include "base/text.h"
#include "core/admission/state.h"

enum {
    MESSAGE_MAX = 16 << 10,
    NAMED_MAX = 10,
};

/* Annotations are the intent's; every other operation is an image or a pull policy. */
static bool concerns_pods(const struct patch_operation *operation)
{
    return operation->is_image || str_ends(operation->path, STR("ullPolicy"));
}

/* Whether it sets the member of the position's map that is called `of_container`, or `of_volume`. */
static bool sets(struct arena *arena, const struct patch_operation *operation,
                 const struct position *position, struct str of_container, struct str of_volume)
{
    struct str member = position->list == POSITION_VOLUMES ? of_volume : of_container;

    return str_equal(operation->path, json_path_pointer(arena, position->path, member));
}

static bool sets_image(struct arena *arena, const struct patch_operation *operation,
                       const struct position *position)
{
    if (!position->path)
        return str_equal(operation->path,
                         json_path_pointer(arena, position->list_path, (struct str){NULL, 0}));
    return sets(arena, operation, position, STR("image"), STR("reference"));
}

static bool sets_policy(struct arena *arena, const struct patch_operation *operation,
                        const struct position *position)
{
    return position->path && sets(arena, operation, position, STR("imagePullPolicy"), STR("pullPolicy"));
}

static void name_image(struct text *out, const struct position *position, struct str stored)
{
    text_add(out, STR(": image \""));
    text_add(out, position->image);
    text_add(out, STR("\" is not what weir stores, \""));
    text_add(out, stored);
    text_add_char(out, '"');
}

static void name_policy(struct text *out, const struct position *position, struct str stored)
{
    text_add(out, STR(": "));
    text_add(out, position->pull_policy.len ? STR("pull policy ") : STR("no pull policy"));
    text_add(out, position->pull_policy);
    text_add(out, STR(" is not what weir stores, "));
    text_add(out, stored);
}

/* In the words of the other denials: `containers[app]: …`. */
static void name_operation(struct text *out, struct arena *arena, const struct workload_object *object,
                           const struct patch_operation *operation)
{
    for (size_t i = 0; i < object->position_count; i++) {
        const struct position *position = &object->positions[i];
        bool image = operation->is_image && sets_image(arena, operation, position);

        if (!image && (operation->is_image || !sets_policy(arena, operation, position)))
            continue;
        text_add(out, note_position(arena, position));
        if (image)
            name_image(out, position, operation->value);
        else
            name_policy(out, position, operation->value);
        return;
    }
}

void admission_verify(struct arena *arena, const struct admission_request *request,
                      struct admission_decision *decision)
{
    struct text message;
    size_t found = 0;

    if (decision->outcome != ADMISSION_ALLOW)
        return;
    text_init(&message, arena, MESSAGE_MAX);
    for (size_t i = 0; i < decision->patch_count; i++) {
        if (!concerns_pods(&decision->patch[i]) || ++found > NAMED_MAX)
            continue;
        text_add_c(&message, found > 1 ? "; " : "");
        name_operation(&message, arena, &request->object, &decision->patch[i]);
    }
    decision->response.patch = (struct str){NULL, 0};
    decision->patch_count = 0;
    if (found == 0)
        return;
    text_add(&message,
             STR(" (changed after weir, by another webhook? apply it again, or order the webhooks)"));
    decision->outcome = ADMISSION_DENY;
    decision->response.allowed = false;
    decision->response.code = 403;
    decision->response.reason = STR("Forbidden");
    decision->response.message = text_str(&message);
}
