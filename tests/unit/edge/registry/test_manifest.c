/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/manifest.h"

#include "test.h"
#include "unit/edge/registry/fake_registry.h"
#include "unit/edge/registry/registry_desk.h"

static struct fake_registry fake;
static char host[32];

static const struct credential alice = {.username = STR_INIT("alice"), .password = STR_INIT("secret")};
static const struct credential *const as_alice[] = {&alice};
static const struct credential *const nobody[1];

static struct desk_errand fetch(enum registry_subject subject, const char *path, struct str what,
                                const struct credential *const *credentials, size_t count)
{
    struct registry_desk desk;
    struct desk_errand errand = {
        .question = {.domain = str_from_c(host),
                     .path = str_from_c(path),
                     .tag = what,
                     .subject = subject,
                     .credentials = credentials,
                     .credential_count = count,
                     .fingerprint = credential_fingerprint(credentials, count)},
    };

    desk_start(&desk);
    desk_run_errand(&desk, &errand);
    desk_stop(&desk);
    errand.result.content.ptr = NULL; /* it was the errand's of this function */
    return errand;
}

static bool holds(const struct desk_errand *errand, const char *part)
{
    return str_contains((struct str){errand->content, errand->result.content.len}, str_from_c(part));
}

TEST(a_manifest_comes_whole_with_its_digest)
{
    struct desk_errand by_tag = fetch(SUBJECT_MANIFEST, "ok/whole", STR("1"), nobody, 0);
    struct desk_errand by_digest;

    CHECK_ROW(by_tag.result.outcome == TAG_FOUND, "%s", by_tag.result.cause);
    CHECK(holds(&by_tag, "\"schemaVersion\": 2") && holds(&by_tag, "ok/whole"));
    by_digest = fetch(SUBJECT_MANIFEST, "ok/whole", str_from_c(by_tag.result.digest), nobody, 0);
    CHECK(by_digest.result.outcome == TAG_FOUND && holds(&by_digest, "ok/whole"));
    CHECK_STR(str_from_c(by_digest.result.digest), str_from_c(by_tag.result.digest));
}

TEST(a_fetch_logs_in_as_a_look_up_does)
{
    struct desk_errand whole = fetch(SUBJECT_MANIFEST, "private/whole", STR("1"), as_alice, 1);
    struct desk_errand refused = fetch(SUBJECT_MANIFEST, "private/whole", STR("1"), nobody, 0);

    CHECK_ROW(whole.result.outcome == TAG_FOUND && holds(&whole, "private/whole"), "%s", whole.result.cause);
    CHECK(refused.result.outcome == TAG_MUST_NOT && refused.result.content.len == 0);
    CHECK(refused.result.failure == REGISTRY_FAILURE_UNAUTHORIZED);
}

TEST(content_of_another_digest_is_wrong)
{
    struct str other = STR("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct desk_errand manifest = fetch(SUBJECT_MANIFEST, "ok/other", other, nobody, 0);
    struct desk_errand blob = fetch(SUBJECT_BLOB, "ok/other", other, nobody, 0);

    CHECK(manifest.result.outcome == TAG_MUST_NOT && manifest.result.failure == REGISTRY_FAILURE_INVALID);
    CHECK_ROW(strstr(manifest.result.cause, "another digest"), "%s", manifest.result.cause);
    CHECK(blob.result.outcome == TAG_MUST_NOT && blob.result.failure == REGISTRY_FAILURE_INVALID);
    CHECK(manifest.result.content.len == 0 && blob.result.content.len == 0);
}

TEST(a_blob_comes_whole)
{
    struct desk_errand manifest = fetch(SUBJECT_MANIFEST, "ok/blob", STR("1"), nobody, 0);
    struct desk_errand blob = fetch(SUBJECT_BLOB, "ok/blob", str_from_c(manifest.result.digest), nobody, 0);

    CHECK_ROW(blob.result.outcome == TAG_FOUND && holds(&blob, "ok/blob"), "%s", blob.result.cause);
}

TEST(each_failure_has_its_kind)
{
    static const struct {
        const char *path;
        enum registry_failure failure;
    } rows[] = {
        {"says-404/x", REGISTRY_FAILURE_NOT_FOUND},
        {"says-403/x", REGISTRY_FAILURE_FORBIDDEN},
        {"says-429/x", REGISTRY_FAILURE_TOO_MANY_REQUESTS},
        {"says-503/x", REGISTRY_FAILURE_UNREACHABLE},
        {"html/x", REGISTRY_FAILURE_INVALID},
        {"endless-body/x", REGISTRY_FAILURE_INVALID},
        {"close/x", REGISTRY_FAILURE_UNREACHABLE},
        {"to-metadata/x", REGISTRY_FAILURE_INVALID},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct desk_errand whole = fetch(SUBJECT_MANIFEST, rows[i].path, STR("1"), nobody, 0);

        CHECK_ROW(whole.result.failure == rows[i].failure, "%s: %d, %s", rows[i].path, whole.result.failure,
                  whole.result.cause);
        CHECK(whole.result.outcome != TAG_FOUND && whole.result.content.len == 0);
    }
}

/* Registered last: the child goes when the tests are through. */
TEST(the_fake_ends)
{
    fake_registry_stop(&fake);
    CHECK(true);
}

__attribute__((constructor)) static void start_fake(void)
{
    fake = fake_registry_start(NULL, NULL);
    (void)snprintf(host, sizeof(host), "127.0.0.1:%d", fake.port);
}

TEST_MAIN()
