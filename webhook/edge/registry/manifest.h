/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_MANIFEST_H
#define WEIR_EDGE_REGISTRY_MANIFEST_H

struct registry_lookup;

/* The request for a tag's manifest, and what its answers mean. */

/* Asks for the tag with what is known about who asks. */
void registry_manifest_ask(struct registry_lookup *lookup);

#endif
