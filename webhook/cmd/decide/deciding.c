/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/deciding.h"

#include "base/yaml/read.h"
#include "cmd/decide/question_round.h"
#include "cmd/line/input.h"
#include "core/image/reference.h"
#include "core/workload/rows.h"
#include "engine/admission/turn.h"
#include "engine/cluster/facts_fetch.h"

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

/* True: decided. Else what the turn wants has been asked for. */
static bool go_on(struct admission_turn *turn, const struct decider *decider)
{
    struct facts_wish wish;

    switch (admission_turn_pursue(turn, decider->now)) {
    case TURN_DECIDED:
        return true;
    case TURN_WANTS_FACTS:
        wish = admission_turn_wish(turn);
        facts_fetch_blocking(decider->facts, &wish);
        return false;
    case TURN_WANTS_ANSWERS:
        question_round_ask(decider->resolver, decider->deadline_ms, turn);
        return false;
    }
    return false;
}

struct admission_decision deciding_decide(struct arena *arena, const struct decider *decider,
                                          const struct admission_request *request)
{
    const struct turn_input input = {.view = decider->view,
                                     .options = decider->options,
                                     .facts = decider->facts,
                                     .before = &decider->known,
                                     .offline = !decider->resolver};
    struct admission_turn *turn = ARENA_NEW(arena, struct admission_turn);

    admission_turn_begin(turn, arena, &input);
    turn->request = *request;
    if (decider->revision_known) {
        turn->revision = REVISION_KNOWN;
        turn->revision_time = decider->revision_time;
    }
    while (!go_on(turn, decider))
        ;
    return turn->decision;
}
