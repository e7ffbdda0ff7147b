/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_SCALAR_H
#define WEIR_BASE_YAML_SCALAR_H

#include "base/value.h"

/*
 * What a plain scalar means (go-yaml 2, resolve.go, which kubectl reads by):
 * fills in kind, boolean and text. `text` stays where it is a string or already
 * in normal form, else it is the arena's.
 */
void yaml_scalar_resolve(struct arena *arena, struct str text, struct value *ret);

#endif
