/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/names.h"

#include "base/character.h"

#include <string.h>

enum { STREAM_NAME_MAX = 255, NAME_QUOTE_MAX = 64 };

/* [a-z0-9]([-a-z0-9]*[a-z0-9])? */
static bool is_label(struct str name, size_t len_max)
{
    if (name.len == 0 || name.len > len_max || !char_is_lower_alphanumeric(name.ptr[0]) ||
        !char_is_lower_alphanumeric(name.ptr[name.len - 1]))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!char_is_lower_alphanumeric(name.ptr[i]) && name.ptr[i] != '-')
            return false;
    }
    return true;
}

static bool is_subdomain(struct str name)
{
    struct str rest = name;

    if (name.len == 0 || name.len > OBJECT_SUBDOMAIN_MAX)
        return false;
    while (rest.ptr) {
        if (!is_label(str_cut(&rest, '.'), OBJECT_SUBDOMAIN_MAX))
            return false;
    }
    return true;
}

/* [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])? */
static bool is_label_name(struct str name)
{
    bool after_letter = false;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = char_is_alphanumeric(c);

        if (!letter && (i == 0 || !memchr("-_.", c, 3)))
            return false;
        after_letter = letter;
    }
    return name.len <= OBJECT_LABEL_MAX && after_letter;
}

static bool is_label_key(struct str key)
{
    struct str rest = key;
    struct str prefix = str_cut(&rest, '/');

    return rest.ptr ? is_subdomain(prefix) && is_label_name(rest) : is_label_name(prefix);
}

bool object_names_is_stream(struct str name)
{
    bool after_separator = true;

    for (size_t i = 0; i < name.len; i++) {
        bool separator = !char_is_lower_alphanumeric(name.ptr[i]);

        if (separator && (after_separator || !memchr("._-", name.ptr[i], 3)))
            return false;
        after_separator = separator;
    }
    return name.len <= STREAM_NAME_MAX && !after_separator;
}

static int refuse(struct str name, const char *expected, struct error *err)
{
    return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" is no name; expected %s",
                     STR_ARG(str_slice(name, 0, NAME_QUOTE_MAX)), expected);
}

int object_names_check_label(struct str name, struct error *err)
{
    return is_label(name, OBJECT_LABEL_MAX)
               ? 0
               : refuse(name, "1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends", err);
}

int object_names_check_subdomain(struct str name, struct error *err)
{
    return is_subdomain(name) ? 0 : refuse(name, "a-z, 0-9 and - in parts joined by dots", err);
}

int object_names_check_label_key(struct str key, struct error *err)
{
    return is_label_key(key)
               ? 0
               : refuse(key,
                        "1 to 63 letters, digits, . _ and - with a letter or digit at both ends, "
                        "perhaps behind a domain and a slash",
                        err);
}

int object_names_check_label_value(struct str value, struct error *err)
{
    return value.len == 0 || is_label_name(value)
               ? 0
               : error_set(err, ERROR_INVALID,
                           "\"" STR_FMT
                           "\" is no value of a label; expected up to 63 letters, digits, . _ and - "
                           "with a letter or digit at both ends",
                           STR_ARG(str_slice(value, 0, NAME_QUOTE_MAX)));
}

int object_names_check_stream(struct str name, struct error *err)
{
    return object_names_is_stream(name) ? 0
                                        : refuse(name, "a-z and 0-9 in parts joined by one of . _ -", err);
}
