/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_CHANGE_H
#define WEIR_CORE_IMPORT_CHANGE_H

#include "core/import/status.h"

/* What a stream's status becomes, and what is to be told of it. */

enum import_move_kind { MOVE_IMPORTED, MOVE_FOLLOWED, MOVE_FAILED, MOVE_RECOVERED };

/* What happened to a tag, to be told. */
struct import_move {
    enum import_move_kind kind;
    struct str tag;
    struct str from; /* the digest or name before; empty: none */
    struct str to;
    struct str reason;  /* of a failure */
    struct str message; /* of a failure */
};

struct import_change {
    struct import_status status;
    bool changed; /* from what is stored: to be written */
    struct import_move *moves;
    size_t move_count;
};

#endif
