/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole unit test framework. A test is a sentence about behaviour:
 *
 *     TEST(says_why_it_rejects) { CHECK(x == 1); CHECK_STR(got, STR("want")); }
 *     TEST_MAIN()
 *
 * A failing check prints itself and the test goes on. Output is TAP.
 */
#ifndef WEIR_TESTS_TEST_H
#define WEIR_TESTS_TEST_H

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};

static struct test_case *test_cases;
static struct test_case **test_tail = &test_cases;
static int test_failures; /* of the running test */

#define TEST(test_name)                                                                                      \
    static void test_name(void);                                                                             \
    __attribute__((constructor)) static void register_##test_name(void)                                      \
    {                                                                                                        \
        static struct test_case test_case = {#test_name, test_name, NULL};                                   \
        *test_tail = &test_case;                                                                             \
        test_tail = &test_case.next;                                                                         \
    }                                                                                                        \
    static void test_name(void)

/* `...` is a printf format and arguments that say which row of a table failed. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                               \
            test_failures++;                                                                                 \
        }                                                                                                    \
    } while (0)

#define CHECK_ROW(condition, ...)                                                                            \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("# %s:%d: not true: %s: ", __FILE__, __LINE__, #condition);                               \
            printf(__VA_ARGS__);                                                                             \
            printf("\n");                                                                                    \
            test_failures++;                                                                                 \
        }                                                                                                    \
    } while (0)

#define CHECK_STR(got_text, want_text)                                                                       \
    do {                                                                                                     \
        struct str got_ = (got_text);                                                                        \
        struct str want_ = (want_text);                                                                      \
        if (!str_equal(got_, want_)) {                                                                       \
            printf("# %s:%d: %s is \"" STR_FMT "\", not \"" STR_FMT "\"\n", __FILE__, __LINE__, #got_text,   \
                   STR_ARG(got_), STR_ARG(want_));                                                           \
            test_failures++;                                                                                 \
        }                                                                                                    \
    } while (0)

/* A whole file in the arena; the test program ends where it cannot be read. */
static inline struct str test_read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct str all = {NULL, 0};
    long size = -1;
    char *bytes;

    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    bytes = arena_alloc(arena, (size_t)size + 1);
    all = (struct str){bytes, fread(bytes, 1, (size_t)size, file)};
    fclose(file);
    return all;
}

#define TEST_MAIN()                                                                                          \
    int main(void)                                                                                           \
    {                                                                                                        \
        int number = 0;                                                                                      \
        int failed = 0;                                                                                      \
        for (struct test_case *test_case = test_cases; test_case; test_case = test_case->next) {             \
            test_failures = 0;                                                                               \
            test_case->run();                                                                                \
            printf("%sok %d - %s\n", test_failures ? "not " : "", ++number, test_case->name);                \
            failed += test_failures != 0;                                                                    \
        }                                                                                                    \
        printf("1..%d\n", number);                                                                           \
        return failed || number == 0;                                                                        \
    }

#endif
