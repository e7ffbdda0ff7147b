/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/certificate_maker.h"

#include "base/character.h"
#include "base/text.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum {
    SERIAL_BITS = 127, /* of at most 159 (RFC 5280 4.1.2.2), and positive */
    NAMES_TEXT_MAX = 64 << 10,
};

/* Out of memory or of random numbers: nothing that could be gone on with. */
static void *must(void *made)
{
    if (!made)
        abort();
    return made;
}

static void must_be(bool done)
{
    if (!done)
        abort();
}

static void add_random_serial(X509 *certificate)
{
    BIGNUM *number = must(BN_new());

    must_be(BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
    must(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
}

static void set_life(X509 *certificate, int64_t from, int64_t to)
{
    must(ASN1_TIME_set(X509_getm_notBefore(certificate), from));
    must(ASN1_TIME_set(X509_getm_notAfter(certificate), to));
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;
    int added;

    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    added = extension && X509_add_ext(certificate, extension, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(extension);
    return added;
}

static void set_common_name(X509 *certificate, const char *text)
{
    must_be(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                       (const unsigned char *)text, -1, -1, 0) == 1);
}

static X509 *new_certificate(EVP_PKEY *key)
{
    X509 *certificate = must(X509_new());

    must_be(X509_set_version(certificate, X509_VERSION_3) == 1 && X509_set_pubkey(certificate, key) == 1);
    add_random_serial(certificate);
    return certificate;
}

static struct str take_bio(struct arena *arena, BIO *bio)
{
    char *bytes;
    long len = BIO_get_mem_data(bio, &bytes);
    struct str text = arena_str(arena, (struct str){bytes, (size_t)len});

    BIO_free(bio);
    return text;
}

static void write_pair(struct arena *arena, X509 *certificate, EVP_PKEY *key, struct certificate_pair *ret)
{
    BIO *first = must(BIO_new(BIO_s_mem()));
    BIO *second = must(BIO_new(BIO_s_secmem()));

    must_be(PEM_write_bio_X509(first, certificate) == 1 &&
            PEM_write_bio_PrivateKey(second, key, NULL, NULL, 0, NULL, NULL) == 1);
    ret->certificate = take_bio(arena, first);
    ret->key = take_bio(arena, second);
}

/* Several CAs are in a bundle at the same time: their names tell people which is which. */
static void name_ca(X509 *certificate)
{
    struct arena arena;
    struct text name;
    BIGNUM *serial = must(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL));
    char *digits = must(BN_bn2hex(serial));

    arena_init(&arena);
    text_init(&name, &arena, 64);
    text_addf(&name, "weir CA %.8s", digits);
    text_add_char(&name, '\0');
    set_common_name(certificate, name.ptr);
    arena_release(&arena);
    OPENSSL_free(digits);
    BN_free(serial);
}

void certificate_maker_ca(struct arena *arena, const struct certificate_life *life,
                          struct certificate_pair *ret)
{
    EVP_PKEY *key = must(EVP_EC_gen("P-256"));
    X509 *certificate = new_certificate(key);

    name_ca(certificate);
    must_be(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1);
    set_life(certificate, life->now - CERTIFICATE_BACKDATE_S, life->now + life->seconds);
    must_be(add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ==
                0 &&
            add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") == 0 &&
            add_extension(certificate, certificate, NID_subject_key_identifier, "hash") == 0);
    must_be(X509_sign(certificate, key, EVP_sha256()) > 0);
    write_pair(arena, certificate, key, ret);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* OpenSSL reads names from a list with commas: none of ours may hold one. */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!char_is_alphanumeric(c) && c != '.' && c != '-' && c != ':' && c != '*')
            return false;
    }
    return name.len > 0;
}

static bool is_address(struct arena *arena, struct str name)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(arena_cstr(arena, name));
    bool good = address != NULL;

    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return good;
}

/* "DNS:a,IP:1.2.3.4" */
static int add_names(X509 *certificate, const struct server_names *names, struct error *err)
{
    struct arena arena;
    struct text list;
    int result = 0;

    arena_init(&arena);
    text_init(&list, &arena, NAMES_TEXT_MAX);
    for (size_t i = 0; i < names->count && result == 0; i++) {
        if (!is_name(names->names[i]))
            result = error_set(err, ERROR_INVALID, "\"" STR_FMT "\" is no name of a server",
                               STR_ARG(names->names[i]));
        text_add_c(&list, i == 0 ? "" : ",");
        text_add_c(&list, is_address(&arena, names->names[i]) ? "IP:" : "DNS:");
        text_add(&list, names->names[i]);
    }
    text_add_char(&list, '\0');
    if (result == 0 &&
        (list.too_long || add_extension(certificate, NULL, NID_subject_alt_name, list.ptr) < 0))
        result = error_set(err, ERROR_INVALID, "the names of a server cannot be written into a certificate");
    ERR_clear_error();
    arena_release(&arena);
    return result;
}

static int read_ca(const struct certificate_pair *ca, X509 **ret_certificate, EVP_PKEY **ret_key,
                   struct error *err)
{
    BIO *first = must(BIO_new_mem_buf(ca->certificate.ptr, (int)ca->certificate.len));
    BIO *second = must(BIO_new_mem_buf(ca->key.ptr, (int)ca->key.len));

    *ret_certificate = PEM_read_bio_X509(first, NULL, NULL, NULL);
    *ret_key = PEM_read_bio_PrivateKey(second, NULL, NULL, NULL);
    BIO_free(first);
    BIO_free(second);
    ERR_clear_error();
    if (*ret_certificate && *ret_key && X509_check_private_key(*ret_certificate, *ret_key) == 1)
        return 0;
    X509_free(*ret_certificate);
    EVP_PKEY_free(*ret_key);
    return error_set(err, ERROR_INVALID, "the CA cannot sign: its certificate or key is damaged");
}

static void set_leaf_life(X509 *leaf, const X509 *ca, const struct certificate_life *life)
{
    time_t end = (time_t)(life->now + life->seconds);

    set_life(leaf, life->now - CERTIFICATE_BACKDATE_S, end);
    if (X509_cmp_time(X509_get0_notAfter(ca), &end) < 0)
        must_be(X509_set1_notAfter(leaf, X509_get0_notAfter(ca)) == 1);
    if (ASN1_TIME_compare(X509_get0_notBefore(leaf), X509_get0_notBefore(ca)) < 0)
        must_be(X509_set1_notBefore(leaf, X509_get0_notBefore(ca)) == 1);
}

int certificate_maker_leaf(struct arena *arena, const struct certificate_pair *ca,
                           const struct certificate_leaf *wanted, struct certificate_pair *ret,
                           struct error *err)
{
    X509 *issuer;
    EVP_PKEY *issuer_key;

    if (read_ca(ca, &issuer, &issuer_key, err) < 0)
        return -1;
    EVP_PKEY *key = must(EVP_EC_gen("P-256"));
    X509 *leaf = new_certificate(key);
    set_common_name(leaf, "weir webhook");
    must_be(X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1);
    set_leaf_life(leaf, issuer, &wanted->life);
    must_be(add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") == 0 &&
            add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature") == 0 &&
            add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth") == 0 &&
            add_extension(leaf, issuer, NID_subject_key_identifier, "hash") == 0 &&
            add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always") == 0);
    int result = add_names(leaf, &wanted->names, err);
    if (result == 0) {
        must_be(X509_sign(leaf, issuer_key, EVP_sha256()) > 0);
        write_pair(arena, leaf, key, ret);
    }
    X509_free(leaf);
    EVP_PKEY_free(key);
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
    return result;
}
