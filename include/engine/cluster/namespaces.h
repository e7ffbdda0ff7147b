/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_NAMESPACES_H
#define WEIR_ENGINE_CLUSTER_NAMESPACES_H

#include "core/cluster/view.h"
#include "core/policy/sharing.h"
#include "engine/cluster/persistent_table.h"

/*
 * The namespaces of a cluster that is followed, and what holds in each: worked
 * out anew where something changed that it depends on. A StreamPolicy concerns
 * its own namespace, a ClusterStreamPolicy all of them, the label
 * weir.dev/shared those that have policies. One writer; objects are borrowed,
 * and what is replaced goes to `retired` when its owner says so.
 */
struct policy_set;

struct cluster_namespaces {
    struct persistent_table entries;  /* struct namespace_entry; see the .c for what is behind each */
    struct persistent_table policies; /* struct stream_policy; never published */
    struct cluster_view view;         /* of the writer: for working out */
    struct policy_set *set;           /* what the present cluster policies give */
    struct retired *retired;
    struct namespace_node **changed; /* entries that are new since the last publication */
    size_t changed_count;
    size_t changed_size;
    size_t object_count;  /* entries that have a Namespace object */
    bool cluster_changed; /* a ClusterStreamPolicy */
    bool shared_changed;  /* a namespace began or ended to be shared */
};

/* Not to be moved afterwards. */
void cluster_namespaces_init(struct cluster_namespaces *namespaces, uint64_t seed, struct retired *retired);
/* No reader may be left, and `retired` must be empty. Objects are the caller's. */
void cluster_namespaces_release(struct cluster_namespaces *namespaces);

/* Each returns the object that was there, which is the caller's to retire, or NULL. */
const struct namespace_object *cluster_namespaces_put(struct cluster_namespaces *namespaces,
                                                      const struct namespace_object *object);
const struct namespace_object *cluster_namespaces_remove(struct cluster_namespaces *namespaces,
                                                         struct str name);
const struct stream_policy *cluster_namespaces_put_policy(struct cluster_namespaces *namespaces,
                                                          const struct stream_policy *policy);
const struct stream_policy *cluster_namespaces_remove_policy(struct cluster_namespaces *namespaces,
                                                             struct str namespace, struct str name);

const struct namespace_object *cluster_namespaces_find(const struct cluster_namespaces *namespaces,
                                                       struct str name);

/* Works out what is due, and puts namespaces and cluster policies into `ret`; tables are the arena's. */
void cluster_namespaces_publish(struct cluster_namespaces *namespaces, struct arena *arena,
                                struct cluster_view *ret);

#endif
