/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_READY_H
#define WEIR_CORE_IMPORT_READY_H

#include "core/import/settling.h"

/* Settles the stream's conditions and its summary. */
void ready_settle(struct settling *settling);

#endif
