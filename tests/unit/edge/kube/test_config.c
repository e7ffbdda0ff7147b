/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/config.h"

#include "edge/kube/material.h"
#include "edge/kube/resource.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
#define CONTEXT                                                                                              \
    "contexts:\n- name: here\n  context: {cluster: c, user: u, namespace: team}\n"                           \
    "- name: there\n  context: {cluster: d}\n"
#define CLUSTERS(more)                                                                                       \
    "clusters:\n- name: c\n  cluster: {server: \"https://10.0.0.1:6443/\", " more "}\n"                      \
    "- name: d\n  cluster: {server: \"https://[fd00::1]:6443/k8s/clusters/x\"}\n"
#define USER(body) "users:\n- name: u\n  user: {" body "}\n"
#define PEM        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="

static struct arena arena;

static int read_text(const char *text, const struct kube_config_options *options, struct kube_config *ret,
                     struct error *err)
{
    const struct kubeconfig_document document = {str_from_c(text), "conf", STR("/etc/weir")};

    return kubeconfig_read(&arena, &(struct kubeconfig_documents){&document, 1}, options, ret, err);
}

TEST(reads_server_and_certificates)
{
    const struct kube_config_options options = {.kubeconfig = NULL};
    struct kube_config config;
    struct error err;

    CHECK(read_text(
              HEAD CONTEXT CLUSTERS("certificate-authority: ca.pem, tls-server-name: kube, proxy-url: "
                                    "\"http://proxy:3128\"")
                  USER("client-certificate-data: " PEM ", client-certificate: other.pem, client-key: /k.pem"),
              &options, &config, &err) == 0);
    CHECK_STR(str_from_c(config.server), STR("https://10.0.0.1:6443"));
    CHECK_STR(str_from_c(config.authority.path), STR("/etc/weir/ca.pem"));
    CHECK_STR(str_from_c(config.tls_server_name), STR("kube"));
    CHECK_STR(str_from_c(config.proxy_url), STR("http://proxy:3128"));
    CHECK(!config.client_certificate.path);
    CHECK_STR(config.client_certificate.data, STR("-----BEGIN CERTIFICATE-----\n"));
    CHECK_STR(str_from_c(config.client_key.path), STR("/k.pem"));
    CHECK_STR(config.namespace, STR("team"));
    CHECK(!config.insecure && !config.exec);
}

TEST(another_context_may_be_anonymous_at_an_ipv6_server_with_a_path)
{
    const struct kube_config_options options = {.context = "there"};
    struct kube_config config;
    struct error err;

    CHECK(read_text(HEAD CONTEXT CLUSTERS(""), &options, &config, &err) == 0);
    CHECK_STR(str_from_c(config.server), STR("https://[fd00::1]:6443/k8s/clusters/x"));
    CHECK(config.namespace.len == 0 && config.token.data.len == 0 && config.username.len == 0);
}

TEST(reads_what_a_user_may_be)
{
    const struct kube_config_options options = {.kubeconfig = NULL};
    struct kube_config config;
    struct error err;

    CHECK(read_text(HEAD CONTEXT CLUSTERS("") USER("token: abc"), &options, &config, &err) == 0);
    CHECK_STR(config.token.data, STR("abc"));
    CHECK(read_text(HEAD CONTEXT CLUSTERS("") USER("token: abc, tokenFile: t"), &options, &config, &err) ==
          0);
    CHECK_STR(str_from_c(config.token.path), STR("/etc/weir/t"));
    CHECK(read_text(HEAD CONTEXT CLUSTERS("") USER("username: a, password: b"), &options, &config, &err) ==
          0);
    CHECK_STR(config.username, STR("a"));
    CHECK_STR(config.password, STR("b"));
    CHECK(read_text(HEAD CONTEXT CLUSTERS("")
                        USER("exec: {command: bin/login, apiVersion: client.authentication.k8s.io/v1beta1, "
                             "args: [a, \"b c\"], env: [{name: X, value: \"1\"}], provideClusterInfo: true}"),
                    &options, &config, &err) == 0);
    CHECK_STR(str_from_c(config.exec->command), STR("/etc/weir/bin/login"));
    CHECK_STR(str_from_c(config.exec->argv[2]), STR("b c"));
    CHECK(!config.exec->argv[3]);
    CHECK_STR(str_from_c(config.exec->env[0]), STR("X=1"));
    CHECK(config.exec->provide_cluster_info);
}

TEST(says_what_is_wrong_and_never_a_credential)
{
    static const struct {
        const char *text;
        enum error_code code;
        const char *says; /* a part */
    } rows[] = {
        {"[]", ERROR_INVALID, "not a kubeconfig"},
        {"a: [", ERROR_INVALID, "conf: "},
        {"", ERROR_NOT_FOUND, "no current-context"},
        {"current-context: x", ERROR_NOT_FOUND, "no context \"x\""},
        {HEAD CONTEXT, ERROR_NOT_FOUND, "no cluster \"c\""},
        {HEAD CONTEXT CLUSTERS(""), ERROR_NOT_FOUND, "no user \"u\""},
        {HEAD CONTEXT "clusters: [{name: c, cluster: {server: \"10.0.0.1:6443\"}}]", ERROR_INVALID,
         "\"server\" must be an https address"},
        {HEAD CONTEXT "clusters: [{name: c, cluster: {server: \"http://10.0.0.1:6443\"}}]", ERROR_INVALID,
         "plain http"},
        {HEAD CONTEXT "clusters: [{name: c, cluster: {}}]", ERROR_INVALID, "must be an https address"},
        {HEAD CONTEXT CLUSTERS("insecure-skip-tls-verify: true"), ERROR_FORBIDDEN,
         "insecure-skip-tls-verify"},
        {HEAD CONTEXT CLUSTERS("insecure-skip-tls-verify: true, certificate-authority: x"), ERROR_INVALID,
         "exclude each other"},
        {HEAD CONTEXT CLUSTERS("certificate-authority-data: \"%%\""), ERROR_INVALID, "is not base64"},
        {HEAD CONTEXT CLUSTERS("certificate-authority-data: c2VjcmV0"), ERROR_INVALID, "is not PEM"},
        {HEAD CONTEXT CLUSTERS("proxy-url: \"ftp://x\""), ERROR_INVALID, "proxy-url"},
        {HEAD CONTEXT CLUSTERS("") USER("token: 17secret"), ERROR_NONE, ""},
        {HEAD CONTEXT CLUSTERS("") USER("token: 17"), ERROR_INVALID, "\"token\" must be a text"},
        {HEAD CONTEXT CLUSTERS("") USER("token: [secret]"), ERROR_INVALID, "\"token\" must be a text"},
        {HEAD CONTEXT CLUSTERS("") USER("client-key-data: c2VjcmV0"), ERROR_INVALID, "is not PEM"},
        {HEAD CONTEXT CLUSTERS("") USER("client-key: secret.pem"), ERROR_INVALID, "must come together"},
        {HEAD CONTEXT CLUSTERS("") USER("as: secret"), ERROR_INVALID, "\"as\" is not supported"},
        {HEAD CONTEXT CLUSTERS("") USER("auth-provider: {name: gcp}"), ERROR_INVALID, "is not supported"},
        {HEAD CONTEXT CLUSTERS("") USER("username: \"a:secret\""), ERROR_INVALID, "holds a colon"},
        {HEAD CONTEXT CLUSTERS("") USER("exec: {command: x}"), ERROR_INVALID, "\"apiVersion\" must be"},
        {HEAD CONTEXT CLUSTERS("") USER("exec: {apiVersion: client.authentication.k8s.io/v1}"), ERROR_INVALID,
         "\"command\" is missing"},
        {HEAD CONTEXT CLUSTERS("")
             USER("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}"),
         ERROR_INVALID, "there is no terminal"},
        {HEAD CONTEXT CLUSTERS("")
             USER("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, env: [{value: secret}]}"),
         ERROR_INVALID, "\"env\" holds something else"},
    };
    const struct kube_config_options options = {.kubeconfig = NULL};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err = {.code = ERROR_NONE, .text = ""};
        struct kube_config config;
        int failed = read_text(rows[i].text, &options, &config, &err);

        CHECK_ROW((failed < 0) == (rows[i].code != ERROR_NONE), "row %zu: %s", i, err.text);
        CHECK_ROW(err.code == rows[i].code, "row %zu: %s", i, err.text);
        CHECK_ROW(str_contains(error_text(&err), str_from_c(rows[i].says)), "row %zu: %s", i, err.text);
        CHECK_ROW(!str_contains(error_text(&err), STR("secret")), "row %zu: %s", i, err.text);
    }
}

TEST(takes_any_certificate_only_where_that_is_asked_for)
{
    const struct kube_config_options options = {.allow_insecure = true};
    struct kube_config config;
    struct error err;

    CHECK(read_text(HEAD CONTEXT CLUSTERS("insecure-skip-tls-verify: true") USER(""), &options, &config,
                    &err) == 0);
    CHECK(config.insecure);
}

static char folder[] = "/tmp/weir-kube-XXXXXX";

static void write_file(const char *name, const char *content)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    if (!file || fputs(content, file) < 0 || fclose(file) != 0)
        exit(1);
}

TEST(of_several_files_the_first_that_says_something_wins)
{
    const struct kube_config_options options = {.kubeconfig = NULL};
    struct kube_config config;
    struct error err;
    char list[512];
    char want[256];

    if (!mkdtemp(folder))
        exit(1);
    write_file("a", "current-context: here\nusers: [{name: u, user: {tokenFile: mine}}]\n");
    write_file("b", "current-context: there\n" CONTEXT CLUSTERS("") USER("token: theirs"));
    (void)snprintf(list, sizeof(list), "%s/absent:%s/a::%s/b", folder, folder, folder);
    (void)setenv("KUBECONFIG", list, 1);
    CHECK(kube_config_find(&arena, &options, &config, &err) == 0);
    (void)snprintf(want, sizeof(want), "%s/mine", folder);
    CHECK_STR(str_from_c(config.token.path), str_from_c(want));
    CHECK_STR(str_from_c(config.server), STR("https://10.0.0.1:6443"));
    (void)unsetenv("KUBECONFIG");
}

TEST(a_pod_knows_its_server_its_token_and_its_namespace)
{
    const struct kube_config_options options = {.service_account_folder = folder};
    struct kube_config config;
    struct error err;

    (void)unsetenv("KUBERNETES_SERVICE_HOST");
    (void)setenv("HOME", "/nowhere", 1);
    CHECK(kube_config_in_cluster(&arena, &options, &config, &err) < 0 && err.code == ERROR_NOT_FOUND);
    CHECK(kube_config_find(&arena, &options, &config, &err) < 0 && err.code == ERROR_NOT_FOUND);
    write_file("token", "abc\n");
    write_file("ca.crt", "x");
    write_file("namespace", "weir-system");
    (void)setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    (void)setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    CHECK(kube_config_find(&arena, &options, &config, &err) == 0);
    CHECK_STR(str_from_c(config.server), STR("https://[fd00::1]:443"));
    CHECK_STR(config.namespace, STR("weir-system"));
    (void)setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    CHECK(kube_config_in_cluster(&arena, &options, &config, &err) == 0);
    CHECK_STR(str_from_c(config.server), STR("https://10.96.0.1:443"));
    (void)setenv("KUBERNETES_SERVICE_PORT", "https", 1);
    CHECK(kube_config_in_cluster(&arena, &options, &config, &err) < 0 && err.code == ERROR_INVALID);
}

TEST(a_file_is_read_again_when_it_changes_and_each_minute)
{
    char path[256];
    struct kube_material material = {.path = path};
    struct kube_material_file file;
    struct error err;
    struct str got;

    (void)snprintf(path, sizeof(path), "%s/token", folder);
    kube_material_init(&file, &material);
    write_file("token", "one");
    CHECK(kube_material_get(&file, 1000, &got, &err) == 0);
    CHECK_STR(got, STR("one"));
    write_file("token.new", "two");
    (void)snprintf(path + strlen(path), 8, ".new");
    {
        char to[256];

        (void)snprintf(to, sizeof(to), "%s/token", folder);
        CHECK(rename(path, to) == 0);
        (void)snprintf(path, sizeof(path), "%s", to);
    }
    CHECK(kube_material_get(&file, 1001, &got, &err) == 0);
    CHECK_STR(got, STR("two"));
    CHECK(file.read_ms == 1001);
    CHECK(kube_material_get(&file, 1001 + KUBE_FILE_MS - 1, &got, &err) == 0 && file.read_ms == 1001);
    CHECK(kube_material_get(&file, 1001 + KUBE_FILE_MS, &got, &err) == 0 &&
          file.read_ms == 1001 + KUBE_FILE_MS);
    (void)unlink(path);
    CHECK(kube_material_get(&file, 1002 + KUBE_FILE_MS, &got, &err) == 0);
    CHECK_STR(got, STR("two"));
    kube_material_release(&file);
    kube_material_init(&file, &material);
    CHECK(kube_material_get(&file, 1000, &got, &err) < 0 && err.code == ERROR_NOT_FOUND);
    CHECK(str_contains(error_text(&err), str_from_c(path)));
    kube_material_release(&file);
}

TEST(names_cannot_lead_to_another_path)
{
    static const struct kube_resource secrets = {STR_INIT(""), STR_INIT("v1"), STR_INIT("secrets"), true};
    static const struct kube_resource streams = {STR_INIT("weir.dev"), STR_INIT("v1alpha1"),
                                                 STR_INIT("imagestreams"), true};
    static const char *const bad[] = {"..", ".", "a/b", "a%2fb", "a?b", "a#b", "a b", "a\tb", "\xc3\xa9"};
    struct text text;
    struct error err;

    text_init(&text, &arena, 1000);
    CHECK(kube_resource_path(&text, &(struct kube_place){&secrets, STR("ns"), STR("pull"), {NULL, 0}},
                             &err) == 0);
    CHECK_STR(text_str(&text), STR("/api/v1/namespaces/ns/secrets/pull"));
    text_init(&text, &arena, 1000);
    CHECK(kube_resource_path(&text, &(struct kube_place){&streams, STR("ns"), STR("a"), STR("status")},
                             &err) == 0);
    CHECK_STR(text_str(&text), STR("/apis/weir.dev/v1alpha1/namespaces/ns/imagestreams/a/status"));
    text_init(&text, &arena, 1000);
    CHECK(kube_resource_path(&text, &(struct kube_place){.resource = &streams}, &err) == 0);
    CHECK_STR(text_str(&text), STR("/apis/weir.dev/v1alpha1/imagestreams"));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct kube_place place = {&secrets, STR("ns"), str_from_c(bad[i]), {NULL, 0}};

        CHECK_ROW(kube_resource_path(&text, &place, &err) < 0 && err.code == ERROR_INVALID, "%s", bad[i]);
        place = (struct kube_place){&secrets, str_from_c(bad[i]), STR("x"), {NULL, 0}};
        CHECK_ROW(kube_resource_path(&text, &place, &err) < 0, "%s", bad[i]);
    }
    CHECK(kube_resource_path(&text, &(struct kube_place){.resource = &secrets, .name = STR("x")}, &err) < 0);
    text_init(&text, &arena, 1000);
    kube_resource_query(&text, "limit", STR("5"));
    kube_resource_query(&text, "continue", STR(""));
    kube_resource_query(&text, "labelSelector", STR("a=b,c in (d)"));
    CHECK_STR(text_str(&text), STR("?limit=5&labelSelector=a%3Db%2Cc%20in%20%28d%29"));
}

static void remove_folder(void) __attribute__((destructor));
static void remove_folder(void)
{
    static const char *const names[] = {"a", "b", "token", "ca.crt", "namespace"};
    char path[256];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

TEST_MAIN()
