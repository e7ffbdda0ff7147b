/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/source.h"

#include "base/text.h"
#include "core/image/reference.h"

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

bool import_source_is_insecure(struct str line)
{
    return str_ends(line, STR(INSECURE));
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

struct str import_source_repository(struct arena *arena, const struct import_view *view)
{
    struct str written = view->self.details->spec_repository;
    struct image_reference ref;
    struct error err;

    if (written.len == 0 || image_reference_parse(written, &ref, &err) < 0 || ref.tag.len > 0 ||
        ref.digest.len > 0 || ref.domain.len == 0)
        return (struct str){NULL, 0};
    return image_reference_repository(arena, &ref);
}

static bool is_repository_insecure(const struct import_view *view)
{
    return str_equal(import_view_stream_annotation(view, STR("openshift.io/image.insecureRepository")),
                     STR("true"));
}

struct str import_source_repository_line(struct arena *arena, const struct import_view *view)
{
    struct str repository = import_source_repository(arena, view);

    if (view->self.details->spec_repository.len == 0)
        return (struct str){NULL, 0};
    return arena_join(arena, STR("DockerImage "),
                      repository.len > 0 ? repository : view->self.details->spec_repository,
                      is_repository_insecure(view) ? STR(INSECURE) : STR(""));
}

bool import_source_is_listed(struct arena *arena, const struct import_view *view,
                             const struct stream_tag *tag, struct str source)
{
    return str_equal(without_insecure(import_source_line(arena, view, tag)), without_insecure(source));
}

bool import_source_is_of_repository(const struct import_view *view, struct str tag)
{
    return view->self.details->spec_repository.len > 0 && !image_stream_tag(view->self.stream, tag);
}

const struct stream_tag *import_source_tag(struct arena *arena, const struct import_view *view,
                                           struct str tag)
{
    const struct stream_tag *of_spec = image_stream_tag(view->self.stream, tag);
    struct str repository;
    struct stream_tag *made;

    if (of_spec || view->self.details->spec_repository.len == 0)
        return of_spec;
    repository = import_source_repository(arena, view);
    if (repository.len == 0)
        return NULL;
    made = ARENA_NEW(arena, struct stream_tag);
    *made = (struct stream_tag){
        .name = tag,
        .from_kind = STR("DockerImage"),
        .has_from = true,
        .insecure = is_repository_insecure(view),
        .source = TAG_SOURCE_IMAGE,
        .source_normalized = arena_join(arena, repository, STR(":"), tag),
        .source_repository = repository,
        .source_tag = tag,
        .source_askable = true,
    };
    made->from_name = made->source_normalized;
    return made;
}
