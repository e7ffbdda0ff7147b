/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_SECRET_TEXT_H
#define WEIR_EDGE_SYSTEM_SECRET_TEXT_H

#include "base/str.h"

/* Tokens, passwords and keys in memory of ours. */

/* Writes over the bytes, before their memory gets another owner. */
void secret_text_cleanse(struct str s);

/*
 * For OpenSSL's readers of PEM: there is no passphrase, and no person is asked for
 * one on a terminal.
 */
int secret_text_no_passphrase(char *buffer, int size, int writing, void *ctx);

#endif
