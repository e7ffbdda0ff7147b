/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/system/secret_text.h"

#include <openssl/crypto.h>

void secret_text_cleanse(struct str s)
{
    if (s.len > 0)
        OPENSSL_cleanse((void *)(uintptr_t)s.ptr, s.len);
}

int secret_text_no_passphrase(char *buffer, int size, int writing, void *ctx)
{
    (void)buffer, (void)size, (void)writing, (void)ctx;
    return -1;
}
