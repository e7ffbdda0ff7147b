/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/review.h"

#include "base/json/read.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

static struct workload_table builtin(struct arena *arena)
{
    struct workload_table table;
    struct error err;

    if (workload_paths_build(arena, NULL, 0, &table, &err) < 0)
        abort();
    return table;
}

static int decode(struct arena *arena, struct str body, struct admission_request *ret, struct error *err)
{
    struct workload_table table = builtin(arena);

    return admission_review_decode(arena, &table, body, ret, err);
}

TEST(gives_every_sample_its_http_status)
{
    struct arena arena;
    struct value *index = NULL;
    struct error err;
    size_t seen = 0;

    arena_init(&arena);
    if (json_read(&arena, test_read_file(&arena, TEST_SAMPLES "/index.json"), &index, &err) < 0)
        abort();
    for (const struct value *sample = value_find(index, STR("samples"))->first; sample;
         sample = sample->next) {
        struct str file = value_string(value_find(sample, STR("file")));
        struct str http = value_path(sample, "expect", "http", NULL)->text;
        char path[512];
        struct admission_request request;
        int result;

        (void)snprintf(path, sizeof(path), "%s/" STR_FMT, TEST_SAMPLES, STR_ARG(file));
        result = decode(&arena, test_read_file(&arena, path), &request, &err);
        CHECK_ROW((result == 0) == str_equal(http, STR("200")), STR_FMT ": %s", STR_ARG(file),
                  result < 0 ? err.text : "accepted");
        if (result == 0)
            CHECK_STR(request.uid, value_string(value_path(sample, "request", "uid", NULL)));
        seen++;
    }
    CHECK(seen >= 100);
    arena_release(&arena);
}

struct complaint {
    const char *body;
    const char *why;
};

#define REVIEW(request)                                                                                      \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":" request "}"
#define POD_KIND "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"}"

TEST(says_which_member_of_a_review_is_wrong)
{
    static const struct complaint rows[] = {
        {"[]", "body: expected one AdmissionReview object"},
        {"{}", "kind: expected \"AdmissionReview\""},
        {"{\"kind\":5}", "kind: expected a string"},
        {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\",\"request\":{}}",
         "apiVersion: expected \"admission.k8s.io/v1\""},
        {REVIEW("null"), "request: must not be null"},
        {REVIEW("[]"), "request: expected an object"},
        {REVIEW("{}"), "request.uid: missing"},
        {REVIEW("{\"uid\":\"\"," POD_KIND ",\"operation\":\"CREATE\"}"), "request.uid: missing"},
        {REVIEW("{\"uid\":7}"), "request.uid: expected a string"},
        {REVIEW("{\"uid\":\"u\",\"operation\":\"CREATE\"}"), "request.kind.kind: missing"},
        {REVIEW("{\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{\"spec\":{}}}"),
         "request.kind.kind: missing"},
        {REVIEW("{\"uid\":\"u\",\"kind\":null,\"object\":{},\"oldObject\":{}}"),
         "request.kind.kind: missing"},
        {REVIEW("{\"uid\":\"u\"," POD_KIND "}"), "request.operation: missing"},
        {REVIEW("{\"uid\":\"u\"," POD_KIND ",\"operation\":\"CREATE\",\"dryRun\":\"no\"}"),
         "request.dryRun: expected true or false"},
        {REVIEW("{\"uid\":\"u\",\"userInfo\":{\"groups\":\"system:nodes\"}}"),
         "request.userInfo.groups: expected a list"},
        {REVIEW("{\"uid\":\"u\",\"oldObject\":{\"spec\":{},\"spec\":{}}," POD_KIND "}"),
         "request.oldObject: byte 18: an object has a member twice"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct admission_request request;
        struct error err = {.code = ERROR_NONE};

        arena_init(&arena);
        CHECK_ROW(decode(&arena, str_from_c(rows[i].body), &request, &err) < 0, "%s", rows[i].body);
        CHECK_ROW(strcmp(err.text, rows[i].why) == 0, "%s: %s", rows[i].body, err.text);
        arena_release(&arena);
    }
}

TEST(reads_positions_in_one_order_whatever_the_document_s)
{
    static const char body[] = REVIEW(
        "{\"object\":{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}},{\"name\":\"m\",\"image\":"
        "{\"pullPolicy\":\"Always\",\"reference\":\"q/"
        "m:1\"}}],\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"e\"}],"
        "\"initContainers\":[{\"name\":\"i\",\"image\":\"i\"}],\"imagePullSecrets\":[{},{\"name\":\"s\"}],"
        "\"serviceAccountName\":\"sa\",\"containers\":[null,{\"name\":\"c\",\"image\":\"c\","
        "\"imagePullPolicy\":null}]},"
        "\"metadata\":{\"annotations\":{\"weir.dev/refresh\":\"1\",\"weir.dev\\/"
        "images\":\"{}\"},\"ownerReferences\":"
        "[{\"kind\":\"A\",\"apiVersion\":\"a/v1\"},{\"kind\":\"B\",\"apiVersion\":\"b/"
        "v1\",\"controller\":true}]}},"
        "\"uid\":\"u\",\"operation\":\"CREATE\",\"namespace\":\"n\"," POD_KIND ",\"userInfo\":"
        "{\"username\":\"x\",\"groups\":[\"a\",\"system:nodes\"]}}");
    static const char *const pointers[] = {"/spec/containers/1", "/spec/initContainers/0",
                                           "/spec/ephemeralContainers/0", "/spec/volumes/1/image"};
    struct arena arena;
    struct admission_request r;
    struct error err;

    arena_init(&arena);
    CHECK(decode(&arena, STR(body), &r, &err) == 0);
    CHECK(r.object.position_count == 4);
    for (size_t i = 0; i < r.object.position_count && i < 4; i++)
        CHECK_STR(json_path_pointer(&arena, r.object.positions[i].path, (struct str){NULL, 0}),
                  str_from_c(pointers[i]));
    CHECK_STR(r.object.positions[3].pull_policy, STR("Always"));
    CHECK(r.object.positions[0].pull_policy_presence == PRESENCE_NULL);
    CHECK_STR(r.object.service_account, STR("sa"));
    CHECK(r.object.pull_secret_count == 1);
    CHECK_STR(r.object.meta.refresh, STR("1"));
    CHECK(r.object.meta.images_presence == PRESENCE_GOOD);
    CHECK_STR(r.object.meta.controller_kind, STR("B"));
    CHECK(r.node_user);
    arena_release(&arena);
}

TEST(follows_rows_with_lists_and_lone_images)
{
    static const struct str pointers[] = {STR_INIT("/spec/steps"), STR_INIT("/spec/stepTemplate/image"),
                                          STR_INIT("/spec/tasks/*/taskSpec/steps")};
    static const struct workload_row row = {STR_INIT("tekton.dev"), STR_INIT(""), STR_INIT("Pipeline"),
                                            pointers, 3};
    static const char body[] = REVIEW(
        "{\"uid\":\"u\",\"kind\":{\"group\":\"tekton.dev\",\"version\":\"v1\",\"kind\":\"Pipeline\"},"
        "\"operation\":\"CREATE\",\"object\":{\"spec\":{\"steps\":[{\"image\":\"a\"},{\"name\":\"b\"}],"
        "\"stepTemplate\":{\"image\":\"c\"},\"tasks\":[{},{\"taskSpec\":{\"steps\":[{\"image\":\"d\"}]}}]}}"
        "}");
    struct arena arena;
    struct workload_table table;
    struct admission_request r;
    struct error err;

    arena_init(&arena);
    CHECK(workload_paths_build(&arena, &row, 1, &table, &err) == 0);
    CHECK(admission_review_decode(&arena, &table, STR(body), &r, &err) == 0);
    CHECK(r.object.position_count == 4);
    CHECK_STR(json_path_pointer(&arena, r.object.positions[3].path, STR("image")),
              STR("/spec/tasks/1/taskSpec/steps/0/image"));
    CHECK_STR(json_path_pointer(&arena, r.object.positions[2].list_path, (struct str){NULL, 0}),
              STR("/spec/stepTemplate/image"));
    arena_release(&arena);
}

TEST(escapes_pointers)
{
    struct json_path root = {NULL, STR("a/b~c"), 0};
    struct json_path leaf = {&root, {NULL, 0}, 120};
    struct arena arena;

    arena_init(&arena);
    CHECK_STR(json_path_pointer(&arena, &leaf, STR("x~1")), STR("/a~1b~0c/120/x~01"));
    CHECK_STR(json_path_prefix(&arena, &leaf), STR("/a~1b~0c/120/"));
    arena_release(&arena);
}

TEST(refuses_more_containers_than_the_limit)
{
    struct arena arena;
    struct text body;
    struct admission_request r;
    struct error err = {.code = ERROR_NONE};

    arena_init(&arena);
    text_init(&body, &arena, 1 << 20);
    text_add(&body, STR("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
                        "v1\",\"request\":{\"uid\":\"u\","));
    text_add(&body, STR(POD_KIND ",\"operation\":\"CREATE\",\"object\":{\"spec\":{\"containers\":[{}"));
    for (size_t i = 0; i < POSITIONS_MAX; i++)
        text_add(&body, STR(",{}"));
    text_add(&body, STR("]}}}}"));
    CHECK(decode(&arena, text_str(&body), &r, &err) < 0);
    CHECK(err.code == ERROR_TOO_LARGE);
    arena_release(&arena);
}

/* What a list that nothing bounds costs: a small multiple of the body, whatever stands in it. */
TEST(long_lists_take_memory_in_proportion)
{
    static const char *const rows[][2] = {
        {"imagePullSecrets", "{\"name\":\"a\"}"},
        {"imagePullSecrets", "{\"name\":\"\\u003c\"}"}, /* decoded between two names */
        {"containers", "1"},
        {"volumes", "{\"name\":\"v\"}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena, bodies;
        struct text body;
        struct admission_request r;
        struct error err;

        arena_init(&arena);
        arena_init(&bodies);
        text_init(&body, &bodies, 1 << 20);
        text_addf(&body,
                  "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":"
                  "{\"uid\":\"u\"," POD_KIND ",\"operation\":\"CREATE\",\"object\":{\"spec\":{\"%s\":[%s",
                  rows[i][0], rows[i][1]);
        for (size_t item = 0; item < 5000; item++)
            text_addf(&body, ",%s", rows[i][1]);
        text_add(&body, STR("]}}}}"));
        CHECK(decode(&arena, text_str(&body), &r, &err) == 0);
        CHECK_ROW(arena.used < 5 * text_str(&body).len + (16 << 10), "%s of %s: %zu", rows[i][0], rows[i][1],
                  arena.used);
        arena_release(&bodies);
        arena_release(&arena);
    }
}

#define POD_MEMBERS  "{\"uid\":\"u\"," POD_KIND ",\"operation\":\"CREATE\""
#define OBJECT(text) REVIEW(POD_MEMBERS ",\"object\":" text "}")

static enum presence images_presence(const char *body, bool *ret_mirror)
{
    struct arena arena;
    struct admission_request r;
    struct error err = {.text = ""};
    enum presence presence;

    arena_init(&arena);
    CHECK_ROW(decode(&arena, str_from_c(body), &r, &err) == 0, "%s: %s", body, err.text);
    presence = r.object.meta.images_presence;
    *ret_mirror = r.object.meta.mirror;
    arena_release(&arena);
    return presence;
}

TEST(passes_over_an_annotation_of_another_type)
{
    static const char *const odd[] = {"null", "7", "true", "[\"a\"]", "{\"weir.dev/images\":\"\"}"};
    bool mirror;

    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct arena arena;
        struct text body;

        arena_init(&arena);
        text_init(&body, &arena, 1 << 10);
        text_add(&body, STR("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                            "\"request\":" POD_MEMBERS));
        text_addf(&body, ",\"object\":{\"metadata\":{\"annotations\":{\"kubernetes.io/config.mirror\":%s,",
                  odd[i]);
        text_add(&body, STR("\"weir.dev/images\":\"\"}}}}}"));
        text_add_char(&body, '\0');
        CHECK(images_presence(text_str(&body).ptr, &mirror) == PRESENCE_GOOD && !mirror);
        arena_release(&arena);
    }
    CHECK(images_presence(OBJECT("{\"metadata\":{\"annotations\":{\"weir.dev/images\":null,"
                                 "\"kubernetes.io/config.mirror\":\"\"}}}"),
                          &mirror) == PRESENCE_NULL &&
          mirror);
}

TEST(refuses_a_member_it_reads_that_is_there_twice)
{
    static const char *const bodies[] = {
        REVIEW("{\"uid\":\"u\",\"uid\":\"v\"}"),
        REVIEW(POD_MEMBERS ",\"k\\u0069nd\":{}}"),
        REVIEW(POD_MEMBERS ",\"object\":{},\"object\":{}}"),
        REVIEW("{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\",\"kind\":\"Job\"}}"),
        OBJECT("{\"metadata\":{},\"metadata\":null}"),
        OBJECT("{\"spec\":{},\"\\u0073pec\":{}}"),
        OBJECT("{\"spec\":{\"containers\":[],\"containers\":[]}}"),
        OBJECT("{\"spec\":{\"containers\":[{\"image\":\"a\",\"name\":\"c\",\"image\":\"b\"}]}}"),
        OBJECT("{\"spec\":{\"containers\":[{\"image\":\"a\",\"im\\u0061ge\":\"b\"}]}}"),
        OBJECT("{\"metadata\":{\"annotations\":{\"weir.dev/images\":\"\",\"weir.dev/images\":\"\"}}}"),
        OBJECT("{\"metadata\":{\"labels\":{},\"labels\":{}}}"),
    };

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct arena arena;
        struct admission_request r;
        struct error err = {.code = ERROR_NONE};

        arena_init(&arena);
        CHECK_ROW(decode(&arena, str_from_c(bodies[i]), &r, &err) < 0, "%s", bodies[i]);
        CHECK(err.code == ERROR_INVALID);
        arena_release(&arena);
    }
}

TEST(encodes_an_answer_without_patch_type_where_there_is_no_patch)
{
    struct admission_response response = {.uid = STR("u\"\\é"), .allowed = true};
    struct arena arena;
    struct str text;
    struct error err;

    arena_init(&arena);
    CHECK(admission_review_encode(&arena, &response, &text, &err) == 0);
    CHECK_STR(text, STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":"
                        "{\"uid\":\"u\\\"\\\\é\",\"allowed\":true}}"));
    response.patch = STR("[]");
    CHECK(admission_review_encode(&arena, &response, &text, &err) == 0);
    CHECK(str_contains(text, STR("\"patchType\":\"JSONPatch\",\"patch\":\"W10=\"")));
    arena_release(&arena);
}

TEST_MAIN()
