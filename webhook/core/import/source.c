/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/source.h"

#include "base/text.h"

enum { LINE_MAX_LEN = 1024 };

#define INSECURE " insecure"

struct str import_source_line(struct arena *arena, const struct import_view *view,
                              const struct stream_tag *tag)
{
    const struct spec_tag_details *details = stream_details_spec_tag(view->self.details, tag->name);
    struct text line;

    if (!tag->has_from)
        return (struct str){NULL, 0};
    text_init(&line, arena, LINE_MAX_LEN);
    text_add(&line, tag->from_kind);
    text_add(&line, STR(" "));
    if (tag->from_namespace.len > 0 && tag->source != TAG_SOURCE_IMAGE) {
        text_add(&line, tag->from_namespace);
        text_add(&line, STR("/"));
    }
    text_add(&line, tag->source == TAG_SOURCE_IMAGE ? tag->source_normalized : tag->from_name);
    if (tag->reference)
        text_add(&line, STR(" reference"));
    if (details && details->import_mode.len > 0) {
        text_add(&line, STR(" "));
        text_add(&line, details->import_mode);
    }
    if (tag->insecure)
        text_add(&line, STR(INSECURE));
    return text_str(&line);
}

static struct str without_insecure(struct str line)
{
    return str_ends(line, STR(INSECURE)) ? str_slice(line, 0, line.len - (sizeof(INSECURE) - 1)) : line;
}

bool import_source_is_of(struct str line, struct str source, bool failed)
{
    if (str_equal(line, source))
        return true;
    return !failed && source.len > 0 && str_equal(without_insecure(line), without_insecure(source));
}
