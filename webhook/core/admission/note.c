/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/state.h"

#include "base/utf8.h"
#include "core/cluster/pull_secrets.h"
#include "core/image/reference.h"

enum {
    WARNING_CHARACTERS_MAX = 120,
    NOTE_MAX = 2048,
    PULL_SECRETS_NAMED_MAX = 10,
};

static void append(struct evaluation *e, struct text_list *list, struct str s)
{
    if (list->count == list->size) {
        size_t size = list->size ? list->size * 2 : 4;

        list->items = arena_grow(e->arena, list->items, list->size, size, sizeof(*list->items));
        list->size = size;
    }
    list->items[list->count++] = s;
}

/* On one line, at most `characters` of them; a control character makes the API server drop a warning. */
static struct str one_line(struct arena *arena, struct str s, size_t characters)
{
    struct text out;
    size_t count = 0;

    text_init(&out, arena, NOTE_MAX);
    for (size_t i = 0; i < s.len; count++) {
        size_t n = utf8_sequence(str_from(s, i));
        unsigned char c = (unsigned char)s.ptr[i];

        if (count + 1 == characters && i + n < s.len) {
            text_add(&out, STR("…"));
            break;
        }
        text_add(&out, n == 0 || c < 0x20 || c == 0x7F ? STR("?") : str_slice(s, i, i + n));
        i += n ? n : 1;
    }
    return text_str(&out);
}

static struct str list_name(const struct position *position)
{
    static const struct str names[] = {
        [POSITION_CONTAINERS] = STR_INIT("containers"),
        [POSITION_INIT_CONTAINERS] = STR_INIT("initContainers"),
        [POSITION_VOLUMES] = STR_INIT("volumes"),
        [POSITION_EPHEMERAL_CONTAINERS] = STR_INIT("ephemeralContainers"),
    };
    const struct json_path *path = position->list_path;

    if (position->list != POSITION_OTHER)
        return names[position->list];
    while (path && !path->key.ptr)
        path = path->parent;
    return path ? path->key : STR("image");
}

struct str note_position(struct arena *arena, const struct position *position)
{
    struct text out;

    text_init(&out, arena, NOTE_MAX);
    text_add(&out, list_name(position));
    if (!position->path)
        return text_str(&out);
    text_add_char(&out, '[');
    if (position->name.len)
        text_add(&out, position->name);
    else
        text_add_uint(&out, position->index);
    text_add_char(&out, ']');
    return one_line(arena, text_str(&out), NOTE_MAX);
}

static struct str with_label(const struct evaluation *e, const struct judged *j, struct str why)
{
    if (!j)
        return one_line(e->arena, why, NOTE_MAX);
    return one_line(e->arena, arena_join(e->arena, note_position(e->arena, j->position), STR(": "), why),
                    NOTE_MAX);
}

void note_warning(struct evaluation *e, struct judged *j, struct str why)
{
    if (j)
        j->note = why;
    if (j && j->quiet)
        return;
    if (e->policy->fields.enforcement != ENFORCEMENT_AUDIT)
        append(e, &e->warnings, one_line(e->arena, with_label(e, j, why), WARNING_CHARACTERS_MAX));
}

void note_audit(struct evaluation *e, struct judged *j, struct str why)
{
    j->note = why;
    if (!j->quiet)
        append(e, &e->violations, with_label(e, j, why));
}

void note_violation(struct evaluation *e, struct judged *j, bool not_now, struct str why)
{
    enum enforcement enforcement = e->policy->fields.enforcement;

    j->note = why;
    j->denied = j->denied || enforcement == ENFORCEMENT_ENFORCE;
    if (j->quiet)
        return;
    append(e, &e->violations, with_label(e, j, why));
    if (enforcement == ENFORCEMENT_ENFORCE) {
        append(e, &e->denials, with_label(e, j, why));
        e->denials_not_now += not_now;
    } else {
        note_warning(e, j, why);
    }
}

/* A shell command over as many lines as warnings may have, each but the last ended as shells want it. */
static void warn_command(struct evaluation *e, struct str lead, struct str command)
{
    struct str line = lead;

    while (command.len > 0) {
        struct str word = str_cut(&command, ' ');

        if (line.len + 1 + word.len > WARNING_CHARACTERS_MAX - 2) {
            append(e, &e->warnings, arena_join(e->arena, line, STR(" \\")));
            line = STR("");
        }
        line = arena_join(e->arena, line, STR(" "), word);
    }
    append(e, &e->warnings, line);
}

static bool has_text(const struct text_list *list, struct str s)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i], s))
            return true;
    }
    return false;
}

/* With a denial, behind it; else a warning of its own. */
static void note_pull_problem(struct evaluation *e, struct str problem)
{
    struct str line = with_label(e, NULL, problem);

    if (has_text(&e->violations, line))
        return;
    append(e, &e->violations, line);
    if (e->denials.count > 0)
        append(e, &e->hints, line);
    else
        note_warning(e, NULL, problem);
}

/* Of secrets that are good but for one entry, where that is the one that would have served. */
static void note_blank_entries(struct evaluation *e, const struct pull_configs *pulls)
{
    const struct tag_answers *answers = e->scope.answers;

    for (size_t i = 0; i < answers->count; i++) {
        struct image_reference ref;
        struct str problem;
        struct error err;

        if (answers->items[i].outcome != TAG_MUST_NOT ||
            image_reference_parse(answers->items[i].reference, &ref, &err) < 0)
            continue;
        problem = pull_secrets_blank(e->arena, pulls, image_reference_repository(e->arena, &ref));
        if (problem.len > 0)
            note_pull_problem(e, problem);
    }
}

void note_pull_secrets(struct evaluation *e)
{
    const struct pull_configs *pulls = e->scope.answers->pulls;
    bool warned = e->policy->fields.enforcement != ENFORCEMENT_AUDIT;

    if (!pulls)
        return;
    for (size_t i = 0; i < pulls->problem_count && i < PULL_SECRETS_NAMED_MAX; i++)
        note_pull_problem(e, pulls->problems[i]);
    note_blank_entries(e, pulls);
    if (pulls->remedy.len == 0)
        return;
    if (e->denials.count > 0)
        append(e, &e->hints, arena_join(e->arena, STR("allow it with: "), pulls->remedy));
    else if (warned)
        warn_command(e, STR("allow it with:"), pulls->remedy);
}

void note_rule(struct evaluation *e, const struct pull_rule *rule)
{
    for (size_t i = 0; i < e->rules.count; i++) {
        if (str_equal(e->rules.items[i], rule->name))
            return;
    }
    append(e, &e->rules, rule->name);
}
