/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/manifest_answer.h"

#include "core/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

const struct str manifest_accept = STR_INIT(
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*");

static struct str media_type(const struct http_answer *answer)
{
    return str_trim(str_slice(answer->content_type, 0, str_find(answer->content_type, ';')));
}

static bool type_is(const struct http_answer *answer, const char *type)
{
    return str_equal_nocase(media_type(answer), str_from_c(type));
}

/* Portals, proxies and login pages answer anything with 200. */
static int check_headers(const struct http_answer *answer, struct error *err)
{
    if (type_is(answer, "text/html") || type_is(answer, "application/xhtml+xml"))
        return error_set(err, ERROR_INVALID, "a web page instead of a manifest");
    if (answer->docker_content_digest.len > 0 && !digest_is_valid(answer->docker_content_digest))
        return error_set(err, ERROR_INVALID, "a malformed digest");
    if (answer->content_length > MANIFEST_MAX)
        return error_set(err, ERROR_INVALID, "a manifest of more than %d bytes", MANIFEST_MAX);
    return 0;
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

/*
 * Whether the bytes are one JSON object as far as brackets and strings go: what
 * tells a whole manifest from a page or a torso, at no cost in memory.
 */
static bool is_object(struct str s)
{
    size_t depth = 0;
    bool quoted = false;

    s = str_trim(s);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && (depth == 0 || (--depth == 0 && i + 1 < s.len)))
            return false;
    }
    return s.len > 1 && s.ptr[0] == '{' && depth == 0 && !quoted;
}

/* "algorithm:hex" of the body. */
static struct str digest_of(struct arena *arena, struct str algorithm, struct str body)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    const EVP_MD *digest = EVP_get_digestbyname(arena_cstr(arena, algorithm));
    char *text = arena_alloc(arena, 2 * EVP_MAX_MD_SIZE);

    if (!digest || EVP_Digest(body.ptr, body.len, bytes, &len, digest, NULL) != 1)
        abort();
    for (unsigned int i = 0; i < len; i++) {
        text[2 * i] = hex[bytes[i] >> 4];
        text[2 * i + 1] = hex[bytes[i] & 15];
    }
    return arena_join(arena, algorithm, STR(":"), ((struct str){text, 2 * (size_t)len}));
}

int manifest_answer_get(struct arena *arena, const struct http_answer *answer, struct str *ret,
                        struct error *err)
{
    struct str given = answer->docker_content_digest;
    struct str algorithm = given.len > 0 ? str_slice(given, 0, str_find(given, ':')) : STR("sha256");
    struct str computed;

    if (check_headers(answer, err) < 0)
        return -1;
    if (!is_object(answer->body))
        return error_set(err, ERROR_INVALID, "no manifest");
    if (given.len > 0 && type_is(answer, "application/vnd.docker.distribution.manifest.v1+prettyjws")) {
        *ret = given;
        return 0;
    }
    computed = digest_of(arena, algorithm, answer->body);
    if (given.len > 0 && !str_equal(given, computed))
        return error_set(err, ERROR_INVALID, "a digest that is not its content's");
    *ret = computed;
    return 0;
}
