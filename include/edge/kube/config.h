/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_CONFIG_H
#define WEIR_EDGE_KUBE_CONFIG_H

#include "edge/kube/kubeconfig.h"

/* Where a program finds its account: a Pod's own, or a kubeconfig. */

/*
 * By $KUBERNETES_SERVICE_HOST and _PORT and the service account's folder.
 * ERROR_NOT_FOUND: this is no Pod.
 */
MUST_CHECK int kube_config_in_cluster(struct arena *arena, const struct kube_config_options *options,
                                      struct kube_config *ret, struct error *err);

/*
 * From a kubeconfig; of several files in $KUBECONFIG the first that defines
 * something wins. Relative paths are relative to the file they are in, "~" in
 * none of them means anything. Refused, with the path in the file: servers that
 * are not https (but plain http on loopback, as "kubectl proxy" serves it),
 * insecure-skip-tls-verify unless allowed, impersonation ("as"), auth-provider,
 * exec plugins that want a terminal. No message holds a credential.
 */
MUST_CHECK int kube_config_load(struct arena *arena, const struct kube_config_options *options,
                                struct kube_config *ret, struct error *err);

/*
 * What --kubeconfig and --context mean to a program that may run in a Pod: with
 * either of them or $KUBECONFIG the kubeconfig, else the Pod's account, else ~/.kube/config.
 */
MUST_CHECK int kube_config_find(struct arena *arena, const struct kube_config_options *options,
                                struct kube_config *ret, struct error *err);

#endif
