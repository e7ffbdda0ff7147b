/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/credential_fingerprint.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

static void digest_length_and_text(EVP_MD_CTX *digest, struct str s)
{
    uint64_t len = s.len;
    int done = EVP_DigestUpdate(digest, &len, sizeof(len)) && EVP_DigestUpdate(digest, s.ptr, s.len);

    assert(done);
    (void)done;
}

/* Lengths are hashed too, so that no two lists run together to the same bytes. */
struct credential_fingerprint credential_fingerprint(const struct credential *const *credentials,
                                                     size_t count)
{
    struct credential_fingerprint ret = {{0}};
    EVP_MD_CTX *digest;
    int done;

    if (count == 0)
        return ret;
    digest = EVP_MD_CTX_new();
    done = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    assert(done);
    for (size_t i = 0; i < count; i++) {
        digest_length_and_text(digest, credentials[i]->username);
        digest_length_and_text(digest, credentials[i]->password);
    }
    done = EVP_DigestFinal_ex(digest, ret.bytes, NULL);
    assert(done);
    EVP_MD_CTX_free(digest);
    return ret;
}

bool credential_fingerprint_equal(const struct credential_fingerprint *a,
                                  const struct credential_fingerprint *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
