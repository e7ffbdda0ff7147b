/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/certificate_pair.h"

#include "base/arena.h"
#include "edge/system/secret_text.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static BIO *bio_of(struct str text)
{
    BIO *bio = BIO_new_mem_buf(text.len > 0 ? text.ptr : "", text.len < INT_MAX ? (int)text.len : 0);

    if (!bio)
        abort();
    return bio;
}

/* NULL where it cannot be read. */
static X509 *read_certificate(struct str text)
{
    BIO *bio = bio_of(text);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, secret_text_no_passphrase, NULL);

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

static bool has_key(X509 *certificate, struct str text)
{
    BIO *bio = bio_of(text);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, secret_text_no_passphrase, NULL);
    bool good = key && X509_check_private_key(certificate, key) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return good;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days;
    int seconds;
    bool good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    ASN1_TIME_free(epoch);
    return good ? (int64_t)days * 86400 + seconds : 0;
}

static uint64_t id_of(X509 *certificate)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned len = sizeof digest;
    uint64_t id;

    if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1)
        abort();
    memcpy(&id, digest, sizeof id);
    return id;
}

struct certificate_fact certificate_pair_fact(const struct certificate_pair *pair, enum certificate_role role)
{
    struct certificate_fact fact = {.usable = false};
    X509 *certificate = read_certificate(pair->certificate);

    if (!certificate)
        return fact;
    fact.usable = (X509_check_ca(certificate) == 1) == (role == CERTIFICATE_CA);
    fact.has_key = has_key(certificate, pair->key);
    fact.not_before = seconds_of(X509_get0_notBefore(certificate));
    fact.not_after = seconds_of(X509_get0_notAfter(certificate));
    fact.id = id_of(certificate);
    X509_free(certificate);
    return fact;
}

bool certificate_pair_is_signed_by(struct str leaf, struct str ca)
{
    X509 *signed_one = read_certificate(leaf);
    X509 *signer = read_certificate(ca);
    bool good = signed_one && signer && X509_check_issued(signer, signed_one) == X509_V_OK &&
                X509_verify(signed_one, X509_get0_pubkey(signer)) == 1;

    X509_free(signed_one);
    X509_free(signer);
    ERR_clear_error();
    return good;
}

bool certificate_pair_has_name(struct str certificate, struct str name)
{
    X509 *x509 = read_certificate(certificate);
    struct arena arena;
    bool good;

    if (!x509)
        return false;
    arena_init(&arena);
    const char *text = arena_cstr(&arena, name);
    good = X509_check_ip_asc(x509, text, 0) == 1 ||
           X509_check_host(x509, text, name.len, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
    arena_release(&arena);
    X509_free(x509);
    ERR_clear_error();
    return good;
}
