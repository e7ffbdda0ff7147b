/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_NAMES_H
#define WEIR_CORE_OBJECT_NAMES_H

#include "base/error.h"

/*
 * The grammars of Kubernetes' names (apimachinery, util/validation): RFC 1123
 * labels for namespaces, RFC 1123 subdomains for most others, and labels' own.
 * ERROR_INVALID quotes the name and says what is expected.
 */
enum { OBJECT_LABEL_MAX = 63, OBJECT_SUBDOMAIN_MAX = 253 };

MUST_CHECK int object_names_check_label(struct str name, struct error *err);
MUST_CHECK int object_names_check_subdomain(struct str name, struct error *err);
/* A key of a label, [PREFIX/]NAME, and its value, which may be empty. */
MUST_CHECK int object_names_check_label_key(struct str key, struct error *err);
MUST_CHECK int object_names_check_label_value(struct str value, struct error *err);
/* OpenShift's for image streams, [a-z0-9]+([._-][a-z0-9]+)*, at most 255 bytes. */
MUST_CHECK int object_names_check_stream(struct str name, struct error *err);
bool object_names_is_stream(struct str name);

#endif
