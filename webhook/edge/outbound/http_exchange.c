/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/http_exchange.h"

#include "base/memory.h"
#include "edge/outbound/http_answer.h"
#include "edge/outbound/web_url.h"
#include "edge/system/secret_text.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { DATE_MAX = 64 }; /* bytes of a Date; RFC 9110 needs 29 */

struct http_exchange {
    struct outbound_transfer transfer;
    struct outbound *outbound;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    const struct http_certificates *certificates;
    enum address_scope reach;
    size_t body_max;
    size_t header_bytes;
    bool headers_ended; /* libcurl takes the connection's end for it */
    struct str request_body;
    struct text body;
    http_exchange_body *on_body;
    http_exchange_headers *on_headers;
    bool keep_error;
    bool had_enough; /* of an error's body: we stopped it */
    enum http_proxy proxy;
    struct http_answer answer;
    struct arena arena;
    http_exchange_done *on_done;
    void *ctx;
    char curl_text[CURL_ERROR_SIZE];
};

static void exchange_free(struct http_exchange *exchange)
{
    (void)curl_multi_remove_handle(outbound_multi(exchange->outbound), exchange->easy);
    curl_easy_cleanup(exchange->easy);
    for (struct curl_slist *header = exchange->headers; header; header = header->next)
        OPENSSL_cleanse(header->data, strlen(header->data)); /* one of them is the authorization */
    curl_slist_free_all(exchange->headers);
    curl_slist_free_all(exchange->connect_to);
    secret_text_cleanse(text_str(&exchange->body)); /* perhaps a token */
    secret_text_cleanse(exchange->request_body);    /* perhaps a Secret */
    arena_release(&exchange->arena);
    free(exchange);
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    exchange_free(exchange);
}

static void on_end(struct outbound_transfer *transfer, CURLcode code)
{
    struct http_exchange *exchange = (struct http_exchange *)transfer;
    struct http_answer *answer = &exchange->answer;
    long status = 0;
    curl_off_t length = -1;
    curl_off_t retry_after = 0;
    curl_off_t secured = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &secured);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after);
    answer->connected = secured > 0;
    answer->status = (int)status;
    answer->content_length = length;
    answer->retry_after = retry_after;
    answer->body = text_str(&exchange->body);
    /* A failure that was found by ourselves made libcurl stop: keep our words. */
    if (code != CURLE_OK && answer->failure == HTTP_ANSWERED && !exchange->had_enough)
        http_answer_set_failure(answer, exchange->easy, code, exchange->curl_text);
    else if (code == CURLE_OK && !exchange->headers_ended)
        http_answer_fail(answer, HTTP_CUT, "the answer ended too early");
    http_answer_blame_proxy(answer, exchange->easy, code, exchange->proxy);
    exchange->on_done(exchange->ctx, answer);
    exchange_free(exchange);
}

static void keep_field(struct http_exchange *exchange, struct str *field, struct str value)
{
    if (value.len > HTTP_FIELD_MAX)
        http_answer_fail(&exchange->answer, HTTP_BAD_ANSWER, "a header is longer than %d bytes",
                         HTTP_FIELD_MAX);
    else
        *field = arena_str(&exchange->arena, value);
}

static void keep_digest(struct http_exchange *exchange, struct str value)
{
    struct str old = exchange->answer.docker_content_digest;

    if (old.len > 0 && !str_equal(old, value))
        http_answer_fail(&exchange->answer, HTTP_BAD_ANSWER, "it gives two digests");
    else
        keep_field(exchange, &exchange->answer.docker_content_digest, value);
}

static void keep_date(struct http_exchange *exchange, struct str value)
{
    char text[DATE_MAX + 1] = "";
    time_t date;

    if (value.len == 0 || value.len > DATE_MAX)
        return;
    memcpy(text, value.ptr, value.len);
    date = curl_getdate(text, NULL);
    exchange->answer.date = date > 0 ? (int64_t)date : 0;
}

static void keep_header(struct http_exchange *exchange, struct str name, struct str value)
{
    struct http_answer *answer = &exchange->answer;

    if (str_equal_nocase(name, STR("docker-content-digest")))
        keep_digest(exchange, value);
    else if (str_equal_nocase(name, STR("content-type")))
        keep_field(exchange, &answer->content_type, value);
    else if (str_equal_nocase(name, STR("location")))
        keep_field(exchange, &answer->location, value);
    else if (str_equal_nocase(name, STR("date")))
        keep_date(exchange, value);
    else if (str_equal_nocase(name, STR("www-authenticate")) && answer->challenge_count < HTTP_CHALLENGES_MAX)
        keep_field(exchange, &answer->challenges[answer->challenge_count++], value);
}

/* A status line begins anew: what an interim answer (1xx) said does not count. */
static void forget_headers(struct http_exchange *exchange)
{
    exchange->headers_ended = false;
    exchange->answer.content_type = (struct str){NULL, 0};
    exchange->answer.docker_content_digest = (struct str){NULL, 0};
    exchange->answer.location = (struct str){NULL, 0};
    exchange->answer.date = 0;
    exchange->answer.challenge_count = 0;
}

/* Takes the status into the answer as well. */
static bool is_success(struct http_exchange *exchange)
{
    long status = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->answer.status = (int)status;
    return status >= 200 && status < 300;
}

static void end_headers(struct http_exchange *exchange)
{
    exchange->headers_ended = true;
    if (exchange->on_headers && is_success(exchange))
        exchange->on_headers(exchange->ctx);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_exchange *exchange = ctx;
    struct str line = {bytes, size * count};
    size_t colon = str_find(line, ':');

    exchange->header_bytes += line.len;
    if (exchange->header_bytes > HTTP_HEADERS_MAX)
        http_answer_fail(&exchange->answer, HTTP_BAD_ANSWER, "its headers are longer than %d bytes",
                         HTTP_HEADERS_MAX);
    else if (str_starts(line, STR("HTTP/")))
        forget_headers(exchange);
    else if (str_is_blank(line))
        end_headers(exchange);
    else if (colon < line.len)
        keep_header(exchange, str_slice(line, 0, colon), str_trim(str_from(line, colon + 1)));
    return exchange->answer.failure == HTTP_ANSWERED ? line.len : 0;
}

/* Past the limit of an error's body the status alone is the answer. */
static size_t pass_over(struct http_exchange *exchange, struct str part)
{
    exchange->had_enough = exchange->answer.body_seen > HTTP_ERROR_BODY_MAX;
    if (exchange->keep_error && !exchange->had_enough)
        text_add(&exchange->body, part);
    return exchange->had_enough ? 0 : part.len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_exchange *exchange = ctx;
    struct str part = {bytes, size * count};

    exchange->answer.body_seen += part.len;
    if (!is_success(exchange))
        return pass_over(exchange, part);
    if (exchange->answer.body_seen > exchange->body_max) {
        http_answer_fail(&exchange->answer, HTTP_BAD_ANSWER, "its body is longer than %zu bytes",
                         exchange->body_max);
        return 0;
    }
    if (exchange->on_body)
        exchange->on_body(exchange->ctx, &exchange->answer, part);
    else
        text_add(&exchange->body, part);
    return part.len;
}

/* New connections: the address that the name resolved to, before anything is sent. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_exchange *exchange = ctx;
    enum address_scope scope = network_address_scope_of_socket(&address->addr);
    int type = address->socktype;

    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    exchange->answer.peer_scope = scope;
    if (scope > exchange->reach) {
        http_answer_fail(&exchange->answer, HTTP_BARRED, "its address is private or link-local");
        return CURL_SOCKET_BAD;
    }
#ifdef SOCK_CLOEXEC
    type |= SOCK_CLOEXEC;
#endif
    return socket(address->family, type, address->protocol);
}

/* Every request, on a connection of earlier too. */
static int on_request(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    struct http_exchange *exchange = ctx;

    (void)local;
    (void)peer_port;
    (void)local_port;
    exchange->answer.peer_scope = network_address_scope_of_text(str_from_c(peer));
    if (exchange->answer.peer_scope <= exchange->reach)
        return CURL_PREREQFUNC_OK;
    http_answer_fail(&exchange->answer, HTTP_BARRED, "its address is private or link-local");
    return CURL_PREREQFUNC_ABORT;
}

/* The host's own certificates, beside the system's. A file that cannot be read fails the handshake. */
static CURLcode on_tls_context(CURL *easy, void *tls_context, void *ctx)
{
    const struct http_certificates *certificates = ((struct http_exchange *)ctx)->certificates;
    SSL_CTX *context = tls_context;

    (void)easy;
    for (const char *const *file = certificates->authorities; file && *file; file++) {
        if (SSL_CTX_load_verify_locations(context, *file, NULL) != 1)
            return CURLE_SSL_CACERT_BADFILE;
    }
    if (!certificates->client_certificate)
        return CURLE_OK;
    if (SSL_CTX_use_certificate_chain_file(context, certificates->client_certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, certificates->client_key, SSL_FILETYPE_PEM) != 1)
        return CURLE_SSL_CERTPROBLEM;
    return CURLE_OK;
}

static void add_header(struct http_exchange *exchange, struct str name, struct str value)
{
    struct text line;
    struct curl_slist *list;

    if (value.len == 0)
        return;
    text_init(&line, &exchange->arena, name.len + value.len + 1);
    text_add(&line, name);
    text_add(&line, value);
    text_add_char(&line, '\0');
    list = curl_slist_append(exchange->headers, line.ptr);
    OPENSSL_cleanse(line.ptr, line.len);
    if (!list)
        abort();
    exchange->headers = list;
}

/*
 * libcurl takes the name that is asked for by SNI and checked from the URL: so
 * the URL gets that name, and the connection goes where the old one pointed to.
 */
static void set_tls_name(struct http_exchange *exchange, const struct http_exchange_request *request)
{
    struct web_url url;
    struct error err;
    CURLU *handle;
    char *text = NULL;
    struct text to;

    if (!request->tls_name || web_url_parse(&exchange->arena, NULL, str_from_c(request->url), &url, &err) < 0)
        return;
    handle = curl_url();
    text_init(&to, &exchange->arena, 600);
    text_addf(&to, "::" STR_FMT ":%d", STR_ARG(url.host), url.port);
    text_add_char(&to, '\0');
    if (curl_url_set(handle, CURLUPART_URL, url.text, 0) == CURLUE_OK &&
        curl_url_set(handle, CURLUPART_HOST, request->tls_name, 0) == CURLUE_OK &&
        curl_url_get(handle, CURLUPART_URL, &text, 0) == CURLUE_OK) {
        exchange->connect_to = curl_slist_append(NULL, to.ptr);
        (void)curl_easy_setopt(exchange->easy, CURLOPT_URL, text);
        (void)curl_easy_setopt(exchange->easy, CURLOPT_CONNECT_TO, exchange->connect_to);
        add_header(exchange, STR("Host: "), web_url_authority(&exchange->arena, &url));
    }
    curl_free(text);
    curl_url_cleanup(handle);
}

static void set_body(struct http_exchange *exchange, const struct http_exchange_request *request)
{
    CURL *easy = exchange->easy;

    if (!request->method)
        return;
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->body.len == 0)
        return;
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    exchange->request_body = arena_str(&exchange->arena, request->body);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->request_body.ptr);
    add_header(exchange, STR("Content-Type: "), request->content_type);
    add_header(exchange, STR("Expect:"), STR(" ")); /* no waiting for "100 Continue" */
}

static void set_pem(CURL *easy, CURLoption option, struct str pem)
{
    struct curl_blob blob = {(void *)(uintptr_t)pem.ptr, pem.len, CURL_BLOB_COPY};

    if (pem.len > 0 && curl_easy_setopt(easy, option, &blob) != CURLE_OK)
        abort();
}

static void set_certificates(struct http_exchange *exchange, const struct http_certificates *certificates)
{
    CURL *easy = exchange->easy;

    if (!certificates)
        return;
    if (certificates->authorities_pem.len > 0) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        set_pem(easy, CURLOPT_CAINFO_BLOB, certificates->authorities_pem);
    }
    set_pem(easy, CURLOPT_SSLCERT_BLOB, certificates->client_certificate_pem);
    set_pem(easy, CURLOPT_SSLKEY_BLOB, certificates->client_key_pem);
    (void)curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* never asked for on a terminal */
    if (!certificates->authorities && !certificates->client_certificate)
        return;
    /* What is added there must not get into a store that other hosts share. */
    (void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, exchange);
}

static void set_callbacks(struct http_exchange *exchange)
{
    CURL *easy = exchange->easy;

    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, &exchange->transfer);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->curl_text);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
}

static void set_proxy(CURL *easy, const struct http_exchange_request *request)
{
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, request->proxy ? request->proxy : "");
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); /* the environment has been looked at */
    if (http_answer_proxy_kind(request->proxy, request->url) != HTTP_PROXY_SOCKS)
        (void)curl_easy_setopt(easy, CURLOPT_PROXYPORT,
                               80L); /* where none is written; libcurl's own is 1080 */
}

static void set_options(CURL *easy, const struct http_exchange_request *request)
{
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, request->head ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set_proxy(easy, request);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A time-out must not wait for the thread that is stuck in getaddrinfo(). */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           (long)(request->http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->unverified ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->unverified ? 0L : 2L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
}

struct http_exchange *http_exchange_start(struct outbound *outbound,
                                          const struct http_exchange_request *request,
                                          http_exchange_done *on_done, void *ctx)
{
    struct http_exchange *exchange = memory_zeroed(1, sizeof(*exchange));

    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        abort();
    exchange->transfer.on_end = on_end;
    exchange->outbound = outbound;
    exchange->certificates = request->certificates;
    exchange->reach = request->reach;
    exchange->body_max = request->body_max;
    exchange->on_body = request->on_body;
    exchange->on_headers = request->on_headers;
    exchange->keep_error = request->keep_error;
    exchange->proxy = http_answer_proxy_kind(request->proxy, request->url);
    exchange->on_done = on_done;
    exchange->ctx = ctx;
    arena_init(&exchange->arena);
    text_init(&exchange->body, &exchange->arena, exchange->body_max);
    add_header(exchange, STR("Accept: "), request->accept);
    add_header(exchange, STR("Authorization: "), request->authorization);
    set_options(exchange->easy, request);
    set_body(exchange, request);
    set_tls_name(exchange, request);
    set_certificates(exchange, request->certificates);
    set_callbacks(exchange);
    (void)curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
    if (curl_multi_add_handle(outbound_multi(outbound), exchange->easy) != CURLM_OK)
        abort();
    return exchange;
}
