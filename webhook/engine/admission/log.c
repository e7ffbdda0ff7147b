/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/log.h"

#include "edge/log/line.h"

static struct str outcome_of(const struct admission_decision *decision)
{
    if (decision->outcome == ADMISSION_DENY)
        return STR("denied");
    return decision->patch_count > 0 ? STR("changed") : STR("unchanged");
}

#define ADD_TEXT(line, key, text)  log_line_add_text((line), (struct str)LOG_LEAD(key), (text))
#define ADD_INT(line, key, number) log_line_add_int((line), (struct str)LOG_LEAD(key), (int64_t)(number))
#define ADD_BOOL(line, key, truth) log_line_add_bool((line), (struct str)LOG_LEAD(key), (truth))

static void add_request(struct log_line *line, const struct admission_request *request)
{
    ADD_TEXT(line, "uid", request->uid);
    ADD_TEXT(line, "namespace", request->namespace);
    ADD_TEXT(line, "kind", request->kind);
    ADD_TEXT(line, "name", request->name);
    ADD_TEXT(line, "operation", request->operation_text);
    ADD_TEXT(line, "subresource", request->sub_resource);
    ADD_BOOL(line, "dry_run", request->dry_run);
}

static void add_decision(struct log_line *line, const struct admission_decision *decision)
{
    const struct admission_response *response = &decision->response;

    ADD_TEXT(line, "outcome", outcome_of(decision));
    ADD_INT(line, "code", decision->outcome == ADMISSION_DENY ? response->code : 200);
    ADD_INT(line, "images", decision->images);
    ADD_INT(line, "warnings", response->warning_count);
    if (response->warning_count > 0)
        ADD_TEXT(line, "warning", response->warnings[0]);
    ADD_TEXT(line, "message", response->message);
    ADD_TEXT(line, "policy", decision->policy);
    ADD_TEXT(line, "rule", decision->rule);
    if (decision->left)
        ADD_TEXT(line, "left", str_from_c(decision->left));
}

void admission_log_decided(struct log *log, enum admission_log_mode mode,
                           const struct admission_request *request, const struct admission_decision *decision,
                           int64_t took_us)
{
    bool notable = decision->outcome == ADMISSION_DENY || decision->patch_count > 0 ||
                   decision->response.warning_count > 0;
    struct log_line line;

    if (!log || mode == ADMISSION_LOG_NONE || (mode == ADMISSION_LOG_CHANGED && !notable))
        return;
    log_line_begin(&line, log_now_ms(), LOG_LEVEL_INFO, STR("admission"));
    add_request(&line, request);
    add_decision(&line, decision);
    ADD_INT(&line, "took_us", took_us);
    log_line_end(&line);
    log_append(log, &line);
}

void admission_log_undecided(struct log *log, enum admission_log_mode mode,
                             const struct admission_undecided *undecided)
{
    static const struct admission_request unknown;
    const struct admission_request *known = undecided->request ? undecided->request : &unknown;

    if (mode == ADMISSION_LOG_NONE)
        return;
    log_warning(log, "admission not decided", LOG_STR("uid", known->uid),
                LOG_STR("namespace", known->namespace), LOG_STR("kind", known->kind),
                LOG_STR("name", known->name), LOG_STR("operation", known->operation_text),
                LOG_INT("status", undecided->status), LOG_STR("reason", undecided->reason),
                LOG_INT("took_us", undecided->took_us));
}
