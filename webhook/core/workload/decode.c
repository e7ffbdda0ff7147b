/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/decode.h"

#include <stddef.h>

struct reader {
    struct json_scan *scan;
    struct arena *arena;
    struct workload_object *object;
    size_t position_size;
    bool too_many;
};

#define PLACE(type, member) offsetof(struct type, member)

/* A member that should be a string and is none: how it stands there. */
static void pass_odd(struct json_scan *scan, enum presence *ret_presence)
{
    *ret_presence = json_scan_peek(scan) == JSON_SCAN_NULL ? PRESENCE_NULL : PRESENCE_WRONG_TYPE;
    (void)json_scan_skip(scan);
}

/* What the scan put in its place was a string. */
static void note_string(struct str text, enum presence *presence)
{
    if (text.ptr)
        *presence = PRESENCE_GOOD;
}

/* Enters a value of that kind, or passes over it and notes what it is. */
static bool enter_map(struct json_scan *scan, const struct json_scan_wanted *wanted, void *target,
                      struct json_scan_map *ret_map, enum presence *ret_presence)
{
    enum json_scan_kind kind = json_scan_peek(scan);

    if (kind == JSON_SCAN_MAP) {
        *ret_presence = PRESENCE_GOOD;
        return json_scan_open(scan, wanted, target, ret_map);
    }
    *ret_presence = kind == JSON_SCAN_NULL ? PRESENCE_NULL : PRESENCE_WRONG_TYPE;
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

#define ANNOTATIONS(X)                                                                                       \
    X(ANNOTATION_RESOLVE_NAMES, "alpha.image.policy.openshift.io/resolve-names",                             \
      PLACE(object_meta, resolve_names))                                                                     \
    X(ANNOTATION_RESTARTED_AT, "kubectl.kubernetes.io/restartedAt", PLACE(object_meta, restarted_at))        \
    X(ANNOTATION_MIRROR, "kubernetes.io/config.mirror", JSON_SCAN_ASK)                                       \
    X(ANNOTATION_IMAGES, "weir.dev/images", PLACE(object_meta, images))                                      \
    X(ANNOTATION_REFRESH, "weir.dev/refresh", PLACE(object_meta, refresh))                                   \
    X(ANNOTATION_TRIGGERS, "image.openshift.io/triggers", PLACE(object_meta, triggers))
JSON_SCAN_WANTED(annotations, ANNOTATIONS);

static void read_annotations(struct json_scan *scan, struct object_meta *meta)
{
    struct json_scan_map map;
    int member;

    if (!enter_map(scan, &annotations, meta, &map, &meta->annotations))
        return;
    while ((member = json_scan_next(scan, &map)) != JSON_SCAN_END) {
        if (member == ANNOTATION_MIRROR)
            meta->mirror = json_scan_peek(scan) == JSON_SCAN_STRING;
        if (member == ANNOTATION_IMAGES)
            pass_odd(scan, &meta->images_presence);
        else
            (void)json_scan_skip(scan);
    }
    note_string(meta->images, &meta->images_presence);
}

struct owner {
    struct str api_version;
    struct str kind;
    struct str name;
    struct str uid;
    bool controller;
};

#define OWNER_MEMBERS(X)                                                                                     \
    X(OWNER_API_VERSION, "apiVersion", PLACE(owner, api_version))                                            \
    X(OWNER_KIND, "kind", PLACE(owner, kind))                                                                \
    X(OWNER_NAME, "name", PLACE(owner, name))                                                                \
    X(OWNER_UID, "uid", PLACE(owner, uid))                                                                   \
    X(OWNER_CONTROLLER, "controller", JSON_SCAN_ASK)
JSON_SCAN_WANTED(owner_members, OWNER_MEMBERS);

static void read_owner(struct json_scan *scan, struct owner *owner)
{
    struct json_scan_map map;
    enum presence presence;
    int member;

    if (!enter_map(scan, &owner_members, owner, &map, &presence))
        return;
    while ((member = json_scan_next(scan, &map)) != JSON_SCAN_END) {
        if (member == OWNER_CONTROLLER && json_scan_peek(scan) == JSON_SCAN_BOOL)
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

#define META_MEMBERS(X)                                                                                      \
    X(META_DELETION, "deletionTimestamp", JSON_SCAN_ASK)                                                     \
    X(META_LABELS, "labels", JSON_SCAN_ASK)                                                                  \
    X(META_ANNOTATIONS, "annotations", JSON_SCAN_ASK)                                                        \
    X(META_OWNERS, "ownerReferences", JSON_SCAN_ASK)
JSON_SCAN_WANTED(meta_members, META_MEMBERS);

static void read_meta(struct json_scan *scan, struct object_meta *meta)
{
    struct json_scan_map map;
    int member;

    if (!enter_map(scan, &meta_members, NULL, &map, &meta->presence))
        return;
    while ((member = json_scan_next(scan, &map)) != JSON_SCAN_END) {
        switch (member) {
        case META_DELETION:
            meta->deleting = json_scan_peek(scan) != JSON_SCAN_NULL;
            (void)json_scan_skip(scan);
            break;
        case META_LABELS:
            (void)json_scan_skip_raw(scan, &meta->labels); /* few are ever read */
            break;
        case META_ANNOTATIONS:
            read_annotations(scan, meta);
            break;
        case META_OWNERS:
            read_owners(scan, meta);
            break;
        }
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

#define CONTAINER_MEMBERS(X)                                                                                 \
    X(CONTAINER_NAME, "name", PLACE(position, name))                                                         \
    X(CONTAINER_IMAGE, "image", PLACE(position, image))                                                      \
    X(CONTAINER_PULL_POLICY, "imagePullPolicy", PLACE(position, pull_policy))
JSON_SCAN_WANTED(container_members, CONTAINER_MEMBERS);

static void note_image(struct position *position)
{
    note_string(position->image, &position->image_presence);
    note_string(position->pull_policy, &position->pull_policy_presence);
}

static void read_container(struct reader *r, struct position *position)
{
    struct json_scan_map map;
    enum presence presence;
    int member;

    if (!enter_map(r->scan, &container_members, position, &map, &presence))
        return;
    while ((member = json_scan_next(r->scan, &map)) != JSON_SCAN_END) {
        if (member == CONTAINER_IMAGE)
            pass_odd(r->scan, &position->image_presence);
        else if (member == CONTAINER_PULL_POLICY)
            pass_odd(r->scan, &position->pull_policy_presence);
        else
            (void)json_scan_skip(r->scan);
    }
    note_image(position);
    add_position(r, position);
}

static void read_containers(struct reader *r, const struct json_path *path, enum position_list list)
{
    bool first = true;
    size_t index = 0;

    if (!enter_list(r->scan))
        return;
    while (json_scan_element(r->scan, &first)) {
        struct position position = {.list = list, .list_path = path, .index = index};

        if (json_scan_peek(r->scan) == JSON_SCAN_MAP) /* others take no memory: nothing bounds their number */
            position.path = path_element(r, path, index);
        read_container(r, &position);
        index++;
    }
}

#define IMAGE_VOLUME_MEMBERS(X)                                                                              \
    X(IMAGE_VOLUME_REFERENCE, "reference", PLACE(position, image))                                           \
    X(IMAGE_VOLUME_PULL_POLICY, "pullPolicy", PLACE(position, pull_policy))
JSON_SCAN_WANTED(image_volume_members, IMAGE_VOLUME_MEMBERS);

static void read_image_volume(struct reader *r, struct position *position)
{
    struct json_scan_map map;
    enum presence presence;
    int member;

    if (!enter_map(r->scan, &image_volume_members, position, &map, &presence))
        return;
    position->path = path_member(r, position->path, STR("image"));
    while ((member = json_scan_next(r->scan, &map)) != JSON_SCAN_END)
        pass_odd(r->scan, member == IMAGE_VOLUME_REFERENCE ? &position->image_presence
                                                           : &position->pull_policy_presence);
    note_image(position);
}

#define VOLUME_MEMBERS(X)                                                                                    \
    X(VOLUME_NAME, "name", PLACE(position, name))                                                            \
    X(VOLUME_IMAGE, "image", JSON_SCAN_ASK)
JSON_SCAN_WANTED(volume_members, VOLUME_MEMBERS);

static void read_volume(struct reader *r, const struct json_path *list, size_t index)
{
    struct position position = {.list = POSITION_VOLUMES, .list_path = list, .index = index};
    struct json_scan_map map;
    enum presence presence;
    bool is_image = false;
    int member;

    if (!enter_map(r->scan, &volume_members, &position, &map, &presence))
        return;
    while ((member = json_scan_next(r->scan, &map)) != JSON_SCAN_END) {
        if (member == VOLUME_IMAGE && json_scan_peek(r->scan) == JSON_SCAN_MAP) {
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

#define PULL_SECRET_MEMBERS(X) X(PULL_SECRET_NAME, "name", 0)
JSON_SCAN_WANTED(pull_secret_members, PULL_SECRET_MEMBERS);

static void read_pull_secret(struct json_scan *scan, struct str *ret)
{
    struct json_scan_map map;
    enum presence presence;

    if (!enter_map(scan, &pull_secret_members, ret, &map, &presence))
        return;
    while (json_scan_next(scan, &map) == PULL_SECRET_NAME)
        (void)json_scan_skip(scan);
}

static void read_pull_secrets(struct reader *r)
{
    struct workload_object *object = r->object;
    struct str *names = NULL;
    size_t count = 0;
    size_t size = 0;
    bool first = true;

    if (!enter_list(r->scan))
        return;
    while (json_scan_element(r->scan, &first)) {
        struct str name = {NULL, 0};

        read_pull_secret(r->scan, &name);
        if (name.len == 0 || object->pull_secrets)
            continue;
        if (count == size) { /* doubled: a peer's list may be as long as the body */
            size = size ? size * 2 : 4;
            names = arena_grow(r->arena, names, count, size, sizeof(*names));
        }
        names[count++] = name;
    }
    if (count > 0) {
        object->pull_secrets = names;
        object->pull_secret_count = count;
    }
}

#define POD_SPEC_MEMBERS(X)                                                                                  \
    X(POD_SPEC_VOLUMES, "volumes", JSON_SCAN_ASK)                                                            \
    X(POD_SPEC_INIT_CONTAINERS, "initContainers", JSON_SCAN_ASK)                                             \
    X(POD_SPEC_CONTAINERS, "containers", JSON_SCAN_ASK)                                                      \
    X(POD_SPEC_EPHEMERAL_CONTAINERS, "ephemeralContainers", JSON_SCAN_ASK)                                   \
    X(POD_SPEC_SERVICE_ACCOUNT, "serviceAccountName", PLACE(workload_object, service_account))               \
    X(POD_SPEC_PULL_SECRETS, "imagePullSecrets", JSON_SCAN_ASK)
JSON_SCAN_WANTED(pod_spec_members, POD_SPEC_MEMBERS);

static void read_pod_spec(struct reader *r, const struct json_path *path)
{
    static const enum position_list lists[] = {
        [POD_SPEC_INIT_CONTAINERS] = POSITION_INIT_CONTAINERS,
        [POD_SPEC_CONTAINERS] = POSITION_CONTAINERS,
        [POD_SPEC_EPHEMERAL_CONTAINERS] = POSITION_EPHEMERAL_CONTAINERS,
    };
    struct json_scan_map map;
    int member;

    (void)json_scan_open(r->scan, &pod_spec_members, r->object, &map);
    while ((member = json_scan_next(r->scan, &map)) != JSON_SCAN_END) {
        switch (member) {
        case POD_SPEC_VOLUMES:
            read_volumes(r, path_member(r, path, pod_spec_members.fields[member].name));
            break;
        case POD_SPEC_INIT_CONTAINERS:
        case POD_SPEC_CONTAINERS:
        case POD_SPEC_EPHEMERAL_CONTAINERS:
            read_containers(r, path_member(r, path, pod_spec_members.fields[member].name), lists[member]);
            break;
        case POD_SPEC_PULL_SECRETS:
            read_pull_secrets(r);
            break;
        default:
            (void)json_scan_skip(r->scan);
            break;
        }
    }
}

static void read_lone_image(struct reader *r, const struct json_path *path)
{
    struct position position = {.list = POSITION_OTHER, .list_path = path};

    position.image_presence = PRESENCE_GOOD;
    (void)json_scan_string(r->scan, &position.image);
    add_position(r, &position);
}

/*
 * A list that a pointer leads to: what it is called decides. That of ephemeral
 * containers is one like others: of a pod's own only the subresource is judged.
 */
static void read_list(struct reader *r, const struct json_path *path)
{
    struct str name = path->key.ptr ? path->key : STR("");

    if (STR_IS(name, "volumes"))
        read_volumes(r, path);
    else if (STR_IS(name, "initContainers"))
        read_containers(r, path, POSITION_INIT_CONTAINERS);
    else
        read_containers(r, path, STR_IS(name, "containers") ? POSITION_CONTAINERS : POSITION_OTHER);
}

/* What a pointer leads to decides how it is read. */
static void read_leaf(struct reader *r, const struct json_path *path)
{
    switch (json_scan_peek(r->scan)) {
    case JSON_SCAN_MAP:
        read_pod_spec(r, path);
        break;
    case JSON_SCAN_LIST:
        read_list(r, path);
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

static void walk(struct reader *r, const struct path_node *node, const struct json_path *path);

static void walk_map(struct reader *r, const struct path_node *node, const struct json_path *path)
{
    struct json_scan_map map;
    int member;

    (void)json_scan_open(r->scan, &node->wanted, NULL, &map);
    while ((member = json_scan_next(r->scan, &map)) != JSON_SCAN_END) {
        const struct path_node *child = &node->children[member];

        if (child->metadata)
            read_meta(r->scan, child->template ? &r->object->template_meta : &r->object->meta);
        else
            walk(r, child, path_member(r, path, child->key));
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

static const struct path_node *node_of_each(const struct path_node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        if (STR_IS(node->children[i].key, "*"))
            return &node->children[i];
    }
    return NULL;
}

/* Follows the row's pointers beside the document; their depth bounds the recursion. */
static void walk(struct reader *r, const struct path_node *node, const struct json_path *path)
{
    enum json_scan_kind kind = json_scan_peek(r->scan);
    const struct path_node *each = kind == JSON_SCAN_LIST ? node_of_each(node) : NULL;

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
