/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/manifest_answer.h"

#include "core/image/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

const struct str manifest_accept = STR_INIT(
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*");

struct str manifest_answer_type(const struct http_answer *answer)
{
    return str_trim(str_slice(answer->content_type, 0, str_find(answer->content_type, ';')));
}

static bool type_is(const struct http_answer *answer, const char *type)
{
    return str_equal_nocase(manifest_answer_type(answer), str_from_c(type));
}

/* Portals, proxies and login pages answer anything with 200. The body of a HEAD is not to be seen. */
static int check_headers(const struct http_answer *answer, struct error *err)
{
    if (type_is(answer, "text/html") || type_is(answer, "application/xhtml+xml"))
        return error_set(err, ERROR_INVALID, "a web page instead of a manifest");
    if (answer->docker_content_digest.len > 0 && !digest_is_valid(answer->docker_content_digest))
        return error_set(err, ERROR_INVALID, "a malformed digest");
    if (answer->content_length > REGISTRY_MANIFEST_MAX)
        return error_set(err, ERROR_INVALID, "a manifest of more than %d bytes", REGISTRY_MANIFEST_MAX);
    return manifest_outline_refuse_schema_1(manifest_answer_type(answer), err);
}

enum manifest_verdict manifest_answer_head(const struct http_answer *answer, struct str *ret,
                                           struct error *err)
{
    if (check_headers(answer, err) < 0)
        return MANIFEST_WRONG;
    if (answer->docker_content_digest.len == 0 || answer->content_length <= 0)
        return MANIFEST_UNKNOWN;
    *ret = answer->docker_content_digest;
    return MANIFEST_DIGEST;
}

/* The answer's digest was checked by no one yet: an unknown algorithm leaves sha256. */
static void begin_hash(struct manifest_body *body, const struct http_answer *answer)
{
    struct str given = answer->docker_content_digest;
    struct str algorithm = digest_is_valid(given) ? str_slice(given, 0, str_find(given, ':')) : STR("sha256");

    assert(algorithm.len < sizeof(body->algorithm));
    memcpy(body->algorithm, algorithm.ptr, algorithm.len);
    body->hash = EVP_MD_CTX_new();
    if (!body->hash || EVP_DigestInit_ex(body->hash, EVP_get_digestbyname(body->algorithm), NULL) != 1)
        abort();
}

void manifest_body_add(struct manifest_body *body, const struct http_answer *answer, struct str part)
{
    if (!body->hash)
        begin_hash(body, answer);
    if (EVP_DigestUpdate(body->hash, part.ptr, part.len) != 1)
        abort();
    manifest_outline_add(&body->outline, part);
}

void manifest_body_release(struct manifest_body *body)
{
    EVP_MD_CTX_free(body->hash);
    *body = (struct manifest_body){.hash = NULL};
}

/* "algorithm:hex" */
static struct str finish_hash(struct arena *arena, struct manifest_body *body)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    struct text text;

    if (EVP_DigestFinal_ex(body->hash, bytes, &len) != 1)
        abort();
    text_init(&text, arena, sizeof(body->algorithm) + 1 + 2 * EVP_MAX_MD_SIZE);
    text_add_c(&text, body->algorithm);
    text_add_char(&text, ':');
    for (unsigned int i = 0; i < len; i++) {
        text_add_char(&text, hex[bytes[i] >> 4]);
        text_add_char(&text, hex[bytes[i] & 15]);
    }
    return text_str(&text);
}

int manifest_body_digest(struct arena *arena, struct manifest_body *body, const struct http_answer *answer,
                         struct str *ret, struct error *err)
{
    struct str given = answer->docker_content_digest;
    struct str computed;

    if (check_headers(answer, err) < 0)
        return -1;
    if (!body->hash)
        return error_set(err, ERROR_INVALID, "no manifest");
    if (manifest_outline_check(&body->outline, manifest_answer_type(answer), err) < 0)
        return -1;
    computed = finish_hash(arena, body);
    if (given.len > 0 && !str_equal(given, computed))
        return error_set(err, ERROR_INVALID, "a digest that is not its content's");
    *ret = computed;
    return 0;
}

int manifest_body_blob_digest(struct arena *arena, struct manifest_body *body, struct str *ret,
                              struct error *err)
{
    if (!body->hash)
        return error_set(err, ERROR_INVALID, "an empty blob");
    *ret = finish_hash(arena, body);
    return 0;
}
