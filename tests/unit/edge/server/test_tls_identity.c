/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/tls_identity.h"
#include "test.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A directory with what one test writes; made and removed by it. */
struct files {
    char directory[32];
    char cert[64], key[64], ca[64];
};

static void name_files(struct files *files)
{
    memcpy(files->directory, "/tmp/weir-tls-XXXXXX", sizeof "/tmp/weir-tls-XXXXXX");
    CHECK(mkdtemp(files->directory) != NULL);
    snprintf(files->cert, sizeof files->cert, "%s/tls.crt", files->directory);
    snprintf(files->key, sizeof files->key, "%s/tls.key", files->directory);
    snprintf(files->ca, sizeof files->ca, "%s/ca.crt", files->directory);
}

static void remove_files(struct files *files)
{
    unlink(files->cert);
    unlink(files->key);
    unlink(files->ca);
    rmdir(files->directory);
}

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

static struct identity make_identity(const char *common_name, long days)
{
    struct identity made = {X509_new(), EVP_EC_gen("P-256")};
    X509_NAME *name = X509_get_subject_name(made.certificate);

    X509_set_version(made.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), days * 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(made.certificate, name);
    X509_set_pubkey(made.certificate, made.key);
    CHECK(X509_sign(made.certificate, made.key, EVP_sha256()) > 0);
    return made;
}

static void free_identity(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

static void write_cert(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "w");
    CHECK(file && PEM_write_X509(file, certificate) == 1);
    fclose(file);
}

static void write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    CHECK(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0);
    fclose(file);
}

/* A handshake in memory: the common name the server showed, or "" where it failed. */
static void handshake(SSL_CTX *server_context, struct identity *client, char *ret_name, size_t size)
{
    SSL_CTX *client_context = SSL_CTX_new(TLS_client_method());
    SSL *server = SSL_new(server_context);
    SSL *peer = SSL_new(client_context);
    BIO *left, *right;

    ret_name[0] = '\0';
    if (client) {
        SSL_use_certificate(peer, client->certificate);
        SSL_use_PrivateKey(peer, client->key);
    }
    BIO_new_bio_pair(&left, 0, &right, 0);
    SSL_set_bio(server, left, left);
    SSL_set_bio(peer, right, right);
    SSL_set_accept_state(server);
    SSL_set_connect_state(peer);
    for (int i = 0; i < 20; i++) {
        SSL_do_handshake(peer);
        SSL_do_handshake(server);
    }
    if (SSL_is_init_finished(server) && SSL_is_init_finished(peer))
        X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(peer)), NID_commonName,
                                  ret_name, (int)size);
    ERR_clear_error();
    SSL_free(server);
    SSL_free(peer);
    SSL_CTX_free(client_context);
}

static void check_shows(struct tls_identity *identity, const char *name)
{
    char got[64];

    handshake(tls_identity_context(identity), NULL, got, sizeof got);
    CHECK_STR(str_from_c(got), str_from_c(name));
}

TEST(a_new_pair_is_shown_by_the_next_handshake)
{
    struct files files;
    struct identity one = make_identity("one", 10);
    struct identity two = make_identity("two", 20);
    struct tls_identity *identity = NULL;
    struct error err;

    name_files(&files);
    write_cert(files.cert, one.certificate);
    write_key(files.key, one.key);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key};
    CHECK(tls_identity_open(&options, &identity, &err) == 0);
    check_shows(identity, "one");
    int64_t left = tls_identity_not_after(identity) - (int64_t)time(NULL);
    CHECK(left > 9 * 86400 && left <= 10 * 86400);
    CHECK(tls_identity_not_before(identity) < (int64_t)time(NULL));
    CHECK(tls_identity_poll(identity, &err) == TLS_UNCHANGED);

    write_cert(files.cert, two.certificate); /* half of the change: refused, once */
    CHECK(tls_identity_poll(identity, &err) == TLS_REFUSED);
    CHECK(str_contains(error_text(&err), STR("does not belong to the certificate")));
    CHECK(tls_identity_poll(identity, &err) == TLS_UNCHANGED);
    check_shows(identity, "one");

    write_key(files.key, two.key);
    CHECK(tls_identity_poll(identity, &err) == TLS_RELOADED);
    check_shows(identity, "two");
    CHECK(tls_identity_poll(identity, &err) == TLS_UNCHANGED);
    tls_identity_free(identity);
    free_identity(&one);
    free_identity(&two);
    remove_files(&files);
}

static void link_pair(const struct files *files, const char *version, const struct identity *pair)
{
    char path[128];
    char data[64];
    char fresh[64];

    snprintf(path, sizeof path, "%s/%s", files->directory, version);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/tls.crt", files->directory, version);
    write_cert(path, pair->certificate);
    snprintf(path, sizeof path, "%s/%s/tls.key", files->directory, version);
    write_key(path, pair->key);
    snprintf(data, sizeof data, "%s/..data", files->directory);
    snprintf(fresh, sizeof fresh, "%s/..data_tmp", files->directory);
    CHECK(symlink(version, fresh) == 0 && rename(fresh, data) == 0);
}

static void remove_version(const struct files *files, const char *version)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s/tls.crt", files->directory, version);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s/tls.key", files->directory, version);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s", files->directory, version);
    rmdir(path);
}

TEST(a_pair_that_is_not_there_yet_is_waited_for)
{
    struct files files;
    struct identity one = make_identity("one", 10);
    struct tls_identity *identity = NULL;
    struct error err;

    name_files(&files);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key};
    CHECK(tls_identity_open(&options, &identity, &err) == 0);
    CHECK(!tls_identity_is_there(identity) && tls_identity_not_after(identity) == 0);
    check_shows(identity, "");
    CHECK(tls_identity_poll(identity, &err) == TLS_UNCHANGED);

    write_cert(files.cert, one.certificate);
    CHECK(tls_identity_poll(identity, &err) == TLS_REFUSED);
    CHECK(!tls_identity_is_there(identity));
    write_key(files.key, one.key);
    CHECK(tls_identity_poll(identity, &err) == TLS_RELOADED);
    CHECK(tls_identity_is_there(identity));
    check_shows(identity, "one");
    tls_identity_free(identity);

    unlink(files.key); /* only one of them: that is no start of a Pod */
    CHECK(tls_identity_open(&options, &identity, &err) < 0);
    free_identity(&one);
    remove_files(&files);
}

TEST(the_symlink_swap_of_a_mounted_secret_is_seen)
{
    struct files files;
    struct identity one = make_identity("one", 10);
    struct identity two = make_identity("two", 10);
    struct tls_identity *identity = NULL;
    struct error err;
    char data[64];

    name_files(&files);
    link_pair(&files, "..1", &one);
    CHECK(symlink("..data/tls.crt", files.cert) == 0 && symlink("..data/tls.key", files.key) == 0);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key};
    CHECK(tls_identity_open(&options, &identity, &err) == 0);
    link_pair(&files, "..2", &two);
    CHECK(tls_identity_poll(identity, &err) == TLS_RELOADED);
    check_shows(identity, "two");
    tls_identity_free(identity);
    remove_version(&files, "..1");
    remove_version(&files, "..2");
    snprintf(data, sizeof data, "%s/..data", files.directory);
    unlink(data);
    remove_files(&files);
    free_identity(&one);
    free_identity(&two);
}

TEST(deleted_and_half_written_files_leave_the_old_pair_in_force)
{
    struct files files;
    struct identity one = make_identity("one", 10);
    struct tls_identity *identity = NULL;
    struct error err;

    name_files(&files);
    write_cert(files.cert, one.certificate);
    write_key(files.key, one.key);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key};
    CHECK(tls_identity_open(&options, &identity, &err) == 0);
    unlink(files.cert);
    CHECK(tls_identity_poll(identity, &err) == TLS_REFUSED);
    CHECK(str_contains(error_text(&err), STR("cannot open")));
    write_text(files.cert, "-----BEGIN CERTIFICATE-----\nMIIB");
    CHECK(tls_identity_poll(identity, &err) == TLS_REFUSED);
    check_shows(identity, "one");
    write_cert(files.cert, one.certificate);
    CHECK(tls_identity_poll(identity, &err) == TLS_RELOADED);
    tls_identity_free(identity);
    free_identity(&one);
    remove_files(&files);
}

TEST(says_which_file_is_wrong_and_why)
{
    struct files files;
    struct identity one = make_identity("one", 10);
    struct identity two = make_identity("two", 10);
    struct tls_identity *identity = NULL;
    struct error err = {ERROR_NONE, ""};

    name_files(&files);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key};
    const struct tls_identity_options with_ca = {.cert = files.cert, .key = files.key, .client_ca = files.ca};
    write_key(files.key, one.key);
    CHECK(tls_identity_open(&options, &identity, &err) < 0 && err.code == ERROR_NOT_FOUND);
    write_text(files.cert, "nothing");
    CHECK(tls_identity_open(&options, &identity, &err) < 0);
    CHECK(str_contains(error_text(&err), STR("no PEM certificate in")));
    write_cert(files.cert, one.certificate);
    write_text(files.key, "");
    CHECK(tls_identity_open(&options, &identity, &err) < 0);
    CHECK(str_contains(error_text(&err), STR("no PEM private key")));
    write_key(files.key, two.key);
    CHECK(tls_identity_open(&options, &identity, &err) < 0);
    CHECK(str_contains(error_text(&err), STR("does not belong")));
    write_key(files.key, one.key);
    write_text(files.ca, "x");
    CHECK(tls_identity_open(&with_ca, &identity, &err) < 0);
    CHECK(str_contains(error_text(&err), STR("ca.crt")));
    free_identity(&one);
    free_identity(&two);
    remove_files(&files);
}

TEST(demands_a_client_certificate_of_the_given_authority)
{
    struct files files;
    struct identity server = make_identity("server", 10);
    struct identity client = make_identity("client", 10);
    struct identity stranger = make_identity("stranger", 10);
    struct tls_identity *identity = NULL;
    struct error err;
    char got[64];

    name_files(&files);
    write_cert(files.cert, server.certificate);
    write_key(files.key, server.key);
    write_cert(files.ca, client.certificate);
    const struct tls_identity_options options = {.cert = files.cert, .key = files.key, .client_ca = files.ca};
    CHECK(tls_identity_open(&options, &identity, &err) == 0);
    handshake(tls_identity_context(identity), &client, got, sizeof got);
    CHECK_STR(str_from_c(got), STR("server"));
    handshake(tls_identity_context(identity), &stranger, got, sizeof got);
    CHECK_STR(str_from_c(got), STR(""));
    handshake(tls_identity_context(identity), NULL, got, sizeof got);
    CHECK_STR(str_from_c(got), STR(""));
    write_cert(files.ca, stranger.certificate);
    CHECK(tls_identity_poll(identity, &err) == TLS_RELOADED);
    handshake(tls_identity_context(identity), &stranger, got, sizeof got);
    CHECK_STR(str_from_c(got), STR("server"));
    tls_identity_free(identity);
    free_identity(&server);
    free_identity(&client);
    free_identity(&stranger);
    remove_files(&files);
}

TEST_MAIN()
