/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_CREDENTIALS_H
#define WEIR_CORE_REGISTRY_CREDENTIALS_H

#include "base/arena.h"
#include "base/error.h"

/*
 * Pull secrets as the kubelet reads and matches them (Kubernetes 1.34,
 * pkg/credentialprovider): keys are host globs with an optional port and a
 * plain path prefix; all that match are tried, in reverse byte order.
 */
struct credential {
    struct str key;  /* as written in the secret */
    struct str host; /* the key's index: host[:port][/path], derived */
    struct str username;
    struct str password;
    struct str origin; /* where it is from, for people: "secret team-a/regcred" */
};

/* The entries of one secret or docker config, sorted into the order in which they are tried. */
struct docker_config {
    struct credential *entries;
    size_t count;
};

enum { DOCKER_CONFIG_TEXT_MAX = 4 << 20 };

/* The content of a `.dockerconfigjson` or, legacy, of a `.dockercfg`. */
struct docker_config_source {
    struct str text;
    bool legacy;
    struct str origin; /* of each credential in it */
};

/*
 * What is kept is the arena's; `origin` is borrowed. Member names match in any case. A wrong type or bad
 * `auth` refuses the whole text, as the kubelet does; a key that is no URL is skipped. A member that is there
 * twice refuses it as well (the kubelet takes the last). Messages never quote values. Of keys with one index,
 * the first by name is tried first.
 */
MUST_CHECK int credentials_parse(struct arena *arena, const struct docker_config_source *source,
                                 struct docker_config *ret, struct error *err);

/* An entry that holds neither user nor password: of a credential store, or with an identity token alone. */
bool credential_is_blank(const struct credential *credential);

/* Whether `key_host` (an index: glob host, port, path prefix) serves `image`, a repository without tag. */
bool credential_matches(struct str key_host, struct str image);

/*
 * Appends to ret[] (room for `size`) the entries of all configs that serve the
 * repository `image` (fully qualified), in the order in which they are tried;
 * returns how many there are, which may be more than `size`. Where nothing
 * matches, Docker Hub's entry serves an image of docker.io, and no other. Blank
 * entries match, and are left out: an empty login would be a failed one.
 */
size_t credentials_for_image(const struct docker_config *const *configs, size_t config_count,
                             struct str image, const struct credential **ret, size_t size);

/* The blank ones that would be tried if they held anything. */
size_t credentials_blank_for_image(const struct docker_config *const *configs, size_t config_count,
                                   struct str image, const struct credential **ret, size_t size);

/*
 * The same, blank ones included, as the kubelet answers, for telling a person what a node would try:
 * where nothing matches, Docker Hub's entry serves every image whose first
 * component has neither '.' nor ':', which makes "localhost/app" one of Docker
 * Hub's. Nothing is sent anywhere by this answer: credentials_for_image() is
 * what requests go by, so that Hub's password never reaches such a host.
 */
size_t credentials_of_kubelet(const struct docker_config *const *configs, size_t config_count,
                              struct str image, const struct credential **ret, size_t size);

#endif
