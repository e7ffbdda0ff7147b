/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/diff_name.h"

#include "base/text.h"

/* Takes the last component off; one that leads above the beginning stays away. */
static void remove_last(struct text *out)
{
    size_t slash = str_rfind(text_str(out), '/');

    out->len = slash < out->len ? slash : 0;
}

/* Components joined by single slashes, without a slash at either end. */
static struct str normalized(struct arena *arena, struct str path)
{
    struct str rest = path;
    struct text out;

    text_init(&out, arena, path.len + 1);
    while (rest.ptr) {
        struct str component = str_cut(&rest, '/');

        if (component.len == 0 || STR_IS(component, "."))
            continue;
        if (STR_IS(component, "..")) {
            remove_last(&out);
            continue;
        }
        if (out.len > 0)
            text_add_char(&out, '/');
        text_add(&out, component);
    }
    return text_str(&out);
}

struct str diff_name_of(struct arena *arena, struct str path, struct str directory)
{
    struct str name = normalized(arena, path);
    struct str within = normalized(arena, directory);

    if (!str_starts(path, STR("/")) || directory.len == 0 || within.len == 0)
        return name;
    if (str_starts(name, within) && name.len > within.len && name.ptr[within.len] == '/')
        return str_from(name, within.len + 1);
    return name;
}
