/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "test.h"

#include <errno.h>
#include <string.h>

TEST(an_error_is_a_code_and_a_sentence)
{
    struct error err;

    CHECK(error_set(&err, ERROR_NOT_FOUND, "no stream \"%s\"", "app") == -1);
    CHECK(err.code == ERROR_NOT_FOUND);
    CHECK_STR(error_text(&err), STR("no stream \"app\""));
}

TEST(a_prefix_keeps_the_code)
{
    struct error err;

    CHECK(error_set(&err, ERROR_TIMEOUT, "no answer") == -1);
    CHECK(error_prefix(&err, "registry \"%s\"", "r.example.com") == -1);
    CHECK(err.code == ERROR_TIMEOUT);
    CHECK_STR(error_text(&err), STR("registry \"r.example.com\": no answer"));
}

TEST(a_message_is_one_line)
{
    struct error err;

    CHECK(error_set(&err, ERROR_INVALID, "a\nb\x1B[31m\tc\x7F") == -1);
    CHECK_STR(error_text(&err), STR("a?b?[31m?c\x7F"));
    CHECK(error_prefix(&err, "x\r\n") == -1);
    CHECK_STR(error_text(&err), STR("x??: a?b?[31m?c\x7F"));
}

TEST(a_long_message_is_cut)
{
    struct error err;
    char longest[3 * ERROR_TEXT_MAX];

    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    CHECK(error_set(&err, ERROR_INVALID, "%s", longest) == -1);
    CHECK(error_text(&err).len == ERROR_TEXT_MAX - 1);
    CHECK(error_prefix(&err, "%s", longest) == -1);
    CHECK(error_text(&err).len == ERROR_TEXT_MAX - 1);
    CHECK(error_set(&err, ERROR_INVALID, "short") == -1);
    CHECK(error_prefix(&err, "%s", longest) == -1);
    CHECK(error_text(&err).len == ERROR_TEXT_MAX - 1);
}

TEST(says_what_the_system_refused)
{
    struct error err;

    CHECK(error_set_errno(&err, ENOENT, "cannot open \"%s\"", "x") == -1 && err.code == ERROR_NOT_FOUND);
    CHECK_STR(error_text(&err), STR("cannot open \"x\": No such file or directory"));
    CHECK(error_set_errno(&err, EACCES, "cannot open \"%s\"", "x") == -1 && err.code == ERROR_INVALID);
    CHECK_STR(error_text(&err), STR("cannot open \"x\": Permission denied"));
}

TEST_MAIN()
