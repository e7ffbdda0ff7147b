/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_KUBECONFIG_H
#define WEIR_EDGE_KUBE_KUBECONFIG_H

#include "base/arena.h"
#include "edge/kube/material.h"

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

/* One file. `folder`: of relative paths. */
struct kubeconfig_document {
    struct str text;
    const char *path; /* for messages */
    struct str folder;
};

/* At least one, in the order of $KUBECONFIG. */
struct kubeconfig_documents {
    const struct kubeconfig_document *items;
    size_t count;
};

/* What the files say together; the first that defines something wins. Texts are the arena's or the files'. */
MUST_CHECK int kubeconfig_read(struct arena *arena, const struct kubeconfig_documents *documents,
                               const struct kube_config_options *options, struct kube_config *ret,
                               struct error *err);

#endif
