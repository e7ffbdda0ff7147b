/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/trigger_warning.h"

#include "core/trigger/moving_workload.h"
#include "core/trigger/trigger_list.h"

/* NULL: triggers move no workload of the kind. */
static const struct moving_kind_row *find_kind(const struct workload_kind *kind)
{
    for (size_t i = 0; i < MOVING_KINDS; i++) {
        const struct moving_kind_row *row = &moving_workload_kinds[i];

        if (str_equal(row->kind, kind->kind) &&
            str_equal(str_slice(row->api_version, 0, str_find(row->api_version, '/')), kind->group))
            return row;
    }
    return NULL;
}

void trigger_warning_note(struct evaluation *e)
{
    struct str text = e->request->object.meta.triggers;
    const struct moving_kind_row *kind = find_kind(e->request->workload);
    struct trigger_list list;

    if (!kind || (e->update && str_equal(text, e->request->old_object.meta.triggers)))
        return;
    trigger_list_parse(e->arena, text, kind->pod_spec, &list);
    for (size_t i = 0; i < list.problem_count; i++)
        note_warning(e, NULL,
                     arena_join(e->arena, STR("annotation " TRIGGERS_ANNOTATION " "), list.problems[i]));
}
