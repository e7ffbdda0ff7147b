/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/text_edit.h"

#include <assert.h>
#include <string.h>

enum { DIFF_CONTEXT = 3 };

static size_t length_after(struct str text, const struct text_edit *edits, size_t count)
{
    size_t len = text.len;

    for (size_t i = 0; i < count; i++)
        len += edits[i].replacement.len - (edits[i].end - edits[i].start);
    return len;
}

/* Bytes [start, end) of a text that change, with all the edits in them; the edits are borrowed. */
struct change {
    size_t start;
    size_t end;
    const struct text_edit *edits;
    size_t count;
};

/* The change's bytes with its edits done. */
static void add_edited(struct text *out, struct str text, const struct change *change)
{
    size_t from = change->start;

    for (size_t i = 0; i < change->count; i++) {
        const struct text_edit *edit = &change->edits[i];

        assert(from <= edit->start && edit->start <= edit->end && edit->end <= change->end);
        text_add(out, str_slice(text, from, edit->start));
        text_add(out, edit->replacement);
        from = edit->end;
    }
    text_add(out, str_slice(text, from, change->end));
}

struct str text_edits_apply(struct arena *arena, struct str text, const struct text_edit *edits, size_t count)
{
    const struct change whole = {0, text.len, edits, count};
    struct text out;

    text_init(&out, arena, length_after(text, edits, count));
    add_edited(&out, text, &whole);
    assert(!out.too_long);
    return text_str(&out);
}

static size_t line_start(struct str text, size_t at)
{
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    return at;
}

/* Past the line's end, newline included. */
static size_t line_end(struct str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    return at < text.len ? at + 1 : at;
}

static size_t count_lines(struct str text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines + (text.len > 0 && text.ptr[text.len - 1] != '\n');
}

static void add_lines(struct text *out, char mark, struct str lines)
{
    while (lines.len > 0) {
        size_t end = line_end(lines, 0);

        text_add_char(out, mark);
        text_add(out, str_slice(lines, 0, end));
        if (lines.ptr[end - 1] != '\n')
            text_add_c(out, "\n\\ No newline at end of file\n");
        lines = str_from(lines, end);
    }
}

/* Of whole lines next to each other. */
static struct change next_change(struct str text, const struct text_edit *edits, size_t count)
{
    struct change change = {line_start(text, edits->start), line_end(text, edits->end), edits, 1};

    for (; change.count < count; change.count++) {
        const struct text_edit *next = &edits[change.count];

        /* a line may be as long as the file: it is looked at once, not for each edit in it */
        if (next->start >= change.end && line_start(text, next->start) > change.end)
            break;
        if (next->end >= change.end)
            change.end = line_end(text, next->end);
    }
    return change;
}

static size_t context_before(struct str text, size_t at, size_t lines)
{
    while (lines-- > 0 && at > 0)
        at = line_start(text, at - 1);
    return at;
}

static size_t context_after(struct str text, size_t at, size_t lines)
{
    while (lines-- > 0 && at < text.len)
        at = line_end(text, at);
    return at;
}

/* Line numbers of the hunk that is written: how far both sides are. */
struct diff {
    struct text *out;
    struct str text;
    size_t counted; /* offset up to which lines are counted */
    size_t old_line;
    int64_t shift; /* lines added minus lines removed so far */
};

static void add_range(struct text *out, char mark, size_t line, size_t lines)
{
    text_addf(out, "%c%zu", mark, lines > 0 ? line : line - 1);
    if (lines != 1)
        text_addf(out, ",%zu", lines);
    text_add_char(out, ' ');
}

static void add_hunk(struct diff *diff, struct str body, size_t start, size_t end, size_t new_lines)
{
    size_t old_lines = count_lines(str_slice(diff->text, start, end));

    diff->old_line += count_lines(str_slice(diff->text, diff->counted, start));
    diff->counted = start;
    text_add_c(diff->out, "@@ ");
    add_range(diff->out, '-', diff->old_line, old_lines);
    add_range(diff->out, '+', (size_t)((int64_t)diff->old_line + diff->shift), new_lines);
    text_add_c(diff->out, "@@\n");
    text_add(diff->out, body);
    diff->shift += (int64_t)new_lines - (int64_t)old_lines;
}

/* Whether an edit's context meets that of a change that ended at `at`. */
static bool joins(struct str text, size_t at, const struct text_edit *edit)
{
    return line_start(text, edit->start) <= context_after(text, at, 2 * DIFF_CONTEXT);
}

/* One hunk from the first of the edits on; returns how many edits it holds. */
static size_t diff_hunk(struct diff *diff, const struct text_edit *edits, size_t count)
{
    struct str text = diff->text;
    size_t start = context_before(text, line_start(text, edits->start), DIFF_CONTEXT);
    size_t at = start;
    size_t done = 0;
    size_t new_lines = 0;
    struct text body;

    text_init(&body, diff->out->arena, diff->out->limit);
    while (done < count && (done == 0 || joins(text, at, &edits[done]))) {
        struct change change = next_change(text, edits + done, count - done);
        struct text changed;

        text_init(&changed, diff->out->arena, diff->out->limit);
        done += change.count;
        add_edited(&changed, text, &change);
        add_lines(&body, ' ', str_slice(text, at, change.start));
        add_lines(&body, '-', str_slice(text, change.start, change.end));
        add_lines(&body, '+', text_str(&changed));
        new_lines += count_lines(str_slice(text, at, change.start)) + count_lines(text_str(&changed));
        at = change.end;
    }
    add_lines(&body, ' ', str_slice(text, at, context_after(text, at, DIFF_CONTEXT)));
    new_lines += count_lines(str_slice(text, at, context_after(text, at, DIFF_CONTEXT)));
    add_hunk(diff, text_str(&body), start, context_after(text, at, DIFF_CONTEXT), new_lines);
    return done;
}

/* What would end the name, or is taken for the beginning of a quoted one. */
static bool needs_quotes(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c < 0x20 || c == 0x7F || c == '"' || c == '\\')
            return true;
    }
    return str_ends(name, STR(" "));
}

static void add_quoted(struct text *out, struct str prefix, struct str name)
{
    static const char letters[] = "abtnvfr"; /* of '\a' and those behind it */

    text_add_char(out, '"');
    text_add(out, prefix);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c == '"' || c == '\\')
            text_addf(out, "\\%c", c);
        else if (c >= '\a' && c <= '\r')
            text_addf(out, "\\%c", letters[c - '\a']);
        else if (c < 0x20 || c == 0x7F)
            text_addf(out, "\\%03o", c);
        else
            text_add_char(out, (char)c);
    }
    text_add_char(out, '"');
}

/* "--- a/name", as GNU diff and git write it. */
static void add_header(struct text *out, struct str mark, struct str prefix, struct str name)
{
    text_add(out, mark);
    if (needs_quotes(name)) {
        add_quoted(out, prefix, name);
    } else {
        text_add(out, prefix);
        text_add(out, name);
        text_add_c(out, str_find(name, ' ') < name.len ? "\t" : "");
    }
    text_add_char(out, '\n');
}

void text_edit_diff(struct text *out, struct str name, struct str text, const struct text_edit *edits,
                    size_t count)
{
    struct diff diff = {.out = out, .text = text, .old_line = 1};

    if (count == 0)
        return;
    add_header(out, STR("--- "), STR("a/"), name);
    add_header(out, STR("+++ "), STR("b/"), name);
    while (count > 0) {
        size_t done = diff_hunk(&diff, edits, count);

        edits += done;
        count -= done;
    }
}
