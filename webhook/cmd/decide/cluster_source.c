/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/cluster_source.h"

int cluster_source_find(const struct deciding_settings *settings, enum object_source *ret, struct error *err)
{
    bool by_kubeconfig = settings->kubeconfig || settings->context;

    *ret = SOURCE_NONE;
    if (settings->cluster && by_kubeconfig)
        return error_set(err, ERROR_INVALID, "\"--cluster\" is the Pod's own account, \"--%s\" another one",
                         settings->kubeconfig ? "kubeconfig" : "context");
    if (settings->objects.count > 0 && (settings->cluster || by_kubeconfig))
        return error_set(err, ERROR_INVALID,
                         "the objects are from files (\"--objects\") or from a cluster, not from both");
    if (settings->objects.count > 0)
        *ret = SOURCE_FILES;
    else if (settings->cluster || by_kubeconfig || settings->plugin)
        *ret = SOURCE_CLUSTER;
    return 0;
}

int cluster_source_config(struct arena *arena, const struct deciding_settings *settings,
                          struct kube_config *ret, struct error *err)
{
    const struct kube_config_options options = {
        .kubeconfig = settings->kubeconfig,
        .context = settings->context,
    };

    if (settings->cluster)
        return kube_config_in_cluster(arena, &options, ret, err);
    return kube_config_load(arena, &options, ret, err);
}
