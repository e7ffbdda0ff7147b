/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/state.h"

#include "base/text.h"
#include "core/policy/pull_policy.h"

enum { WHY_MAX = 1536 };

/* Whether the policy requires an answer; debugging must go on in an outage. */
static bool streams_required(const struct evaluation *e)
{
    return e->policy->fields.streams_resolution == RESOLUTION_REQUIRED && !e->ephemeral;
}

static bool tags_required(const struct evaluation *e)
{
    return e->policy->fields.tags_resolution == RESOLUTION_REQUIRED && !e->ephemeral && !e->operator_made;
}

static bool is_skipped(const struct evaluation *e, const struct image_reference *ref)
{
    const struct str_list *skip = &e->policy->fields.tags_skip;

    for (size_t i = 0; i < skip->count; i++) {
        if (image_pattern_matches(e->arena, skip->items[i], ref))
            return true;
    }
    return false;
}

static void ask_plain(struct evaluation *e, struct judged *leader, const struct image_reference *ref)
{
    if (e->policy->fields.tags_resolution == RESOLUTION_OFF || e->operator_made ||
        leader->freshness == FRESHNESS_NEVER || ref->digest.len || is_skipped(e, ref))
        return;
    leader->plain_asked = true;
    tag_resolution_plain(&e->scope, ref, leader->freshness, &leader->plain);
}

static void resolve_leader(struct evaluation *e, struct judged *leader)
{
    struct image_reference name;
    struct error err;

    stream_lookup(&e->scope.lookup, leader->subject, &leader->found);
    if (leader->found.class == REFERENCE_PLAIN)
        ask_plain(e, leader, &leader->found.ref);
    if (leader->found.class != REFERENCE_STREAM)
        return;
    tag_resolution_stream(&e->scope, leader->found.stream, leader->found.tag, leader->freshness,
                          streams_required(e), &leader->resolution);
    if (leader->resolution.kind == RESOLUTION_NAME &&
        image_reference_parse(leader->resolution.stored, &name, &err) == 0)
        ask_plain(e, leader, &name);
}

void outcome_resolve(struct evaluation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        struct judged *j = &e->positions[i];
        bool judged = j->verdict == VERDICT_JUDGE || j->verdict == VERDICT_REFRESH;

        if (judged && !j->takes_put_back && j->leader == j)
            resolve_leader(e, j);
    }
}

static struct str why_image(const struct evaluation *e, const struct judged *j, struct str cause)
{
    return arena_join(e->arena, STR("image \""), j->subject, STR("\": "), cause);
}

static void use(struct judged *j, const struct tag_resolution *resolution)
{
    j->stored = resolution->stored;
    j->used = resolution;
}

/* A plain tag, or the name that a reference tag gives: what stands is in j->stored. */
static void settle_plain(struct evaluation *e, struct judged *j)
{
    const struct tag_resolution *plain = &j->leader->plain;

    if (!j->leader->plain_asked)
        return;
    if (tag_resolution_failed(plain)) {
        if (tags_required(e))
            note_violation(e, j, plain->kind == RESOLUTION_NOT_NOW, why_image(e, j, plain->cause));
        else
            note_audit(e, j, why_image(e, j, plain->cause));
    } else if (e->policy->fields.enforcement == ENFORCEMENT_ENFORCE) {
        use(j, plain);
    } else {
        note_violation(
            e, j, false,
            arena_join(e->arena, STR("image \""), j->subject, STR("\" would be pinned to "), plain->digest));
    }
}

/* No answer, and none is required: the stream's own source where it has one, never a stranger of the same
 * name. */
static void settle_attempt(struct evaluation *e, struct judged *j, const struct tag_resolution *resolution,
                           bool noted)
{
    struct str why = why_image(e, j, resolution->cause);

    if (resolution->source.len) {
        j->stored = resolution->source;
        j->used = resolution;
        why = arena_join(e->arena, why, STR("; its source by tag is written instead"));
    }
    if (noted)
        j->note = why;
    else if (e->policy->fields.enforcement == ENFORCEMENT_AUDIT)
        note_audit(e, j, why);
    else
        note_warning(e, j, why);
}

static void settle_unanswered(struct evaluation *e, struct judged *j, const struct tag_resolution *resolution)
{
    struct tag_resolution *again;

    if (!streams_required(e)) {
        settle_attempt(e, j, resolution, false);
        return;
    }
    note_violation(e, j, resolution->kind == RESOLUTION_NOT_NOW, why_image(e, j, resolution->cause));
    if (e->policy->fields.enforcement == ENFORCEMENT_ENFORCE)
        return;
    /* Warn and Audit: acts as Attempt, which may still serve a record that is too old for Required. */
    again = ARENA_NEW(e->arena, struct tag_resolution);
    *again = *resolution;
    if (j->leader->found.stream)
        tag_resolution_stream(&e->scope, j->leader->found.stream, j->leader->found.tag, j->leader->freshness,
                              false, again);
    if (tag_resolution_failed(again))
        settle_attempt(e, j, again, true);
    else
        use(j, again);
}

static void settle_stream(struct evaluation *e, struct judged *j)
{
    const struct tag_resolution *resolution = &j->leader->resolution;

    if (tag_resolution_failed(resolution)) {
        settle_unanswered(e, j, resolution);
        return;
    }
    use(j, resolution);
    if (resolution->warning.len)
        note_warning(e, j, resolution->warning);
    if (resolution->kind == RESOLUTION_NAME)
        settle_plain(e, j);
}

static void settle_shadowed(struct evaluation *e, struct judged *j)
{
    struct str why = why_image(e, j, j->leader->found.problem);

    if (tags_required(e))
        note_violation(e, j, false, why);
    else
        note_warning(e, j, why);
}

static void settle_image(struct evaluation *e, struct judged *j)
{
    struct tag_resolution none = {.kind = RESOLUTION_MUST_NOT, .cause = j->leader->found.problem, .age = -1};

    switch (j->leader->found.class) {
    case REFERENCE_PINNED:
        break;
    case REFERENCE_UNPARSABLE:
        if (tags_required(e))
            note_violation(e, j, false, why_image(e, j, none.cause));
        break;
    case REFERENCE_STREAM:
        settle_stream(e, j);
        break;
    case REFERENCE_NO_STREAM:
        settle_unanswered(e, j, &none);
        break;
    case REFERENCE_PLAIN:
        settle_plain(e, j);
        break;
    case REFERENCE_SHADOWED:
        settle_shadowed(e, j);
        break;
    }
}

/* Judged anew; where that gives no digest the old text stays, and one warning says why. */
static void settle_refresh(struct evaluation *e, struct judged *j)
{
    struct str why;

    j->quiet = true;
    settle_image(e, j);
    j->quiet = false;
    if (j->leader->found.class == REFERENCE_PINNED || (j->used && image_reference_has_digest(j->stored))) {
        if (j->used && j->used->warning.len)
            note_warning(e, j, j->used->warning);
        return;
    }
    why = j->note.len ? j->note : why_image(e, j, STR("nothing newer was looked for"));
    j->stored = j->old_image;
    j->used = NULL;
    note_warning(e, j, arena_join(e->arena, STR("not refreshed: "), why));
}

static unsigned container_bit(enum position_list list)
{
    static const unsigned bits[] = {
        [POSITION_CONTAINERS] = CONTAINERS_MAIN, [POSITION_INIT_CONTAINERS] = CONTAINERS_INIT,
        [POSITION_VOLUMES] = CONTAINERS_VOLUME,  [POSITION_EPHEMERAL_CONTAINERS] = CONTAINERS_EPHEMERAL,
        [POSITION_OTHER] = CONTAINERS_MAIN,
    };

    return bits[list];
}

static struct str why_rule(const struct evaluation *e, const struct pull_rule *rule, enum pull_policy policy)
{
    struct text why;

    text_init(&why, e->arena, WHY_MAX);
    text_add(&why, STR("pull policy "));
    text_add(&why, pull_policy_text(policy));
    text_add(&why, STR(" is not allowed; rule \""));
    text_add(&why, rule->name);
    text_add(&why, STR("\" of policy \""));
    text_add(&why, rule->policy);
    text_add(&why, STR("\" allows "));
    for (size_t i = 0; i < rule->allow_count; i++) {
        text_add_c(&why, i ? ", " : "");
        text_add(&why, pull_policy_text(rule->allow[i]));
    }
    return text_str(&why);
}

/* Where a Set is neither done nor missed (semantics §1, §2, §8). */
static bool set_is_idle(const struct evaluation *e, const struct judged *j, const struct pull_rule *rule)
{
    return e->pod_update || e->operator_made || !j->position->path ||
           (e->options->always_pull_images && rule->allow[0] != PULL_POLICY_ALWAYS);
}

static void apply_set(struct evaluation *e, struct judged *j, const struct pull_rule *rule,
                      enum pull_policy policy)
{
    if (set_is_idle(e, j, rule))
        return;
    note_rule(e, rule);
    j->rule = rule;
    if (e->policy->fields.enforcement == ENFORCEMENT_ENFORCE)
        j->stored_policy = pull_policy_text(rule->allow[0]);
    else
        note_violation(e, j, false, why_rule(e, rule, policy));
}

static void apply_rule(struct evaluation *e, struct judged *j, const struct pull_rule *rule,
                       enum pull_policy policy)
{
    switch (rule->action) {
    case PULL_ACTION_SET:
        apply_set(e, j, rule, policy);
        return;
    case PULL_ACTION_DENY:
        if (j->verdict == VERDICT_REFRESH && e->policy->fields.enforcement != ENFORCEMENT_AUDIT)
            note_warning(e, j, why_rule(e, rule, policy));
        else
            note_violation(e, j, false, why_rule(e, rule, policy));
        break;
    case PULL_ACTION_WARN:
        if (e->policy->fields.enforcement == ENFORCEMENT_AUDIT)
            note_audit(e, j, why_rule(e, rule, policy));
        else
            note_warning(e, j, why_rule(e, rule, policy));
        break;
    }
    j->rule = rule;
    note_rule(e, rule);
}

static bool does_not_parse(const struct judged *j)
{
    struct image_reference ref;
    struct error err;

    if (j->verdict != VERDICT_RULES && !j->takes_put_back)
        return j->leader->found.class == REFERENCE_UNPARSABLE;
    return image_reference_parse(j->stored, &ref, &err) < 0;
}

static void run_rules(struct evaluation *e, struct judged *j)
{
    const struct pull_rule *rule;
    enum pull_policy policy = pull_policy_from_text(j->stored_policy);

    if (e->policy->rule_count == 0 || does_not_parse(j))
        return;
    rule = pull_rule_find(e->arena, e->policy, j->stored, pairing_is_pinned(j),
                          container_bit(j->position->list));
    if (policy == PULL_POLICY_UNKNOWN)
        policy = pull_policy_default(j->stored);
    if (rule && !pull_rule_allows(rule, policy))
        apply_rule(e, j, rule, policy);
}

static void settle_position(struct evaluation *e, struct judged *j)
{
    switch (j->verdict) {
    case VERDICT_LEAVE:
    case VERDICT_PUT_BACK:
        return;
    case VERDICT_RULES:
        break;
    case VERDICT_REFRESH:
        settle_refresh(e, j);
        if (e->pod_update)
            return;
        if (j->words_policy.len)
            j->stored_policy = j->words_policy;
        break;
    case VERDICT_JUDGE:
        if (!j->takes_put_back)
            settle_image(e, j);
        break;
    }
    run_rules(e, j);
}

void outcome_settle(struct evaluation *e)
{
    for (size_t i = 0; i < e->policy->warning_count; i++)
        note_warning(e, NULL, e->policy->warnings[i]);
    if (e->came.state == INTENT_MALFORMED)
        note_warning(e, NULL,
                     arena_join(e->arena, STR("annotation weir.dev/images is ignored: "),
                                str_from_c(e->came.problem)));
    for (size_t i = 0; i < e->count; i++)
        settle_position(e, &e->positions[i]);
    if (e->questions.refused)
        note_pull_secrets(e);
}
