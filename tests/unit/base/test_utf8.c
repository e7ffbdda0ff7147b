/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "test.h"

TEST(only_well_formed_sequences_have_a_length)
{
    static const struct {
        struct str bytes;
        size_t length;
    } rows[] = {
        {STR_INIT("a"), 1},
        {STR_INIT("\0"), 1},
        {STR_INIT("\x7F"), 1},
        {STR_INIT("\x80"), 0},
        {STR_INIT("\xBF"), 0},
        {STR_INIT("\xC0\x80"), 0},
        {STR_INIT("\xC1\xBF"), 0},
        {STR_INIT("\xC2\x80"), 2},
        {STR_INIT("\xC2"), 0},
        {STR_INIT("\xC2\x7F"), 0},
        {STR_INIT("\xC2\xC0"), 0},
        {STR_INIT("\xDF\xBF"), 2},
        {STR_INIT("\xE0\x9F\xBF"), 0},
        {STR_INIT("\xE0\xA0\x80"), 3},
        {STR_INIT("\xE2\x82\xAC rest"), 3},
        {STR_INIT("\xE2\x82"), 0},
        {STR_INIT("\xE2\x82\x20"), 0},
        {STR_INIT("\xED\x9F\xBF"), 3},
        {STR_INIT("\xED\xA0\x80"), 0}, /* U+D800 */
        {STR_INIT("\xED\xBF\xBF"), 0}, /* U+DFFF */
        {STR_INIT("\xEE\x80\x80"), 3},
        {STR_INIT("\xEF\xBF\xBF"), 3},
        {STR_INIT("\xF0\x8F\xBF\xBF"), 0},
        {STR_INIT("\xF0\x90\x80\x80"), 4},
        {STR_INIT("\xF0\x9F\x98\x80"), 4},
        {STR_INIT("\xF0\x9F\x98"), 0},
        {STR_INIT("\xF4\x8F\xBF\xBF"), 4}, /* U+10FFFF */
        {STR_INIT("\xF4\x90\x80\x80"), 0},
        {STR_INIT("\xF5\x80\x80\x80"), 0},
        {STR_INIT("\xF8\x88\x80\x80\x80"), 0},
        {STR_INIT("\xFE"), 0},
        {STR_INIT("\xFF"), 0},
        {STR_INIT(""), 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(utf8_sequence(rows[i].bytes) == rows[i].length, "row %zu", i);
}

TEST(every_code_point_but_surrogates_encodes_to_a_sequence)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        size_t length = utf8_encode(c, bytes);
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;

        CHECK_ROW(length >= 1 && length <= 4, "U+%04X", c);
        CHECK_ROW(utf8_sequence((struct str){bytes, length}) == (is_surrogate ? 0 : length), "U+%04X", c);
    }
}

TEST(a_text_is_valid_to_its_end)
{
    CHECK(utf8_valid(STR("")));
    CHECK(utf8_valid(STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z")));
    CHECK(!utf8_valid(STR("abc\xE2\x82")));
    CHECK(!utf8_valid(STR("\xFF"
                          "abc")));
}

TEST_MAIN()
