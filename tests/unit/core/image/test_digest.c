/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/digest.h"

#include <test.h>

#define HEX32  "0123456789abcdef0123456789abcdef"
#define HEX64  HEX32 HEX32
#define HEX128 HEX64 HEX64

struct row {
    struct str text;
    const char *error; /* NULL: valid */
};

static const struct row table[] = {
    {STR_INIT("sha256:" HEX64), NULL},
    {STR_INIT("sha384:" HEX64 HEX32), NULL},
    {STR_INIT("sha512:" HEX128), NULL},
    {STR_INIT(""), "invalid checksum digest format"},
    {{NULL, 0}, "invalid checksum digest format"},
    {STR_INIT(":"), "invalid checksum digest format"},
    {STR_INIT("sha256"), "invalid checksum digest format"},
    {STR_INIT("sha256:"), "invalid checksum digest format"},
    {STR_INIT(":" HEX64), "invalid checksum digest format"},
    {STR_INIT("sha256:" HEX32), "invalid checksum digest length"},
    {STR_INIT("sha512:" HEX64), "invalid checksum digest length"},
    {STR_INIT("sha256:" HEX64 "0"), "invalid checksum digest length"},
    {STR_INIT("sha256:!"), "invalid checksum digest length"},
    {STR_INIT("sha256:" HEX32 "0123456789ABCDEF0123456789abcdef"), "invalid checksum digest format"},
    {STR_INIT("sha256:" HEX32 "0123456789abcdeg0123456789abcdef"), "invalid checksum digest format"},
    {STR_INIT("sha256:" HEX32 "012345678\0abcdef0123456789abcdef"), "invalid checksum digest format"},
    {STR_INIT("SHA256:" HEX64), "invalid checksum digest format"},
    {STR_INIT("md5:" HEX32), "unsupported digest algorithm"},
    {STR_INIT("sha256+b64:AZaz09=_-"), "unsupported digest algorithm"},
    {STR_INIT("a.b_c-d+e:1"), "unsupported digest algorithm"},
    {STR_INIT("a..b:1"), "invalid checksum digest format"},
    {STR_INIT(".a:1"), "invalid checksum digest format"},
    {STR_INIT("a.:1"), "invalid checksum digest format"},
    {STR_INIT("a:1:2"), "invalid checksum digest format"},
    {STR_INIT("a:1/2"), "invalid checksum digest format"},
    {STR_INIT("a b:1"), "invalid checksum digest format"},
};

TEST(accepts_known_algorithms_with_lower_case_hex_of_their_length)
{
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        err = (struct error){ERROR_NONE, ""};
        CHECK_ROW(digest_is_valid(table[i].text) == !table[i].error, STR_FMT, STR_ARG(table[i].text));
        CHECK_ROW((digest_check(table[i].text, &err) == 0) == !table[i].error, STR_FMT,
                  STR_ARG(table[i].text));
        CHECK_STR(error_text(&err), str_from_c(table[i].error));
    }
}

TEST_MAIN()
