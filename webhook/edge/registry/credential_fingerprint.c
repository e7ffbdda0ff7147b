/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/credential_fingerprint.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Credentials without a fingerprint of their own would share answers. */
static void must(int done)
{
    if (!done)
        abort();
}

static void digest_length_and_text(EVP_MD_CTX *digest, struct str s)
{
    uint64_t len = s.len;

    must(EVP_DigestUpdate(digest, &len, sizeof(len)) && EVP_DigestUpdate(digest, s.ptr, s.len));
}

/* Lengths are hashed too, so that no two lists run together to the same bytes. */
struct credential_fingerprint credential_fingerprint(const struct credential *const *credentials,
                                                     size_t count)
{
    struct credential_fingerprint ret = {{0}};
    EVP_MD_CTX *digest;

    if (count == 0)
        return ret;
    digest = EVP_MD_CTX_new();
    must(digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL));
    for (size_t i = 0; i < count; i++) {
        digest_length_and_text(digest, credentials[i]->username);
        digest_length_and_text(digest, credentials[i]->password);
    }
    must(EVP_DigestFinal_ex(digest, ret.bytes, NULL));
    EVP_MD_CTX_free(digest);
    return ret;
}

bool credential_fingerprint_equal(const struct credential_fingerprint *a,
                                  const struct credential_fingerprint *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
