/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/admission_log.h"

struct str admission_audit_find(const struct admission_decision *decision, struct str key)
{
    for (size_t i = 0; i < decision->response.audit_count; i++)
        if (str_equal(decision->response.audit[i].key, key))
            return decision->response.audit[i].value;
    return (struct str){NULL, 0};
}

static const char *outcome_of(const struct admission_decision *decision)
{
    if (decision->outcome == ADMISSION_DENY)
        return "denied";
    return decision->patch_count > 0 ? "changed" : "unchanged";
}

static int64_t images_of(const struct admission_decision *decision)
{
    int64_t images = 0;

    (void)!str_to_int64(admission_audit_find(decision, STR("images")), 0, INT64_MAX, &images);
    return images;
}

void admission_log_decided(struct log *log, enum admission_log_mode mode,
                           const struct admission_request *request, const struct admission_decision *decision,
                           int64_t took_us)
{
    size_t warnings = decision->response.warning_count;
    bool notable = decision->outcome == ADMISSION_DENY || decision->patch_count > 0 || warnings > 0;

    if (mode == ADMISSION_LOG_NONE || (mode == ADMISSION_LOG_CHANGED && !notable))
        return;
    log_info(log, "admission", LOG_STR("uid", request->uid), LOG_STR("namespace", request->namespace),
             LOG_STR("kind", request->kind), LOG_STR("name", request->name),
             LOG_STR("operation", request->operation_text), LOG_STR("subresource", request->sub_resource),
             LOG_BOOL("dry_run", request->dry_run), LOG_STR("outcome", str_from_c(outcome_of(decision))),
             LOG_INT("code", decision->outcome == ADMISSION_DENY ? decision->response.code : 200),
             LOG_INT("images", images_of(decision)), LOG_INT("warnings", warnings),
             LOG_STR("warning", warnings > 0 ? decision->response.warnings[0] : STR("")),
             LOG_STR("message", decision->response.message), LOG_STR("policy", decision->policy),
             LOG_STR("rule", admission_audit_find(decision, STR("rule"))),
             LOG_STR("left", str_from_c(decision->left)), LOG_INT("took_us", took_us));
}

void admission_log_undecided(struct log *log, enum admission_log_mode mode,
                             const struct admission_request *request, int status, struct str reason,
                             int64_t took_us)
{
    static const struct admission_request unknown;
    const struct admission_request *known = request ? request : &unknown;

    if (mode == ADMISSION_LOG_NONE)
        return;
    log_warning(log, "admission not decided", LOG_STR("uid", known->uid),
                LOG_STR("namespace", known->namespace), LOG_STR("kind", known->kind),
                LOG_STR("name", known->name), LOG_STR("operation", known->operation_text),
                LOG_INT("status", status), LOG_STR("reason", reason), LOG_INT("took_us", took_us));
}
