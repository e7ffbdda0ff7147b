/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/serving_identity.h"

#include "base/json/read.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    CALL_MS = 10000,
    AGAIN_MS = 100, /* until the next look after a write of ours, or of another client */
    STEPS_MAX = 16, /* in a row; then it waits as after a failure */
    LOG_AGAIN_MS = 60000,
    DOCUMENTS_MAX = IDENTITY_SECRET_COUNT + IDENTITY_CONFIGURATIONS_MAX,
};

static const struct kube_resource secrets = {
    .version = STR_INIT("v1"), .plural = STR_INIT("secrets"), .namespaced = true};
static const struct kube_resource mutating = {.group = STR_INIT("admissionregistration.k8s.io"),
                                              .version = STR_INIT("v1"),
                                              .plural = STR_INIT("mutatingwebhookconfigurations")};
static const struct kube_resource validating = {.group = STR_INIT("admissionregistration.k8s.io"),
                                                .version = STR_INIT("v1"),
                                                .plural = STR_INIT("validatingwebhookconfigurations")};

struct serving_identity {
    struct timer look; /* first; the next one */
    struct kube_client *client;
    struct outbound *outbound;
    struct serving_identity_options options;
    const struct leader_lease *lease; /* NULL: rests */
    struct rotation_memory memory;
    struct kube_call *call;

    /* One look: the Secrets, then the configurations. */
    struct arena arena;
    const struct value *documents[DOCUMENTS_MAX]; /* NULL: not there, or not readable */
    bool faulty[DOCUMENTS_MAX];                   /* could not be read or written since the last rest */
    bool missing[DOCUMENTS_MAX];                  /* as was logged */
    size_t index;                                 /* of the document that is read or written */
    struct identity_state state;
    struct rotation_facts facts;
    enum rotation_step step;
    int steps; /* in a row */

    struct error logged; /* the last failure */
    int64_t logged_ms;
    atomic_int_fast64_t ca_not_after;
    atomic_int_fast64_t leaf_not_after;
    atomic_uint_fast64_t ca_rotations;
    atomic_uint_fast64_t leaf_rotations;
    atomic_uint_fast64_t bundles_written;
    atomic_uint_fast64_t failures;
    atomic_int_fast64_t settled_ms;
};

static void schedule(struct serving_identity *identity, int64_t pause_ms)
{
    arena_release(&identity->arena);
    timer_queue_set(outbound_timers(identity->outbound), &identity->look, monotonic_ms() + pause_ms);
}

/* The end of a row of steps. */
static void pause_looking(struct serving_identity *identity)
{
    memset(identity->faulty, 0, sizeof identity->faulty);
    identity->steps = 0;
    schedule(identity, identity->options.check_ms);
}

/* The same failure every few seconds is said once a minute. */
static void log_failure(struct serving_identity *identity, const struct error *err)
{
    int64_t now = monotonic_ms();

    atomic_fetch_add(&identity->failures, 1);
    if (str_equal(error_text(err), error_text(&identity->logged)) && now - identity->logged_ms < LOG_AGAIN_MS)
        return;
    identity->logged = *err;
    identity->logged_ms = now;
    log_error(identity->options.log, "certificate duty failed", LOG_STR("message", error_text(err)));
}

/* Places */

static struct kube_place place_of(const struct serving_identity *identity, size_t index)
{
    const struct serving_identity_options *options = &identity->options;
    size_t configuration = index - IDENTITY_SECRET_COUNT;

    if (index < IDENTITY_SECRET_COUNT)
        return (struct kube_place){
            .resource = &secrets, .namespace = options->namespace, .name = options->secret_names[index]};
    return (struct kube_place){.resource = options->configurations[configuration].validating ? &validating
                                                                                             : &mutating,
                               .name = options->configurations[configuration].name};
}

static size_t document_count(const struct serving_identity *identity)
{
    return IDENTITY_SECRET_COUNT + identity->options.configuration_count;
}

/* Nothing is sent that could outlive the lease. */
static void call(struct serving_identity *identity, struct kube_request *request, kube_call_done *done)
{
    int64_t left = leader_lease_left_ms(identity->lease);

    if (left == 0) { /* about to be told to rest, or to go on */
        schedule(identity, identity->options.check_ms);
        return;
    }
    request->timeout_ms = left < CALL_MS ? left : CALL_MS;
    identity->call = kube_client_call(identity->client, request, done, identity);
}

/* Writing */

static void look_again(struct serving_identity *identity)
{
    if (identity->steps >= STEPS_MAX)
        pause_looking(identity);
    else
        schedule(identity, AGAIN_MS);
}

static void on_published(void *ctx, const struct kube_answer *answer)
{
    struct serving_identity *identity = ctx;

    identity->call = NULL;
    if (answer->err) {
        identity->faulty[identity->index] = true;
        log_failure(identity, answer->err);
    } else {
        atomic_fetch_add(&identity->bundles_written, 1);
        log_info(identity->options.log, "ca bundle written",
                 LOG_STR("configuration", place_of(identity, identity->index).name),
                 LOG_STR("resource", place_of(identity, identity->index).resource->plural));
    }
    look_again(identity);
}

static const char *const step_events[] = {
    [ROTATION_NOTHING] = "",
    [ROTATION_MAKE_CA] = "ca made",
    [ROTATION_RECOVER_CA] = "ca lost, another made",
    [ROTATION_PUBLISH] = "",
    [ROTATION_ISSUE_LEAF] = "certificate issued",
    [ROTATION_MAKE_NEXT_CA] = "next ca made",
    [ROTATION_PROMOTE_CA] = "next ca signs from now on",
    [ROTATION_REMOVE_PREVIOUS] = "previous ca removed",
};

static void count_step(struct serving_identity *identity)
{
    if (identity->step == ROTATION_ISSUE_LEAF)
        atomic_fetch_add(&identity->leaf_rotations, 1);
    if (identity->step == ROTATION_PROMOTE_CA || identity->step == ROTATION_MAKE_CA)
        atomic_fetch_add(&identity->ca_rotations, 1);
}

static void on_changed(void *ctx, const struct kube_answer *answer)
{
    struct serving_identity *identity = ctx;
    bool overtaken =
        answer->err && (answer->err->code == ERROR_CONFLICT || answer->err->code == ERROR_EXISTS ||
                        answer->err->code == ERROR_NOT_FOUND);

    identity->call = NULL;
    if (answer->err && !overtaken) {
        log_failure(identity, answer->err);
        pause_looking(identity);
        return;
    }
    if (!answer->err) {
        count_step(identity);
        log_info(identity->options.log, step_events[identity->step],
                 LOG_STR("secret", place_of(identity, identity->index).name));
    }
    look_again(identity);
}

static void write_change(struct serving_identity *identity, const struct identity_change *change)
{
    static const struct str types[IDENTITY_SECRET_COUNT] = {
        [IDENTITY_SECRET_CA] = STR_INIT("Opaque"), [IDENTITY_SECRET_LEAF] = STR_INIT("kubernetes.io/tls")};
    const struct secret_place place = {
        .namespace = identity->options.namespace,
        .name = identity->options.secret_names[change->secret],
        .type = types[change->secret],
        .resource_version = identity->state.versions[change->secret],
    };
    struct kube_request request = {.verb = KUBE_PATCH, .place = place_of(identity, change->secret)};
    struct text body;

    identity->index = change->secret;
    if (place.resource_version.len == 0) {
        request.verb = KUBE_POST;
        request.place.name = STR("");
    }
    text_init(&body, &identity->arena, SECRET_JSON_MAX);
    secret_object_encode(&body, &place, change->members, change->count);
    request.body = text_str(&body);
    call(identity, &request, on_changed);
}

static void change_secret(struct serving_identity *identity)
{
    const struct identity_step step = {identity->step, identity->facts.now, identity->options.names,
                                       identity->options.lifetimes};
    struct identity_change change;
    struct error err;

    if (identity_state_change(&identity->arena, &identity->state, &step, &change, &err) < 0) {
        log_failure(identity, &err);
        pause_looking(identity);
        return;
    }
    write_change(identity, &change);
}

static void publish(struct serving_identity *identity, size_t index, struct str patch)
{
    struct kube_request request = {
        .verb = KUBE_PATCH,
        .place = place_of(identity, index),
        .body = patch,
        .content_type = STR("application/json-patch+json"),
    };

    identity->index = index;
    call(identity, &request, on_published);
}

/* Deciding */

/* The first configuration that is wrong and can be written, and its patch; the count of documents: none. */
static size_t find_wrong(struct serving_identity *identity, struct str bundle, struct text *patch)
{
    size_t ret = document_count(identity);
    bool failed = false;

    for (size_t i = IDENTITY_SECRET_COUNT; i < document_count(identity); i++) {
        size_t before = patch->len;
        struct error err;
        if (identity->documents[i] && !identity->faulty[i] && ret == document_count(identity)) {
            if (webhook_configuration_patch(identity->documents[i], &identity->options.service, bundle, patch,
                                            &err) < 0) {
                identity->faulty[i] = true;
                log_failure(identity, &err);
            } else if (patch->len > before) {
                ret = i;
            }
        }
        failed |= identity->faulty[i];
    }
    if (ret < document_count(identity))
        identity->facts.bundle = BUNDLE_WRONG;
    else
        identity->facts.bundle = failed ? BUNDLE_FAILED : BUNDLE_RIGHT;
    return ret;
}

static void show_expiry(struct serving_identity *identity)
{
    atomic_store(&identity->ca_not_after, identity->facts.ca.usable ? identity->facts.ca.not_after : 0);
    atomic_store(&identity->leaf_not_after, identity->facts.leaf.usable ? identity->facts.leaf.not_after : 0);
}

static void act(struct serving_identity *identity, size_t wrong, struct str patch)
{
    identity->steps++;
    switch (identity->step) {
    case ROTATION_NOTHING:
        atomic_store(&identity->settled_ms, monotonic_ms());
        pause_looking(identity);
        return;
    case ROTATION_PUBLISH:
        publish(identity, wrong, patch);
        return;
    case ROTATION_MAKE_CA:
    case ROTATION_RECOVER_CA:
    case ROTATION_ISSUE_LEAF:
    case ROTATION_MAKE_NEXT_CA:
    case ROTATION_PROMOTE_CA:
    case ROTATION_REMOVE_PREVIOUS:
        change_secret(identity);
        return;
    }
}

static void decide(struct serving_identity *identity)
{
    struct text patch;
    struct str bundle;
    size_t wrong;

    identity->state = identity_state_read(&identity->arena, identity->documents[IDENTITY_SECRET_CA],
                                          identity->documents[IDENTITY_SECRET_LEAF]);
    identity->facts = identity_state_facts(&identity->state, &identity->options.names, (int64_t)time(NULL));
    show_expiry(identity);
    bundle = identity_state_bundle(&identity->arena, &identity->state, &identity->facts);
    identity->facts.bundle_id = str_hash(bundle, 0);
    text_init(&patch, &identity->arena, WEBHOOK_PATCH_MAX);
    wrong = find_wrong(identity, bundle, &patch);
    identity->step = certificate_rotation_next(&identity->memory, &identity->facts, monotonic_ms(),
                                               identity->options.grace_ms);
    act(identity, wrong, text_str(&patch));
}

/* Reading */

static void on_read(void *ctx, const struct kube_answer *answer);

static void read_next(struct serving_identity *identity)
{
    struct kube_request request = {.verb = KUBE_GET};

    if (identity->index == document_count(identity)) {
        decide(identity);
        return;
    }
    request.place = place_of(identity, identity->index);
    call(identity, &request, on_read);
}

static void note_missing(struct serving_identity *identity, bool is_missing)
{
    if (is_missing && !identity->missing[identity->index] && identity->index >= IDENTITY_SECRET_COUNT)
        log_warning(identity->options.log, "webhook configuration not there",
                    LOG_STR("configuration", place_of(identity, identity->index).name),
                    LOG_STR("resource", place_of(identity, identity->index).resource->plural));
    identity->missing[identity->index] = is_missing;
}

/*
 * A Secret that cannot be read must not be taken for one that is not there; a
 * configuration holds up nothing.
 */
static void on_read(void *ctx, const struct kube_answer *answer)
{
    struct serving_identity *identity = ctx;
    bool is_missing = answer->err && answer->err->code == ERROR_NOT_FOUND;
    struct value *document = NULL;
    struct error parse_err;
    const struct error *err = is_missing ? NULL : answer->err;

    identity->call = NULL;
    if (!answer->err &&
        json_read(&identity->arena, arena_str(&identity->arena, answer->body), &document, &parse_err) < 0)
        err = &parse_err;
    if (err)
        log_failure(identity, err);
    if (err && identity->index < IDENTITY_SECRET_COUNT) {
        pause_looking(identity);
        return;
    }
    if (err)
        identity->faulty[identity->index] = true;
    note_missing(identity, is_missing);
    identity->documents[identity->index++] = document;
    read_next(identity);
}

static void look(struct timer *timer)
{
    struct serving_identity *identity = (struct serving_identity *)timer;

    identity->index = 0;
    read_next(identity);
}

/* Life */

struct serving_identity *serving_identity_new(struct kube_client *client,
                                              const struct serving_identity_options *options)
{
    struct serving_identity *identity = memory_zeroed(1, sizeof(*identity));

    identity->client = client;
    identity->outbound = kube_client_outbound(client);
    identity->options = *options;
    identity->look.run = look;
    arena_init(&identity->arena);
    return identity;
}

void serving_identity_free(struct serving_identity *identity)
{
    if (!identity)
        return;
    serving_identity_rest(identity);
    free(identity);
}

void serving_identity_work(struct serving_identity *identity, const struct leader_lease *lease)
{
    identity->lease = lease;
    identity->memory = (struct rotation_memory){.published = {.holds = false}};
    identity->steps = 0;
    memset(identity->faulty, 0, sizeof identity->faulty);
    schedule(identity, 0);
}

void serving_identity_rest(struct serving_identity *identity)
{
    identity->lease = NULL;
    timer_queue_clear(outbound_timers(identity->outbound), &identity->look);
    if (identity->call)
        kube_client_cancel(identity->call);
    identity->call = NULL;
    atomic_store(&identity->ca_not_after, 0);
    atomic_store(&identity->leaf_not_after, 0);
    arena_release(&identity->arena);
}

struct serving_identity_stats serving_identity_stats(struct serving_identity *identity)
{
    return (struct serving_identity_stats){
        .ca_not_after = atomic_load(&identity->ca_not_after),
        .leaf_not_after = atomic_load(&identity->leaf_not_after),
        .ca_rotations = atomic_load(&identity->ca_rotations),
        .leaf_rotations = atomic_load(&identity->leaf_rotations),
        .bundles_written = atomic_load(&identity->bundles_written),
        .failures = atomic_load(&identity->failures),
        .settled_ms = atomic_load(&identity->settled_ms),
    };
}
