/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/key.h"

#include "base/character.h"
#include "core/registry/label_glob.h"

#include <string.h>

enum { HOST_MAX = 512 }; /* of a host with its port, when it is matched; a DNS name has at most 253 */

/* A URL without its scheme, split but still %-encoded. */
struct location {
    struct str host; /* with the port */
    struct str path;
};

/* The byte that an escape at `s` stands for; -1 where it is malformed. */
static int escaped_byte(struct str s)
{
    int high = s.len > 2 ? char_hex_value(s.ptr[1]) : -1;
    int low = s.len > 2 ? char_hex_value(s.ptr[2]) : -1;

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool escapes_are_whole(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' && escaped_byte(str_from(s, i)) < 0)
            return false;
    }
    return true;
}

static bool is_one_of(char c, struct str set)
{
    return str_find(set, c) < set.len;
}

/* In a host, only bytes beyond ASCII and '%' itself may be escaped. */
static bool is_host_text(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        int byte;

        if (char_is_alphanumeric(c) || (unsigned char)c >= 0x80 ||
            is_one_of(c, STR("-_.~!$&'()*+,;=:[]<>\"")))
            continue;
        byte = c == '%' ? escaped_byte(str_from(host, i)) : -1;
        if (byte < 0x80 && byte != '%')
            return false;
    }
    return true;
}

/* Empty, or a colon and digits. */
static bool is_optional_port(struct str port)
{
    if (port.len > 0 && port.ptr[0] != ':')
        return false;
    for (size_t i = 1; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9')
            return false;
    }
    return true;
}

/* An IP literal's zone, from "%25" on, is held to other rules; it is no part of a registry's name. */
static bool is_host(struct str host)
{
    size_t end;

    if (host.len > 0 && host.ptr[0] == '[') {
        end = str_rfind(host, ']');
        if (end == host.len || str_contains(str_slice(host, 0, end), STR("%25")))
            return false;
        return is_optional_port(str_from(host, end + 1)) && is_host_text(host);
    }
    return is_optional_port(str_from(host, str_rfind(host, ':'))) && is_host_text(host);
}

static bool is_user_info(struct str user)
{
    for (size_t i = 0; i < user.len; i++) {
        if (!char_is_alphanumeric(user.ptr[i]) && !is_one_of(user.ptr[i], STR("-._:~!$&'()*+,;=%@")))
            return false;
    }
    return escapes_are_whole(user);
}

static bool has_control_byte(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
            return true;
    }
    return false;
}

static bool split(struct str text, struct location *ret)
{
    struct str fragment = text;
    struct str authority = str_cut(&fragment, '#');
    size_t at;

    if (has_control_byte(authority) || !escapes_are_whole(fragment))
        return false;
    authority = str_slice(authority, 0, str_find(authority, '?'));
    ret->path = str_from(authority, str_find(authority, '/'));
    authority = str_slice(authority, 0, str_find(authority, '/'));
    at = str_rfind(authority, '@');
    if (at < authority.len && !is_user_info(str_slice(authority, 0, at)))
        return false;
    ret->host = at < authority.len ? str_from(authority, at + 1) : authority;
    return is_host(ret->host) && escapes_are_whole(ret->path);
}

/* Takes the next byte off a text whose escapes are whole. */
static char next_byte(struct str *s)
{
    char c = s->ptr[0];
    size_t len = 1;

    if (c == '%') {
        c = (char)escaped_byte(*s);
        len = 3;
    }
    *s = str_from(*s, len);
    return c;
}

/* Decodes into `out`, which has room for s.len bytes. */
static struct str decode(struct str s, char *out)
{
    size_t len = 0;

    while (s.len > 0)
        out[len++] = next_byte(&s);
    return (struct str){out, len};
}

static struct str without_scheme(struct str key)
{
    if (str_starts(key, STR("https://")))
        return str_from(key, 8);
    return str_starts(key, STR("http://")) ? str_from(key, 7) : key;
}

bool registry_key_index(struct arena *arena, struct str key, struct str *ret)
{
    struct location location;
    struct str host;
    struct str path;

    if (!split(without_scheme(key), &location))
        return false;
    host = decode(location.host, arena_alloc(arena, location.host.len + 1));
    path = decode(location.path, arena_alloc(arena, location.path.len + 1));
    if (str_starts(path, STR("/v1/")) || str_starts(path, STR("/v2/")))
        path = str_from(path, 3);
    *ret = str_equal(path, STR("/")) ? host : arena_join(arena, host, path);
    return true;
}

/*
 * host and port as Go's net.SplitHostPort tells them apart: where it cannot
 * (two colons, a bracket out of place), all of it is the host.
 */
static struct str split_port(struct str *host)
{
    size_t colon = str_rfind(*host, ':');
    struct str name = str_slice(*host, 0, colon);
    struct str port = str_from(*host, colon + 1);

    if (colon == host->len)
        return (struct str){NULL, 0};
    if (name.len > 1 && name.ptr[0] == '[' && str_find(name, ']') == name.len - 1)
        name = str_slice(name, 1, name.len - 1);
    else if (str_find(name, ':') < name.len)
        return (struct str){NULL, 0};
    if (str_find(name, '[') < name.len || str_find(name, ']') < name.len)
        return (struct str){NULL, 0};
    *host = name;
    return port;
}

static bool hosts_match(struct str pattern, struct str host)
{
    struct str pattern_port = split_port(&pattern);
    struct str port = split_port(&host);

    if (!str_equal(pattern_port, port))
        return false;
    pattern.ptr = pattern.ptr ? pattern.ptr : "";
    host.ptr = host.ptr ? host.ptr : "";
    while (pattern.ptr && host.ptr) {
        if (!label_glob_match(str_cut(&pattern, '.'), str_cut(&host, '.')))
            return false;
    }
    return !pattern.ptr && !host.ptr;
}

static bool path_starts(struct str path, struct str prefix)
{
    while (prefix.len > 0) {
        if (path.len == 0 || next_byte(&path) != next_byte(&prefix))
            return false;
    }
    return true;
}

/* The index is decoded already and is read once more as a URL: so the kubelet does. */
bool registry_key_matches(struct str index, struct str image)
{
    char pattern_bytes[HOST_MAX];
    char host_bytes[HOST_MAX];
    struct location pattern;
    struct location target;

    if (!split(index, &pattern) || !split(image, &target))
        return false;
    if (pattern.host.len > HOST_MAX || target.host.len > HOST_MAX)
        return false;
    return path_starts(target.path, pattern.path) &&
           hosts_match(decode(pattern.host, pattern_bytes), decode(target.host, host_bytes));
}
