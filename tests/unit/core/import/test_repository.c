/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

static struct world naming(const char *repository)
{
    struct world world = world_of("");

    world.repository = repository;
    world.settings.repository_tags = 3;
    return world;
}

/* Answers the listing that is due. */
static bool list(struct world *world, const char *const *tags, size_t count)
{
    struct import_plan due = plan(world);
    struct str *names = ARENA_ARRAY(&arena, count + 1, struct str);
    struct check_result result;

    CHECK(due.listing != NULL);
    if (!due.listing)
        return false;
    for (size_t i = 0; i < count; i++)
        names[i] = str_from_c(tags[i]);
    result = result_of(world, due.listing, NULL);
    result.tags = names;
    result.tag_count = count;
    return record(world, &result, 1);
}
#define LIST(world, ...)                                                                                     \
    list(world, (const char *const[]){__VA_ARGS__},                                                          \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static bool fail_listing(struct world *world, enum registry_failure failure)
{
    struct import_plan due = plan(world);
    struct check_result result;

    CHECK(due.listing != NULL);
    if (!due.listing)
        return false;
    result = result_of(world, due.listing, NULL);
    result.failure = failure;
    result.message = STR("no list");
    return record(world, &result, 1);
}

static const struct tag_condition *listed(struct world *world)
{
    return import_status_condition(&world->last.status, STR("RepositoryListed"));
}

TEST(the_first_tags_of_a_repository_become_the_streams)
{
    struct world world = naming("odoo");
    struct import_plan due = plan(&world);

    CHECK(due.count == 0 && due.listing && due.listing->listing);
    CHECK_STR(due.listing->domain, STR("docker.io"));
    CHECK_STR(due.listing->path, STR("library/odoo"));
    CHECK(LIST(&world, "9", "10", "nightly", "latest", "10", "sha256-abc.sig", "a b", "", "8"));
    CHECK(world.last.status.count == 3);
    CHECK_STR(tag_of(&world, "10")->details.source, STR("DockerImage docker.io/library/odoo:10"));
    CHECK_STR(listed(&world)->status, STR("True"));
    CHECK_STR(listed(&world)->message, STR("3 tags; 2 left out"));
    due = plan(&world);
    CHECK(due.count == 3 && !due.listing && due.checks[0].cause == CHECK_SOURCE);
    CHECK_STR(due.checks[0].reference, STR("10"));
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 3);
    CHECK_STR(tag_of(&world, "latest")->events[0].reference, STR("docker.io/library/odoo@" A));
    CHECK_STR(world.last.status.repository.source, STR("DockerImage docker.io/library/odoo"));
    CHECK_STR(world.last.status.summary.tags, STR("10, 9 + 1 more"));
    world.now += 100000;
    CHECK(plan(&world).count == 0 && !plan(&world).listing && plan(&world).next == INT64_MAX);
}

TEST(only_what_matches_is_taken_and_a_tag_of_the_spec_is_the_specs)
{
    struct world world = naming("quay.io/x/y");

    world.annotations = "\"weir.dev/match\":\"1.*, edge\"";
    world.tags = IMAGE_TAG("1.2", "quay.io/other:1");
    CHECK(LIST(&world, "1.1", "1.2", "2.0", "edge", "latest"));
    CHECK(import_status_tag(&world.last.status, STR("latest")) == NULL);
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 3);
    CHECK_STR(tag_of(&world, "1.2")->events[0].reference, STR("quay.io/other@" A));
    CHECK_STR(tag_of(&world, "edge")->events[0].reference, STR("quay.io/x/y@" A));
}

TEST(a_repository_with_an_interval_is_listed_again_and_its_tags_checked_with_it)
{
    struct world world = naming("quay.io/x/y");
    int64_t first;

    world.annotations = "\"weir.dev/interval\":\"1h\"";
    CHECK(LIST(&world, "1", "2"));
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 2);
    first = plan(&world).next;
    CHECK(first > world.now && first <= world.now + 3600);
    world.now = first;
    CHECK(LIST(&world, "2", "3"));
    CHECK(tag_of(&world, "1")->details.source.len == 0 && tag_of(&world, "1")->count == 1);
    CHECK(plan(&world).count == 2 && plan(&world).checks[0].cause == CHECK_LISTED);
    CHECK(answer(&world, B, REGISTRY_FAILURE_NONE) == 2);
    CHECK(tag_of(&world, "2")->count == 2 && tag_of(&world, "1")->count == 1);
    CHECK(plan(&world).count == 0 && plan(&world).next == first + 3600);
    world.now = first + 3600;
    CHECK(LIST(&world, "1", "2", "3"));
    CHECK(answer(&world, B, REGISTRY_FAILURE_NONE) == 3);
    CHECK(tag_of(&world, "1")->count == 2);
}

TEST(a_listing_that_fails_is_told_and_tried_again)
{
    struct world world = naming("quay.io/x/y");

    CHECK(fail_listing(&world, REGISTRY_FAILURE_UNAUTHORIZED));
    CHECK_STR(listed(&world)->status, STR("False"));
    CHECK_STR(listed(&world)->reason, STR("Unauthorized"));
    CHECK_STR(listed(&world)->message, STR("no list"));
    CHECK(world.last.status.repository.attempts == 1);
    CHECK(plan(&world).listing == NULL && plan(&world).next >= world.now + 270);
    world.now = plan(&world).next;
    CHECK(fail_listing(&world, REGISTRY_FAILURE_UNAUTHORIZED));
    CHECK(world.last.status.repository.attempts == 2 && plan(&world).next >= world.now + 540);
    world.now = plan(&world).next;
    CHECK(LIST(&world, "1"));
    CHECK_STR(listed(&world)->status, STR("True"));
    CHECK(!world.last.status.repository.next_check.known && world.last.status.repository.attempts == 0);
}

TEST(a_request_is_for_the_listing_and_all_that_it_gives)
{
    struct world world = naming("quay.io/x/y");

    (void)LIST(&world, "1");
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.annotations = "\"weir.dev/import\":\"now\"";
    world.now++;
    CHECK(plan(&world).listing && plan(&world).count == 0);
    CHECK(LIST(&world, "1", "2"));
    CHECK(world.last.status.import_requested.len == 0 && plan(&world).count == 2);
    CHECK(answer(&world, B, REGISTRY_FAILURE_NONE) == 2);
    CHECK_STR(world.last.status.import_requested, STR("now"));
    CHECK(plan(&world).count == 0 && !plan(&world).listing);
}

TEST(another_repository_takes_over_and_none_lets_go)
{
    struct world world = naming("quay.io/x/y");

    (void)LIST(&world, "1", "2");
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.repository = "quay.io/x/z";
    (void)record(&world, NULL, 0);
    CHECK(!tag_of(&world, "1")->details.removed_since.known); /* until that was listed */
    (void)LIST(&world, "1");
    (void)answer(&world, B, REGISTRY_FAILURE_NONE);
    CHECK_STR(tag_of(&world, "1")->events[0].reference, STR("quay.io/x/z@" B));
    CHECK(tag_of(&world, "1")->count == 2 && tag_of(&world, "2")->count == 1);
    world.repository = NULL;
    (void)record(&world, NULL, 0);
    CHECK(tag_of(&world, "1")->details.removed_since.known && listed(&world) == NULL);
    CHECK(world.last.status.repository.source.len == 0);
}

TEST(what_is_no_repository_is_told)
{
    static const char *const rows[] = {"quay.io/x/y:1", ("quay.io/x/y@" A), "UPPER", "my_registry.example/x"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world = naming(rows[i]);

        CHECK_ROW(!plan(&world).listing && record(&world, NULL, 0), "%s", rows[i]);
        CHECK_STR(listed(&world)->reason, STR("Invalid"));
    }
}

/* openshift-apiserver's importer takes 3.1, 3, abc, other, v1 of these: there "v2" is no version. */
TEST(the_highest_versions_are_the_first)
{
    struct world world = naming("quay.io/x/y");

    world.settings.repository_tags = 5;
    CHECK(LIST(&world, "v1", "other", "v2", "3", "3.1", "abc"));
    CHECK(world.last.status.count == 5 && import_status_tag(&world.last.status, STR("other")) == NULL);
    CHECK_STR(listed(&world)->message, STR("5 tags; 1 left out"));
}

TEST(what_leaves_a_listing_is_not_asked_for_and_one_without_a_record_goes)
{
    struct world world = naming("quay.io/x/y");
    struct import_plan due;

    world.annotations = "\"weir.dev/interval\":\"1h\"";
    (void)LIST(&world, "1", "2");
    (void)answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND);
    CHECK(tag_of(&world, "2")->failed);
    world.now += 3600;
    CHECK(LIST(&world, "1"));
    CHECK(import_status_tag(&world.last.status, STR("2")) == NULL);
    due = plan(&world);
    CHECK(due.count == 1);
    CHECK_STR(due.checks[0].tag, STR("1"));
}

TEST_MAIN()
