/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Lives of answers, as engine/resolver/answer_cache.h lists them. */
enum {
    NOT_FOUND_MS = 30000,
    REFUSED_MS = 60000,
    WRONG_MS = 30000,
    SERVER_ERROR_MS = 5000,
    UNREACHABLE_MS = 10000,
    TOO_MANY_MS = 60000,
    RETRY_AFTER_MAX_MS = 60 * 60 * 1000,
};

static const char *const parts[] = {
    [PART_REGISTRY] = "",
    [PART_TOKEN_SERVER] = "token server of ",
};

__attribute__((format(printf, 2, 3))) static void say(struct registry_result *ret, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(ret->cause, sizeof(ret->cause), format, args);
    va_end(args);
}

void registry_result_found(struct registry_result *ret, struct str digest, size_t credential_number)
{
    *ret = (struct registry_result){
        .outcome = TAG_FOUND,
        .credential_number = credential_number,
        .reuse_ms = ANSWER_FOUND_LIFE_MS,
    };
    (void)snprintf(ret->digest, sizeof(ret->digest), STR_FMT, STR_ARG(digest));
}

static const char *failure_words(enum http_failure failure)
{
    switch (failure) {
    case HTTP_DNS:
        return "cannot be found in DNS";
    case HTTP_TLS:
        return "cannot be trusted, TLS failed";
    case HTTP_TIMEOUT:
        return "timed out";
    case HTTP_BAD_ANSWER:
        return "gave a wrong answer";
    case HTTP_BARRED:
        return "is not asked";
    case HTTP_ANSWERED:
    case HTTP_CONNECT:
    case HTTP_CUT:
        break;
    }
    return "cannot be reached";
}

void registry_result_transport(struct registry_result *ret, struct str registry, enum registry_part part,
                               const struct http_answer *answer, struct str hint)
{
    bool wrong = answer->failure == HTTP_BAD_ANSWER || answer->failure == HTTP_BARRED;
    bool slow = answer->failure == HTTP_TIMEOUT || answer->failure == HTTP_CUT;

    *ret = (struct registry_result){
        .outcome = wrong ? TAG_MUST_NOT : TAG_NOT_NOW,
        .reuse_ms = wrong  ? WRONG_MS
                    : slow ? SERVER_ERROR_MS
                           : UNREACHABLE_MS,
        .reuse_fresh = !wrong && !slow,
        .host_failed = !wrong,
        .failure = answer->failure == HTTP_BARRED       ? REGISTRY_FAILURE_FORBIDDEN
                   : answer->failure == HTTP_BAD_ANSWER ? REGISTRY_FAILURE_INVALID
                                                        : REGISTRY_FAILURE_UNREACHABLE,
    };
    say(ret, "%sregistry \"" STR_FMT "\" %s: %s%s" STR_FMT, parts[part], STR_ARG(registry),
        failure_words(answer->failure), answer->reason, hint.len > 0 ? "; " : "", STR_ARG(hint));
}

static const char *refused_words(size_t credential_count)
{
    if (credential_count == 0)
        return "no access without credentials";
    return credential_count == 1 ? "no access with the credentials given, nor without"
                                 : "no access with any of the credentials given, nor without";
}

static void say_refused(struct registry_result *ret, struct str registry,
                        const struct registry_refusal *refusal)
{
    bool words = refusal->words.len > 0;

    if (refusal->status == 403 && words)
        say(ret, "%sregistry \"" STR_FMT "\" says 403: " STR_FMT " (asked %s)", parts[refusal->by],
            STR_ARG(registry), STR_ARG(refusal->words),
            refusal->credential_count ? "with the credentials given, and without" : "without credentials");
    else
        say(ret, "%sregistry \"" STR_FMT "\" says %d: %s%s" STR_FMT "%s", parts[refusal->by],
            STR_ARG(registry), refusal->status, refused_words(refusal->credential_count), words ? " (" : "",
            STR_ARG(refusal->words), words ? ")" : "");
}

static const char *status_words(int status)
{
    switch (status) {
    case 404:
        return "no such tag, or no access";
    case 429:
        return "too many requests";
    case 408:
    case 504:
        return "it ran out of time";
    case 502:
    case 503:
        return "it is not available";
    default:
        return status >= 500 ? "it has an error" : NULL; /* only a guess: not what a registry says */
    }
}

static void set_not_now(struct registry_result *ret, int status, int64_t retry_after)
{
    int64_t fallback = status == 429 ? TOO_MANY_MS : SERVER_ERROR_MS;
    int64_t asked = retry_after < RETRY_AFTER_MAX_MS / 1000 ? retry_after * 1000 : RETRY_AFTER_MAX_MS;

    ret->outcome = TAG_NOT_NOW;
    ret->reuse_ms = asked > 0 ? asked : fallback;
    ret->reuse_fresh = status == 429 || asked > 0;
    ret->host_failed = status != 429;
}

static void say_status(struct registry_result *ret, struct str registry,
                       const struct registry_refusal *refusal)
{
    const char *ours = status_words(refusal->status);
    bool words = refusal->words.len > 0;

    if (ours)
        say(ret, "%sregistry \"" STR_FMT "\" says %d: %s%s" STR_FMT "%s", parts[refusal->by],
            STR_ARG(registry), refusal->status, ours, words ? " (" : "", STR_ARG(refusal->words),
            words ? ")" : "");
    else
        say(ret, "%sregistry \"" STR_FMT "\" says %d: " STR_FMT, parts[refusal->by], STR_ARG(registry),
            refusal->status, STR_ARG(words ? refusal->words : STR("not what a registry says")));
}

static enum registry_failure failure_of_status(int status)
{
    switch (status) {
    case 401:
        return REGISTRY_FAILURE_UNAUTHORIZED;
    case 403:
        return REGISTRY_FAILURE_FORBIDDEN;
    case 404:
        return REGISTRY_FAILURE_NOT_FOUND;
    case 429:
        return REGISTRY_FAILURE_TOO_MANY_REQUESTS;
    case 408:
        return REGISTRY_FAILURE_UNREACHABLE;
    default:
        return status >= 500 ? REGISTRY_FAILURE_UNREACHABLE : REGISTRY_FAILURE_INTERNAL;
    }
}

void registry_result_status(struct registry_result *ret, struct str registry,
                            const struct registry_refusal *refusal)
{
    int status = refusal->status;

    *ret = (struct registry_result){
        .outcome = TAG_MUST_NOT,
        .reuse_ms = WRONG_MS,
        .failure = failure_of_status(status),
        .retry_after_ms = refusal->retry_after < INT64_MAX / 1000 ? refusal->retry_after * 1000 : 0,
    };
    if (status == 401 || status == 403) {
        ret->reuse_ms = REFUSED_MS;
        say_refused(ret, registry, refusal);
        return;
    }
    if (status == 404)
        ret->reuse_ms = NOT_FOUND_MS;
    else if (status == 429 || status == 408 || status >= 500)
        set_not_now(ret, status, refusal->retry_after);
    say_status(ret, registry, refusal);
}

void registry_result_wrong(struct registry_result *ret, struct str registry, enum registry_part part,
                           struct str what)
{
    *ret = (struct registry_result){
        .outcome = TAG_MUST_NOT, .reuse_ms = WRONG_MS, .failure = REGISTRY_FAILURE_INVALID};
    say(ret, "%sregistry \"" STR_FMT "\" gave a wrong answer: " STR_FMT, parts[part], STR_ARG(registry),
        STR_ARG(what));
}

void registry_result_refused(struct registry_result *ret, struct str registry, struct str why)
{
    *ret = (struct registry_result){
        .outcome = TAG_MUST_NOT, .reuse_ms = WRONG_MS, .failure = REGISTRY_FAILURE_FORBIDDEN};
    say(ret, "registry \"" STR_FMT "\" is not asked: " STR_FMT, STR_ARG(registry), STR_ARG(why));
}

void registry_result_not_now(struct registry_result *ret, struct str registry, struct str why,
                             int64_t reuse_ms)
{
    *ret = (struct registry_result){.outcome = TAG_NOT_NOW,
                                    .reuse_ms = reuse_ms,
                                    .reuse_fresh = true,
                                    .failure = REGISTRY_FAILURE_UNREACHABLE,
                                    .not_asked = true,
                                    .retry_after_ms = reuse_ms};
    say(ret, "registry \"" STR_FMT "\" is not asked now: " STR_FMT, STR_ARG(registry), STR_ARG(why));
}
