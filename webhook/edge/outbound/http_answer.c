/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/http_answer.h"

#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* libcurl's codes beyond these are a connection that broke. */
static const struct {
    CURLcode code;
    enum http_failure failure;
    const char *reason;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_DNS, "the name does not resolve"},
    {CURLE_COULDNT_RESOLVE_PROXY, HTTP_CONNECT, "the proxy's name does not resolve"},
    {CURLE_PROXY, HTTP_CONNECT, "the proxy failed"},
    {CURLE_PARTIAL_FILE, HTTP_CUT, "the answer ended too early"},
    {CURLE_GOT_NOTHING, HTTP_CUT, "the connection was closed without an answer"},
    {CURLE_RECV_ERROR, HTTP_CUT, "the connection broke"},
    {CURLE_SEND_ERROR, HTTP_CUT, "the connection broke"},
    {CURLE_HTTP2, HTTP_BAD_ANSWER, "the answer is not HTTP"},
    {CURLE_HTTP2_STREAM, HTTP_CUT, "the stream was reset"},
    {CURLE_UNSUPPORTED_PROTOCOL, HTTP_BAD_ANSWER, "the answer is not HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, HTTP_BAD_ANSWER, "the answer is not HTTP"},
    {CURLE_BAD_CONTENT_ENCODING, HTTP_BAD_ANSWER, "the answer's encoding is wrong"},
    {CURLE_OUT_OF_MEMORY, HTTP_BAD_ANSWER, "the answer's headers are too large"},
    {CURLE_SSL_CACERT_BADFILE, HTTP_TLS, "the authorities' file cannot be read"},
    {CURLE_SSL_CERTPROBLEM, HTTP_TLS, "the client certificate cannot be used"},
    {CURLE_ABORTED_BY_CALLBACK, HTTP_BARRED, "its address is private or link-local"},
};

void http_answer_fail(struct http_answer *answer, enum http_failure failure, const char *format, ...)
{
    va_list args;

    answer->failure = failure;
    va_start(args, format);
    (void)vsnprintf(answer->reason, sizeof(answer->reason), format, args);
    va_end(args);
    for (char *at = answer->reason; *at; at++) {
        if (*at < ' ' || *at == 0x7f || *at == '"')
            *at = '?';
    }
}

static void set_timeout(struct http_answer *answer, CURL *easy)
{
    curl_off_t resolved = 0;
    curl_off_t connected = 0;
    curl_off_t secured = 0;
    curl_off_t first_byte = 0;
    const char *reason;

    (void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    (void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &secured);
    (void)curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
    if (first_byte > 0)
        reason = "the answer did not end";
    else if (secured > 0)
        reason = "no answer";
    else if (connected > 0)
        reason = "no end of the TLS handshake";
    else
        reason = resolved > 0 ? "no connection" : "no answer from DNS";
    http_answer_fail(answer, HTTP_TIMEOUT, "%s in time", reason);
}

static void set_connect(struct http_answer *answer, CURL *easy)
{
    long number = 0;
    char text[80] = "";

    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    if (number == 0 || strerror_r((int)number, text, sizeof(text)) != 0)
        (void)snprintf(text, sizeof(text), "no connection");
    if (text[0] >= 'A' && text[0] <= 'Z')
        text[0] = (char)(text[0] | 0x20);
    http_answer_fail(answer, HTTP_CONNECT, "%s", text);
}

/* "error:0A00010B:SSL routines::wrong version number" to its last part. */
static const char *after_last_colon(const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *ret = colon ? colon + 1 : text;

    while (*ret == ' ')
        ret++;
    return *ret ? ret : "handshake failed";
}

static bool is_unknown_authority(long verified)
{
    return verified == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           verified == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           verified == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           verified == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           verified == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE || verified == X509_V_ERR_CERT_UNTRUSTED;
}

/* OpenSSL's texts are its own, never the peer's. */
static void set_tls(struct http_answer *answer, CURL *easy, CURLcode code, const char *curl_text)
{
    long verified = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    answer->unknown_authority = is_unknown_authority(verified);
    /* libcurl looks at the name before it asks how the chain was, and "unspecified" is what it began with. */
    if (code == CURLE_PEER_FAILED_VERIFICATION &&
        (verified == X509_V_OK || verified == X509_V_ERR_UNSPECIFIED))
        http_answer_fail(answer, HTTP_TLS, "certificate: it is for another name");
    else if (verified != X509_V_OK)
        http_answer_fail(answer, HTTP_TLS, "certificate: %s", X509_verify_cert_error_string(verified));
    else
        http_answer_fail(answer, HTTP_TLS, "%s", after_last_colon(curl_text));
}

void http_answer_set_failure(struct http_answer *answer, CURL *easy, CURLcode code, const char *curl_text)
{
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        if (failures[i].code == code) {
            http_answer_fail(answer, failures[i].failure, "%s", failures[i].reason);
            return;
        }
    }
    if (code == CURLE_OPERATION_TIMEDOUT)
        set_timeout(answer, easy);
    else if (code == CURLE_COULDNT_CONNECT)
        set_connect(answer, easy);
    else if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
             code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CIPHER ||
             code == CURLE_SSL_INVALIDCERTSTATUS)
        set_tls(answer, easy, code, curl_text);
    else
        http_answer_fail(answer, HTTP_CUT, "%s", curl_easy_strerror(code));
}

/* The same failure, of the way to the proxy. */
static void blame_way(struct http_answer *answer)
{
    static const char *const words[] = {
        [HTTP_ANSWERED] = "failed",
        [HTTP_DNS] = "cannot be found in DNS",
        [HTTP_CONNECT] = "cannot be reached",
        [HTTP_TLS] = "cannot be trusted, TLS failed",
        [HTTP_TIMEOUT] = "timed out",
        [HTTP_CUT] = "broke off",
        [HTTP_BAD_ANSWER] = "gave a wrong answer",
        [HTTP_BARRED] = "is not asked",
    };
    char reason[HTTP_REASON_MAX];

    memcpy(reason, answer->reason, sizeof(reason));
    http_answer_fail(answer, answer->failure == HTTP_TIMEOUT ? HTTP_TIMEOUT : HTTP_CONNECT,
                     "the proxy %s: %s", words[answer->failure], reason);
}

enum http_proxy http_answer_proxy_kind(const char *proxy, const char *url)
{
    if (!proxy || !*proxy)
        return HTTP_PROXY_NONE;
    if (str_starts(str_from_c(proxy), STR("socks")))
        return HTTP_PROXY_SOCKS;
    return str_starts(str_from_c(url), STR("https:")) ? HTTP_PROXY_TUNNELS : HTTP_PROXY_FORWARDS;
}

/* Whether what failed is between us and the proxy. */
static bool failed_on_the_way(CURLcode code, enum http_proxy kind, long tunnel)
{
    if (code == CURLE_OK || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY)
        return false; /* no failure, or one that is told as the proxy's already */
    switch (kind) {
    case HTTP_PROXY_FORWARDS:
        return true;
    case HTTP_PROXY_TUNNELS:
        return tunnel / 100 != 2;
    case HTTP_PROXY_SOCKS:
        return code == CURLE_COULDNT_CONNECT;
    case HTTP_PROXY_NONE:
        break;
    }
    return false;
}

void http_answer_blame_proxy(struct http_answer *answer, CURL *easy, CURLcode code, enum http_proxy kind)
{
    long tunnel = 0; /* the status of the last answer to CONNECT */

    if (kind == HTTP_PROXY_NONE)
        return;
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    if (tunnel >= 300)
        http_answer_fail(answer, HTTP_CONNECT, "the proxy answered %ld", tunnel);
    else if (answer->failure == HTTP_ANSWERED && answer->status == 407)
        http_answer_fail(answer, HTTP_CONNECT, "the proxy answered 407");
    else if (answer->failure != HTTP_ANSWERED && failed_on_the_way(code, kind, tunnel))
        blame_way(answer);
}
