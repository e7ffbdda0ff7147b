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
        if (pull_policy_image_matches(e->arena, skip->items[i], ref))
            return true;
    }
    return false;
}

static void ask_plain(struct evaluation *e, struct judged *leader, const struct image_reference *ref)
{
    bool never = leader->freshness == FRESHNESS_NEVER;

    if (e->policy->fields.tags_resolution == RESOLUTION_OFF || e->operator_made || ref->digest.len ||
        (never && !tags_required(e)) || is_skipped(e, ref))
        return;
    leader->plain_asked = true;
    if (never)
        leader->plain =
            (struct tag_resolution){.kind = RESOLUTION_MUST_NOT,
                                    .cause = STR("freshness Never asks no registry for its digest"),
                                    .age = -1};
    else
        tag_resolution_plain(&e->scope, ref, leader->freshness, &leader->plain);
}

static bool is_judged(const struct judged *j)
{
    return (j->verdict == VERDICT_JUDGE || j->verdict == VERDICT_REFRESH) && !j->takes_put_back;
}

/* Whether a subject is looked up and resolved for this position, and for those it leads. */
static bool leads(const struct judged *j)
{
    return is_judged(j) && j->leader == j;
}

void outcome_look_up(struct evaluation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        struct judged *j = &e->positions[i];

        if (leads(j))
            stream_lookup(&e->scope.lookup, j->subject, &j->found);
    }
}

static void resolve_leader(struct evaluation *e, struct judged *leader)
{
    struct image_reference name;
    struct error err;

    leader->plain_asked = false;
    if (leader->found.class == REFERENCE_PLAIN)
        ask_plain(e, leader, &leader->found.ref);
    if (leader->found.class != REFERENCE_STREAM)
        return;
    tag_resolution_stream(&e->scope,
                          &(struct stream_question){leader->found.stream, leader->found.tag,
                                                    leader->freshness, streams_required(e)},
                          &leader->resolution);
    if (leader->resolution.kind == RESOLUTION_NAME &&
        image_reference_parse(leader->resolution.stored, &name, &err) == 0)
        ask_plain(e, leader, &name);
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
        tag_resolution_stream(&e->scope,
                              &(struct stream_question){j->leader->found.stream, j->leader->found.tag,
                                                        j->leader->freshness, false},
                              again);
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

static void settle_no_stream(struct evaluation *e, struct judged *j)
{
    struct tag_resolution none = {.kind = RESOLUTION_MUST_NOT, .cause = j->leader->found.problem, .age = -1};

    settle_unanswered(e, j, &none);
}

static void settle_image(struct evaluation *e, struct judged *j)
{
    switch (j->leader->found.class) {
    case REFERENCE_PINNED:
        break;
    case REFERENCE_UNPARSABLE:
        if (tags_required(e))
            note_violation(e, j, false, why_image(e, j, j->leader->found.problem));
        break;
    case REFERENCE_STREAM:
        settle_stream(e, j);
        break;
    case REFERENCE_NO_STREAM:
        settle_no_stream(e, j);
        break;
    case REFERENCE_PLAIN:
        settle_plain(e, j);
        break;
    case REFERENCE_SHADOWED:
        settle_shadowed(e, j);
        break;
    }
}

/* Whether the entry's words lead to nothing, not even to a denial; leaves no trace. */
static bool words_lead_to_nothing(struct evaluation *e, struct judged *j)
{
    bool nothing;

    j->quiet = true;
    settle_image(e, j);
    nothing = !j->used && !j->denied;
    j->quiet = false;
    j->denied = false;
    j->used = NULL;
    j->stored = j->image;
    j->note = (struct str){NULL, 0};
    return nothing;
}

static struct judged *find_leader_of(const struct evaluation *e, struct str subject)
{
    for (size_t i = 0; i < e->count; i++) {
        struct judged *other = &e->positions[i];

        if (is_judged(other) && str_equal(other->leader->subject, subject))
            return other->leader;
    }
    return NULL;
}

/*
 * Semantics §3: what an entry of the author's making says gets nothing past what
 * the text itself must meet.
 */
static void judge_text_instead(struct evaluation *e, struct judged *j)
{
    struct judged *leader = find_leader_of(e, j->image);

    pairing_judge_text(e, j);
    if (!leader) {
        leader = ARENA_NEW(e->arena, struct judged);
        *leader = (struct judged){.subject = j->subject, .freshness = j->freshness, .leader = leader};
        stream_lookup(&e->scope.lookup, leader->subject, &leader->found);
    } else if (j->freshness <= leader->freshness) {
        j->leader = leader;
        return;
    }
    j->leader = leader;
    leader->freshness = j->freshness;
    leader->plain_asked = false;
    resolve_leader(e, leader);
}

void outcome_resolve(struct evaluation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        if (leads(&e->positions[i]))
            resolve_leader(e, &e->positions[i]);
    }
    for (size_t i = 0; e->words_judged && i < e->count; i++) {
        struct judged *j = &e->positions[i];

        if (e->questions.count || e->needs_revision)
            return; /* what the words lead to is not known yet */
        if (j->verdict == VERDICT_JUDGE && is_judged(j) && !str_equal(j->subject, j->image) &&
            words_lead_to_nothing(e, j))
            judge_text_instead(e, j);
    }
}

/* Judged anew; where that gives no digest the text stays (or the old one), and one warning says why. */
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
    j->stored = image_reference_has_digest(j->image) ? j->image : j->old_image;
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
    text_add(&why, stream_policy_pull_policy_text(policy));
    text_add(&why, STR(" is not allowed; rule \""));
    text_add(&why, rule->name);
    text_add(&why, STR("\" of policy \""));
    text_add(&why, rule->policy);
    text_add(&why, STR("\" allows "));
    for (size_t i = 0; i < rule->allow_count; i++) {
        text_add_c(&why, i ? ", " : "");
        text_add(&why, stream_policy_pull_policy_text(rule->allow[i]));
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
        j->stored_policy = stream_policy_pull_policy_text(rule->allow[0]);
    else
        note_violation(e, j, false, why_rule(e, rule, policy));
}

/* A refresh does not fail for a pull policy that the workload had before, where that can be put back. */
static bool denies_gently(const struct judged *j)
{
    bool had =
        str_equal(j->words_policy, j->old_policy) || (j->old_entry && j->old_entry->has_pull_policy &&
                                                      str_equal(j->words_policy, j->old_entry->pull_policy));

    return (j->verdict == VERDICT_REFRESH || j->verdict == VERDICT_ITSELF) && had &&
           (j->old_policy.len > 0 || j->policy.len == 0);
}

static void apply_deny(struct evaluation *e, struct judged *j, const struct pull_rule *rule,
                       enum pull_policy policy)
{
    if (!denies_gently(j)) {
        note_violation(e, j, false, why_rule(e, rule, policy));
        return;
    }
    if (e->policy->fields.enforcement == ENFORCEMENT_AUDIT)
        note_audit(e, j, why_rule(e, rule, policy));
    else
        note_warning(e, j, why_rule(e, rule, policy));
    j->stored_policy = j->old_policy.len > 0 ? j->old_policy : j->policy;
}

static void apply_rule(struct evaluation *e, struct judged *j, const struct pull_rule *rule,
                       enum pull_policy policy)
{
    switch (rule->action) {
    case PULL_ACTION_SET:
        apply_set(e, j, rule, policy);
        return;
    case PULL_ACTION_DENY:
        apply_deny(e, j, rule, policy);
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

    if (is_judged(j))
        return j->leader->found.class == REFERENCE_UNPARSABLE;
    return image_reference_parse(j->stored, &ref, &err) < 0;
}

static void run_rules(struct evaluation *e, struct judged *j)
{
    const struct pull_rule *rule;
    enum pull_policy policy = stream_policy_pull_policy(j->stored_policy);

    if (e->policy->rule_count == 0 || does_not_parse(j))
        return;
    rule = pull_policy_find_rule(e->arena, e->policy, j->stored, pairing_is_pinned(j),
                                 container_bit(j->position->list));
    if (policy == PULL_POLICY_UNKNOWN)
        policy = pull_policy_default(j->stored);
    if (rule && !pull_policy_allows(rule, policy))
        apply_rule(e, j, rule, policy);
}

/* [P] becomes [A_P] where no rule acts on it. An absent policy cannot come back: there is no operation for
 * it. */
static void settle_refresh_policy(struct evaluation *e, struct judged *j)
{
    struct str wanted = j->words_policy.len ? j->words_policy : j->policy;
    bool is_set;

    j->stored_policy = wanted;
    run_rules(e, j);
    is_set =
        j->rule && j->rule->action == PULL_ACTION_SET && e->policy->fields.enforcement == ENFORCEMENT_ENFORCE;
    if (!j->rule || is_set || (j->rule->action == PULL_ACTION_DENY && denies_gently(j)))
        return;
    j->stored_policy = j->same_policy && j->old_policy.len > 0 ? j->old_policy : j->policy;
}

static void warn_of_lost_stream(struct evaluation *e, struct judged *j)
{
    const struct intent_entry *entry = image_intent_find(&e->old, j->key);

    note_warning(
        e, j,
        arena_join(e->arena, STR("\""), entry->image,
                   STR("\" names no stream here any more that has its image: applied again, it is new")));
}

static void settle_position(struct evaluation *e, struct judged *j)
{
    if (j->lost_stream)
        warn_of_lost_stream(e, j);
    switch (j->verdict) {
    case VERDICT_LEAVE:
    case VERDICT_PUT_BACK:
        return;
    case VERDICT_RULES:
        break;
    case VERDICT_REFRESH:
        settle_refresh(e, j);
        if (!e->pod_update)
            settle_refresh_policy(e, j);
        return;
    case VERDICT_ITSELF:
        if (e->pod_update)
            return;
        break;
    case VERDICT_JUDGE:
        if (!j->takes_put_back)
            settle_image(e, j);
        if (j->text_judged && !str_equal(j->stored, j->image) && !pairing_words_hold(e, j))
            j->words = j->image;
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
