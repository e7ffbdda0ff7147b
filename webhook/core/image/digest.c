/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/digest.h"

#include "base/character.h"

struct digest_algorithm {
    struct str name;
    size_t hex_len;
};

static const struct digest_algorithm algorithms[] = {
    {STR_INIT("sha256"), 64},
    {STR_INIT("sha384"), 96},
    {STR_INIT("sha512"), 128},
};

/* Lower-case letters and digits, in runs joined by one of ".+_-". */
static bool names_algorithm(struct str s)
{
    bool after_alnum = false;

    for (size_t i = 0; i < s.len; i++) {
        bool alnum = char_is_lower_alphanumeric(s.ptr[i]);

        if (!alnum && (!after_alnum || str_find(STR(".+_-"), s.ptr[i]) == 4))
            return false;
        after_alnum = alnum;
    }
    return after_alnum;
}

/* What an algorithm that is not known here may have for its value. */
static bool is_encoded(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!char_is_alphanumeric(c) && c != '=' && c != '_' && c != '-')
            return false;
    }
    return s.len > 0;
}

static bool is_lower_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned c = (unsigned char)s.ptr[i];

        if (c - '0' >= 10 && c - 'a' >= 6)
            return false;
    }
    return true;
}

/* NULL where the digest is valid. */
static const char *digest_problem(struct str text)
{
    struct str encoded = text;
    struct str name = str_cut(&encoded, ':');

    if (name.len == 0 || encoded.len == 0)
        return "invalid checksum digest format";
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        if (!str_equal(algorithms[i].name, name))
            continue;
        if (encoded.len != algorithms[i].hex_len)
            return "invalid checksum digest length";
        return is_lower_hex(encoded) ? NULL : "invalid checksum digest format";
    }
    if (!names_algorithm(name) || !is_encoded(encoded))
        return "invalid checksum digest format";
    return "unsupported digest algorithm";
}

bool digest_is_valid(struct str text)
{
    return digest_problem(text) == NULL;
}

int digest_check(struct str text, struct error *err)
{
    const char *problem = digest_problem(text);

    return problem ? error_set(err, ERROR_INVALID, "%s", problem) : 0;
}
