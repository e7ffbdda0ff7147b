/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_CHECK_MESSAGE_H
#define WEIR_ENGINE_IMPORT_CHECK_MESSAGE_H

#include "core/import/plan.h"
#include "core/registry/credentials.h"
#include "core/registry/failure.h"
#include "engine/import/namespace_credentials.h"

/* What people read of a check that failed: one line. */

/* Who asked, and what kept others from being asked with. */
struct check_asker {
    struct str namespace;
    const struct namespace_secrets *secrets; /* NULL: none were looked at */
    struct str named;                        /* the value of weir.dev/pull-secret */
    const struct credential *const *credentials;
    size_t credential_count;
};

/*
 * "docker.io/library/odoo:13: <cause>", and where it was refused or not found: with which Secrets and keys
 * it was asked for, or how weir gets to read some. Never a user name or a password. In the arena.
 */
struct str check_message(struct arena *arena, const struct tag_check *check, const struct check_asker *asker,
                         enum registry_failure failure, struct str cause);

#endif
