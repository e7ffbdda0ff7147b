/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/certificate_maker.h"
#include "test.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <time.h>

enum { DAY = 86400 };

static const struct str names[] = {STR_INIT("weir-webhook.weir-system.svc"),
                                   STR_INIT("weir-webhook.weir-system"), STR_INIT("127.0.0.1"),
                                   STR_INIT("::1")};

static struct certificate_life life_of(int64_t seconds)
{
    return (struct certificate_life){.now = (int64_t)time(NULL), .seconds = seconds};
}

static struct certificate_pair make_ca(struct arena *arena, int64_t seconds)
{
    struct certificate_life life = life_of(seconds);
    struct certificate_pair ca;

    certificate_maker_ca(arena, &life, &ca);
    return ca;
}

static struct certificate_pair make_leaf(struct arena *arena, const struct certificate_pair *ca,
                                         int64_t seconds)
{
    const struct certificate_leaf wanted = {{names, ARRAY_LEN(names)}, life_of(seconds)};
    struct certificate_pair leaf = {.certificate = {NULL, 0}};
    struct error err;

    CHECK(certificate_maker_leaf(arena, ca, &wanted, &leaf, &err) == 0);
    return leaf;
}

static X509 *read_pem(struct str text)
{
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return certificate;
}

/* As a TLS client would, for a server of that name. */
static int verify(struct str leaf, struct str ca, const char *host)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509 *authority = read_pem(ca);
    X509 *certificate = read_pem(leaf);
    int code;

    X509_STORE_add_cert(store, authority);
    X509_STORE_CTX_init(ctx, store, certificate, NULL);
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), host, 0);
    code = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    X509_free(certificate);
    X509_free(authority);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return code;
}

TEST(a_leaf_is_verified_by_the_ca_that_signed_it_alone)
{
    struct arena arena;

    arena_init(&arena);
    struct certificate_pair ca = make_ca(&arena, 100 * DAY);
    struct certificate_pair other = make_ca(&arena, 100 * DAY);
    struct certificate_pair leaf = make_leaf(&arena, &ca, 10 * DAY);
    CHECK(verify(leaf.certificate, ca.certificate, "weir-webhook.weir-system.svc") == X509_V_OK);
    CHECK(verify(leaf.certificate, ca.certificate, "other.weir-system.svc") == X509_V_ERR_HOSTNAME_MISMATCH);
    CHECK(verify(leaf.certificate, other.certificate, "weir-webhook.weir-system.svc") != X509_V_OK);
    CHECK(certificate_pair_is_signed_by(leaf.certificate, ca.certificate));
    CHECK(!certificate_pair_is_signed_by(leaf.certificate, other.certificate));
    CHECK(!certificate_pair_is_signed_by(leaf.certificate, leaf.certificate));
    CHECK(!certificate_pair_is_signed_by(STR("nothing"), ca.certificate));
    arena_release(&arena);
}

TEST(a_leaf_has_all_its_names_and_no_other)
{
    struct arena arena;

    arena_init(&arena);
    struct certificate_pair ca = make_ca(&arena, 100 * DAY);
    struct certificate_pair leaf = make_leaf(&arena, &ca, 10 * DAY);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK_ROW(certificate_pair_has_name(leaf.certificate, names[i]), "name %zu", i);
    CHECK(!certificate_pair_has_name(leaf.certificate, STR("127.0.0.2")));
    CHECK(!certificate_pair_has_name(leaf.certificate, STR("weir webhook")));
    CHECK(!certificate_pair_has_name(STR(""), STR("a")));
    arena_release(&arena);
}

TEST(times_are_what_was_asked_for_and_a_leaf_never_outlives_its_ca)
{
    struct arena arena;

    arena_init(&arena);
    struct certificate_life life = life_of(100);
    struct certificate_pair ca = make_ca(&arena, 100);
    struct certificate_pair short_leaf = make_leaf(&arena, &ca, 30);
    struct certificate_pair long_leaf = make_leaf(&arena, &ca, 1000);
    struct certificate_fact of_ca = certificate_pair_fact(&ca, CERTIFICATE_CA);
    struct certificate_fact of_short = certificate_pair_fact(&short_leaf, CERTIFICATE_LEAF);
    struct certificate_fact of_long = certificate_pair_fact(&long_leaf, CERTIFICATE_LEAF);
    CHECK(of_ca.usable && of_ca.has_key && of_short.usable && of_short.has_key);
    CHECK(of_ca.not_after - of_ca.not_before == 100 + CERTIFICATE_BACKDATE_S);
    CHECK(of_ca.not_after - life.now >= 100 && of_ca.not_after - life.now <= 102);
    CHECK(of_short.not_after - life.now >= 30 && of_short.not_after - life.now <= 32);
    CHECK(of_long.not_after == of_ca.not_after);
    CHECK(of_ca.id != of_short.id && of_short.id != of_long.id);
    CHECK(!certificate_rotation_is_due(&of_short, life.now) &&
          certificate_rotation_is_due(&of_short, life.now + 23));
    arena_release(&arena);
}

TEST(what_is_no_pair_is_said_to_be_none)
{
    struct arena arena;

    arena_init(&arena);
    struct certificate_pair ca = make_ca(&arena, DAY);
    struct certificate_pair leaf = make_leaf(&arena, &ca, DAY);
    struct certificate_pair mixed = {leaf.certificate, ca.key};
    struct certificate_pair keyless = {leaf.certificate, {NULL, 0}};
    struct certificate_pair empty = {{NULL, 0}, {NULL, 0}};
    struct certificate_pair garbage = {STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                                       leaf.key};
    CHECK(!certificate_pair_fact(&mixed, CERTIFICATE_LEAF).has_key);
    CHECK(!certificate_pair_fact(&keyless, CERTIFICATE_LEAF).has_key);
    CHECK(!certificate_pair_fact(&empty, CERTIFICATE_LEAF).usable);
    CHECK(!certificate_pair_fact(&garbage, CERTIFICATE_LEAF).usable);
    CHECK(!certificate_pair_fact(&leaf, CERTIFICATE_CA).usable);
    CHECK(!certificate_pair_fact(&ca, CERTIFICATE_LEAF).usable);
    arena_release(&arena);
}

TEST(names_that_are_none_and_cas_that_cannot_sign_are_refused)
{
    const struct str bad[] = {STR_INIT(""), STR_INIT("a,DNS:b"), STR_INIT("a b"), STR_INIT("a\nb")};
    struct arena arena;
    struct certificate_leaf wanted = {{NULL, 1}, life_of(DAY)};
    struct certificate_pair leaf;
    struct error err;

    arena_init(&arena);
    struct certificate_pair ca = make_ca(&arena, DAY);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        wanted.names.names = &bad[i];
        CHECK_ROW(certificate_maker_leaf(&arena, &ca, &wanted, &leaf, &err) < 0 && err.code == ERROR_INVALID,
                  "name %zu", i);
    }
    wanted.names.names = names;
    struct certificate_pair other = make_ca(&arena, DAY);
    ca.key = other.key;
    CHECK(certificate_maker_leaf(&arena, &ca, &wanted, &leaf, &err) < 0);
    ca.key = STR("");
    CHECK(certificate_maker_leaf(&arena, &ca, &wanted, &leaf, &err) < 0);
    arena_release(&arena);
}

TEST(no_two_serials_are_alike)
{
    struct arena arena;

    arena_init(&arena);
    X509 *one = read_pem(make_ca(&arena, DAY).certificate);
    X509 *two = read_pem(make_ca(&arena, DAY).certificate);
    CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(one), X509_get0_serialNumber(two)) != 0);
    CHECK(X509_NAME_cmp(X509_get_subject_name(one), X509_get_subject_name(two)) != 0);
    X509_free(one);
    X509_free(two);
    arena_release(&arena);
}

TEST_MAIN()
