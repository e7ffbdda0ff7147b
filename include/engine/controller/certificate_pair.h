/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_CERTIFICATE_PAIR_H
#define WEIR_ENGINE_CONTROLLER_CERTIFICATE_PAIR_H

#include "base/str.h"
#include "core/controller/certificate_rotation.h"

/* A certificate and its key as Secrets hold them: PEM. Either may be empty. Borrowed texts. */
struct certificate_pair {
    struct str certificate;
    struct str key;
};

enum certificate_role { CERTIFICATE_CA, CERTIFICATE_LEAF };

/* What there is to know of it; not usable where it cannot be read or has another role. */
struct certificate_fact certificate_pair_fact(const struct certificate_pair *pair,
                                              enum certificate_role role);

/* Whether `ca`'s key has signed `leaf`, by name and signature; times are not looked at. */
bool certificate_pair_is_signed_by(struct str leaf, struct str ca);

/* Whether a client that wants `name`, a DNS name or an IP address, would take the certificate. */
bool certificate_pair_has_name(struct str certificate, struct str name);

#endif
