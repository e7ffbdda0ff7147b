/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORTER_H
#define WEIR_ENGINE_IMPORT_IMPORTER_H

#include "engine/controller/leader_lease.h"
#include "engine/import/importer_options.h"

/*
 * Makes image streams live: asks registries for what is due, writes Images and
 * the streams' status, and tells of it. What is due and what becomes of a status
 * is core/import's to say; here is when it is looked at, and all that is under
 * way. It works while it is told to.
 *
 * The outbound thread's alone, but for importer_write_metrics().
 */
struct importer;

struct importer *importer_new(const struct importer_options *options, uint64_t seed);
/* It rests, and the streams are freed; before the clients are. NULL is allowed. */
void importer_free(struct importer *importer);

/* Works while the lease is held; nothing is sent that could outlive it. */
void importer_work(struct importer *importer, const struct leader_lease *lease);
/* Drops all that is under way. Without work it does nothing. */
void importer_rest(struct importer *importer);

/* Something else is in the slot of policies. */
void importer_policies_changed(struct importer *importer);
/*
 * A registry says that the repository ("docker.io/library/odoo") has changed; `tag` empty: any of its tags.
 * What it says is not believed: the tags of streams that import from there are due.
 */
void importer_notify(struct importer *importer, struct str repository, struct str tag);

/* A source of struct metrics; any thread. */
void importer_write_metrics(void *ctx, struct text *out);

#endif
