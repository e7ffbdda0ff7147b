/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/reference.h"

#include "base/json/read.h"

#include <string.h>
#include <test.h>

/* The vectors were made by running distribution/reference. */
static const struct value *read_vectors(struct arena *arena)
{
    struct value *document = NULL;
    struct error err;

    if (json_read(arena, test_read_file(arena, TEST_DATA "/reference.json"), &document, &err) < 0) {
        printf("Bail out! reference.json: %s\n", err.text);
        exit(1);
    }
    return value_find(document, STR("vectors"));
}

static struct str member(const struct value *vector, const char *name)
{
    return value_string(value_find(vector, str_from_c(name)));
}

static struct str full_path(struct arena *arena, const struct image_reference *ref)
{
    return arena_join(arena, ref->library ? STR("library/") : STR(""), ref->path);
}

static void check_member(const struct value *vector, const char *name, struct str got)
{
    struct str want = member(vector, name);

    CHECK_ROW(str_equal(got, want), "%s of \"" STR_FMT "\" is \"" STR_FMT "\", not \"" STR_FMT "\"", name,
              STR_ARG(member(vector, "input")), STR_ARG(got), STR_ARG(want));
}

static void check_valid(struct arena *arena, const struct value *vector, const struct image_reference *ref)
{
    check_member(vector, "domain", ref->domain);
    check_member(vector, "path", full_path(arena, ref));
    check_member(vector, "tag", ref->tag);
    check_member(vector, "digest", ref->digest);
    check_member(vector, "normalized", image_reference_normalized(arena, ref));
    check_member(vector, "familiar", image_reference_familiar(arena, ref));
    check_member(vector, "docker_ref", image_reference_docker(arena, ref));
    CHECK(image_reference_in_repository(ref, image_reference_repository(arena, ref)));
}

static void check_vector(struct arena *arena, const struct value *vector)
{
    struct str input = member(vector, "input");
    const struct value *valid = value_find(vector, STR("valid"));
    struct image_reference ref;
    struct error err = {ERROR_NONE, ""};
    bool parsed = image_reference_parse(input, &ref, &err) == 0;

    CHECK_ROW(valid && parsed == valid->boolean, "\"" STR_FMT "\"", STR_ARG(input));
    check_member(vector, "error", error_text(&err));
    check_member(vector, "error", image_reference_refusal(arena, input));
    if (parsed)
        check_valid(arena, vector, &ref);
    else
        CHECK_ROW(err.code == ERROR_INVALID, "\"" STR_FMT "\"", STR_ARG(input));
}

TEST(agrees_with_distribution_on_every_vector)
{
    struct arena arena;
    const struct value *vectors;

    arena_init(&arena);
    vectors = read_vectors(&arena);
    CHECK(vectors && vectors->count > 300);
    for (const struct value *vector = vectors ? vectors->first : NULL; vector; vector = vector->next)
        check_vector(&arena, vector);
    arena_release(&arena);
}

struct refused {
    struct str text;
    const char *error;
};

TEST(says_why_it_refuses)
{
    static const struct refused table[] = {
        {STR_INIT(""), "invalid reference format"},
        {STR_INIT("/"), "invalid reference format"},
        {STR_INIT("a.b/"), "invalid reference format"},
        {STR_INIT("app\0"), "invalid reference format"},
        {STR_INIT("app:"), "invalid reference format"},
        {STR_INIT("app@"), "invalid reference format"},
        {STR_INIT("app:v1:v2"), "invalid reference format"},
        {STR_INIT("app:v1@sha256:12"), "invalid reference format"},
        {STR_INIT("[::g]/app"), "invalid reference format"},
        {STR_INIT("[]/app"), "invalid reference format"},
        {STR_INIT("-a.b/app"), "invalid reference format"},
        {STR_INIT("a-.b/app"), "invalid reference format"},
        {STR_INIT("a.b:/app"), "invalid reference format"},
        {STR_INIT("a__.b/app"), "invalid reference format"},
        {STR_INIT("a___b"), "invalid reference format"},
        {STR_INIT("a..b"), "invalid reference format"},
        {STR_INIT("\xC3\xA9/app"), "invalid reference format"},
        {STR_INIT("\xC3\x89/app"), "invalid reference format"},
        /* whatever lower-casing would change is upper case, bytes that are no UTF-8 too */
        {STR_INIT("App:1"), "invalid reference format: repository name (library/App) must be lowercase"},
        {STR_INIT("a.b/App"), "invalid reference format: repository name (App) must be lowercase"},
        {STR_INIT("\xC3\x89"),
         "invalid reference format: repository name (library/\xC3\x89) must be lowercase"},
        {STR_INIT("a\xFF"), "invalid reference format: repository name (library/a\xFF) must be lowercase"},
        /* lower-cased, the grammar would hold */
        {STR_INIT("Team_a/app"), "repository name must be lowercase"},
        {STR_INIT("app:\xE2\x84\xAA"), "repository name must be lowercase"},
        {STR_INIT("app:\xC4\xB0"), "repository name must be lowercase"},
        {STR_INIT("\xE2\x84\xAA/app"), "repository name must be lowercase"},
        {STR_INIT("app@sha256:0123456789abcdef0123456789abcdef"), "invalid checksum digest length"},
        {STR_INIT("app@md5:0123456789abcdef0123456789abcdef"), "unsupported digest algorithm"},
        {STR_INIT("app@MD5:0123456789abcdef0123456789abcdef"),
         "invalid reference format: repository name (library/app@MD5) must be lowercase"},
        {STR_INIT("app:1@MD5:0123456789abcdef0123456789abcdef"), "invalid checksum digest format"},
    };
    struct image_reference ref;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        err = (struct error){ERROR_NONE, ""};
        CHECK_ROW(image_reference_parse(table[i].text, &ref, &err) < 0, STR_FMT, STR_ARG(table[i].text));
        CHECK_STR(error_text(&err), str_from_c(table[i].error));
    }
}

TEST(refuses_what_is_longer_than_the_limit_without_reading_it)
{
    static char text[IMAGE_REFERENCE_TEXT_MAX + 1];
    struct image_reference ref;
    struct error err;

    memset(text, 'a', sizeof(text));
    CHECK(image_reference_parse((struct str){text, sizeof(text)}, &ref, &err) < 0);
    CHECK_STR(error_text(&err), STR("reference must not be more than 4096 characters"));
    CHECK(image_reference_parse((struct str){text, sizeof(text) - 1}, &ref, &err) < 0);
    CHECK_STR(error_text(&err), STR("repository name must not be more than 255 characters"));
}

TEST(counts_the_implied_library_against_the_path_limit)
{
    static char text[300];
    struct image_reference ref;
    struct error err;

    memset(text, 'a', sizeof(text));
    CHECK(image_reference_parse((struct str){text, 247}, &ref, &err) == 0);
    CHECK(image_reference_parse((struct str){text, 248}, &ref, &err) < 0);
    memcpy(text, "reg.io/", 7);
    CHECK(image_reference_parse((struct str){text, 7 + 255}, &ref, &err) == 0);
    CHECK(image_reference_parse((struct str){text, 7 + 256}, &ref, &err) < 0);
}

TEST(quotes_long_and_odd_names_whole_in_a_refusal)
{
    static char text[700];
    char buffer[4096];
    struct arena arena;
    struct str refusal;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    memset(text, 'A', sizeof(text));
    text[10] = '\t';
    refusal = image_reference_refusal(&arena, (struct str){text, sizeof(text)});
    CHECK(str_contains(refusal, (struct str){text, sizeof(text)}));
    CHECK(str_ends(refusal, STR(") must be lowercase")));
    CHECK_STR(image_reference_refusal(&arena, STR("nginx")), STR(""));
    arena_release(&arena);
}

struct named {
    struct str text;
    bool domain_given;
    bool library;
    size_t components;
};

TEST(knows_whether_a_registry_was_written)
{
    static const struct named table[] = {
        {STR_INIT("nginx"), false, true, 1},
        {STR_INIT("test.com:5000"), false, true, 1},
        {STR_INIT("library/nginx"), false, false, 2},
        {STR_INIT("team/app/web:1"), false, false, 3},
        {STR_INIT("docker.io/nginx"), true, true, 1},
        {STR_INIT("index.docker.io/nginx"), true, true, 1},
        {STR_INIT("docker.io/library/nginx"), true, false, 2},
        {STR_INIT("docker.io:443/nginx"), true, false, 1},
        {STR_INIT("localhost/app"), true, false, 1},
        {STR_INIT("Team/app"), true, false, 1},
        {STR_INIT("[2001:db8::1]:5000/app"), true, false, 1},
        {STR_INIT("exa_mple.com/app"), false, false, 2},
    };
    struct image_reference ref;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct named *row = &table[i];

        if (image_reference_parse(row->text, &ref, &err) < 0) {
            CHECK_ROW(false, STR_FMT ": %s", STR_ARG(row->text), err.text);
            continue;
        }
        CHECK_ROW(ref.domain_given == row->domain_given, STR_FMT, STR_ARG(row->text));
        CHECK_ROW(ref.library == row->library, STR_FMT, STR_ARG(row->text));
        CHECK_ROW(image_reference_components(&ref) == row->components, STR_FMT, STR_ARG(row->text));
    }
}

struct membership {
    struct str text;
    struct str repository;
    bool inside;
};

TEST(compares_repositories_whole_and_qualified)
{
    static const struct membership table[] = {
        {STR_INIT("nginx:1"), STR_INIT("docker.io/library/nginx"), true},
        {STR_INIT("docker.io/library/nginx"), STR_INIT("docker.io/library/nginx"), true},
        {STR_INIT("index.docker.io/nginx"), STR_INIT("docker.io/library/nginx"), true},
        {STR_INIT("nginx"), STR_INIT("nginx"), false},
        {STR_INIT("nginx"), STR_INIT("docker.io/nginx"), false},
        {STR_INIT("nginx"), STR_INIT("docker.io/library/nginx2"), false},
        {STR_INIT("nginx2"), STR_INIT("docker.io/library/nginx"), false},
        {STR_INIT("nginx"), STR_INIT(""), false},
        {STR_INIT("nginx"), {NULL, 0}, false},
        {STR_INIT("quay.io/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
         STR_INIT("quay.io/a/b"), true},
        {STR_INIT("exa_mple.com/app"), STR_INIT("exa_mple.com/app"), true},
        {STR_INIT("exa_mple.com/app"), STR_INIT("/exa_mple.com/app"), false},
    };
    struct image_reference ref;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK(image_reference_parse(table[i].text, &ref, &err) == 0);
        CHECK_ROW(image_reference_in_repository(&ref, table[i].repository) == table[i].inside,
                  STR_FMT " in " STR_FMT, STR_ARG(table[i].text), STR_ARG(table[i].repository));
    }
}

TEST(leaves_the_result_alone_on_failure)
{
    struct image_reference ref = {.tag = STR("before")};
    struct error err;

    CHECK(image_reference_parse(STR("app:!"), &ref, &err) < 0);
    CHECK_STR(ref.tag, STR("before"));
    CHECK(image_reference_parse((struct str){NULL, 0}, &ref, &err) < 0);
}

TEST_MAIN()
