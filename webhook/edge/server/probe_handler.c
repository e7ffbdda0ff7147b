/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/probe_handler.h"

#include "edge/server/http_reply.h"
#include "edge/server/http_request.h"
#include "edge/server/http_server.h"

/* One line a check, as the API server's own probes have it. */
static bool run_check(const struct probe_check *check, bool verbose, struct text *out)
{
    struct error err = {ERROR_NONE, ""};
    bool good = check->is_good(check->ctx, &err);

    if (!good)
        text_addf(out, "[-]%s failed: " STR_FMT "\n", check->name, STR_ARG(error_text(&err)));
    else if (verbose && err.code != ERROR_NONE)
        text_addf(out, "[+]%s ok: " STR_FMT "\n", check->name, STR_ARG(error_text(&err)));
    else if (verbose)
        text_addf(out, "[+]%s ok\n", check->name);
    return good;
}

static void reply_text(const struct http_request *request, int status, const char *type,
                       const struct text *text)
{
    http_reply(request, &(struct http_reply){
                            .status = status, .content_type = str_from_c(type), .body = text_str(text)});
}

static void reply_checks(const struct probe_options *options, const struct http_request *request,
                         bool liveness)
{
    bool verbose = str_starts(request->query, STR("verbose"));
    bool good = true;
    struct arena arena;
    struct text out;

    arena_init(&arena);
    text_init(&out, &arena, METRICS_TEXT_MAX);
    for (size_t i = 0; i < options->check_count; i++)
        if (!liveness || options->checks[i].for_liveness)
            good = run_check(&options->checks[i], verbose, &out) && good;
    text_add_c(&out, good ? "ok\n" : "not ok\n");
    reply_text(request, good ? 200 : 503, "text/plain; charset=utf-8", &out);
    arena_release(&arena);
}

static void reply_metrics(const struct probe_options *options, const struct http_request *request)
{
    struct arena arena;
    struct text out;

    arena_init(&arena);
    text_init(&out, &arena, METRICS_TEXT_MAX);
    metrics_write(options->metrics, &out);
    reply_text(request, 200, METRICS_CONTENT_TYPE, &out);
    arena_release(&arena);
}

static void on_request(void *ctx, const struct http_request *request)
{
    const struct probe_options *options = ctx;
    bool live = str_equal(request->path, STR("/livez"));
    bool ready = str_equal(request->path, STR("/readyz"));

    if (!live && !ready && !str_equal(request->path, STR("/metrics")))
        http_reply_sentence(request, 404, STR("not found: there are /livez, /readyz and /metrics"));
    else if (!http_request_is_get(request))
        http_reply_wrong_method(request, STR("GET, HEAD"), STR("probes are asked with GET"));
    else if (live || ready)
        reply_checks(options, request, live);
    else
        reply_metrics(options, request);
}

void probe_handler_register(struct http_server *server, const struct probe_options *options)
{
    http_server_handle(server, LISTENER_PROBE,
                       &(struct http_handler){.on_request = on_request, .ctx = (void *)(uintptr_t)options});
}
