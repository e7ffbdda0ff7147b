/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/view_gathering.h"

static bool hold(struct view_gathering *gathering, struct stream_entry *entry)
{
    const struct import_stream *stream = stream_table_decode(gathering->table, entry);

    if (stream)
        gathering->held[gathering->held_count++] = stream;
    return stream != NULL;
}

static void add_targets(struct view_gathering *gathering, const struct image_stream *of)
{
    struct import_view *view = &gathering->view;
    const struct import_target *targets;
    size_t count = import_view_targets(&gathering->arena, of, &targets);

    for (size_t i = 0; i < count && view->other_count < GATHERED_MAX; i++) {
        struct stream_entry *entry;

        if (import_view_stream(view, targets[i].namespace, targets[i].name))
            continue;
        entry = stream_table_find(gathering->table, targets[i].namespace, targets[i].name);
        if (entry && hold(gathering, entry))
            gathering->others[view->other_count++] = *gathering->held[gathering->held_count - 1];
    }
}

static void find_sharing(struct view_gathering *gathering, const struct snapshot *policies)
{
    struct import_view *view = &gathering->view;
    const struct image_stream *stream = view->self.stream;
    const struct import_target *targets;
    size_t count = import_view_targets(&gathering->arena, stream, &targets);

    for (size_t i = 0; i < count; i++)
        gathering->foreign = gathering->foreign || !str_equal(targets[i].namespace, stream->namespace);
    if (gathering->foreign && policies)
        view->shared = &cluster_view_policy(&policies->view, &gathering->arena, stream->namespace)
                            ->fields.shared_namespaces;
}

bool view_gathering_begin(struct view_gathering *gathering, struct stream_table *table,
                          struct stream_entry *entry, const struct snapshot *policies)
{
    struct import_view *view = &gathering->view;

    gathering->table = table;
    gathering->held_count = 0;
    gathering->foreign = false;
    gathering->view = (struct import_view){.others = gathering->others};
    if (!hold(gathering, entry))
        return false;
    arena_init(&gathering->arena);
    view->self = *gathering->held[0];
    add_targets(gathering, view->self.stream);
    for (size_t i = 0; i < view->other_count; i++)
        add_targets(gathering, gathering->others[i].stream);
    find_sharing(gathering, policies);
    return true;
}

void view_gathering_end(struct view_gathering *gathering)
{
    for (size_t i = 0; i < gathering->held_count; i++)
        stream_table_release(gathering->table, gathering->held[i]);
    arena_release(&gathering->arena);
}

void view_gathering_set_interest(struct view_gathering *gathering, struct interest_index *index,
                                 struct interest *interest)
{
    const struct image_stream *stream = gathering->view.self.stream;
    const struct import_target *targets;
    size_t target_count = import_view_targets(&gathering->arena, stream, &targets);
    uint64_t *keys = ARENA_ARRAY(&gathering->arena, target_count + stream->tag_count + 1, uint64_t);
    size_t count = 0;

    for (size_t i = 0; i < target_count; i++)
        keys[count++] = interest_index_key(index, INTEREST_STREAM, targets[i].namespace, targets[i].name);
    for (size_t i = 0; i < stream->tag_count; i++) {
        if (import_view_is_importable(&stream->tags[i]))
            keys[count++] =
                interest_index_key(index, INTEREST_REPOSITORY, stream->tags[i].source_repository, STR(""));
    }
    interest_index_set(index, interest, keys, count);
}
