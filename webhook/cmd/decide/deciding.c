/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/deciding.h"

#include "base/yaml/read.h"
#include "cmd/decide/question_round.h"
#include "cmd/line/input.h"
#include "core/cluster/pull_secrets.h"
#include "core/image/reference.h"
#include "core/workload/rows.h"
#include "engine/cluster/facts_fetch.h"

/* A reference leads to an alias, to a source, to a plain tag: each may be one more round. */
enum { DECIDE_ROUNDS_MAX = 32 };

static int decode_rows(struct arena *arena, struct str text, const struct workload_row **ret,
                       size_t *ret_count, struct error *err)
{
    struct yaml_documents documents;

    if (yaml_read(arena, text, &documents, err) < 0)
        return -1;
    if (documents.count != 1)
        return error_set(err, ERROR_INVALID, "expected one document, found %zu", documents.count);
    return workload_rows_decode(arena, documents.items[0], ret, ret_count, err);
}

int deciding_workload_paths(struct arena *arena, const char *path, struct workload_table *ret,
                            struct error *err)
{
    const struct workload_row *rows = NULL;
    size_t count = 0;
    struct str text;

    if (path && input_read(arena, path, WORKLOAD_PATHS_FILE_MAX, &text, err) < 0)
        return -1;
    if (path && decode_rows(arena, text, &rows, &count, err) < 0)
        return error_prefix(err, "%s", input_name(path));
    if (workload_paths_build(arena, rows, count, ret, err) < 0)
        return path ? error_prefix(err, "%s", input_name(path)) : -1;
    return 0;
}

/* host[:port] as references have it: what "HOST/a/b" parses to. */
static int check_host(struct arena *arena, struct str host, struct error *err)
{
    struct str text = arena_join(arena, host, STR("/namespace/stream"));
    struct image_reference ref;
    struct error ignored;

    if (image_reference_parse(text, &ref, &ignored) < 0 || !ref.domain_given || !str_equal(ref.domain, host))
        return error_set(
            err, ERROR_INVALID,
            "flag \"--registry-host\" takes host[:port] as image references begin with it, not \"" STR_FMT
            "\"",
            STR_ARG(host));
    return 0;
}

int deciding_setup(struct arena *arena, const struct deciding_settings *settings, struct deciding_setup *ret,
                   struct error *err)
{
    struct str *hosts = ARENA_ARRAY(arena, settings->registry_hosts.count, struct str);

    for (size_t i = 0; i < settings->registry_hosts.count; i++) {
        hosts[i] = str_from_c(settings->registry_hosts.items[i]);
        if (check_host(arena, hosts[i], err) < 0)
            return -1;
    }
    ret->options = (struct admission_options){
        .registry_hosts = hosts,
        .registry_host_count = settings->registry_hosts.count,
        .always_pull_images = settings->always_pull_images,
    };
    return deciding_workload_paths(arena, settings->workload_paths, &ret->table, err);
}

/* Of a live cluster what a Pod's namespace allows us to read, of files what is there. */
static void find_configs(struct arena *arena, const struct decider *decider,
                         const struct admission_request *request, struct pull_configs *ret)
{
    const struct facts_wish wish = {.namespace = request->namespace, .pulls = &request->object};

    if (!decider->facts) {
        pull_secrets_find(arena, decider->view, request->namespace, &request->object, ret);
        return;
    }
    facts_fetch_blocking(decider->facts, &wish);
    (void)facts_find_pulls(decider->facts, arena, &wish, true, ret);
}

static void find_revision(const struct decider *decider, const struct revision_owner *owner,
                          struct tag_answers *answers)
{
    const struct facts_wish wish = {.namespace = owner->namespace, .owner = owner};
    bool known;

    facts_fetch_blocking(decider->facts, &wish);
    (void)facts_find_revision(decider->facts, owner, true, &known, &answers->revision_time);
    answers->revision = known ? REVISION_KNOWN : REVISION_UNKNOWN;
}

static enum revision_state first_revision(const struct decider *decider)
{
    if (decider->revision_known)
        return REVISION_KNOWN;
    return decider->facts ? REVISION_ASKABLE : REVISION_UNKNOWN;
}

/* Without a resolver what is asked in vain is "not now". */
static void ask(struct arena *arena, const struct decider *decider, const struct admission_request *request,
                const struct admission_decision *decision, struct tag_answers *answers)
{
    struct tag_answer *items = (struct tag_answer *)(uintptr_t)answers->items;
    struct question_round round = {.resolver = decider->resolver,
                                   .questions = decision->questions,
                                   .count = decision->question_count,
                                   .deadline_ms = decider->deadline_ms};
    struct pull_configs *configs;

    if (decision->question_count == 0)
        return;
    if (!decider->resolver) {
        answers->closed = true;
        return;
    }
    if (!answers->pulls) {
        configs = ARENA_NEW(arena, struct pull_configs);
        find_configs(arena, decider, request, configs);
        answers->pulls = configs;
    }
    items =
        arena_grow(arena, items, answers->count, answers->count + decision->question_count, sizeof(*items));
    answers->items = items;
    round.configs = answers->pulls;
    question_round_ask(arena, &round, items + answers->count);
    answers->count += decision->question_count;
}

struct admission_decision deciding_decide(struct arena *arena, const struct decider *decider,
                                          const struct admission_request *request)
{
    struct tag_answers answers = {.before = &decider->known,
                                  .now = decider->now,
                                  .revision = first_revision(decider),
                                  .revision_time = decider->revision_time};
    struct admission_decision decision;

    decision = admission_evaluate(arena, decider->view, decider->options, request, &answers);
    for (size_t round = 1; decision.outcome == ADMISSION_NEEDS_RESOLUTION; round++) {
        if (decision.needs_revision)
            find_revision(decider, &decision.owner, &answers);
        else
            ask(arena, decider, request, &decision, &answers);
        answers.closed = answers.closed || round == DECIDE_ROUNDS_MAX;
        decision = admission_evaluate_resume(decision.pending, &answers);
    }
    return decision;
}
