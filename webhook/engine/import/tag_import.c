/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/tag_import.h"

#include "base/memory.h"
#include "core/image/digest.h"
#include "core/import/image_record.h"
#include "engine/import/check_message.h"

#include <stdlib.h>

/*
 * The way of one check; each step starts the next, and any may end it:
 *
 *   begin → credentials → look up (HEAD) → is the Image there? ─ yes → done
 *                                              │ no
 *             manifest → (index: child) → configuration → write the Image → done
 */
enum {
    CALL_MS = 10000,
    API_AGAIN_MS = 5000, /* the API server did not answer */
};

static const struct kube_resource images = {
    .group = STR_INIT("weir.dev"), .version = STR_INIT("v1alpha1"), .plural = STR_INIT("images")};

struct tag_import {
    struct timer step; /* first; begins, outside of the starter's call */
    struct credentials_waiter waiter;
    const struct tag_import_tools *tools;
    struct arena arena;
    struct tag_import_question question;
    const struct namespace_secrets *secrets; /* held */
    const struct credential *credentials[CREDENTIALS_TRIED_MAX];
    size_t credential_count;
    struct credential_fingerprint fingerprint;
    struct registry_question asked;
    struct registry_lookup *lookup;
    struct kube_call *call;
    struct str digest;
    struct image_record record;
    bool imported;
    tag_import_done *on_done;
    void *ctx;
};

/* Endings */

static struct timer_queue *timers_of(const struct tag_import *import)
{
    return outbound_timers(registry_client_outbound(import->tools->registry));
}

void tag_import_cancel(struct tag_import *import)
{
    timer_queue_clear(timers_of(import), &import->step);
    namespace_credentials_cancel(&import->waiter);
    if (import->lookup)
        registry_client_cancel(import->lookup);
    if (import->call)
        kube_client_cancel(import->call);
    if (import->secrets)
        namespace_credentials_release(import->tools->credentials, import->secrets);
    arena_release(&import->arena);
    free(import);
}

static void finish(struct tag_import *import, struct tag_import_answer *answer)
{
    answer->result.check = import->question.check;
    answer->result.at = kube_client_now(import->tools->client);
    answer->imported = import->imported;
    import->on_done(import->ctx, answer);
    tag_import_cancel(import);
}

static void succeed(struct tag_import *import)
{
    struct tag_import_answer answer = {.result = {.digest = import->digest}};

    image_presence_note(import->tools->presence, import->digest, monotonic_ms());
    finish(import, &answer);
}

static void fail(struct tag_import *import, enum registry_failure failure, struct str cause,
                 int64_t retry_after)
{
    const struct check_asker asker = {import->question.namespace, import->secrets,
                                      import->question.pull_secrets, import->credentials,
                                      import->credential_count};
    struct tag_import_answer answer = {
        .result = {.failure = failure,
                   .message = check_message(&import->arena, &import->question.check, &asker, failure, cause),
                   .retry_after = retry_after},
    };

    finish(import, &answer);
}

static void leave_alone(struct tag_import *import, struct str reason, int64_t again_ms)
{
    struct tag_import_answer answer = {.not_asked = true, .again_ms = again_ms, .reason = reason};

    finish(import, &answer);
}

static void fail_registry(struct tag_import *import, const struct registry_result *result)
{
    struct str cause = arena_str(&import->arena, str_from_c(result->cause));

    if (result->not_asked)
        leave_alone(import, cause, result->retry_after_ms);
    else
        fail(import, result->failure, cause, (result->retry_after_ms + 999) / 1000);
}

/* What the API server says: what may pass is no failure of the tag. */
static void fail_api(struct tag_import *import, const struct error *err)
{
    if (err->code == ERROR_UNAVAILABLE || err->code == ERROR_TIMEOUT)
        leave_alone(import, error_text(err), API_AGAIN_MS);
    else
        fail(import, REGISTRY_FAILURE_INTERNAL, error_text(err), 0);
}

/* Asking registries */

static void ask(struct tag_import *import, enum registry_subject subject, struct str reference,
                registry_lookup_done *on_done)
{
    const struct tag_check *check = &import->question.check;

    import->asked = (struct registry_question){
        .domain = check->domain,
        .path = check->path,
        .tag = reference,
        .subject = subject,
        .insecure = check->insecure,
        .credentials = import->credentials,
        .credential_count = import->credential_count,
        .fingerprint = import->fingerprint,
    };
    import->lookup = registry_client_look_up(import->tools->registry, &import->asked, on_done, import);
}

/* Writing the Image */

static void on_image_written(void *ctx, const struct kube_answer *answer)
{
    struct tag_import *import = ctx;

    import->call = NULL;
    import->imported = !answer->err;
    if (!answer->err || answer->err->code == ERROR_EXISTS)
        succeed(import);
    else
        fail_api(import, answer->err);
}

static void write_image(struct tag_import *import)
{
    struct kube_request request = {.verb = KUBE_POST, .place = {.resource = &images}};
    int64_t left = leader_lease_left_ms(import->tools->lease);
    struct error err;

    if (left == 0) {
        leave_alone(import, STR("not leading any more"), API_AGAIN_MS);
        return;
    }
    import->record.digest = import->digest;
    import->record.repository = import->question.check.repository;
    if (image_record_write(&import->arena, &import->record, &request.body, &err) < 0) {
        fail(import, REGISTRY_FAILURE_INVALID, error_text(&err), 0);
        return;
    }
    request.timeout_ms = left < CALL_MS ? left : CALL_MS;
    import->call = kube_client_call(import->tools->client, &request, on_image_written, import);
}

/* The manifest, the child, the configuration */

static void on_config(void *ctx, const struct registry_result *result)
{
    struct tag_import *import = ctx;

    import->lookup = NULL;
    if (result->outcome != TAG_FOUND) {
        fail_registry(import, result);
        return;
    }
    import->record.config = arena_str(&import->arena, result->content);
    write_image(import);
}

static void ask_config(struct tag_import *import, const struct image_outline *manifest)
{
    if (!manifest->is_index && image_outline_has_image_config(manifest))
        ask(import, SUBJECT_BLOB, manifest->config.digest, on_config);
    else
        write_image(import);
}

/* False: it is none, and the check has ended. */
static bool read_manifest(struct tag_import *import, const struct registry_result *result,
                          struct image_outline *ret)
{
    struct str content = arena_str(&import->arena, result->content);
    struct error err;

    if (image_outline_read(&import->arena, content, arena_str(&import->arena, result->media_type), ret,
                           &err) == 0)
        return true;
    fail(import, REGISTRY_FAILURE_INVALID, error_text(&err), 0);
    return false;
}

static void on_child(void *ctx, const struct registry_result *result)
{
    struct tag_import *import = ctx;

    import->lookup = NULL;
    if (result->outcome != TAG_FOUND) {
        fail_registry(import, result);
        return;
    }
    import->record.has_child = true;
    if (read_manifest(import, result, &import->record.child))
        ask_config(import, &import->record.child);
}

static void on_manifest(void *ctx, const struct registry_result *result)
{
    struct tag_import *import = ctx;
    const struct image_part *child;

    import->lookup = NULL;
    if (result->outcome != TAG_FOUND) {
        fail_registry(import, result);
        return;
    }
    if (!read_manifest(import, result, &import->record.manifest))
        return;
    child = import->record.manifest.is_index
                ? image_outline_child(&import->record.manifest, &import->tools->platform)
                : NULL;
    if (child)
        ask(import, SUBJECT_MANIFEST, child->digest, on_child);
    else
        ask_config(import, &import->record.manifest);
}

/* Whether the Image is there */

static void on_image(void *ctx, const struct kube_answer *answer)
{
    struct tag_import *import = ctx;

    import->call = NULL;
    if (!answer->err)
        succeed(import);
    else if (answer->err->code == ERROR_NOT_FOUND)
        ask(import, SUBJECT_MANIFEST, import->digest, on_manifest);
    else
        fail_api(import, answer->err);
}

static void find_image(struct tag_import *import)
{
    const struct kube_selection metadata = {.metadata_only = true};
    const struct kube_request request = {
        .verb = KUBE_GET,
        .place = {.resource = &images, .name = image_record_name(&import->arena, import->digest)},
        .accept = kube_selection_accept(&metadata, false),
        .timeout_ms = CALL_MS,
    };

    if (image_presence_is_known(import->tools->presence, import->digest, monotonic_ms()))
        succeed(import);
    else
        import->call = kube_client_call(import->tools->client, &request, on_image, import);
}

static void on_digest(void *ctx, const struct registry_result *result)
{
    struct tag_import *import = ctx;

    import->lookup = NULL;
    if (result->outcome != TAG_FOUND) {
        fail_registry(import, result);
        return;
    }
    import->digest = arena_str(&import->arena, str_from_c(result->digest));
    find_image(import);
}

/* Who asks */

static void on_secrets(struct credentials_waiter *waiter, const struct namespace_secrets *secrets)
{
    struct tag_import *import = CONTAINER_OF(struct tag_import, waiter, waiter);
    const struct tag_check *check = &import->question.check;

    import->secrets = secrets;
    if (secrets->outcome == SECRETS_FAILED) {
        leave_alone(import, error_text(&secrets->err), API_AGAIN_MS);
        return;
    }
    import->credential_count = namespace_credentials_choose(secrets, import->question.pull_secrets,
                                                            check->repository, import->credentials);
    import->fingerprint = credential_fingerprint(import->credentials, import->credential_count);
    ask(import, SUBJECT_DIGEST, check->reference, on_digest);
}

static void begin(struct timer *timer)
{
    struct tag_import *import = (struct tag_import *)(void *)timer;

    namespace_credentials_get(import->tools->credentials, import->question.namespace, &import->waiter);
}

struct tag_import_question tag_import_copy(struct arena *arena, const struct tag_import_question *question)
{
    struct tag_import_question copy = *question;
    struct str *texts[] = {&copy.check.tag,   &copy.check.source,    &copy.check.domain,
                           &copy.check.path,  &copy.check.reference, &copy.check.repository,
                           &copy.check.known, &copy.namespace,       &copy.pull_secrets};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_str(arena, *texts[i]);
    return copy;
}

struct tag_import *tag_import_start(const struct tag_import_tools *tools,
                                    const struct tag_import_question *question, tag_import_done *on_done,
                                    void *ctx)
{
    struct tag_import *import = memory_zeroed(1, sizeof(*import));

    arena_init(&import->arena);
    import->tools = tools;
    import->question = tag_import_copy(&import->arena, question);
    import->step.run = begin;
    import->waiter.on_known = on_secrets;
    import->on_done = on_done;
    import->ctx = ctx;
    timer_queue_set(timers_of(import), &import->step, monotonic_ms());
    return import;
}
