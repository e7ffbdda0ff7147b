/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_CLUSTER_OBJECTS_H
#define WEIR_CORE_OBJECT_CLUSTER_OBJECTS_H

#include "core/object/image_stream.h"
#include "core/object/stream_policy.h"
#include "core/registry/credentials.h"

/* The objects of a cluster that decisions need, as decoded; texts and lists are borrowed from the decoder's
 * arena. */

struct namespace_object {
    struct str name;
    const struct label *labels; /* with kubernetes.io/metadata.name, always */
    size_t label_count;
};

struct service_account {
    struct str namespace;
    struct str name;
    const struct str *pull_secrets; /* imagePullSecrets[].name */
    size_t pull_secret_count;
};

struct pull_secret {
    struct str namespace;
    struct str name;
    struct docker_config config;
    struct str problem; /* not empty: its content is unusable, and why */
    bool unread;        /* the problem is not the content: that could not be had */
};

/* The objects a view is made of, in any order, borrowed. */
struct cluster_objects {
    const struct image_stream *const *streams;
    size_t stream_count;
    const struct stream_policy *const *policies;
    size_t policy_count;
    const struct namespace_object *const *namespaces;
    size_t namespace_count;
    const struct service_account *const *service_accounts;
    size_t service_account_count;
    const struct pull_secret *const *secrets;
    size_t secret_count;
};

/* The label weir.dev/shared: "true": the namespace's streams are for everybody. `object` may be NULL. */
bool cluster_objects_is_shared(const struct namespace_object *object);
/* The label weir.dev/enforce: strict: rather no object than one that was not looked at. */
bool cluster_objects_is_strict(const struct namespace_object *object);

enum object_kind {
    OBJECT_SKIPPED, /* of no use here, and known to be: a Secret of another type, an Image, an empty document
                     */
    OBJECT_UNKNOWN, /* of another kind; without kind_name: a map with neither apiVersion nor kind */
    OBJECT_IMAGE_STREAM,
    OBJECT_STREAM_POLICY,
    OBJECT_CLUSTER_STREAM_POLICY,
    OBJECT_NAMESPACE,
    OBJECT_SERVICE_ACCOUNT,
    OBJECT_PULL_SECRET,
};

struct cluster_object {
    enum object_kind kind;
    struct str api_version; /* these two are the tree's or static */
    struct str kind_name;
    struct str namespace; /* empty: of the cluster's scope */
    struct str name;
    uint32_t line; /* in the source: where it begins; where it cannot be decoded, of what is wrong */
    union {
        struct image_stream *stream; /* prepared */
        struct stream_policy *policy;
        struct namespace_object *namespace;
        struct service_account *service_account;
        struct pull_secret *secret;
    } as;
};

/* What an element of a list is where it does not say so itself, as in an ImageStreamList. */
struct object_header {
    struct str api_version;
    struct str kind;
    bool always; /* whatever it says itself: a PartialObjectMetadata */
};

#endif
