/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/reference.h"

#include "base/character.h"
#include "core/image/digest.h"
#include "core/image/letter_case.h"
#include "core/image/reference_grammar.h"

enum { HEX_NAME_LEN = 64 };

static const struct str hub = STR_INIT("docker.io");
static const struct str hub_index = STR_INIT("index.docker.io");
static const struct str library_prefix = STR_INIT("library/");

enum problem {
    PROBLEM_NONE,
    PROBLEM_TEXT_LENGTH,
    PROBLEM_HEX_NAME,
    PROBLEM_UPPER_CASE_PATH, /* seen before the grammar is tried */
    PROBLEM_UPPER_CASE,      /* lower-cased, the grammar would hold */
    PROBLEM_FORMAT,
    PROBLEM_PATH_LENGTH,
    PROBLEM_DIGEST,
};

/* A text with its registry told from the rest, before either is checked. */
struct split {
    struct str first; /* the component in front of the first '/', where it stands for a registry */
    struct str rest;  /* what follows it */
    bool named;       /* a registry is written; else it is Docker Hub */
    bool library;
};

/* Whether the component in front of a '/' stands for a registry and not for a path. */
static bool stands_for_registry(struct str first)
{
    return str_equal(first, STR("localhost")) || str_find(first, '.') < first.len ||
           str_find(first, ':') < first.len || !letter_case_is_lower(first);
}

static bool is_hub(struct str domain)
{
    return str_equal(domain, hub) || str_equal(domain, hub_index);
}

static struct split split_registry(struct str text)
{
    size_t slash = str_find(text, '/');
    struct split split = {.first = {text.ptr, slash}, .rest = text};

    split.named = slash < text.len && stands_for_registry(split.first);
    if (split.named)
        split.rest = (struct str){text.ptr + slash + 1, text.len - slash - 1};
    split.library = (!split.named || is_hub(split.first)) && str_find(split.rest, '/') == split.rest.len;
    return split;
}

/* Takes `c` and all that follows it, as far as `end`, off the front; NULL where `c` does not stand there. */
static struct str take_behind(struct str *rest, char c, size_t end)
{
    struct str taken = {NULL, 0};

    if (rest->len == 0 || rest->ptr[0] != c)
        return taken;
    taken = (struct str){rest->ptr + 1, end - 1};
    *rest = (struct str){rest->ptr + end, rest->len - end};
    return taken;
}

/* The grammar, on a text that is split. */
static bool match(const struct split *split, struct image_reference *ret)
{
    bool has_domain = split->named && reference_grammar_is_domain(split->first);
    struct str rest = split->rest;

    *ret = (struct image_reference){.domain = hub, .library = split->library, .domain_given = has_domain};
    if (has_domain && !is_hub(split->first))
        ret->domain = split->first;
    if (split->named && !has_domain) {
        /* No host name, but maybe a component of the path: "exa_mple.com/app" */
        ret->domain = (struct str){NULL, 0};
        rest = (struct str){split->first.ptr, split->first.len + 1 + rest.len};
    }
    ret->path = (struct str){rest.ptr, reference_grammar_path_length(rest)};
    rest = str_from(rest, ret->path.len);
    ret->tag = take_behind(&rest, ':', str_find(rest, '@'));
    ret->digest = take_behind(&rest, '@', rest.len);
    return ret->path.len > 0 && rest.len == 0 && (!ret->tag.ptr || reference_grammar_is_tag(ret->tag)) &&
           (!ret->digest.ptr || reference_grammar_is_digest(ret->digest));
}

/* Whether the lower-cased text would match, which earns another message. */
static bool matches_in_lower_case(struct str text, bool named)
{
    char folded[IMAGE_REFERENCE_TEXT_MAX];
    struct str lower = {folded, letter_case_fold_ascii(text, folded)};
    struct split split = {.rest = lower, .named = named};
    struct image_reference ignored;

    if (named)
        split.first = str_cut(&split.rest, '/');
    return match(&split, &ignored);
}

static bool is_hex_name(struct str text)
{
    for (size_t i = 0; i < text.len && text.len == HEX_NAME_LEN; i++) {
        char c = text.ptr[i];

        if (!char_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return text.len == HEX_NAME_LEN;
}

/* The path as far as the first colon, which is where upper case is looked for. */
static struct str path_in_front_of_colon(const struct split *split)
{
    return (struct str){split->rest.ptr, str_find(split->rest, ':')};
}

/*
 * "name" or "name:tag", as streams are named; false, and nothing said, for any
 * other and for what is wrong.
 */
static bool parse_single_name(struct str text, struct image_reference *ret)
{
    struct str path = {text.ptr, reference_grammar_component_length(text)};
    struct str tag = {NULL, 0};

    if (path.len == 0 || text.len == HEX_NAME_LEN || path.len + library_prefix.len > IMAGE_REFERENCE_PATH_MAX)
        return false;
    if (path.len < text.len) {
        tag = (struct str){text.ptr + path.len + 1, text.len - path.len - 1};
        if (text.ptr[path.len] != ':' || !reference_grammar_is_tag(tag))
            return false;
    }
    *ret = (struct image_reference){.domain = hub, .path = path, .tag = tag, .library = true};
    return true;
}

/* What does not match, or has a digest, in whose algorithm's name upper case is refused as well. */
static enum problem problem_of(struct str text, const struct split *split, bool matches)
{
    if (!letter_case_is_lower(path_in_front_of_colon(split)))
        return PROBLEM_UPPER_CASE_PATH;
    if (!matches)
        return matches_in_lower_case(text, split->named) ? PROBLEM_UPPER_CASE : PROBLEM_FORMAT;
    return PROBLEM_NONE;
}

/* Any other than parse_single_name() knows. */
static enum problem parse(struct str text, struct image_reference *ret)
{
    enum problem problem = PROBLEM_NONE;
    struct split split;
    bool matches;

    if (!text.ptr)
        text = STR("");
    if (text.len > IMAGE_REFERENCE_TEXT_MAX)
        return PROBLEM_TEXT_LENGTH;
    if (is_hex_name(text))
        return PROBLEM_HEX_NAME;
    split = split_registry(text);
    matches = match(&split, ret);
    if (!matches || ret->digest.len > 0)
        problem = problem_of(text, &split, matches);
    if (problem != PROBLEM_NONE)
        return problem;
    if (ret->path.len + (ret->library ? library_prefix.len : 0) > IMAGE_REFERENCE_PATH_MAX)
        return PROBLEM_PATH_LENGTH;
    return ret->digest.len > 0 && !digest_is_valid(ret->digest) ? PROBLEM_DIGEST : PROBLEM_NONE;
}

/* The sentence is prefix, subject, suffix. */
struct refusal {
    const char *prefix;
    struct str library;
    struct str subject;
    const char *suffix;
};

static struct refusal refusal_of(enum problem problem, struct str text)
{
    struct split split = split_registry(text);

    switch (problem) {
    case PROBLEM_NONE:
    case PROBLEM_DIGEST:
        break;
    case PROBLEM_TEXT_LENGTH:
        return (struct refusal){.prefix = "reference must not be more than 4096 characters"};
    case PROBLEM_HEX_NAME:
        return (struct refusal){.prefix = "invalid repository name (",
                                .subject = text,
                                .suffix = "), cannot specify 64-byte hexadecimal strings"};
    case PROBLEM_UPPER_CASE_PATH:
        return (struct refusal){.prefix = "invalid reference format: repository name (",
                                .library = split.library ? library_prefix : (struct str){NULL, 0},
                                .subject = path_in_front_of_colon(&split),
                                .suffix = ") must be lowercase"};
    case PROBLEM_UPPER_CASE:
        return (struct refusal){.prefix = "repository name must be lowercase"};
    case PROBLEM_FORMAT:
        return (struct refusal){.prefix = "invalid reference format"};
    case PROBLEM_PATH_LENGTH:
        return (struct refusal){.prefix = "repository name must not be more than 255 characters"};
    }
    return (struct refusal){.prefix = NULL};
}

int image_reference_parse(struct str text, struct image_reference *ret, struct error *err)
{
    struct image_reference ref;
    enum problem problem;
    struct refusal refusal;

    if (parse_single_name(text, ret))
        return 0;
    problem = parse(text, &ref);
    if (problem == PROBLEM_DIGEST)
        return digest_check(ref.digest, err);
    if (problem != PROBLEM_NONE) {
        refusal = refusal_of(problem, text);
        return error_set(err, ERROR_INVALID, "%s" STR_FMT STR_FMT "%s", refusal.prefix,
                         STR_ARG(refusal.library), STR_ARG(refusal.subject),
                         refusal.suffix ? refusal.suffix : "");
    }
    *ret = ref;
    return 0;
}

struct str image_reference_refusal(struct arena *arena, struct str text)
{
    struct image_reference ref;
    enum problem problem = parse(text, &ref);
    struct refusal refusal = refusal_of(problem, text);
    struct error err;

    if (problem == PROBLEM_DIGEST && digest_check(ref.digest, &err) < 0)
        return arena_str(arena, error_text(&err));
    return arena_join(arena, str_from_c(refusal.prefix), refusal.library, refusal.subject,
                      str_from_c(refusal.suffix));
}

static struct str library_of(const struct image_reference *ref)
{
    return ref->library ? library_prefix : (struct str){NULL, 0};
}

static struct str slash_of(const struct image_reference *ref)
{
    return ref->domain.len > 0 ? STR("/") : (struct str){NULL, 0};
}

/* Whether `next` stands right behind `text` and one byte more, as two parts of one reference do. */
static bool adjoins(struct str text, char between, struct str next)
{
    return text.len > 0 && text.ptr + text.len + 1 == next.ptr && text.ptr[text.len] == between;
}

struct str image_reference_repository(struct arena *arena, const struct image_reference *ref)
{
    if (!ref->library && adjoins(ref->domain, '/', ref->path))
        return (struct str){ref->domain.ptr, ref->domain.len + 1 + ref->path.len};
    return arena_join(arena, ref->domain, slash_of(ref), library_of(ref), ref->path);
}

struct str image_reference_of(struct arena *arena, struct str repository, struct str tag, struct str digest)
{
    const struct str none = {NULL, 0};

    if (tag.len > 0 && digest.len == 0 && adjoins(repository, ':', tag))
        return (struct str){repository.ptr, repository.len + 1 + tag.len};
    if (tag.len == 0 && digest.len > 0 && adjoins(repository, '@', digest))
        return (struct str){repository.ptr, repository.len + 1 + digest.len};
    return arena_join(arena, repository, tag.len > 0 ? STR(":") : none, tag, digest.len > 0 ? STR("@") : none,
                      digest);
}

struct str image_reference_normalized(struct arena *arena, const struct image_reference *ref)
{
    return image_reference_of(arena, image_reference_repository(arena, ref), ref->tag, ref->digest);
}

struct str image_reference_familiar_repository(struct arena *arena, const struct image_reference *ref)
{
    struct str image = str_starts(ref->path, library_prefix) ? str_from(ref->path, library_prefix.len)
                                                             : (struct str){NULL, 0};

    if (!str_equal(ref->domain, hub))
        return image_reference_repository(arena, ref);
    if (image.len > 0 && str_find(image, '/') == image.len)
        return arena_str(arena, image);
    return arena_str(arena, ref->path);
}

struct str image_reference_familiar(struct arena *arena, const struct image_reference *ref)
{
    return image_reference_of(arena, image_reference_familiar_repository(arena, ref), ref->tag, ref->digest);
}

struct str image_reference_docker(struct arena *arena, const struct image_reference *ref)
{
    struct str tag = ref->tag.len > 0 ? ref->tag : STR("latest");

    return image_reference_of(arena, image_reference_repository(arena, ref),
                              ref->digest.len > 0 ? (struct str){NULL, 0} : tag, ref->digest);
}

/* Takes `part` off the front of `s` where it stands there. */
static bool take_part(struct str *s, struct str part)
{
    if (!str_starts(*s, part))
        return false;
    *s = str_from(*s, part.len);
    return true;
}

bool image_reference_in_repository(const struct image_reference *ref, struct str repository)
{
    return take_part(&repository, ref->domain) && take_part(&repository, slash_of(ref)) &&
           take_part(&repository, library_of(ref)) && str_equal(repository, ref->path);
}

size_t image_reference_components(const struct image_reference *ref)
{
    size_t count = 1;

    for (size_t i = 0; i < ref->path.len; i++)
        count += ref->path.ptr[i] == '/';
    return count;
}

bool image_reference_has_digest(struct str text)
{
    struct image_reference ref;
    struct error err;

    return str_find(text, '@') < text.len && image_reference_parse(text, &ref, &err) == 0 &&
           ref.digest.len > 0;
}
