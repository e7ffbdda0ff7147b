/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/field_path.h"

static bool take(struct str *rest, struct str token)
{
    if (!str_starts(*rest, token))
        return false;
    *rest = str_from(*rest, token.len);
    return true;
}

/* The same, with white space in front. */
static bool take_spaced(struct str *rest, struct str token)
{
    struct str trimmed = str_trim(*rest);

    if (!take(&trimmed, token))
        return false;
    *rest = trimmed;
    return true;
}

static bool take_list(struct str *rest, bool *ret_init)
{
    *ret_init = take(rest, STR("initContainers"));
    return *ret_init || take(rest, STR("containers"));
}

/* "web" or 'web' */
static bool read_quoted(struct str text, struct str *ret)
{
    char quote = text.len >= 3 ? text.ptr[0] : '\0';

    if ((quote != '"' && quote != '\'') || text.ptr[text.len - 1] != quote)
        return false;
    *ret = str_slice(text, 1, text.len - 1);
    return str_find(*ret, '"') == ret->len && str_find(*ret, '\'') == ret->len;
}

/* ?(@.name=="web") */
static bool read_filter(struct str text, struct str *ret_name)
{
    if (!take(&text, STR("?")) || !take_spaced(&text, STR("(")) || !str_ends(text, STR(")")))
        return false;
    text = str_slice(text, 0, text.len - 1);
    return take_spaced(&text, STR("@.name")) && take_spaced(&text, STR("==")) &&
           read_quoted(str_trim(text), ret_name);
}

static int read_selector(struct str text, struct image_field *ret, struct error *err)
{
    int64_t index;

    if (read_filter(text, &ret->name))
        return 0;
    if (text.len > 0 && text.ptr[0] != '+' && str_to_int64(text, 0, FIELD_PATH_INDEX_MAX, &index)) {
        ret->index = (size_t)index;
        return 0;
    }
    return error_set(err, ERROR_INVALID,
                     "\"[" STR_FMT "]\" chooses no container: want an index, or ?(@.name==\"NAME\")",
                     STR_ARG(text));
}

int field_path_parse(struct str text, struct str pod_spec, struct image_field *ret, struct error *err)
{
    struct str rest = str_trim(text);
    size_t close;

    *ret = (struct image_field){.index = 0};
    if (!take(&rest, pod_spec))
        return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" does not begin with \"" STR_FMT "\"",
                         STR_ARG(text), STR_ARG(pod_spec));
    (void)take(&rest, STR("."));
    if (!take_list(&rest, &ret->init) || !take_spaced(&rest, STR("[")))
        return error_set(err, ERROR_INVALID,
                         "\"" STR_FMT "\" leads to no container: want containers[…] or initContainers[…]",
                         STR_ARG(text));
    close = str_find(rest, ']');
    if (close == rest.len)
        return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" has no \"]\"", STR_ARG(text));
    if (read_selector(str_trim(str_slice(rest, 0, close)), ret, err) < 0)
        return -1;
    rest = str_from(rest, close + 1);
    (void)take(&rest, STR("."));
    if (!str_equal(rest, STR("image")))
        return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" does not end with \".image\"", STR_ARG(text));
    return 0;
}
