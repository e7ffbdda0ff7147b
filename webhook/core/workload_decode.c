/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload_decode.h"

struct reader {
    struct json_scan *scan;
    struct arena *arena;
    struct workload_object *object;
    size_t position_size;
    bool too_many;
};

/* A member that should be a string: its text, and how it stands there. */
static void read_string(struct json_scan *scan, struct str *ret, enum presence *ret_presence)
{
    enum json_scan_kind kind = json_scan_peek(scan);

    if (kind == JSON_SCAN_STRING) {
        *ret_presence = PRESENCE_GOOD;
        (void)json_scan_string(scan, ret);
        return;
    }
    *ret_presence = kind == JSON_SCAN_NULL ? PRESENCE_NULL : PRESENCE_WRONG_TYPE;
    (void)json_scan_skip(scan);
}

static void read_text(struct json_scan *scan, struct str *ret)
{
    enum presence presence;

    read_string(scan, ret, &presence);
}

/* Enters a value of that kind, or passes over it and notes what it is. */
static bool enter_map(struct json_scan *scan, struct json_scan_keys *keys, enum presence *ret_presence)
{
    enum json_scan_kind kind = json_scan_peek(scan);

    *ret_presence = kind == JSON_SCAN_MAP    ? PRESENCE_GOOD
                    : kind == JSON_SCAN_NULL ? PRESENCE_NULL
                                             : PRESENCE_WRONG_TYPE;
    if (kind == JSON_SCAN_MAP)
        return json_scan_enter_map(scan, keys);
    (void)json_scan_skip(scan);
    return false;
}

static bool enter_list(struct json_scan *scan)
{
    if (json_scan_peek(scan) == JSON_SCAN_LIST)
        return json_scan_enter_list(scan);
    (void)json_scan_skip(scan);
    return false;
}

/* metadata */

static void read_annotations(struct json_scan *scan, struct object_meta *meta)
{
    struct json_scan_keys keys;
    struct str key;

    if (!enter_map(scan, &keys, &meta->annotations))
        return;
    while (json_scan_member(scan, &keys, &key)) {
        if (STR_IS(key, "weir.dev/images"))
            read_string(scan, &meta->images, &meta->images_presence);
        else if (STR_IS(key, "weir.dev/refresh"))
            read_text(scan, &meta->refresh);
        else if (STR_IS(key, "kubectl.kubernetes.io/restartedAt"))
            read_text(scan, &meta->restarted_at);
        else if (STR_IS(key, "alpha.image.policy.openshift.io/resolve-names"))
            read_text(scan, &meta->resolve_names);
        else if (STR_IS(key, "kubernetes.io/config.mirror"))
            meta->mirror = json_scan_peek(scan) == JSON_SCAN_STRING && json_scan_skip(scan);
        else
            (void)json_scan_skip(scan);
    }
}

struct owner {
    struct str api_version;
    struct str kind;
    struct str name;
    struct str uid;
    bool controller;
};

static void read_owner(struct json_scan *scan, struct owner *owner)
{
    struct json_scan_keys keys;
    struct str key;
    enum presence presence;

    if (!enter_map(scan, &keys, &presence))
        return;
    while (json_scan_member(scan, &keys, &key)) {
        if (STR_IS(key, "apiVersion"))
            read_text(scan, &owner->api_version);
        else if (STR_IS(key, "kind"))
            read_text(scan, &owner->kind);
        else if (STR_IS(key, "name"))
            read_text(scan, &owner->name);
        else if (STR_IS(key, "uid"))
            read_text(scan, &owner->uid);
        else if (STR_IS(key, "controller") && json_scan_peek(scan) == JSON_SCAN_BOOL)
            (void)json_scan_bool(scan, &owner->controller);
        else
            (void)json_scan_skip(scan);
    }
}

static void read_owners(struct json_scan *scan, struct object_meta *meta)
{
    bool first = true;

    if (!enter_list(scan))
        return;
    while (json_scan_element(scan, &first)) {
        struct owner owner = {.controller = false};

        read_owner(scan, &owner);
        if (!owner.controller || meta->has_controller)
            continue;
        meta->has_controller = true;
        meta->controller_api_version = owner.api_version;
        meta->controller_kind = owner.kind;
        meta->controller_name = owner.name;
        meta->controller_uid = owner.uid;
    }
}

/* Kept as they stand: few Pods' labels are ever read. */
static void read_labels(struct json_scan *scan, struct object_meta *meta)
{
    size_t from;

    (void)json_scan_peek(scan);
    from = scan->at;
    if (json_scan_skip_map(scan))
        meta->labels = (struct str){scan->text.ptr + from, scan->at - from};
}

static void read_meta(struct json_scan *scan, struct object_meta *meta)
{
    struct json_scan_keys keys;
    struct str key;

    if (!enter_map(scan, &keys, &meta->presence))
        return;
    while (json_scan_member(scan, &keys, &key)) {
        if (STR_IS(key, "annotations"))
            read_annotations(scan, meta);
        else if (STR_IS(key, "labels"))
            read_labels(scan, meta);
        else if (STR_IS(key, "ownerReferences"))
            read_owners(scan, meta);
        else if (STR_IS(key, "deletionTimestamp")) {
            meta->deleting = json_scan_peek(scan) != JSON_SCAN_NULL;
            (void)json_scan_skip(scan);
        } else
            (void)json_scan_skip(scan);
    }
}

/* positions */

static const struct json_path *path_member(struct reader *r, const struct json_path *parent, struct str key)
{
    struct json_path *path = arena_alloc(r->arena, sizeof(*path));

    *path = (struct json_path){.parent = parent, .key = key};
    return path;
}

static const struct json_path *path_element(struct reader *r, const struct json_path *parent, size_t index)
{
    struct json_path *path = arena_alloc(r->arena, sizeof(*path));

    *path = (struct json_path){.parent = parent, .index = index};
    return path;
}

static void add_position(struct reader *r, const struct position *position)
{
    struct workload_object *object = r->object;

    if (object->position_count >= POSITIONS_MAX) {
        r->too_many = true;
        (void)json_scan_fail(r->scan, "too many containers");
        return;
    }
    if (object->position_count == r->position_size) {
        size_t size = r->position_size ? r->position_size * 2 : 4;

        object->positions =
            arena_grow(r->arena, object->positions, r->position_size, size, sizeof(*position));
        r->position_size = size;
    }
    object->positions[object->position_count++] = *position;
}

static void read_container(struct reader *r, struct position *position)
{
    struct json_scan_keys keys;
    struct str key;
    enum presence presence;

    if (!enter_map(r->scan, &keys, &presence))
        return;
    while (json_scan_member(r->scan, &keys, &key)) {
        if (STR_IS(key, "name"))
            read_text(r->scan, &position->name);
        else if (STR_IS(key, "image"))
            read_string(r->scan, &position->image, &position->image_presence);
        else if (STR_IS(key, "imagePullPolicy"))
            read_string(r->scan, &position->pull_policy, &position->pull_policy_presence);
        else
            (void)json_scan_skip(r->scan);
    }
    add_position(r, position);
}

static enum position_list list_named(struct str name)
{
    if (STR_IS(name, "containers"))
        return POSITION_CONTAINERS;
    if (STR_IS(name, "initContainers"))
        return POSITION_INIT_CONTAINERS;
    return STR_IS(name, "ephemeralContainers") ? POSITION_EPHEMERAL_CONTAINERS : POSITION_OTHER;
}

static void read_containers(struct reader *r, const struct json_path *path)
{
    bool first = true;
    size_t index = 0;

    if (!enter_list(r->scan))
        return;
    while (json_scan_element(r->scan, &first)) {
        struct position position = {.list = path->key.ptr ? list_named(path->key) : POSITION_OTHER,
                                    .list_path = path,
                                    .path = path_element(r, path, index),
                                    .index = index};

        read_container(r, &position);
        index++;
    }
}

static void read_image_volume(struct reader *r, struct position *position)
{
    struct json_scan_keys keys;
    struct str key;
    enum presence presence;

    if (!enter_map(r->scan, &keys, &presence))
        return;
    position->path = path_member(r, position->path, STR("image"));
    while (json_scan_member(r->scan, &keys, &key)) {
        if (STR_IS(key, "reference"))
            read_string(r->scan, &position->image, &position->image_presence);
        else if (STR_IS(key, "pullPolicy"))
            read_string(r->scan, &position->pull_policy, &position->pull_policy_presence);
        else
            (void)json_scan_skip(r->scan);
    }
}

static void read_volume(struct reader *r, const struct json_path *list, size_t index)
{
    struct position position = {.list = POSITION_VOLUMES, .list_path = list, .index = index};
    struct json_scan_keys keys;
    struct str key;
    enum presence presence;
    bool is_image = false;

    if (!enter_map(r->scan, &keys, &presence))
        return;
    while (json_scan_member(r->scan, &keys, &key)) {
        if (STR_IS(key, "name")) {
            read_text(r->scan, &position.name);
        } else if (STR_IS(key, "image") && json_scan_peek(r->scan) == JSON_SCAN_MAP) {
            is_image = true;
            position.path = path_element(r, list, index);
            read_image_volume(r, &position);
        } else {
            (void)json_scan_skip(r->scan);
        }
    }
    if (is_image)
        add_position(r, &position);
}

static void read_volumes(struct reader *r, const struct json_path *path)
{
    bool first = true;
    size_t index = 0;

    if (!enter_list(r->scan))
        return;
    while (json_scan_element(r->scan, &first))
        read_volume(r, path, index++);
}

static void read_pull_secret(struct json_scan *scan, struct str *ret)
{
    struct json_scan_keys keys;
    struct str key;
    enum presence presence;

    if (!enter_map(scan, &keys, &presence))
        return;
    while (json_scan_member(scan, &keys, &key)) {
        if (STR_IS(key, "name"))
            read_text(scan, ret);
        else
            (void)json_scan_skip(scan);
    }
}

static void read_pull_secrets(struct reader *r)
{
    struct workload_object *object = r->object;
    struct str *names = NULL;
    size_t count = 0;
    bool first = true;

    if (!enter_list(r->scan))
        return;
    while (json_scan_element(r->scan, &first)) {
        struct str name = {NULL, 0};

        read_pull_secret(r->scan, &name);
        if (name.len == 0 || object->pull_secrets)
            continue;
        names = arena_grow(r->arena, names, count, count + 1, sizeof(*names));
        names[count++] = name;
    }
    if (count > 0) {
        object->pull_secrets = names;
        object->pull_secret_count = count;
    }
}

static void read_pod_spec(struct reader *r, const struct json_path *path)
{
    struct json_scan_keys keys;
    struct str key;

    (void)json_scan_enter_map(r->scan, &keys);
    while (json_scan_member(r->scan, &keys, &key)) {
        if (STR_IS(key, "containers") || STR_IS(key, "initContainers") || STR_IS(key, "ephemeralContainers"))
            read_containers(r, path_member(r, path, key));
        else if (STR_IS(key, "volumes"))
            read_volumes(r, path_member(r, path, key));
        else if (STR_IS(key, "imagePullSecrets"))
            read_pull_secrets(r);
        else if (STR_IS(key, "serviceAccountName"))
            read_text(r->scan, &r->object->service_account);
        else
            (void)json_scan_skip(r->scan);
    }
}

static void read_lone_image(struct reader *r, const struct json_path *path)
{
    struct position position = {.list = POSITION_OTHER, .list_path = path};

    read_string(r->scan, &position.image, &position.image_presence);
    add_position(r, &position);
}

/* What a pointer leads to decides how it is read. */
static void read_leaf(struct reader *r, const struct json_path *path)
{
    switch (json_scan_peek(r->scan)) {
    case JSON_SCAN_MAP:
        read_pod_spec(r, path);
        break;
    case JSON_SCAN_LIST:
        read_containers(r, path);
        break;
    case JSON_SCAN_STRING:
        read_lone_image(r, path);
        break;
    case JSON_SCAN_NONE:
    case JSON_SCAN_NULL:
    case JSON_SCAN_BOOL:
    case JSON_SCAN_NUMBER:
        (void)json_scan_skip(r->scan);
        break;
    }
}

static const struct path_node *node_child(const struct path_node *node, struct str key)
{
    for (size_t i = 0; i < node->child_count; i++) {
        if (str_equal(node->children[i].key, key))
            return &node->children[i];
    }
    return NULL;
}

static void walk(struct reader *r, const struct path_node *node, const struct json_path *path);

static void walk_map(struct reader *r, const struct path_node *node, const struct json_path *path)
{
    struct json_scan_keys keys;
    struct str key;

    (void)json_scan_enter_map(r->scan, &keys);
    while (json_scan_member(r->scan, &keys, &key)) {
        const struct path_node *child = node_child(node, key);

        if (!child)
            (void)json_scan_skip(r->scan);
        else if (child->metadata)
            read_meta(r->scan, child->template ? &r->object->template_meta : &r->object->meta);
        else
            walk(r, child, path_member(r, path, key));
    }
}

static void walk_list(struct reader *r, const struct path_node *each, const struct json_path *path)
{
    bool first = true;
    size_t index = 0;

    (void)json_scan_enter_list(r->scan);
    while (json_scan_element(r->scan, &first))
        walk(r, each, path_element(r, path, index++));
}

/* Follows the row's pointers beside the document; their depth bounds the recursion. */
static void walk(struct reader *r, const struct path_node *node, const struct json_path *path)
{
    enum json_scan_kind kind = json_scan_peek(r->scan);
    const struct path_node *each = kind == JSON_SCAN_LIST ? node_child(node, STR("*")) : NULL;

    if (node->leaf)
        read_leaf(r, path);
    else if (kind == JSON_SCAN_MAP)
        walk_map(r, node, path);
    else if (each)
        walk_list(r, each, path);
    else
        (void)json_scan_skip(r->scan);
}

/* containers, initContainers, image volumes: the order of semantics §1, whatever the document's. */
static unsigned rank(enum position_list list)
{
    static const unsigned ranks[] = {
        [POSITION_CONTAINERS] = 0,           [POSITION_OTHER] = 0,   [POSITION_INIT_CONTAINERS] = 1,
        [POSITION_EPHEMERAL_CONTAINERS] = 2, [POSITION_VOLUMES] = 3,
    };

    return ranks[list];
}

static void order_positions(struct reader *r)
{
    struct workload_object *object = r->object;
    struct position *ordered = NULL;
    size_t count = 0;
    bool in_order = true;

    for (size_t i = 1; i < object->position_count; i++)
        in_order = in_order && rank(object->positions[i - 1].list) <= rank(object->positions[i].list);
    if (in_order)
        return;
    ordered = ARENA_ARRAY(r->arena, object->position_count, struct position);
    for (unsigned wanted = 0; wanted < 4; wanted++) {
        for (size_t i = 0; i < object->position_count; i++) {
            if (rank(object->positions[i].list) == wanted)
                ordered[count++] = object->positions[i];
        }
    }
    object->positions = ordered;
}

int workload_decode(struct json_scan *scan, const struct workload_kind *kind, struct workload_object *ret,
                    struct error *err)
{
    struct reader r = {.scan = scan, .arena = scan->arena, .object = ret};
    enum json_scan_kind found = json_scan_peek(scan);

    ret->presence = found == JSON_SCAN_MAP    ? PRESENCE_GOOD
                    : found == JSON_SCAN_NULL ? PRESENCE_NULL
                                              : PRESENCE_WRONG_TYPE;
    if (found != JSON_SCAN_MAP || !kind) {
        (void)json_scan_skip(scan);
        return 0;
    }
    walk(&r, &kind->root, NULL);
    if (r.too_many)
        return error_set(err, ERROR_TOO_LARGE, "request.object: more than %d containers", POSITIONS_MAX);
    order_positions(&r);
    return 0;
}
