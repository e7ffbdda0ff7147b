/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/web_url.h"

#include "base/character.h"
#include "base/text.h"

#include <curl/curl.h>

static int bad_url(struct error *err, const char *why)
{
    return error_set(err, ERROR_INVALID, "not a usable web address: %s", why);
}

/* NULL where there is none. The copy is the arena's. */
static const char *part(struct arena *arena, CURLU *handle, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    const char *ret;

    if (curl_url_get(handle, what, &text, flags) != CURLUE_OK)
        return NULL;
    ret = arena_cstr(arena, str_from_c(text));
    curl_free(text);
    return ret;
}

/* What may be in a host: letters, digits, "-._:[]"; nothing that means something in a path or a header. */
static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];

        if (!char_is_lower_alphanumeric(c) && c != '-' && c != '.' && c != '_' && c != ':' && c != '[' &&
            c != ']')
            return false;
    }
    return host.len > 0 && host.len <= 255 && host.ptr[0] != '.' && !str_contains(host, STR(".."));
}

static struct str lower(struct arena *arena, struct str s)
{
    char *ret = arena_cstr(arena, s);

    for (size_t i = 0; i < s.len; i++)
        ret[i] = char_lower(ret[i]);
    return (struct str){ret, s.len};
}

/* libcurl decodes "%37" in a host after it has looked for numbers: what it will connect to must be what we
 * see. */
static bool reads_the_same(struct arena *arena, CURLU *handle, const struct web_url *url)
{
    const char *host;

    if (curl_url_set(handle, CURLUPART_URL, url->text, 0) != CURLUE_OK)
        return false;
    host = part(arena, handle, CURLUPART_HOST, 0);
    return str_equal(lower(arena, str_from_c(host)), url->host);
}

static int take_parts(struct arena *arena, CURLU *handle, struct web_url *ret, struct error *err)
{
    const char *scheme = part(arena, handle, CURLUPART_SCHEME, 0);
    const char *host = part(arena, handle, CURLUPART_HOST, 0);
    const char *port = part(arena, handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    struct web_url url = {.host = lower(arena, str_from_c(host))};
    int64_t number;

    url.https = str_equal_nocase(str_from_c(scheme), STR("https"));
    if (!url.https && !str_equal_nocase(str_from_c(scheme), STR("http")))
        return bad_url(err, "it is neither http nor https");
    if (!is_host(url.host))
        return bad_url(err, "its host is none");
    if (!port || !str_to_int64(str_from_c(port), 1, 65535, &number))
        return bad_url(err, "its port is none");
    if (part(arena, handle, CURLUPART_USER, 0) || part(arena, handle, CURLUPART_PASSWORD, 0))
        return bad_url(err, "it holds a user name");
    (void)curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
    url.port = (int)number;
    url.text = part(arena, handle, CURLUPART_URL, 0);
    if (!url.text || str_from_c(url.text).len > WEB_URL_MAX)
        return bad_url(err, "it is too long");
    if (!reads_the_same(arena, handle, &url))
        return bad_url(err, "its host is written in a strange way");
    *ret = url;
    return 0;
}

static bool is_printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
            return false;
    }
    return s.len > 0;
}

int web_url_parse(struct arena *arena, const struct web_url *base, struct str text, struct web_url *ret,
                  struct error *err)
{
    CURLU *handle;
    int failed;

    if (text.len > WEB_URL_MAX || !is_printable(text))
        return bad_url(err, "it is too long or has odd bytes");
    handle = curl_url();
    if (base && curl_url_set(handle, CURLUPART_URL, base->text, 0) != CURLUE_OK)
        failed = bad_url(err, "its base is none");
    else if (curl_url_set(handle, CURLUPART_URL, arena_cstr(arena, text), 0) != CURLUE_OK)
        failed = bad_url(err, "it cannot be read");
    else
        failed = take_parts(arena, handle, ret, err);
    curl_url_cleanup(handle);
    return failed;
}

int web_url_add_query(struct arena *arena, struct web_url *url, struct str name, struct str value,
                      struct error *err)
{
    CURLU *handle = curl_url();
    const char *pair = arena_cstr(arena, arena_concat(arena, (struct str[]){name, STR("="), value}, 3));
    int failed;

    if (curl_url_set(handle, CURLUPART_URL, url->text, 0) != CURLUE_OK ||
        curl_url_set(handle, CURLUPART_QUERY, pair, CURLU_APPENDQUERY | CURLU_URLENCODE) != CURLUE_OK)
        failed = bad_url(err, "its query cannot be extended");
    else
        failed = take_parts(arena, handle, url, err);
    curl_url_cleanup(handle);
    return failed;
}

bool web_url_same_origin(const struct web_url *a, const struct web_url *b)
{
    return a->https == b->https && a->port == b->port && str_equal(a->host, b->host);
}

struct str web_url_authority(struct arena *arena, const struct web_url *url)
{
    struct text text;

    text_init(&text, arena, 300);
    text_add(&text, url->host);
    if (url->port != (url->https ? 443 : 80)) {
        text_add_char(&text, ':');
        text_add_int(&text, url->port);
    }
    return text_str(&text);
}
