/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/evaluate.h"

#include "base/json/text.h"
#include "core/admission/state.h"
#include "core/admission/trigger_warning.h"

enum {
    MESSAGE_MAX = 16 << 10,
    DENIALS_NAMED_MAX = 10,
    AUDIT_MAX = 64 << 10,
    AUDIT_ANNOTATIONS_MAX = 6,
};

/* Semantics §1, 1 to 3: why the object is left alone whatever the policy, or NULL. */
static const char *leave_by_kind(const struct admission_request *r)
{
    bool ephemeral = str_equal(r->sub_resource, STR("ephemeralcontainers"));

    if (r->operation == OPERATION_OTHER)
        return "neither CREATE nor UPDATE";
    if (!r->workload)
        return "a kind without images";
    if (r->sub_resource.len && !(ephemeral && r->workload->is_pod && r->operation == OPERATION_UPDATE))
        return "a subresource";
    if (r->object.presence != PRESENCE_GOOD)
        return "no object";
    if (r->operation == OPERATION_UPDATE && r->old_object.meta.deleting)
        return "being deleted";
    if (r->workload->is_pod && r->object.meta.mirror && r->node_user)
        return "a mirror Pod";
    if (!r->workload->is_pod && !r->workload->is_job && r->object.meta.has_controller)
        return "its controller answers for it";
    return NULL;
}

/* 4, and the one case where the annotation could not be written. */
static const char *leave_by_policy(const struct evaluation *e)
{
    const struct admission_request *r = e->request;
    const struct object_meta *meta = pairing_meta(e, &r->object);
    unsigned target = r->workload->is_pod ? TARGET_PODS : TARGET_WORKLOADS;

    if (e->policy->fields.enforcement == ENFORCEMENT_OFF)
        return "enforcement is Off";
    if (!(e->policy->fields.targets & target))
        return "not among the policy's targets";
    if (meta->presence == PRESENCE_WRONG_TYPE || meta->annotations == PRESENCE_WRONG_TYPE)
        return "its metadata is malformed";
    return NULL;
}

/* "apps/v1" is of group apps, "v1" of the core group. */
static struct str group_of(struct str api_version)
{
    struct str rest = api_version;
    struct str group = str_cut(&rest, '/');

    return rest.ptr ? group : (struct str){"", 0};
}

/* Controllers whose Pods and Jobs carry images that weir saw before. */
static bool is_builtin_controller(const struct object_meta *meta)
{
    static const struct {
        struct str group;
        struct str kind;
    } builtin[] = {
        {STR_INIT("apps"), STR_INIT("ReplicaSet")}, {STR_INIT("apps"), STR_INIT("StatefulSet")},
        {STR_INIT("apps"), STR_INIT("DaemonSet")},  {STR_INIT("batch"), STR_INIT("Job")},
        {STR_INIT("batch"), STR_INIT("CronJob")},   {STR_INIT(""), STR_INIT("ReplicationController")},
    };
    struct str group = group_of(meta->controller_api_version);

    for (size_t i = 0; i < ARRAY_LEN(builtin); i++) {
        if (str_equal(builtin[i].group, group) && str_equal(builtin[i].kind, meta->controller_kind))
            return true;
    }
    return false;
}

static bool made_by_operator(const struct evaluation *e)
{
    const struct admission_request *r = e->request;

    return e->policy->fields.custom_controllers == CUSTOM_CONTROLLERS_STREAMS_ONLY &&
           (r->workload->is_pod || r->workload->is_job) &&
           str_starts(r->user, STR("system:serviceaccount:")) && r->object.meta.has_controller &&
           !is_builtin_controller(&r->object.meta);
}

/* Semantics §10: asked for where it can be, and only of Pods that have one. */
static enum revision_state find_revision(struct evaluation *e, const struct tag_answers *answers)
{
    if (answers->revision == REVISION_UNKNOWN || (answers->revision == REVISION_ASKABLE && answers->closed) ||
        !revision_owner_find(e->arena, e->request, &e->owner))
        return REVISION_UNKNOWN;
    return answers->revision;
}

static void prepare(struct evaluation *e, const struct cluster_view *view)
{
    const struct admission_request *r = e->request;
    const struct object_meta *meta = pairing_meta(e, &r->object);
    const struct object_meta *old_meta = pairing_meta(e, &r->old_object);

    e->scope = (struct resolution_scope){
        .lookup = {.arena = e->arena,
                   .view = view,
                   .policy = e->policy,
                   .namespace = r->namespace,
                   .resolve_names = str_equal(r->object.meta.resolve_names, STR("*")) ||
                                    str_equal(r->object.template_meta.resolve_names, STR("*")),
                   .registry_hosts = e->options->registry_hosts,
                   .registry_host_count = e->options->registry_host_count},
        .questions = &e->questions,
        .needs_revision = &e->needs_revision,
    };
    e->ephemeral = r->sub_resource.len > 0;
    e->update = r->operation == OPERATION_UPDATE && r->old_object.presence == PRESENCE_GOOD;
    e->pod_update = r->operation == OPERATION_UPDATE && r->workload->is_pod && !e->ephemeral;
    e->job_update = r->operation == OPERATION_UPDATE && r->workload->is_job;
    e->operator_made = made_by_operator(e);
    image_intent_parse(e->arena, meta->images_presence != PRESENCE_ABSENT, meta->images, &e->came);
    image_intent_parse(e->arena, old_meta->images_presence != PRESENCE_ABSENT, old_meta->images, &e->old);
}

/* The answer */

static void set_audit(struct admission_response *response, struct audit_annotation *audit, struct str key,
                      struct str value)
{
    audit[response->audit_count++] = (struct audit_annotation){key, value};
}

static struct str json_list(struct evaluation *e, const struct text_list *list)
{
    struct text out;

    text_init(&out, e->arena, AUDIT_MAX);
    for (size_t i = 0; i < list->count; i++) {
        text_add(&out, i ? STR(",") : STR("["));
        json_text_string(&out, list->items[i]);
    }
    json_text_literal(&out, "]");
    return out.too_long ? STR("[\"too many to list\"]") : text_str(&out);
}

static struct str joined(struct evaluation *e, const struct text_list *list)
{
    struct text out;

    text_init(&out, e->arena, AUDIT_MAX);
    for (size_t i = 0; i < list->count; i++) {
        text_add_c(&out, i ? "," : "");
        text_add(&out, list->items[i]);
    }
    return text_str(&out);
}

static void add_audit(struct evaluation *e, struct admission_decision *d)
{
    struct admission_response *response = &d->response;
    struct audit_annotation *audit =
        arena_alloc(e->arena, AUDIT_ANNOTATIONS_MAX * sizeof(struct audit_annotation));
    struct str outcome = !response->allowed    ? STR("denied")
                         : response->patch.len ? STR("changed")
                                               : STR("unchanged");

    response->audit = audit;
    response->warnings = e->warnings.items;
    response->warning_count = e->warnings.count;
    set_audit(response, audit, STR("outcome"), outcome);
    set_audit(response, audit, STR("images"), text_of_uint(e->arena, d->images));
    if (e->warnings.count)
        set_audit(response, audit, STR("warnings"), text_of_uint(e->arena, e->warnings.count));
    if (e->policy && e->policy->names.len)
        set_audit(response, audit, STR("policy"), e->policy->names);
    if (e->rules.count) {
        d->rule = joined(e, &e->rules);
        set_audit(response, audit, STR("rule"), d->rule);
    }
    if (e->violations.count)
        set_audit(response, audit, STR("violations"), json_list(e, &e->violations));
}

static struct str denial_message(struct evaluation *e)
{
    struct text out;

    text_init(&out, e->arena, MESSAGE_MAX);
    for (size_t i = 0; i < e->denials.count && i < DENIALS_NAMED_MAX; i++) {
        text_add_c(&out, i ? "; " : "");
        text_add(&out, e->denials.items[i]);
    }
    if (e->denials.count > DENIALS_NAMED_MAX) {
        text_add(&out, STR("; and "));
        text_add_uint(&out, e->denials.count - DENIALS_NAMED_MAX);
        text_add(&out, STR(" more"));
    }
    for (size_t i = 0; i < e->hints.count; i++) {
        text_add(&out, STR("; "));
        text_add(&out, e->hints.items[i]);
    }
    if (e->policy->names.len) {
        text_add(&out, STR(" (policy "));
        text_add(&out, e->policy->names);
        text_add_char(&out, ')');
    }
    return text_str(&out);
}

static void deny(struct evaluation *e, struct admission_decision *d)
{
    bool not_now = e->denials_not_now == e->denials.count;

    d->outcome = ADMISSION_DENY;
    d->response.allowed = false;
    d->response.code = not_now ? 503 : 403;
    d->response.reason = not_now ? STR("ServiceUnavailable") : STR("Forbidden");
    d->response.message = denial_message(e);
}

static void describe_stream(struct evaluation *e, const struct judged *j, struct position_decision *row)
{
    const struct image_stream *stream = j->leader->found.stream;

    if (!stream)
        return;
    row->stream = arena_join(e->arena, stream->namespace, STR("/"), stream->name);
    row->tag = j->leader->found.tag;
}

static enum pin_origin origin_of(const struct judged *j)
{
    if (j->takes_put_back || j->verdict == VERDICT_ITSELF ||
        (j->verdict == VERDICT_PUT_BACK && j->same_image))
        return PIN_INTENT;
    if (!j->used)
        return j->verdict == VERDICT_REFRESH ? PIN_INTENT : PIN_NONE;
    return j->used->kind == RESOLUTION_PIN ? j->used->origin : PIN_SOURCE;
}

static void describe(struct evaluation *e, const struct judged *j, struct position_decision *row)
{
    struct image_reference ref;
    struct error err;

    *row = (struct position_decision){
        .position = note_position(e->arena, j->position),
        .written = j->image,
        .stored = j->stored,
        .pull_policy_before = j->policy,
        .pull_policy_after = j->stored_policy,
        .origin = origin_of(j),
        .age = j->used && j->used->age != INT64_MAX ? j->used->age : -1,
        .credential = j->used ? j->used->credential : (struct str){NULL, 0},
        .rule = j->rule ? j->rule->name : (struct str){NULL, 0},
        .note = j->note,
    };
    row->pointer =
        j->position->path
            ? json_path_pointer(e->arena, j->position->path,
                                j->position->list == POSITION_VOLUMES ? STR("reference") : STR("image"))
            : json_path_pointer(e->arena, j->position->list_path, (struct str){NULL, 0});
    if (image_reference_parse(j->stored, &ref, &err) == 0)
        row->digest = ref.digest;
    describe_stream(e, j, row);
}

static void describe_all(struct evaluation *e, struct admission_decision *d)
{
    struct position_decision *rows = ARENA_ARRAY(e->arena, e->count, struct position_decision);

    for (size_t i = 0; i < e->count; i++)
        describe(e, &e->positions[i], &rows[i]);
    d->positions = rows;
    d->position_count = e->count;
}

static struct admission_decision leave(struct evaluation *e, const char *why)
{
    struct admission_decision d = {.outcome = ADMISSION_ALLOW, .left = why};

    d.response = (struct admission_response){.uid = e->request->uid, .allowed = true};
    e->policy = NULL;
    add_audit(e, &d);
    return d;
}

static struct admission_decision conclude(struct evaluation *e)
{
    struct admission_decision d = {.outcome = ADMISSION_ALLOW,
                                   .response = {.uid = e->request->uid, .allowed = true},
                                   .policy = e->policy->names};

    if (e->denials.count)
        deny(e, &d);
    else
        patch_build(e, &d);
    add_audit(e, &d);
    if (e->options->explain)
        describe_all(e, &d);
    return d;
}

static struct admission_decision resolve(struct evaluation *e, const struct tag_answers *answers)
{
    e->questions = (struct question_list){.count = 0};
    e->needs_revision = false;
    e->scope.answers = answers;
    e->scope.revision = find_revision(e, answers);
    e->scope.now = answers->now;
    outcome_resolve(e);
    if (e->questions.count || e->needs_revision)
        return (struct admission_decision){.outcome = ADMISSION_NEEDS_RESOLUTION,
                                           .questions = e->questions.items,
                                           .question_count = e->questions.count,
                                           .needs_revision = e->needs_revision,
                                           .owner = e->owner,
                                           .pending = e};
    if (e->request->object.meta.triggers.len > 0)
        trigger_warning_note(e);
    outcome_settle(e);
    return conclude(e);
}

struct admission_decision admission_evaluate(struct arena *arena, const struct cluster_view *view,
                                             const struct admission_options *options,
                                             const struct admission_request *request,
                                             const struct tag_answers *answers)
{
    struct evaluation *e = arena_alloc(arena, sizeof(*e));
    const char *left = leave_by_kind(request);

    *e = (struct evaluation){.arena = arena, .options = options, .request = request};
    if (left)
        return leave(e, left);
    e->policy = cluster_view_policy(view, arena, request->namespace);
    left = leave_by_policy(e);
    if (left)
        return leave(e, left);
    prepare(e, view);
    pairing_judge(e);
    outcome_look_up(e);
    return resolve(e, answers);
}

struct admission_decision admission_evaluate_resume(struct evaluation *pending,
                                                    const struct tag_answers *answers)
{
    /* The answers may show that words lead to nothing: then positions are others than they were. */
    if (pending->words_judged)
        return admission_evaluate(pending->arena, pending->scope.lookup.view, pending->options,
                                  pending->request, answers);
    return resolve(pending, answers);
}
