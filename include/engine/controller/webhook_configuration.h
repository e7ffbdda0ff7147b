/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_WEBHOOK_CONFIGURATION_H
#define WEIR_ENGINE_CONTROLLER_WEBHOOK_CONFIGURATION_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

/*
 * The one field of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration
 * that is ours: clientConfig.caBundle of the webhooks that lead to our Service,
 * or to a URL. Webhooks that lead to other Services are not ours.
 */
struct webhook_service {
    struct str name;
    struct str namespace;
};

enum { WEBHOOKS_MAX = 1024, WEBHOOK_PATCH_MAX = 8 << 20 };

/*
 * Adds the JSON Patch (RFC 6902) that gives our webhooks `bundle`, PEM: it fails
 * as a whole where the object has changed since, and touches nothing else.
 * Nothing is added where they all have it.
 */
MUST_CHECK int webhook_configuration_patch(const struct value *configuration,
                                           const struct webhook_service *service, struct str bundle,
                                           struct text *out, struct error *err);

#endif
