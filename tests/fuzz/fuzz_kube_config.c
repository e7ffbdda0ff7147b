/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "<kubeconfig>\0<context>\0<output of a plugin>": what is read is complete, and what
 * is refused is refused in one line.
 */
#include "edge/kube/config.h"
#include "edge/kube/exec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void check_config(const struct kube_config *config)
{
    struct str server = str_from_c(config->server);

    expect(str_starts(server, STR("https://")) || str_starts(server, STR("http://")));
    expect(!str_ends(server, STR("/")) && !config->insecure);
    expect((config->client_certificate.path || config->client_certificate.data.len > 0) ==
           (config->client_key.path || config->client_key.data.len > 0));
    if (!config->exec)
        return;
    expect(config->exec->command[0] != '\0' && strcmp(config->exec->command, config->exec->argv[0]) == 0);
    for (const char *const *env = config->exec->env; *env; env++)
        expect(strchr(*env, '=') != *env && strchr(*env, '='));
}

static void check_error(const struct error *err)
{
    expect(err->code != ERROR_NONE && err->text[0] != '\0' && !strchr(err->text, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str version = STR("client.authentication.k8s.io/v1");
    struct str rest = {(const char *)data, size};
    struct kubeconfig_document document = {str_cut(&rest, '\0'), "config", STR("/etc")};
    struct kube_config_options options = {.kubeconfig = NULL};
    struct kube_exec_credential credential;
    struct kube_config config;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    options.context = arena_cstr(&arena, str_cut(&rest, '\0'));
    if (kubeconfig_read(&arena, &(struct kubeconfig_documents){&document, 1}, &options, &config, &err) == 0)
        check_config(&config);
    else
        check_error(&err);
    if (kube_exec_read(&arena, rest, version, &credential, &err) == 0)
        expect(credential.token.len > 0 || credential.client_certificate_pem.len > 0);
    else
        check_error(&err);
    arena_release(&arena);
    return 0;
}
