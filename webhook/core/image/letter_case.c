/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/letter_case.h"

#include "base/character.h"
#include "base/utf8.h"

#include <string.h>

/* Every `step`th code point of [first, last] has a lower-case form of its own. */
struct upper_range {
    uint32_t first;
    uint32_t last;
    uint32_t step;
};

/* UnicodeData.txt 15.0, field 13 (simple lower-case mapping), beyond ASCII. */
static const struct upper_range upper_ranges[] = {
    {0x00C0, 0x00D6, 1},   {0x00D8, 0x00DE, 1},   {0x0100, 0x0136, 2},   {0x0139, 0x0147, 2},
    {0x014A, 0x0178, 2},   {0x0179, 0x017D, 2},   {0x0181, 0x0182, 1},   {0x0184, 0x0186, 2},
    {0x0187, 0x0189, 2},   {0x018A, 0x018B, 1},   {0x018E, 0x0191, 1},   {0x0193, 0x0194, 1},
    {0x0196, 0x0198, 1},   {0x019C, 0x019D, 1},   {0x019F, 0x01A0, 1},   {0x01A2, 0x01A6, 2},
    {0x01A7, 0x01A9, 2},   {0x01AC, 0x01AE, 2},   {0x01AF, 0x01B1, 2},   {0x01B2, 0x01B3, 1},
    {0x01B5, 0x01B7, 2},   {0x01B8, 0x01B8, 1},   {0x01BC, 0x01BC, 1},   {0x01C4, 0x01C5, 1},
    {0x01C7, 0x01C8, 1},   {0x01CA, 0x01CB, 1},   {0x01CD, 0x01DB, 2},   {0x01DE, 0x01EE, 2},
    {0x01F1, 0x01F2, 1},   {0x01F4, 0x01F6, 2},   {0x01F7, 0x01F8, 1},   {0x01FA, 0x0232, 2},
    {0x023A, 0x023B, 1},   {0x023D, 0x023E, 1},   {0x0241, 0x0243, 2},   {0x0244, 0x0246, 1},
    {0x0248, 0x024E, 2},   {0x0370, 0x0372, 2},   {0x0376, 0x0376, 1},   {0x037F, 0x037F, 1},
    {0x0386, 0x0388, 2},   {0x0389, 0x038A, 1},   {0x038C, 0x038E, 2},   {0x038F, 0x0391, 2},
    {0x0392, 0x03A1, 1},   {0x03A3, 0x03AB, 1},   {0x03CF, 0x03CF, 1},   {0x03D8, 0x03EE, 2},
    {0x03F4, 0x03F4, 1},   {0x03F7, 0x03F9, 2},   {0x03FA, 0x03FA, 1},   {0x03FD, 0x042F, 1},
    {0x0460, 0x0480, 2},   {0x048A, 0x04C0, 2},   {0x04C1, 0x04CD, 2},   {0x04D0, 0x052E, 2},
    {0x0531, 0x0556, 1},   {0x10A0, 0x10C5, 1},   {0x10C7, 0x10C7, 1},   {0x10CD, 0x10CD, 1},
    {0x13A0, 0x13F5, 1},   {0x1C90, 0x1CBA, 1},   {0x1CBD, 0x1CBF, 1},   {0x1E00, 0x1E94, 2},
    {0x1E9E, 0x1EFE, 2},   {0x1F08, 0x1F0F, 1},   {0x1F18, 0x1F1D, 1},   {0x1F28, 0x1F2F, 1},
    {0x1F38, 0x1F3F, 1},   {0x1F48, 0x1F4D, 1},   {0x1F59, 0x1F5F, 2},   {0x1F68, 0x1F6F, 1},
    {0x1F88, 0x1F8F, 1},   {0x1F98, 0x1F9F, 1},   {0x1FA8, 0x1FAF, 1},   {0x1FB8, 0x1FBC, 1},
    {0x1FC8, 0x1FCC, 1},   {0x1FD8, 0x1FDB, 1},   {0x1FE8, 0x1FEC, 1},   {0x1FF8, 0x1FFC, 1},
    {0x2126, 0x2126, 1},   {0x212A, 0x212B, 1},   {0x2132, 0x2132, 1},   {0x2160, 0x216F, 1},
    {0x2183, 0x2183, 1},   {0x24B6, 0x24CF, 1},   {0x2C00, 0x2C2F, 1},   {0x2C60, 0x2C62, 2},
    {0x2C63, 0x2C64, 1},   {0x2C67, 0x2C6D, 2},   {0x2C6E, 0x2C70, 1},   {0x2C72, 0x2C72, 1},
    {0x2C75, 0x2C75, 1},   {0x2C7E, 0x2C80, 1},   {0x2C82, 0x2CE2, 2},   {0x2CEB, 0x2CED, 2},
    {0x2CF2, 0x2CF2, 1},   {0xA640, 0xA66C, 2},   {0xA680, 0xA69A, 2},   {0xA722, 0xA72E, 2},
    {0xA732, 0xA76E, 2},   {0xA779, 0xA77D, 2},   {0xA77E, 0xA786, 2},   {0xA78B, 0xA78D, 2},
    {0xA790, 0xA792, 2},   {0xA796, 0xA7AA, 2},   {0xA7AB, 0xA7AE, 1},   {0xA7B0, 0xA7B4, 1},
    {0xA7B6, 0xA7C4, 2},   {0xA7C5, 0xA7C7, 1},   {0xA7C9, 0xA7C9, 1},   {0xA7D0, 0xA7D0, 1},
    {0xA7D6, 0xA7D8, 2},   {0xA7F5, 0xA7F5, 1},   {0xFF21, 0xFF3A, 1},   {0x10400, 0x10427, 1},
    {0x104B0, 0x104D3, 1}, {0x10570, 0x1057A, 1}, {0x1057C, 0x1058A, 1}, {0x1058C, 0x10592, 1},
    {0x10594, 0x10595, 1}, {0x10C80, 0x10CB2, 1}, {0x118A0, 0x118BF, 1}, {0x16E40, 0x16E5F, 1},
    {0x1E900, 0x1E921, 1},
};

enum {
    CAPITAL_I_WITH_DOT = 0x130, /* maps to "i" */
    KELVIN_SIGN = 0x212A,       /* maps to "k" */
};

/* The code point of a sequence that utf8_sequence() found well-formed. */
static uint32_t decode(const char *bytes, size_t len)
{
    static const uint8_t lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code_point = (unsigned char)bytes[0] & lead_bits[len];

    for (size_t i = 1; i < len; i++)
        code_point = code_point << 6 | ((unsigned char)bytes[i] & 0x3F);
    return code_point;
}

static bool is_upper_beyond_ascii(uint32_t code_point)
{
    size_t low = 0;
    size_t high = ARRAY_LEN(upper_ranges);

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct upper_range *range = &upper_ranges[middle];

        if (code_point < range->first)
            high = middle;
        else if (code_point > range->last)
            low = middle + 1;
        else
            return (code_point - range->first) % range->step == 0;
    }
    return false;
}

bool letter_case_is_lower(struct str s)
{
    size_t len;

    for (size_t i = 0; i < s.len; i += len) {
        len = 1;
        if (char_is_upper(s.ptr[i]))
            return false;
        if ((unsigned char)s.ptr[i] < 0x80)
            continue;
        len = utf8_sequence(str_from(s, i));
        if (len == 0 || is_upper_beyond_ascii(decode(s.ptr + i, len)))
            return false;
    }
    return true;
}

/* The ASCII letter that the character maps to, or NUL. */
static char ascii_lower(const char *bytes, size_t len)
{
    uint32_t code_point = decode(bytes, len);

    if (code_point == CAPITAL_I_WITH_DOT)
        return 'i';
    return code_point == KELVIN_SIGN ? 'k' : '\0';
}

size_t letter_case_fold_ascii(struct str s, char *out)
{
    size_t written = 0;
    size_t len;

    for (size_t i = 0; i < s.len; i += len) {
        char lower = '\0';

        len = utf8_sequence(str_from(s, i));
        if (char_is_upper(s.ptr[i]))
            lower = (char)(s.ptr[i] - 'A' + 'a');
        else if (len > 1)
            lower = ascii_lower(s.ptr + i, len);
        if (len == 0)
            len = 1;
        if (lower) {
            out[written++] = lower;
            continue;
        }
        memcpy(out + written, s.ptr + i, len);
        written += len;
    }
    return written;
}
