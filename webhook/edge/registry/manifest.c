/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/manifest.h"

#include "edge/registry/login.h"
#include "edge/registry/lookup.h"

static void send_request(struct registry_lookup *lookup);

static void found(struct registry_lookup *lookup, struct str digest)
{
    bool named = lookup->sent != LOGIN_NOTHING && lookup->credential < lookup->question.credential_count;

    registry_result_found(&lookup->result, digest, named ? lookup->credential + 1 : 0);
    registry_lookup_finish(lookup);
}

/* A body that was asked for whole. */
static void take_content(struct registry_lookup *lookup, const struct http_answer *answer)
{
    bool is_blob = lookup->question.subject == SUBJECT_BLOB;
    struct str asked = lookup->question.tag;
    struct str digest;
    struct error err;
    int failed;

    lookup->content_type = arena_str(&lookup->arena, manifest_answer_type(answer));
    failed = is_blob ? manifest_body_blob_digest(&lookup->arena, &lookup->body, &digest, &err)
                     : manifest_body_digest(&lookup->arena, &lookup->body, answer, &digest, &err);

    if (failed)
        registry_lookup_fail_wrong(lookup, PART_REGISTRY, error_text(&err));
    else if (str_find(asked, ':') < asked.len && !str_equal(asked, digest))
        registry_lookup_fail_wrong(lookup, PART_REGISTRY,
                                   STR("content of another digest than was asked for"));
    else
        found(lookup, digest);
}

static void take_manifest(struct registry_lookup *lookup, const struct http_answer *answer)
{
    struct str digest = {NULL, 0};
    enum manifest_verdict verdict;
    struct error err;

    if (lookup->by_get)
        verdict = manifest_body_digest(&lookup->arena, &lookup->body, answer, &digest, &err) == 0
                      ? MANIFEST_DIGEST
                      : MANIFEST_WRONG;
    else
        verdict = manifest_answer_head(answer, &digest, &err);
    switch (verdict) {
    case MANIFEST_DIGEST:
        found(lookup, digest);
        return;
    case MANIFEST_UNKNOWN:
        registry_lookup_again_by_get(lookup);
        return;
    case MANIFEST_WRONG:
        registry_lookup_fail_wrong(lookup, PART_REGISTRY, error_text(&err));
        return;
    }
}

/*
 * Broken HEADs before good GETs are met, and the words for a refusal are in a
 * GET's body alone. Not where asking again would only add load; but 501 is
 * about the method.
 */
static bool is_worth_a_get(int status)
{
    return status == 501 || (status != 429 && status < 500);
}

static void on_refusal(struct registry_lookup *lookup, const struct http_answer *answer)
{
    if (registry_login_may_help(lookup, answer->status))
        registry_login_refused(lookup, answer);
    else if (!lookup->by_get && is_worth_a_get(answer->status))
        registry_lookup_again_by_get(lookup);
    else
        registry_lookup_fail_status(lookup, PART_REGISTRY, answer);
}

/* The method itself was refused to a GET that followed a refused HEAD: what was said to the HEAD stands. */
static bool head_stands(const struct registry_lookup *lookup, int status)
{
    return lookup->by_get && (status == 405 || status == 501) && lookup->head_status != 0 &&
           lookup->head_status != 200;
}

static void on_status(struct registry_lookup *lookup, const struct http_answer *answer)
{
    struct http_answer of_head;

    if (answer->status == 200) {
        if (lookup->question.subject == SUBJECT_DIGEST)
            take_manifest(lookup, answer);
        else
            take_content(lookup, answer);
    } else if (registry_lookup_is_redirect(answer->status)) {
        if (registry_lookup_redirect(lookup, URL_FOR_REDIRECT, answer) == 0)
            send_request(lookup);
    } else if (head_stands(lookup, answer->status)) {
        of_head = (struct http_answer){.status = lookup->head_status};
        on_refusal(lookup, &of_head);
    } else {
        on_refusal(lookup, answer);
    }
}

/*
 * A body that ends early is a broken connection or a lie about its length: the
 * same end twice is the lie.
 */
static void on_failure(struct registry_lookup *lookup, const struct http_answer *answer)
{
    bool in_body = answer->failure == HTTP_CUT && lookup->by_get && answer->status == 200;

    if (registry_lookup_falls_back(lookup, answer))
        registry_manifest_ask(lookup);
    else if (in_body && lookup->cut_at == 0) {
        lookup->cut_at = answer->body_seen + 1;
        registry_manifest_ask(lookup);
    } else if (in_body && lookup->cut_at == answer->body_seen + 1)
        registry_lookup_fail_wrong(lookup, PART_REGISTRY, STR("a body shorter than it says"));
    else
        registry_lookup_fail_transport(lookup, PART_REGISTRY, answer);
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct registry_lookup *lookup = ctx;

    lookup->exchange = NULL;
    registry_counters_request(&lookup->client->counters, lookup->origin.name, answer);
    if (lookup->redirects == 0 && answer->peer_scope != ADDRESS_NONE && !lookup->proxied)
        lookup->origin.scope = answer->peer_scope;
    if (answer->failure == HTTP_ANSWERED && !lookup->by_get)
        lookup->head_status = answer->status;
    if (answer->failure == HTTP_ANSWERED)
        on_status(lookup, answer);
    else
        on_failure(lookup, answer);
}

static void on_body(void *ctx, const struct http_answer *answer, struct str part)
{
    struct registry_lookup *lookup = ctx;

    manifest_body_add(&lookup->body, answer, part);
    if (lookup->question.subject != SUBJECT_DIGEST)
        text_add(&lookup->content, part);
}

static void send_request(struct registry_lookup *lookup)
{
    bool is_blob = lookup->question.subject == SUBJECT_BLOB;
    size_t max = is_blob ? REGISTRY_BLOB_MAX : REGISTRY_MANIFEST_MAX;
    const struct registry_request request = {
        .head = !lookup->by_get,
        .accept = is_blob ? STR("*/*") : manifest_accept,
        .body_max = max,
        .on_body = on_body,
        .on_done = on_answer,
    };

    manifest_body_release(&lookup->body);
    text_init(&lookup->content, &lookup->arena, max);
    registry_lookup_send(lookup, &request);
}

void registry_manifest_ask(struct registry_lookup *lookup)
{
    struct str list = lookup->question.subject == SUBJECT_BLOB ? STR("/blobs/") : STR("/manifests/");
    struct str path = arena_join(&lookup->arena, lookup->question.path, list, lookup->question.tag);
    struct error err;

    if (lookup->question.subject != SUBJECT_DIGEST)
        lookup->by_get = lookup->get_tried = true;
    lookup->redirects = 0;
    if (web_url_parse(&lookup->arena, &lookup->origin.url, path, &lookup->url, &err) < 0) {
        registry_lookup_fail_wrong(lookup, PART_REGISTRY, error_text(&err));
        return;
    }
    send_request(lookup);
}
