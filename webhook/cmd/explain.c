/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/explain.h"

#include "base/duration.h"
#include "base/json/write.h"

enum { EXPLANATION_MAX = 16 << 20 };

static const char *origin_name(enum pin_origin origin)
{
    switch (origin) {
    case PIN_NONE:
        return NULL;
    case PIN_RECORDED:
        return "recorded";
    case PIN_REGISTRY:
        return "registry";
    case PIN_CACHE:
        return "cache";
    case PIN_INTENT:
        return "intent";
    case PIN_SOURCE:
        return "source";
    }
    return NULL;
}

static struct str origin_sentence(struct arena *arena, const struct position_decision *row)
{
    struct text text;

    switch (row->origin) {
    case PIN_NONE:
        return STR("as written");
    case PIN_RECORDED:
        break;
    case PIN_REGISTRY:
        return STR("the registry, asked now");
    case PIN_CACHE:
        return STR("the registry, asked a moment ago");
    case PIN_INTENT:
        return STR("unchanged words: what was stored before");
    case PIN_SOURCE:
        return STR("the stream's source");
    }
    text_init(&text, arena, 256);
    text_add_c(&text, "the stream's history");
    if (row->age >= 0) {
        text_add_c(&text, ", ");
        duration_format(&text, row->age);
        text_add_c(&text, " old");
    }
    return text_str(&text);
}

/* One line that ends nothing: control characters of outside text become '?'. */
static void print_line(FILE *out, const char *name, struct str value)
{
    if (value.len == 0)
        return;
    fprintf(out, "  %-12s ", name);
    for (size_t i = 0; i < value.len; i++)
        fputc((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7F ? '?' : value.ptr[i], out);
    fputc('\n', out);
}

static void print_row(struct arena *arena, const struct admission_decision *decision,
                      const struct position_decision *row, bool colour, FILE *out)
{
    bool same_policy = str_equal(row->pull_policy_before, row->pull_policy_after);
    struct str before = row->pull_policy_before.len ? row->pull_policy_before : STR("(default)");

    fprintf(out, colour ? "\033[1m" STR_FMT "\033[0m\n" : STR_FMT "\n", STR_ARG(row->position));
    print_line(out, "written", row->written);
    print_line(out, "stored", row->stored);
    print_line(out, "from", origin_sentence(arena, row));
    print_line(out, "stream", row->stream);
    print_line(out, "tag", row->tag);
    print_line(out, "digest", row->digest);
    print_line(out, "credential", row->credential);
    print_line(out, "pull policy",
               same_policy ? row->pull_policy_before
                           : arena_join(arena, before, STR(" -> "), row->pull_policy_after));
    print_line(out, "policy", decision->policy);
    print_line(out, "rule", row->rule);
    print_line(out, "note", row->note);
}

void explain_text(struct arena *arena, const struct admission_decision *decision, bool colour, FILE *out)
{
    if (decision->left)
        fprintf(out, "left alone: %s\n", decision->left);
    for (size_t i = 0; i < decision->position_count; i++)
        print_row(arena, decision, &decision->positions[i], colour, out);
    if (!decision->left && decision->position_count == 0)
        fprintf(out, "no images\n");
}

static void write_age(struct json_writer *w, int64_t age)
{
    json_write_key(w, STR("ageSeconds"));
    if (age >= 0)
        json_write_int(w, age);
    else
        json_write_null(w);
}

static void write_row(struct json_writer *w, const struct admission_decision *decision,
                      const struct position_decision *row)
{
    json_write_map_open(w);
    json_write_member_text(w, STR("position"), row->position);
    json_write_member_text(w, STR("written"), row->written);
    json_write_member_text(w, STR("stored"), row->stored);
    json_write_member_text(w, STR("stream"), row->stream);
    json_write_member_text(w, STR("tag"), row->tag);
    json_write_member_text(w, STR("digest"), row->digest);
    json_write_member_text(w, STR("origin"), str_from_c(origin_name(row->origin)));
    write_age(w, row->age);
    json_write_member_text(w, STR("credential"), row->credential);
    json_write_member_text(w, STR("pullPolicyBefore"), row->pull_policy_before);
    json_write_member_text(w, STR("pullPolicyAfter"), row->pull_policy_after);
    json_write_member_text(w, STR("policy"), decision->policy);
    json_write_member_text(w, STR("rule"), row->rule);
    json_write_member_text(w, STR("note"), row->note);
    json_write_map_close(w);
}

int explain_json(struct arena *arena, const struct admission_decision *decision, FILE *out, struct error *err)
{
    struct json_writer w;
    struct text text;

    text_init(&text, arena, EXPLANATION_MAX);
    json_write_init(&w, &text);
    json_write_list_open(&w);
    for (size_t i = 0; i < decision->position_count; i++)
        write_row(&w, decision, &decision->positions[i]);
    json_write_list_close(&w);
    if (json_write_finish(&w, err) < 0)
        return -1;
    fprintf(out, STR_FMT "\n", STR_ARG(text_str(&text)));
    return 0;
}
