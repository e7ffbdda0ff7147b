/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/review.h"

#include "cmd/decide/cluster_source.h"
#include "cmd/decide/session.h"
#include "cmd/explain.h"
#include "cmd/line/input.h"

#include <string.h>
#include <unistd.h>

struct review_settings {
    struct common_settings common; /* first: the shared groups' offsets */
    bool online;
    bool explain;
    const char *resolutions;
    const char *output;
    const char *now;
    const char *owner_created;
};

static const char *const output_choices[] = {"text", "json", NULL};

static const struct option review_options[] = {
    {.name = "online",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct review_settings, online),
     .help = "Ask registries as the webhook does, with the pull secrets among the objects. Otherwise only "
             "recorded "
             "digests and --resolutions are known."},
    {.name = "resolutions",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct review_settings, resolutions),
     .value = "FILE",
     .help = "What registries would answer: a JSON map from image reference to digest, or to null for \"the "
             "registry does not have it\". References are compared normalized, with :latest where there is "
             "no tag."},
    {.name = "explain",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct review_settings, explain),
     .help =
         "Say on stderr, for each image, what it became, where its digest is from, and which policy and rule "
         "decided."},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct review_settings, output),
     .value = "FORMAT",
     .choices = output_choices,
     .fallback = "text",
     .help = "Form of --explain: text for people, or json, one line with a list of rows."},
    {.name = "now",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct review_settings, now),
     .value = "TIME",
     .hidden = true,
     .help = "The time at which ages are taken, RFC 3339, for tests."},
    {.name = "owner-created",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct review_settings, owner_created),
     .value = "TIME",
     .hidden = true,
     .help = "When the revision that a Pod belongs to was made, RFC 3339, for tests."},
    {0},
};

static int print_explanation(struct arena *arena, const struct review_settings *settings,
                             const struct admission_decision *decision, struct error *err)
{
    if (!settings->explain)
        return 0;
    if (strcmp(settings->output, "json") == 0)
        return explain_json(arena, decision, stderr, err);
    explain_text(arena, decision, isatty(STDERR_FILENO) == 1, stderr);
    return 0;
}

static int answer(struct arena *arena, const struct review_settings *settings, struct decide_session *session,
                  struct str body)
{
    struct admission_request request;
    struct admission_decision decision;
    struct error err;
    struct str text;

    if (admission_review_decode(arena, &session->setup.table, body, &request, &err) < 0)
        return options_complain(EXIT_USAGE, &err,
                                "give one admission.k8s.io/v1 AdmissionReview with a request, as JSON");
    if (decide_session_enter(session, request.namespace, &err) < 0)
        return options_complain(decide_session_exit_code(&err), &err, decide_session_hint(&err));
    decision = deciding_decide(arena, &session->decider, &request);
    if (admission_review_encode(arena, &decision.response, &text, &err) < 0 ||
        print_explanation(arena, settings, &decision, &err) < 0)
        return options_complain(EXIT_NOT_NOW, &err, NULL);
    fwrite(text.ptr, 1, text.len, stdout);
    fputc('\n', stdout);
    return EXIT_DONE;
}

static int review(struct arena *arena, const struct review_settings *settings, const char *path)
{
    struct deciding_wishes wishes = {
        .online = settings->online,
        .resolutions = settings->resolutions,
        .now = settings->now,
        .owner_created = settings->owner_created,
        .explain = settings->explain,
        .quiet = settings->explain && strcmp(settings->output, "json") == 0,
    };
    struct decide_session session;
    struct error err;
    struct str body;
    int code;

    if (input_read(arena, path, REVIEW_BODY_MAX, &body, &err) < 0 ||
        decide_session_open(arena, &settings->common, &wishes, &session, &err) < 0)
        return options_complain(decide_session_exit_code(&err), &err, decide_session_hint(&err));
    code = answer(arena, settings, &session, body);
    decide_session_close(&session);
    return code;
}

static int run_review(struct arena *arena, const void *settings, const char *const *arguments,
                      size_t argument_count)
{
    const struct review_settings *review_settings = settings;
    enum object_source source;
    struct error err;
    int failed = 0;

    if (argument_count > 1)
        failed = error_set(&err, ERROR_INVALID, "one review at a time: \"%s\" is one too many", arguments[1]);
    else if ((failed = cluster_source_find(&review_settings->common.deciding, &source, &err)) == 0 &&
             source == SOURCE_NONE)
        failed =
            error_set(&err, ERROR_INVALID,
                      "one of \"--objects PATH\", \"--kubeconfig FILE\" and \"--context NAME\" is required");
    if (failed)
        return options_complain(EXIT_USAGE, &err,
                                "weir review --objects PATH [FILE|-], where PATH may be an empty directory");
    return review(arena, review_settings, argument_count == 1 ? arguments[0] : "-");
}

static const struct option *const review_groups[] = {review_options, options_deciding, options_registry,
                                                     NULL};

const struct command review_command = {
    .name = "review",
    .arguments = "[FILE|-]",
    .summary = "Answer an AdmissionReview from files",
    .description = "Reads one AdmissionReview, exactly what the body of the webhook's POST /admit would be, "
                   "from FILE or "
                   "standard input, decides it with the objects of --objects, or of the cluster that "
                   "--kubeconfig or --context names, by the very code of the webhook, and prints the "
                   "AdmissionReview that answers as one line of JSON.\n"
                   "\n"
                   "Exits with 0 whether the answer is allowed or denied, with 2 where the webhook would say "
                   "HTTP 400 or 413, "
                   "with 3 where it would say 503.\n"
                   "\n"
                   "  weir review --objects cluster/ --explain review.json",
    .option_groups = review_groups,
    .settings_size = sizeof(struct review_settings),
    .run = run_review,
};
