/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission_verify.h"

#include "base/text.h"

enum {
    MESSAGE_MAX = 16 << 10,
    NAMED_MAX = 10,
};

/* Annotations are the intent's; every other operation is an image or a pull policy. */
static bool concerns_pods(const struct patch_operation *operation)
{
    return operation->is_image || str_ends(operation->path, STR("ullPolicy"));
}

static void name_operation(struct text *out, const struct patch_operation *operation)
{
    text_add(out, operation->path);
    text_add(out, operation->is_image ? STR(": the image is not the one that weir stores, \"")
                                      : STR(": the pull policy is not the one that weir stores, \""));
    text_add(out, operation->value);
    text_add_char(out, '"');
}

void admission_verify(struct arena *arena, struct admission_decision *decision)
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
        name_operation(&message, &decision->patch[i]);
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
