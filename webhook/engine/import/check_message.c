/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/check_message.h"

#include "base/text.h"
#include "engine/cluster/facts.h"

enum { MESSAGE_MAX = 4096, CREDENTIALS_NAMED = 3 };

static struct str reference_of(struct arena *arena, const struct tag_check *check)
{
    bool is_digest = str_find(check->reference, ':') < check->reference.len;

    return arena_join(arena, check->repository, is_digest ? STR("@") : STR(":"), check->reference);
}

static void add_credentials(struct text *out, const struct check_asker *asker)
{
    for (size_t i = 0; i < asker->credential_count && i < CREDENTIALS_NAMED; i++) {
        text_add(out, i == 0 ? STR("; tried ") : STR(", "));
        text_add(out, asker->credentials[i]->origin);
        text_add(out, STR(" (\""));
        text_add(out, asker->credentials[i]->key);
        text_add(out, STR("\")"));
    }
    if (asker->credential_count > CREDENTIALS_NAMED) {
        text_add(out, STR(" and "));
        text_add_uint(out, asker->credential_count - CREDENTIALS_NAMED);
        text_add(out, STR(" more"));
    }
}

/* Why no credentials were there, and what to do. */
static void add_remedy(struct text *out, const struct check_asker *asker)
{
    struct str problem;

    if (!asker->secrets)
        return;
    if (asker->secrets->outcome == SECRETS_FORBIDDEN) {
        text_add(out, STR("; no Secret of the namespace is for weir to read: "));
        text_addf(out, PULL_SECRETS_COMMAND, STR_ARG(asker->namespace));
        text_add(out, STR(", then annotate the stream with weir.dev/import"));
        return;
    }
    problem = namespace_credentials_problem(out->arena, asker->secrets, asker->namespace, asker->named);
    text_add(out, problem.len > 0 ? STR("; ") : STR(""));
    text_add(out, problem);
}

struct str check_message(struct arena *arena, const struct tag_check *check, const struct check_asker *asker,
                         enum registry_failure failure, struct str cause)
{
    bool refused = failure == REGISTRY_FAILURE_UNAUTHORIZED || failure == REGISTRY_FAILURE_FORBIDDEN ||
                   failure == REGISTRY_FAILURE_NOT_FOUND;
    struct text out;

    text_init(&out, arena, MESSAGE_MAX);
    text_add(&out, reference_of(arena, check));
    text_add(&out, STR(": "));
    text_add(&out, cause);
    if (refused) {
        add_credentials(&out, asker);
        add_remedy(&out, asker);
    }
    return text_str(&out);
}
