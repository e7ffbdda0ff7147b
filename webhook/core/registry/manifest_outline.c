/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/manifest_outline.h"

#include "base/character.h"
#include "base/json/number.h"

static const struct str member_names[MANIFEST_MEMBER_COUNT] = {
    [MANIFEST_SCHEMA_VERSION] = STR_INIT("schemaVersion"),
    [MANIFEST_MEDIA_TYPE] = STR_INIT("mediaType"),
    [MANIFEST_CONFIG] = STR_INIT("config"),
    [MANIFEST_LAYERS] = STR_INIT("layers"),
    [MANIFEST_MANIFESTS] = STR_INIT("manifests"),
};

static const struct {
    struct str name;
    bool index;
} media_types[] = {
    {STR_INIT("application/vnd.oci.image.index.v1+json"), true},
    {STR_INIT("application/vnd.docker.distribution.manifest.list.v2+json"), true},
    {STR_INIT("application/vnd.oci.image.manifest.v1+json"), false},
    {STR_INIT("application/vnd.docker.distribution.manifest.v2+json"), false},
};

static const struct str schema_1_types[] = {
    STR_INIT("application/vnd.docker.distribution.manifest.v1+json"),
    STR_INIT("application/vnd.docker.distribution.manifest.v1+prettyjws"),
};

static void keep(struct manifest_outline *outline, char c)
{
    if (outline->text_len < MANIFEST_TOKEN_KEPT)
        outline->text[outline->text_len++] = c;
    else
        outline->text_len = MANIFEST_TOKEN_KEPT + 1;
}

/* The token that ended; empty where it was too long to be any of ours. */
static struct str token_text(const struct manifest_outline *outline)
{
    return (struct str){outline->text, outline->text_len > MANIFEST_TOKEN_KEPT ? 0 : outline->text_len};
}

static bool is_in_map(const struct manifest_outline *outline)
{
    return outline->maps & 1;
}

/* Go's decoders take member names in any case. */
static enum manifest_member member_named(struct str name)
{
    size_t i = 0;

    while (i < MANIFEST_MEMBER_COUNT && !str_equal_nocase(name, member_names[i]))
        i++;
    return (enum manifest_member)i;
}

static void end_key(struct manifest_outline *outline)
{
    outline->expects = MANIFEST_COLON;
    if (outline->depth != 1)
        return;
    outline->member = member_named(token_text(outline));
    if (outline->member < MANIFEST_MEMBER_COUNT && outline->found[outline->member])
        outline->twice = true;
}

/* A value of the top level begins with `c`. */
static void note_value(struct manifest_outline *outline, char c)
{
    if (outline->depth == 1 && outline->member < MANIFEST_MEMBER_COUNT)
        outline->found[outline->member] = c;
}

static enum manifest_type type_named(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(media_types); i++) {
        if (str_equal_nocase(name, media_types[i].name))
            return media_types[i].index ? MANIFEST_TYPE_INDEX : MANIFEST_TYPE_IMAGE;
    }
    return MANIFEST_TYPE_OTHER;
}

static void end_string(struct manifest_outline *outline)
{
    outline->token = MANIFEST_NO_TOKEN;
    if (outline->expects == MANIFEST_KEY || outline->expects == MANIFEST_FIRST_KEY) {
        end_key(outline);
        return;
    }
    outline->expects = MANIFEST_COMMA;
    if (outline->depth == 1 && outline->member == MANIFEST_MEDIA_TYPE)
        outline->type = outline->text_len ? type_named(token_text(outline)) : MANIFEST_TYPE_NONE;
}

static bool is_literal(struct str s)
{
    return str_equal(s, STR("true")) || str_equal(s, STR("false")) || str_equal(s, STR("null")) ||
           (s.len > 0 && json_number_length(s) == s.len);
}

static void end_bare(struct manifest_outline *outline)
{
    struct str text = token_text(outline);

    outline->token = MANIFEST_NO_TOKEN;
    outline->expects = is_literal(text) ? MANIFEST_COMMA : MANIFEST_BROKEN;
    if (outline->depth != 1 || outline->member != MANIFEST_SCHEMA_VERSION)
        return;
    outline->version = str_equal(text, STR("2"))   ? MANIFEST_VERSION_2
                       : str_equal(text, STR("1")) ? MANIFEST_VERSION_1
                                                   : MANIFEST_VERSION_OTHER;
}

static void open_level(struct manifest_outline *outline, bool map)
{
    if (outline->depth == MANIFEST_DEPTH_MAX) {
        outline->expects = MANIFEST_BROKEN;
        return;
    }
    outline->depth++;
    outline->maps = outline->maps << 1 | map;
    outline->expects = map ? MANIFEST_FIRST_KEY : MANIFEST_FIRST_VALUE;
}

static void close_level(struct manifest_outline *outline, char c)
{
    if (is_in_map(outline) != (c == '}')) {
        outline->expects = MANIFEST_BROKEN;
        return;
    }
    outline->depth--;
    outline->maps >>= 1;
    outline->expects = outline->depth == 0 ? MANIFEST_END : MANIFEST_COMMA;
}

static void begin_token(struct manifest_outline *outline, char c)
{
    outline->text_len = 0;
    outline->token = c == '"' ? MANIFEST_STRING : MANIFEST_BARE;
    if (c != '"')
        keep(outline, c);
}

static void begin_value(struct manifest_outline *outline, char c)
{
    note_value(outline, c);
    if (c == '{' || c == '[')
        open_level(outline, c == '{');
    else
        begin_token(outline, c);
}

static void begin_key(struct manifest_outline *outline, char c)
{
    if (c == '"')
        begin_token(outline, c);
    else
        outline->expects = MANIFEST_BROKEN;
}

static void go_on(struct manifest_outline *outline, char c)
{
    if (c == '}' || c == ']')
        close_level(outline, c);
    else if (c == ',')
        outline->expects = is_in_map(outline) ? MANIFEST_KEY : MANIFEST_VALUE;
    else
        outline->expects = MANIFEST_BROKEN;
}

/* A byte outside of tokens, no white space. */
static void add_structure(struct manifest_outline *outline, char c)
{
    switch (outline->expects) {
    case MANIFEST_BEGINNING:
        if (c == '{')
            open_level(outline, true);
        else
            outline->expects = MANIFEST_BROKEN;
        return;
    case MANIFEST_FIRST_KEY:
        if (c == '}')
            close_level(outline, c);
        else
            begin_key(outline, c);
        return;
    case MANIFEST_KEY:
        begin_key(outline, c);
        return;
    case MANIFEST_COLON:
        outline->expects = c == ':' ? MANIFEST_VALUE : MANIFEST_BROKEN;
        return;
    case MANIFEST_FIRST_VALUE:
        if (c == ']')
            close_level(outline, c);
        else
            begin_value(outline, c);
        return;
    case MANIFEST_VALUE:
        begin_value(outline, c);
        return;
    case MANIFEST_COMMA:
        go_on(outline, c);
        return;
    case MANIFEST_END:
    case MANIFEST_BROKEN:
        outline->expects = MANIFEST_BROKEN;
        return;
    }
}

/* What an escape stands for matters of "\/" alone: PHP writes media types so. */
static void add_escape(struct manifest_outline *outline, char c)
{
    outline->escaped = false;
    if (c == 'u')
        outline->hex_left = 4;
    else if (str_find(STR("\"\\/bfnrt"), c) == 8)
        outline->expects = MANIFEST_BROKEN;
    keep(outline, c == '/' ? c : '\0');
}

static void add_to_string(struct manifest_outline *outline, char c)
{
    if (outline->hex_left > 0) {
        outline->hex_left--;
        if (char_hex_value(c) < 0)
            outline->expects = MANIFEST_BROKEN;
    } else if (outline->escaped) {
        add_escape(outline, c);
    } else if (c == '\\') {
        outline->escaped = true;
    } else if (c == '"') {
        end_string(outline);
    } else if ((unsigned char)c < 0x20) {
        outline->expects = MANIFEST_BROKEN;
    } else {
        keep(outline, c);
    }
}

static bool ends_bare(char c)
{
    return char_is_space(c) || c == ',' || c == '}' || c == ']' || c == ':';
}

static void add_byte(struct manifest_outline *outline, char c)
{
    if (outline->token == MANIFEST_STRING) {
        add_to_string(outline, c);
        return;
    }
    if (outline->token == MANIFEST_BARE) {
        if (!ends_bare(c)) {
            keep(outline, c);
            return;
        }
        end_bare(outline);
    }
    if (!char_is_space(c))
        add_structure(outline, c);
}

void manifest_outline_add(struct manifest_outline *outline, struct str part)
{
    for (size_t i = 0; i < part.len && outline->expects != MANIFEST_BROKEN; i++)
        add_byte(outline, part.ptr[i]);
}

static int refuse_schema_1(struct error *err)
{
    return error_set(err, ERROR_INVALID,
                     "a manifest of schema 1, which container runtimes no longer take; push the image again "
                     "with a current docker, podman or buildah");
}

int manifest_outline_refuse_schema_1(struct str content_type, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(schema_1_types); i++) {
        if (str_equal_nocase(content_type, schema_1_types[i]))
            return refuse_schema_1(err);
    }
    return 0;
}

/* A member that is null is none. */
static bool has(const struct manifest_outline *outline, enum manifest_member member)
{
    return outline->found[member] && outline->found[member] != 'n';
}

/* Its mediaType, and the answer's where that is a manifest's, must be of the kind that its members are. */
static int check_types(const struct manifest_outline *outline, struct str content_type, bool index,
                       struct error *err)
{
    enum manifest_type wanted = index ? MANIFEST_TYPE_INDEX : MANIFEST_TYPE_IMAGE;
    enum manifest_type answered = type_named(content_type);
    bool no_string = has(outline, MANIFEST_MEDIA_TYPE) && outline->found[MANIFEST_MEDIA_TYPE] != '"';

    if (no_string || (outline->type != MANIFEST_TYPE_NONE && outline->type != wanted))
        return error_set(err, ERROR_INVALID, "a manifest whose mediaType is not that of an %s",
                         index ? "index" : "image");
    if (answered != MANIFEST_TYPE_OTHER && answered != wanted)
        return error_set(err, ERROR_INVALID, "a manifest of another kind than its Content-Type");
    return 0;
}

int manifest_outline_check(const struct manifest_outline *outline, struct str content_type, struct error *err)
{
    const char *found = outline->found;
    bool index = found[MANIFEST_MANIFESTS] == '[';
    bool image = found[MANIFEST_CONFIG] == '{' && found[MANIFEST_LAYERS] == '[';

    if (manifest_outline_refuse_schema_1(content_type, err) < 0)
        return -1;
    if (outline->expects != MANIFEST_END)
        return error_set(err, ERROR_INVALID, "no manifest");
    if (outline->twice)
        return error_set(err, ERROR_INVALID, "a manifest with a member twice");
    if (outline->version == MANIFEST_VERSION_1)
        return refuse_schema_1(err);
    if (outline->version != MANIFEST_VERSION_2)
        return error_set(err, ERROR_INVALID, "no manifest: its schemaVersion is not 2");
    if (has(outline, MANIFEST_MANIFESTS) && (has(outline, MANIFEST_CONFIG) || has(outline, MANIFEST_LAYERS)))
        return error_set(err, ERROR_INVALID, "a manifest that is an image and an index at once");
    if (!index && !image)
        return error_set(err, ERROR_INVALID, "no manifest: it has neither manifests nor config and layers");
    return check_types(outline, content_type, index, err);
}
