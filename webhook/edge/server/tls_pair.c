/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/tls_pair.h"

#include "base/memory.h"
#include "edge/system/file.h"
#include "edge/system/secret_text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHAIN_MAX = 16 };

/* A file's content for OpenSSL to read; the caller gives `text` back to forget(). */
static BIO *open_text(const char *path, struct str *ret_text, struct error *err)
{
    BIO *bio;

    if (file_read(path, FILE_REGULAR, TLS_FILE_MAX, ret_text, err) < 0)
        return NULL;
    bio = BIO_new_mem_buf(ret_text->ptr, (int)ret_text->len);
    if (!bio)
        abort();
    return bio;
}

static void forget(BIO *bio, struct str text)
{
    BIO_free(bio);
    OPENSSL_cleanse((void *)(uintptr_t)text.ptr, text.len);
    free((void *)(uintptr_t)text.ptr);
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
    struct str text;
    BIO *bio = open_text(path, &text, err);

    if (!bio)
        return -1;
    int result = read_chain(pair, bio, path, err);
    forget(bio, text);
    return result;
}

static int load_key(struct tls_pair *pair, const char *path, const char *cert, struct error *err)
{
    struct str text;
    BIO *bio = open_text(path, &text, err);

    if (!bio)
        return -1;
    pair->key = PEM_read_bio_PrivateKey(bio, NULL, secret_text_no_passphrase, NULL);
    forget(bio, text);
    if (!pair->key)
        return error_set(err, ERROR_INVALID, "no PEM private key without passphrase in \"%s\"", path);
    if (X509_check_private_key(pair->leaf, pair->key) != 1)
        return error_set(err, ERROR_INVALID, "the key in \"%s\" does not belong to the certificate in \"%s\"",
                         path, cert);
    return 0;
}

static int load_client_store(struct tls_pair *pair, const char *path, struct error *err)
{
    struct str text;
    BIO *bio = open_text(path, &text, err);
    X509 *certificate;
    int count = 0;

    if (!bio)
        return -1;
    pair->client_store = X509_STORE_new();
    if (!pair->client_store)
        abort();
    while ((certificate = PEM_read_bio_X509(bio, NULL, secret_text_no_passphrase, NULL)) != NULL) {
        count += X509_STORE_add_cert(pair->client_store, certificate);
        X509_free(certificate);
    }
    forget(bio, text);
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
    struct tls_pair *pair = memory_zeroed(1, sizeof *pair);
    int result;

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
