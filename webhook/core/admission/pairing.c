/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/state.h"

#include "base/timestamp.h"
#include "core/policy/pull_policy.h"

const struct object_meta *pairing_meta(const struct evaluation *e, const struct workload_object *object)
{
    return e->request->workload->template_pointer.len ? &object->template_meta : &object->meta;
}

bool pairing_is_pinned(const struct judged *j)
{
    return (j->used && j->used->kind == RESOLUTION_PIN) || image_reference_has_digest(j->stored);
}

/* A lone image has no name and needs none: its place is one. */
static bool is_lone(const struct position *position)
{
    return !position->path;
}

static bool can_be_judged(const struct position *position)
{
    return position->image_presence == PRESENCE_GOOD && !str_is_blank(position->image);
}

static struct str key_of(const struct evaluation *e, const struct position *position)
{
    if (position->name.len == 0 || position->list != POSITION_VOLUMES)
        return position->name;
    return arena_join(e->arena, STR("volume/"), position->name);
}

static const struct position *find_old(const struct evaluation *e, const struct position *position)
{
    const struct workload_object *object = &e->request->old_object;

    for (size_t i = 0; i < object->position_count; i++) {
        const struct position *old = &object->positions[i];

        if (old->list == position->list && is_lone(old) == is_lone(position) &&
            str_equal(old->name, position->name) && json_path_equal(old->list_path, position->list_path))
            return old;
    }
    return NULL;
}

static bool name_has_repository(const struct lookup_scope *scope, struct str namespace, struct str name,
                                struct str repository)
{
    const struct image_stream *stream = cluster_view_stream(scope->view, namespace, name);

    return stream && stream_lookup_has_repository(scope, stream, repository);
}

/* Whether a stream that a plain word can stand for, opted in or not, has the repository. */
static bool plain_word_has_repository(const struct lookup_scope *scope, const struct image_reference *word,
                                      struct str repository)
{
    const struct str_list *shared = &scope->policy->fields.shared_namespaces;
    size_t slash = str_rfind(word->path, '/');
    bool alone = slash == word->path.len;
    struct str last = alone ? word->path : str_from(word->path, slash + 1);
    struct str first = str_slice(word->path, 0, slash);

    if (name_has_repository(scope, scope->namespace, last, repository))
        return true;
    for (size_t i = 0; i < shared->count; i++) {
        if (name_has_repository(scope, shared->items[i], last, repository))
            return true;
    }
    return !alone && !word->domain_given && str_find(first, '/') == first.len &&
           name_has_repository(scope, first, last, repository);
}

/* known false (semantics §3): the words name something that the stored text does not come from. */
static bool words_are_false(const struct evaluation *e, struct str words,
                            const struct image_reference *stored)
{
    const struct lookup_scope *scope = &e->scope.lookup;
    struct str repository = image_reference_repository(e->arena, stored);
    struct looked_up found;

    stream_lookup(scope, words, &found);
    if (found.class == REFERENCE_STREAM)
        return !stream_lookup_tag_has_repository(scope, found.stream, found.tag, repository);
    if (found.class != REFERENCE_PLAIN && found.class != REFERENCE_SHADOWED)
        return false;
    return !image_reference_in_repository(&found.ref, repository) &&
           !plain_word_has_repository(scope, &found.ref, repository);
}

static bool entry_counts(const struct evaluation *e, const struct intent_entry *entry, struct str text)
{
    struct image_reference words;
    struct image_reference stored;
    struct error err;

    if (!entry || !entry->has_stored || !str_equal(entry->stored, text))
        return false;
    if (!entry->has_image)
        return true;
    if (image_reference_parse(entry->image, &words, &err) < 0 || words.digest.len > 0)
        return false;
    return image_reference_parse(entry->stored, &stored, &err) == 0 &&
           !words_are_false(e, entry->image, &stored);
}

/* An entry that does not count, by a bare name: no stream near has that name, or not that repository. */
static bool has_lost_stream(const struct evaluation *e, const struct intent_entry *entry, struct str text)
{
    struct image_reference stored;
    struct looked_up found;
    struct error err;

    if (!entry->has_image || !entry->has_stored || !str_equal(entry->stored, text) ||
        image_reference_parse(text, &stored, &err) < 0)
        return false;
    stream_lookup(&e->scope.lookup, entry->image, &found);
    return (found.class == REFERENCE_PLAIN || found.class == REFERENCE_SHADOWED) && !found.ref.domain_given &&
           image_reference_components(&found.ref) == 1;
}

static struct str policy_text(const struct position *position)
{
    return position->pull_policy_presence == PRESENCE_GOOD ? position->pull_policy : (struct str){"", 0};
}

static void pair_with_old(const struct evaluation *e, struct judged *j)
{
    const struct intent_entry *entry;

    j->old = e->update && (j->key.len || is_lone(j->position)) ? find_old(e, j->position) : NULL;
    if (!j->old)
        return;
    j->old_image = j->old->image_presence == PRESENCE_GOOD ? j->old->image : (struct str){"", 0};
    j->old_policy = policy_text(j->old);
    entry = j->key.len ? image_intent_find(&e->old, j->key) : NULL;
    if (entry_counts(e, entry, j->old_image))
        j->old_entry = entry;
    else if (entry && !e->ephemeral && can_be_judged(j->position))
        j->lost_stream = has_lost_stream(e, entry, j->old_image);
    j->same_image = j->old->image_presence == PRESENCE_GOOD &&
                    (str_equal(j->image, j->old_image) ||
                     (j->old_entry && j->old_entry->has_image && str_equal(j->image, j->old_entry->image)));
    j->same_policy = str_equal(j->policy, j->old_policy) ||
                     (j->old_policy.len > 0 && j->old_entry && j->old_entry->has_pull_policy &&
                      str_equal(j->policy, j->old_entry->pull_policy));
}

/* [A_P] for a policy that is the old one: the old entry still speaks for the author. */
static bool old_entry_speaks(const struct judged *j)
{
    bool as_words = j->same_image && !str_equal(j->image, j->old_image);

    return j->same_policy && j->old_entry && j->old_entry->has_pull_policy &&
           (as_words || image_intent_entry_equal(j->came, j->old_entry));
}

static void find_words(const struct evaluation *e, struct judged *j)
{
    j->came = j->key.len ? image_intent_find(&e->came, j->key) : NULL;
    j->came_counts = entry_counts(e, j->came, j->image);
    j->words = j->came_counts && j->came->has_image ? j->came->image : j->image;
    if (j->came_counts && j->came->has_pull_policy && j->came->has_set_policy &&
        str_equal(j->came->set_policy, j->policy))
        j->words_policy = j->came->pull_policy;
    else if (old_entry_speaks(j))
        j->words_policy = j->old_entry->pull_policy;
    else
        j->words_policy = j->policy;
}

static enum freshness freshness_of(const struct evaluation *e, struct str subject, struct str policy)
{
    enum pull_policy pull;

    if (e->policy->fields.freshness != FRESHNESS_FROM_PULL_POLICY)
        return e->policy->fields.freshness;
    pull = stream_policy_pull_policy(policy);
    if (pull == PULL_POLICY_UNKNOWN)
        pull = pull_policy_default(subject);
    return pull == PULL_POLICY_ALWAYS           ? FRESHNESS_ALWAYS
           : pull == PULL_POLICY_IF_NOT_PRESENT ? FRESHNESS_IF_NOT_PRESENT
                                                : FRESHNESS_NEVER;
}

/* A refresh that is seen again: the text is its result, the entry has the old words. */
static bool is_result_of_refresh(const struct judged *j)
{
    struct str words = j->old_entry && j->old_entry->has_image ? j->old_entry->image : j->old_image;

    return j->refreshed && j->old && j->came_counts && str_equal(j->words, words) &&
           image_reference_has_digest(j->image);
}

static enum verdict verdict_of(const struct evaluation *e, const struct judged *j)
{
    bool immutable = e->job_update || (e->pod_update && j->position->list == POSITION_VOLUMES);

    if (!can_be_judged(j->position) || j->is_variable || (e->ephemeral && j->old))
        return VERDICT_LEAVE;
    if (immutable)
        return j->old ? VERDICT_PUT_BACK : VERDICT_LEAVE; /* image and policy each for itself */
    if (!j->same_image)
        return VERDICT_JUDGE;
    if (j->refreshed)
        return VERDICT_REFRESH;
    return j->same_policy || e->pod_update ? VERDICT_PUT_BACK : VERDICT_RULES;
}

/* One of 64, from both ends of the text, where names and tags differ. */
static unsigned number_of(struct str text)
{
    uint64_t first, last;

    if (text.len < sizeof(first))
        return str_hash(text, 0) % 64;
    memcpy(&first, text.ptr, sizeof(first));
    memcpy(&last, text.ptr + text.len - sizeof(last), sizeof(last));
    return (unsigned)(((first * 3 + last) * UINT64_C(0x9E3779B97F4A7C15)) >> 58);
}

/* False: no such text came before. `seen` has a bit of 64 for each that did. */
static bool may_be_again(uint64_t *seen, struct str text)
{
    uint64_t bit = UINT64_C(1) << number_of(text);
    bool again = (*seen & bit) != 0;

    *seen |= bit;
    return again;
}

static bool has_earlier_key(const struct evaluation *e, const struct judged *j)
{
    for (const struct judged *earlier = e->positions; earlier < j; earlier++) {
        if (str_equal(earlier->key, j->key))
            return true;
    }
    return false;
}

static void start_position(struct evaluation *e, struct judged *j, const struct position *position)
{
    j->position = position;
    j->leader = j;
    j->image = position->image_presence == PRESENCE_GOOD ? position->image : (struct str){"", 0};
    j->is_variable = workload_paths_is_variable(e->request->workload, j->image);
    if (j->is_variable)
        j->note = STR("a variable, no reference: left as it is");
    j->policy = policy_text(position);
    j->key = key_of(e, position);
    if (j->key.len && may_be_again(&e->keys_seen, j->key) && has_earlier_key(e, j))
        j->key = (struct str){NULL, 0}; /* the first of two has the entry */
    pair_with_old(e, j);
    find_words(e, j);
    j->freshness = freshness_of(e, j->words, j->words_policy);
    j->refreshed = e->refresh || (e->restarted && j->freshness == FRESHNESS_ALWAYS);
    j->same_image = j->same_image || is_result_of_refresh(j);
    j->verdict = verdict_of(e, j);
    if (j->verdict == VERDICT_REFRESH ||
        (j->verdict == VERDICT_JUDGE && j->came_counts && !image_reference_has_digest(j->image)))
        j->subject = j->words;
    else
        j->subject = j->image;
    j->freshness = freshness_of(e, j->subject, j->words_policy);
    j->stored = j->image;
    j->stored_policy = j->policy;
}

static bool is_later(struct str new, struct str old)
{
    int64_t new_time, old_time;
    uint32_t new_ns, old_ns;

    if (!timestamp_parse_exact(new, &new_time, &new_ns))
        return false;
    return !timestamp_parse_exact(old, &old_time, &old_ns) || new_time > old_time ||
           (new_time == old_time && new_ns > old_ns);
}

static void find_refresh(struct evaluation *e)
{
    const struct workload_object *object = &e->request->object;
    const struct workload_object *old = &e->request->old_object;
    bool has_template = e->request->workload->template_pointer.len > 0;
    const struct object_meta *template = has_template ? &object->template_meta : &object->meta;
    const struct object_meta *old_template = has_template ? &old->template_meta : &old->meta;

    e->refresh = (object->meta.refresh.len && !str_equal(object->meta.refresh, old->meta.refresh)) ||
                 (template->refresh.len && !str_equal(template->refresh, old_template->refresh));
    e->restarted = is_later(template->restarted_at, old_template->restarted_at);
}

/* Put back: [S] = [I₀], [P] = [P₀], each where it is the same. */
static void put_back(const struct evaluation *e, struct judged *j)
{
    bool policy_too = j->verdict == VERDICT_PUT_BACK || e->pod_update;

    if (!j->old)
        return;
    if (j->same_image && (j->verdict == VERDICT_PUT_BACK || j->verdict == VERDICT_RULES))
        j->stored = j->old_image;
    if (j->same_policy && policy_too && j->old->pull_policy_presence == PRESENCE_GOOD)
        j->stored_policy = j->old_policy;
}

/* The first three rows of semantics §2: nothing is looked up for it. */
static bool stands(const struct judged *j)
{
    return (j->verdict == VERDICT_PUT_BACK && j->same_image) || j->verdict == VERDICT_RULES ||
           j->verdict == VERDICT_ITSELF;
}

/* A position whose words are those of one that stands takes its pin, as if it had always been there. */
static void take_from_put_back(struct evaluation *e, struct judged *j)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct judged *other = &e->positions[i];

        if (!stands(other) || !image_reference_has_digest(other->stored))
            continue;
        if (str_equal(j->image, other->image) || str_equal(j->image, other->words)) {
            j->takes_put_back = true;
            j->stored = other->stored;
            return;
        }
    }
}

static void find_leader(struct evaluation *e, struct judged *j)
{
    if (!may_be_again(&e->subjects_seen, j->subject))
        return;
    for (struct judged *earlier = e->positions; earlier < j; earlier++) {
        bool judged = earlier->verdict == VERDICT_JUDGE || earlier->verdict == VERDICT_REFRESH;

        if (!judged || earlier->takes_put_back || !str_equal(earlier->subject, j->subject))
            continue;
        j->leader = earlier->leader;
        if (j->freshness > j->leader->freshness)
            j->leader->freshness = j->freshness;
        return;
    }
}

void pairing_judge_text(const struct evaluation *e, struct judged *j)
{
    j->subject = j->image;
    j->text_judged = true;
    j->freshness = freshness_of(e, j->subject, j->words_policy);
}

bool pairing_words_hold(const struct evaluation *e, const struct judged *j)
{
    struct image_reference stored;
    struct error err;

    return image_reference_parse(j->stored, &stored, &err) == 0 && !words_are_false(e, j->words, &stored);
}

bool pairing_annotation_is_old(const struct evaluation *e)
{
    const struct object_meta *came = pairing_meta(e, &e->request->object);
    const struct object_meta *old = pairing_meta(e, &e->request->old_object);

    return came->images_presence == old->images_presence && str_equal(came->images, old->images);
}

/* Semantics §2, third row: the refreshed texts that came with an annotation of their own stand. */
static void find_results(struct evaluation *e)
{
    bool any_counts = false;

    if (!(e->refresh || e->restarted) || pairing_annotation_is_old(e))
        return;
    for (size_t i = 0; i < e->count; i++)
        any_counts = any_counts || e->positions[i].came_counts;
    for (size_t i = 0; any_counts && i < e->count; i++) {
        struct judged *j = &e->positions[i];

        if (j->verdict == VERDICT_REFRESH && image_reference_has_digest(j->image))
            j->verdict = VERDICT_ITSELF;
    }
}

static size_t count_positions(const struct evaluation *e)
{
    const struct workload_object *object = &e->request->object;
    size_t count = 0;

    for (size_t i = 0; i < object->position_count; i++)
        count += (object->positions[i].list == POSITION_EPHEMERAL_CONTAINERS) == e->ephemeral;
    return count;
}

void pairing_judge(struct evaluation *e)
{
    const struct workload_object *object = &e->request->object;

    e->positions = ARENA_ARRAY(e->arena, count_positions(e), struct judged);
    if (e->update)
        find_refresh(e);
    for (size_t i = 0; i < object->position_count; i++) {
        if ((object->positions[i].list == POSITION_EPHEMERAL_CONTAINERS) != e->ephemeral)
            continue;
        start_position(e, &e->positions[e->count], &object->positions[i]);
        put_back(e, &e->positions[e->count]);
        e->count++;
    }
    find_results(e);
    for (size_t i = 0; i < e->count; i++) {
        struct judged *j = &e->positions[i];

        if (j->verdict == VERDICT_JUDGE && e->update && !e->ephemeral)
            take_from_put_back(e, j);
        if ((j->verdict != VERDICT_JUDGE && j->verdict != VERDICT_REFRESH) || j->takes_put_back)
            continue;
        find_leader(e, j);
        e->words_judged =
            e->words_judged || (j->verdict == VERDICT_JUDGE && !str_equal(j->subject, j->image));
    }
}
