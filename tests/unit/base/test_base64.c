/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "test.h"

TEST(bytes_encode_padded)
{
    /* RFC 4648, section 10, and the alphabet's last letters */
    static const struct {
        struct str bytes, text;
    } rows[] = {
        {STR_INIT(""), STR_INIT("")},
        {STR_INIT("f"), STR_INIT("Zg==")},
        {STR_INIT("fo"), STR_INIT("Zm8=")},
        {STR_INIT("foo"), STR_INIT("Zm9v")},
        {STR_INIT("foob"), STR_INIT("Zm9vYg==")},
        {STR_INIT("fooba"), STR_INIT("Zm9vYmE=")},
        {STR_INIT("foobar"), STR_INIT("Zm9vYmFy")},
        {STR_INIT("\xFB\xFF\xBF\0"), STR_INIT("+/+/AA==")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct str back = {NULL, 0};
        struct error err;
        char text[16];

        arena_init(&arena);
        CHECK_ROW(base64_encoded_len(rows[i].bytes.len) == rows[i].text.len, "row %zu", i);
        base64_encode(rows[i].bytes, text);
        CHECK_STR(((struct str){text, rows[i].text.len}), rows[i].text);
        CHECK_ROW(base64_decode(&arena, rows[i].text, &back, &err) == 0, "row %zu", i);
        CHECK_STR(back, rows[i].bytes);
        arena_release(&arena);
    }
}

TEST(every_length_encodes_as_its_bits_say)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[200];
    char text[272];
    unsigned state = 1;

    for (size_t i = 0; i < sizeof bytes; i++) {
        state = state * 1103515245 + 12345;
        bytes[i] = (unsigned char)(state >> 16);
    }
    for (size_t len = 0; len <= sizeof bytes; len++) {
        base64_encode((struct str){(const char *)bytes, len}, text);
        for (size_t bit = 0; bit < len * 8; bit += 6) {
            unsigned pair = (unsigned)bytes[bit / 8] << 8 | (bit / 8 + 1 < len ? bytes[bit / 8 + 1] : 0U);

            CHECK_ROW(text[bit / 6] == digits[pair >> (10 - bit % 8) & 63], "length %zu, bit %zu", len, bit);
        }
    }
}

TEST(decoding_takes_what_docker_configs_have)
{
    static const struct {
        struct str text;
        struct str bytes;
        bool ok;
    } rows[] = {
        {STR_INIT("Zm9vYg"), STR_INIT("foob"), true},
        {STR_INIT("Zm9v\r\nYg==\n"), STR_INIT("foob"), true},
        {STR_INIT("Zm8"), STR_INIT("fo"), true},
        {STR_INIT("\n"), STR_INIT(""), true},
        {STR_INIT("Z"), STR_INIT(""), false},
        {STR_INIT("Zm9vY"), STR_INIT(""), false},
        {STR_INIT("Zm9v="), STR_INIT(""), false},
        {STR_INIT("Zg="), STR_INIT(""), false},
        {STR_INIT("Zg==="), STR_INIT(""), false},
        {STR_INIT("===="), STR_INIT(""), false},
        {STR_INIT("="), STR_INIT(""), false},
        {STR_INIT("Zg==Zg=="), STR_INIT(""), false},
        {STR_INIT("Zm 9v"), STR_INIT(""), false},
        {STR_INIT("Zm9-"), STR_INIT(""), false}, /* the URL alphabet */
        {STR_INIT("Zm9_"), STR_INIT(""), false},
        {STR_INIT("Zm9\0"), STR_INIT(""), false},
        {STR_INIT("Zm9\xC3"), STR_INIT(""), false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct str bytes = {NULL, 0};
        struct error err;
        int result;

        arena_init(&arena);
        result = base64_decode(&arena, rows[i].text, &bytes, &err);
        CHECK_ROW((result == 0) == rows[i].ok, "row %zu", i);
        CHECK_ROW(str_equal(bytes, rows[i].bytes), "row %zu", i);
        CHECK_ROW(result == 0 || err.code == ERROR_INVALID, "row %zu", i);
        arena_release(&arena);
    }
}

TEST_MAIN()
