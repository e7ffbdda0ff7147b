/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_CONFIG_H
#define WEIR_EDGE_KUBE_CONFIG_H

#include "base/arena.h"
#include "base/error.h"

/*
 * Where an API server is and who we are there: from the files that every Pod is
 * given, or from a kubeconfig (client-go, tools/clientcmd). Read once; what it
 * names by path is read again by kube_credentials, so that a certificate or
 * token that is renewed is used without a restart.
 */
enum {
    KUBECONFIG_MAX = 4 << 20,      /* bytes of one kubeconfig */
    KUBECONFIG_FILES_MAX = 16,     /* in $KUBECONFIG */
    KUBE_EXEC_ARGUMENTS_MAX = 256, /* of an exec plugin, and as many variables */
};

/* PEM or a token: in a file, or here. Neither: there is none. */
struct kube_material {
    const char *path;
    struct str data;
};

/* A program that hands out credentials (client.authentication.k8s.io). */
struct kube_exec {
    const char *command;       /* as for execvp(), or a path */
    const char *const *argv;   /* command first, ended by NULL */
    const char *const *env;    /* "NAME=value", added to ours, ended by NULL */
    struct str api_version;    /* client.authentication.k8s.io/v1 or /v1beta1 */
    struct str install_hint;   /* for people, where the command is not there */
    bool provide_cluster_info; /* what the server is goes to the program, too */
};

struct kube_config {
    const char *server;    /* "https://10.0.0.1:443", perhaps with a path, no "/" at the end */
    const char *proxy_url; /* NULL: what the environment says */
    const char *tls_server_name;
    bool insecure; /* any certificate is taken */
    struct kube_material authority;
    struct kube_material client_certificate;
    struct kube_material client_key;
    struct kube_material token;
    struct str username; /* with `password`: HTTP Basic */
    struct str password;
    const struct kube_exec *exec; /* NULL: none */
    struct str namespace;         /* the context's or the Pod's; empty: not said */
};

struct kube_config_options {
    const char *kubeconfig;             /* a path; NULL: $KUBECONFIG, then ~/.kube/config */
    const char *context;                /* NULL: the current one */
    bool allow_insecure;                /* insecure-skip-tls-verify is taken instead of refused */
    const char *service_account_folder; /* of in-cluster; NULL: the one of every Pod */
};

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

/* One document's part of the above, for kube_config_load() and for tests. `folder`: of relative paths. */
struct kubeconfig_document {
    struct str text;
    const char *path; /* for messages */
    struct str folder;
};
MUST_CHECK int kube_config_read(struct arena *arena, const struct kubeconfig_document *documents,
                                size_t count, const struct kube_config_options *options,
                                struct kube_config *ret, struct error *err);

/*
 * What --kubeconfig and --context mean to a program that may run in a Pod: with
 * either of them or $KUBECONFIG the kubeconfig, else the Pod's account, else ~/.kube/config.
 */
MUST_CHECK int kube_config_find(struct arena *arena, const struct kube_config_options *options,
                                struct kube_config *ret, struct error *err);

#endif
