/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/login.h"

#include "core/registry/error.h"
#include "edge/registry/lookup.h"
#include "edge/system/secret_text.h"

#include <time.h>

static const struct credential *credential_now(const struct registry_lookup *lookup)
{
    const struct registry_question *question = &lookup->question;

    return lookup->credential < question->credential_count ? question->credentials[lookup->credential] : NULL;
}

/* For the registry itself, or for its token server while the token is fetched. */
static void authorize(struct registry_lookup *lookup, struct str value, const struct web_url *at)
{
    secret_text_cleanse(lookup->authorization);
    lookup->authorization = value;
    lookup->authorized_at = *at;
}

static struct str own_scope(struct registry_lookup *lookup)
{
    return arena_join(&lookup->arena, STR("repository:"), lookup->question.path, STR(":pull"));
}

static struct token_key token_key_now(struct registry_lookup *lookup)
{
    return (struct token_key){
        .realm = lookup->challenge.realm,
        .service = lookup->challenge.service,
        .scope = lookup->challenge.scope.len > 0 ? lookup->challenge.scope : own_scope(lookup),
        .credential = credential_now(lookup),
    };
}

/* What the next request to the registry says. One who has not asked yet begins with HEAD. */
static void say(struct registry_lookup *lookup, struct str authorization, enum login_sent sent)
{
    authorize(lookup, authorization, &lookup->origin.url);
    lookup->sent = sent;
    lookup->by_get = false;
}

static void use_token(struct registry_lookup *lookup, struct str token, enum login_sent sent)
{
    say(lookup, registry_token_bearer(&lookup->arena, token), sent);
}

static void use_basic(struct registry_lookup *lookup)
{
    say(lookup, registry_token_basic(&lookup->arena, credential_now(lookup)), LOGIN_BASIC);
}

static void use_nothing(struct registry_lookup *lookup)
{
    say(lookup, (struct str){NULL, 0}, LOGIN_NOTHING);
}

/* True where a token that is still good is at hand. */
static bool use_kept_token(struct registry_lookup *lookup)
{
    struct token_key key = token_key_now(lookup);
    struct str token = token_cache_find(lookup->client->tokens, &key, monotonic_ms());

    if (token.len == 0)
        return false;
    use_token(lookup, token, LOGIN_KEPT_TOKEN);
    return true;
}

void registry_login_begin(struct registry_lookup *lookup)
{
    const struct registry_host *host = lookup->host;

    use_nothing(lookup);
    lookup->challenge = (struct auth_challenge){
        .scheme = host->scheme,
        .realm = arena_str(&lookup->arena, str_from_c(host->realm)),
        .service = arena_str(&lookup->arena, str_from_c(host->service)),
    };
    if (host->scheme == AUTH_SCHEME_BEARER && lookup->challenge.realm.len > 0)
        (void)use_kept_token(lookup);
    else if (host->scheme == AUTH_SCHEME_BASIC && credential_now(lookup))
        use_basic(lookup);
}

static int refusal_rank(int status)
{
    return status == 404 ? 3 : status == 403 ? 2 : status == 401 ? 1 : 0;
}

/* Of equal ones, the first that has words. */
static void note_refusal(struct registry_lookup *lookup, enum registry_part part, int status, struct str body)
{
    struct str words = registry_error_words(&lookup->arena, body);
    int more = refusal_rank(status) - refusal_rank(lookup->refusal.status);

    if (more < 0 || (more == 0 && (lookup->refusal.words.len > 0 || words.len == 0)))
        return;
    lookup->refusal = (struct registry_refusal){
        .status = status,
        .by = part,
        .words = words,
        .credential_count = lookup->question.credential_count,
    };
}

/* A refused HEAD is not the last word: where no GET was sent yet, one that says nothing is. */
static void give_up(struct registry_lookup *lookup)
{
    if (!lookup->get_tried) {
        use_nothing(lookup);
        registry_lookup_again_by_get(lookup);
        return;
    }
    registry_result_status(&lookup->result, lookup->origin.name, &lookup->refusal);
    registry_lookup_finish(lookup);
}

static void fetch_token(struct registry_lookup *lookup);

/* Answers the challenge for the credential whose turn it is. */
static void log_in(struct registry_lookup *lookup)
{
    if (lookup->challenge.scheme == AUTH_SCHEME_BEARER) {
        if (use_kept_token(lookup))
            lookup->again(lookup);
        else
            fetch_token(lookup);
    } else if (lookup->challenge.scheme == AUTH_SCHEME_BASIC && credential_now(lookup)) {
        use_basic(lookup);
        lookup->again(lookup);
    } else {
        give_up(lookup);
    }
}

/* This credential was refused for good: the next one, and anonymous after the last. */
static void next_credential(struct registry_lookup *lookup)
{
    if (lookup->credential >= lookup->question.credential_count) {
        give_up(lookup);
        return;
    }
    lookup->credential++;
    if (credential_now(lookup) || lookup->challenge.scheme == AUTH_SCHEME_BEARER)
        log_in(lookup);
    else if (!lookup->anonymous_refused) {
        use_nothing(lookup);
        lookup->again(lookup);
    } else
        give_up(lookup);
}

static void on_token_status(struct registry_lookup *lookup, const struct http_answer *answer)
{
    struct token_key key = token_key_now(lookup);
    struct registry_token token;
    struct error err;

    if (answer->status != 200 && answer->status != 429 && answer->status != 408 && answer->status >= 400 &&
        answer->status < 500) {
        note_refusal(lookup, PART_TOKEN_SERVER, answer->status == 403 ? 403 : 401, answer->body);
        next_credential(lookup);
        return;
    }
    if (answer->status != 200) {
        registry_lookup_fail_status(lookup, PART_TOKEN_SERVER, answer);
        return;
    }
    if (registry_token_parse(&lookup->arena, answer->body, (int64_t)time(NULL), &token, &err) < 0) {
        registry_lookup_fail_wrong(lookup, PART_TOKEN_SERVER, error_text(&err));
        return;
    }
    if (token.life_ms > 0)
        token_cache_store(lookup->client->tokens, &key, token.text, monotonic_ms() + token.life_ms);
    use_token(lookup, token.text, LOGIN_FRESH_TOKEN);
    lookup->again(lookup);
}

static void send_token_request(struct registry_lookup *lookup);

static void on_token(void *ctx, const struct http_answer *answer)
{
    struct registry_lookup *lookup = ctx;

    lookup->exchange = NULL;
    registry_counters_request(&lookup->client->counters, lookup->origin.name, answer);
    if (answer->failure != HTTP_ANSWERED)
        registry_lookup_fail_transport(lookup, PART_TOKEN_SERVER, answer);
    else if (!registry_lookup_is_redirect(answer->status))
        on_token_status(lookup, answer);
    else if (registry_lookup_redirect(lookup, URL_FOR_TOKEN, answer) == 0)
        send_token_request(lookup);
}

static void send_token_request(struct registry_lookup *lookup)
{
    const struct registry_request request = {
        .accept = STR("application/json"),
        .body_max = TOKEN_ANSWER_MAX,
        .on_done = on_token,
    };

    registry_lookup_send(lookup, &request);
}

static void fetch_token(struct registry_lookup *lookup)
{
    struct token_key key = token_key_now(lookup);
    struct error err;

    if (registry_token_url(&lookup->arena, &key, &lookup->url, &err) < 0 ||
        registry_access_check(&lookup->origin, &lookup->url, URL_FOR_TOKEN, &err) < 0) {
        registry_lookup_fail_wrong(lookup, PART_TOKEN_SERVER, error_text(&err));
        return;
    }
    lookup->redirects = 0;
    authorize(lookup,
              key.credential ? registry_token_basic(&lookup->arena, key.credential) : (struct str){NULL, 0},
              &lookup->url);
    send_token_request(lookup);
}

/* Takes the answer's challenge where it has one that can be answered. */
static bool take_challenge(struct registry_lookup *lookup, const struct http_answer *answer)
{
    struct auth_challenge all[AUTH_CHALLENGES_MAX];
    const struct auth_challenge *chosen;
    size_t count = 0;

    for (size_t i = 0; i < answer->challenge_count; i++)
        count = auth_challenge_parse(&lookup->arena, arena_str(&lookup->arena, answer->challenges[i]), all,
                                     count);
    chosen = auth_challenge_choose(all, count);
    if (!chosen)
        return false;
    lookup->challenge = *chosen;
    lookup->challenged = true;
    registry_host_learn(lookup->host, chosen);
    return true;
}

static void on_probe(void *ctx, const struct http_answer *answer)
{
    struct registry_lookup *lookup = ctx;
    enum auth_scheme before = lookup->challenge.scheme;

    lookup->exchange = NULL;
    registry_counters_request(&lookup->client->counters, lookup->origin.name, answer);
    if (answer->failure == HTTP_ANSWERED && answer->status == 401 && take_challenge(lookup, answer)) {
        if (lookup->challenge.scheme != before)
            lookup->credential = 0; /* none was tried in this way */
        lookup->challenge.scope = (struct str){NULL, 0};
        log_in(lookup);
    } else {
        give_up(lookup);
    }
}

/* Some registries answer the request itself without a challenge, or hide what is private behind a 404. */
static void probe(struct registry_lookup *lookup)
{
    const struct registry_request request = {.body_max = HTTP_ERROR_BODY_MAX, .on_done = on_probe};

    lookup->probed = true;
    lookup->redirects = 0;
    lookup->url = lookup->origin.url;
    registry_lookup_send(lookup, &request);
}

/* A kept token may have died, or be of a time when less was allowed: what refused it is no answer yet. */
static bool may_be_stale(const struct registry_lookup *lookup)
{
    return lookup->sent == LOGIN_KEPT_TOKEN && web_url_same_origin(&lookup->url, &lookup->authorized_at);
}

static void drop_kept_token(struct registry_lookup *lookup)
{
    struct token_key key = token_key_now(lookup);

    token_cache_drop(lookup->client->tokens, &key);
}

bool registry_login_may_help(const struct registry_lookup *lookup, int status)
{
    return status == 401 || status == 403 || status == 404 || (status == 400 && may_be_stale(lookup));
}

static void refused_without_login(struct registry_lookup *lookup, int status)
{
    bool worth_a_probe = status == 401 || lookup->question.credential_count > 0;

    lookup->anonymous_refused = true;
    if (worth_a_probe && !lookup->challenged && !lookup->probed && lookup->redirects == 0)
        probe(lookup);
    else
        give_up(lookup);
}

/* Who asked now has had all the answers there are. */
static void refused_for_good(struct registry_lookup *lookup, const struct http_answer *answer)
{
    note_refusal(lookup, PART_REGISTRY, answer->status, answer->body);
    if (lookup->sent == LOGIN_NOTHING)
        refused_without_login(lookup, answer->status);
    else
        next_credential(lookup);
}

/*
 * The challenge asks for a login that was not tried yet: nothing was said, or the
 * host taught another scheme.
 */
static bool is_new_challenge(struct registry_lookup *lookup, enum auth_scheme before)
{
    if (lookup->sent == LOGIN_NOTHING)
        return !lookup->anonymous_refused;
    return lookup->challenge.scheme != before && lookup->scheme_changes++ < 2;
}

static void answer_challenge(struct registry_lookup *lookup, const struct http_answer *answer)
{
    note_refusal(lookup, PART_REGISTRY, answer->status, answer->body);
    lookup->anonymous_refused |= lookup->sent == LOGIN_NOTHING;
    log_in(lookup);
}

void registry_login_refused(struct registry_lookup *lookup, const struct http_answer *answer)
{
    enum auth_scheme before = lookup->challenge.scheme;
    bool stale = may_be_stale(lookup);
    bool has_challenge;

    if (stale)
        drop_kept_token(lookup);
    has_challenge = answer->status == 401 && lookup->redirects == 0 && take_challenge(lookup, answer);
    if (stale && lookup->challenge.scheme == AUTH_SCHEME_BEARER)
        fetch_token(lookup);
    else if (has_challenge && is_new_challenge(lookup, before))
        answer_challenge(lookup, answer);
    else if (!lookup->by_get)
        registry_lookup_again_by_get(lookup);
    else
        refused_for_good(lookup, answer);
}
