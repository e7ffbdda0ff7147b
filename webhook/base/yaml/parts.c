/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/parts.h"

#include "base/character.h"
#include "base/utf8.h"

#define DOCUMENT_START STR("---")
#define DOCUMENT_END   STR("...")

/* What the lines of the document that is looked at had so far. */
struct lines {
    bool has_content;
    bool has_directive;
};

/* "---" or "..." with nothing or white space behind it; `at` is the start of a line. */
static bool is_indicator(struct str text, size_t at, struct str indicator)
{
    struct str rest = str_from(text, at);

    return str_starts(rest, indicator) &&
           (rest.len == indicator.len || char_is_space(rest.ptr[indicator.len]));
}

static size_t skip_space(struct str text, size_t at)
{
    while (at < text.len && char_is_space(text.ptr[at]))
        at++;
    return at;
}

static bool is_mark(struct str text, size_t at)
{
    return utf8_skip_marks(text, at) > at;
}

static bool is_object(struct str text, size_t at)
{
    return at < text.len && text.ptr[at] == '{';
}

static size_t line_end(struct str text, size_t at)
{
    size_t length = str_find(str_from(text, at), '\n');

    return at + length < text.len ? at + length + 1 : text.len;
}

static void look_at_line(struct lines *lines, struct str text, size_t at)
{
    struct str line = str_slice(text, at, line_end(text, at));
    struct str rest;

    if (is_indicator(line, 0, DOCUMENT_START) || is_indicator(line, 0, DOCUMENT_END)) {
        *lines = (struct lines){false, false};
        line = str_from(line, DOCUMENT_START.len);
    }
    rest = str_trim(line);
    if (rest.len == 0 || rest.ptr[0] == '#' || lines->has_content)
        return;
    if (line.ptr[0] == '%')
        lines->has_directive = true;
    else
        lines->has_content = true;
}

/* Whether a new part begins at a line of `part`. */
static bool is_cut(const struct lines *lines, struct str text, const struct yaml_part *part, size_t at)
{
    size_t behind_marks = utf8_skip_marks(text, at);
    size_t next;

    if (behind_marks > at)
        return !lines->has_content || is_indicator(text, behind_marks, DOCUMENT_START);
    if (is_indicator(text, at, DOCUMENT_END))
        return part->is_objects;
    if (!is_indicator(text, at, DOCUMENT_START) || lines->has_directive)
        return false;
    next = skip_space(text, at + DOCUMENT_START.len);
    return part->is_objects || is_object(text, next) || is_mark(text, next);
}

/* Past what only separates: marks, "..." and a "---" before a mark. */
static size_t skip_separators(struct str text, size_t at)
{
    for (;;) {
        size_t next = utf8_skip_marks(text, at);

        if (is_indicator(text, next, DOCUMENT_END))
            return next + DOCUMENT_END.len;
        if (is_indicator(text, next, DOCUMENT_START) &&
            is_mark(text, skip_space(text, next + DOCUMENT_START.len)))
            next = skip_space(text, next + DOCUMENT_START.len);
        if (next == at)
            return at;
        at = next;
    }
}

static size_t count_lines(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

bool yaml_parts_next(struct yaml_parts *parts, struct yaml_part *ret)
{
    struct str text = parts->text;
    struct lines lines = {false, false};
    size_t start = skip_separators(text, parts->at);
    size_t at = start;
    struct yaml_part part;

    if (parts->at == text.len)
        return false;
    part = (struct yaml_part){.start = start, .content = start};
    part.line = parts->line + count_lines(str_slice(text, parts->at, start));
    if (is_indicator(text, start, DOCUMENT_START))
        part.content += DOCUMENT_START.len;
    part.is_objects = is_object(text, skip_space(text, part.content));
    do {
        look_at_line(&lines, text, at);
        at = line_end(text, at);
    } while (at < text.len && !is_cut(&lines, text, &part, at));
    part.end = at;
    parts->line = part.line + count_lines(str_slice(text, start, at));
    parts->at = at;
    *ret = part;
    return true;
}
