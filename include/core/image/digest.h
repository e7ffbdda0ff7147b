/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMAGE_DIGEST_H
#define WEIR_CORE_IMAGE_DIGEST_H

#include "base/error.h"

/*
 * A content digest, "algorithm:hex" (OCI image-spec, descriptor.md, Digests):
 * sha256, sha384 or sha512 with lower-case hex of the algorithm's length.
 */
MUST_CHECK bool digest_is_valid(struct str text);

/*
 * The same with the reason, in the words of distribution's go-digest:
 * "invalid checksum digest format", "unsupported digest algorithm",
 * "invalid checksum digest length".
 */
MUST_CHECK int digest_check(struct str text, struct error *err);

#endif
