/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMAGE_REFERENCE_GRAMMAR_H
#define WEIR_CORE_IMAGE_REFERENCE_GRAMMAR_H

#include "base/str.h"

/*
 * The parts of an image reference (distribution/reference, regexp.go). Read once
 * from left to right: no part has a choice that would have to be taken back.
 * `text` may be empty, but not with a NULL pointer.
 */

/* host or [IPv6], with an optional port of any number of digits; letters in either case. */
bool reference_grammar_is_domain(struct str text);
/* How far from its start a text is one component of a path, as far as possible; 0: there is none. */
size_t reference_grammar_component_length(struct str text);
/* The same of one or more components, joined by '/'. No limit of length. */
size_t reference_grammar_path_length(struct str text);
/* A word of at most 128 characters. */
bool reference_grammar_is_tag(struct str text);
/* Of a digest's shape, which is wider than a valid one (core/image/digest.h). */
bool reference_grammar_is_digest(struct str text);

#endif
