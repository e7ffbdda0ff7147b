/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_CREDENTIAL_FINGERPRINT_H
#define WEIR_EDGE_REGISTRY_CREDENTIAL_FINGERPRINT_H

#include "core/registry/credentials.h"

/*
 * Who asks, without the secret: two askers with equal fingerprints may share
 * tokens, pauses and answers. SHA-256 of user names and passwords in their
 * order; all zero where there are none.
 */
enum { CREDENTIAL_FINGERPRINT_SIZE = 32 };

struct credential_fingerprint {
    unsigned char bytes[CREDENTIAL_FINGERPRINT_SIZE];
};

struct credential_fingerprint credential_fingerprint(const struct credential *const *credentials,
                                                     size_t count);
bool credential_fingerprint_equal(const struct credential_fingerprint *a,
                                  const struct credential_fingerprint *b);

#endif
