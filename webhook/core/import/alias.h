/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_ALIAS_H
#define WEIR_CORE_IMPORT_ALIAS_H

#include "core/import/settling.h"

/* Settles every tag that follows another one, or a digest of a stream. */
void alias_settle(struct settling *settling);

#endif
