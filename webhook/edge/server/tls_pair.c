/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/tls_pair.h"

#include "edge/server/tls_identity.h"
#include "edge/system/secret_text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHAIN_MAX = 16 };

/* Into memory first, so that a file that grows or blocks is a bounded affair. */
static int read_file(const char *path, BIO **ret, struct error *err)
{
    char block[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t total = 0;
    ssize_t n;

    if (fd < 0)
        return error_set_errno(err, errno, "cannot open \"%s\"", path);
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio)
        abort();
    while ((n = read(fd, block, sizeof block)) > 0 && total <= TLS_FILE_MAX) {
        total += (size_t)n;
        if (BIO_write(bio, block, (int)n) != (int)n)
            abort();
    }
    int code = errno;
    close(fd);
    OPENSSL_cleanse(block, sizeof block);
    if (n == 0 && total <= TLS_FILE_MAX) {
        *ret = bio;
        return 0;
    }
    BIO_free(bio);
    if (n < 0)
        return error_set_errno(err, code, "cannot read \"%s\"", path);
    return error_set(err, ERROR_TOO_LARGE, "\"%s\" is larger than %d bytes", path, (int)TLS_FILE_MAX);
}

static int read_chain(struct tls_pair *pair, BIO *bio, const char *path, struct error *err)
{
    X509 *certificate;

    pair->leaf = PEM_read_bio_X509(bio, NULL, secret_text_no_passphrase, NULL);
    pair->chain = sk_X509_new_null();
    if (!pair->chain)
        abort();
    if (!pair->leaf)
        return error_set(err, ERROR_INVALID, "no PEM certificate in \"%s\"", path);
    while ((certificate = PEM_read_bio_X509(bio, NULL, secret_text_no_passphrase, NULL)) != NULL) {
        if (sk_X509_push(pair->chain, certificate) <= 0)
            abort();
        if (sk_X509_num(pair->chain) > CHAIN_MAX)
            return error_set(err, ERROR_TOO_LARGE, "more than %d certificates in \"%s\"", CHAIN_MAX, path);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return error_set(err, ERROR_INVALID, "a certificate of the chain in \"%s\" is damaged", path);
    return 0;
}

static int load_chain(struct tls_pair *pair, const char *path, struct error *err)
{
    BIO *bio;

    if (read_file(path, &bio, err) < 0)
        return -1;
    int result = read_chain(pair, bio, path, err);
    BIO_free(bio);
    return result;
}

static int load_key(struct tls_pair *pair, const char *path, const char *cert, struct error *err)
{
    BIO *bio;

    if (read_file(path, &bio, err) < 0)
        return -1;
    pair->key = PEM_read_bio_PrivateKey(bio, NULL, secret_text_no_passphrase, NULL);
    BIO_free(bio);
    if (!pair->key)
        return error_set(err, ERROR_INVALID, "no PEM private key without passphrase in \"%s\"", path);
    if (X509_check_private_key(pair->leaf, pair->key) != 1)
        return error_set(err, ERROR_INVALID, "the key in \"%s\" does not belong to the certificate in \"%s\"",
                         path, cert);
    return 0;
}

static int load_client_store(struct tls_pair *pair, const char *path, struct error *err)
{
    BIO *bio;
    X509 *certificate;
    int count = 0;

    if (read_file(path, &bio, err) < 0)
        return -1;
    pair->client_store = X509_STORE_new();
    if (!pair->client_store)
        abort();
    while ((certificate = PEM_read_bio_X509(bio, NULL, secret_text_no_passphrase, NULL)) != NULL) {
        count += X509_STORE_add_cert(pair->client_store, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    if (count == 0)
        return error_set(err, ERROR_INVALID, "no PEM certificate in \"%s\"", path);
    return 0;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;
    int days;
    int seconds;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool good = epoch && ASN1_TIME_to_tm(time, &tm) == 1 && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    ASN1_TIME_free(epoch);
    return good ? (int64_t)days * 86400 + seconds : 0;
}

int tls_pair_load(const char *cert, const char *key, const char *client_ca, struct tls_pair **ret,
                  struct error *err)
{
    struct tls_pair *pair = calloc(1, sizeof *pair);
    int result;

    if (!pair)
        abort();
    atomic_init(&pair->references, 1);
    ERR_clear_error();
    result = load_chain(pair, cert, err);
    if (result == 0)
        result = load_key(pair, key, cert, err);
    if (result == 0 && client_ca)
        result = load_client_store(pair, client_ca, err);
    ERR_clear_error();
    if (result < 0) {
        tls_pair_release(pair);
        return -1;
    }
    pair->not_before = seconds_of(X509_get0_notBefore(pair->leaf));
    pair->not_after = seconds_of(X509_get0_notAfter(pair->leaf));
    *ret = pair;
    return 0;
}

void tls_pair_release(struct tls_pair *pair)
{
    if (!pair || atomic_fetch_sub(&pair->references, 1) > 1)
        return;
    X509_free(pair->leaf);
    sk_X509_pop_free(pair->chain, X509_free);
    EVP_PKEY_free(pair->key);
    X509_STORE_free(pair->client_store);
    free(pair);
}
