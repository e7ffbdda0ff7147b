/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_DESCRIPTION_JSON_H
#define WEIR_CORE_STREAM_DESCRIPTION_JSON_H

#include "core/stream/description.h"

/*
 * The same for programs, as docs/CLI.md has it: one JSON value without a line
 * end, every tag in full, null for what the object does not say. Both fail
 * where it gets longer than the text may be.
 */
MUST_CHECK int description_json_stream(struct text *out, const struct stream_subject *subject,
                                       struct error *err);
MUST_CHECK int description_json_history(struct text *out, const struct stream_subject *subject,
                                        const struct listed_tag *tag, struct error *err);

#endif
