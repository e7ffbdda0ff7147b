/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/webhook/webhook.h"

#include "cmd/decide/cluster_source.h"
#include "cmd/webhook/process.h"

#define SETTING(member) offsetof(struct webhook_settings, member)

static const char *const log_choices[] = {"all", "changed", "none", NULL};
static const char *const handler_choices[] = {"admission", "null", NULL};

static const struct option listen_flags[] = {
    {.name = "listen",
     .kind = OPTION_TEXT,
     .offset = SETTING(listen),
     .value = "ADDR:PORT",
     .fallback = ":8443",
     .help = "Where reviews are taken, over TLS. Without ADDR every address; port 0 takes a free one, which "
             "the log names."},
    {.name = "probe-listen",
     .kind = OPTION_TEXT,
     .offset = SETTING(probe_listen),
     .value = "ADDR:PORT",
     .fallback = ":8080",
     .help = "Where /livez, /readyz and /metrics are served, without TLS."},
    {.name = "tls-cert",
     .kind = OPTION_TEXT,
     .offset = SETTING(tls_cert),
     .value = "FILE",
     .required = true,
     .help =
         "Certificate of the server with its chain, PEM. Watched together with the key: a new pair is "
         "used from the next handshake on, one that does not match is refused and the old one kept. Where "
         "both are absent they are waited for: not ready, no handshake succeeds."},
    {.name = "tls-key",
     .kind = OPTION_TEXT,
     .offset = SETTING(tls_key),
     .value = "FILE",
     .required = true,
     .help = "Key of the certificate, PEM."},
    {.name = "client-ca",
     .kind = OPTION_TEXT,
     .offset = SETTING(client_ca),
     .value = "FILE",
     .help = "Authorities, PEM, one of which must have signed the client's certificate. Without it every "
             "client that reaches the port may ask."},
    {.name = "no-http2",
     .kind = OPTION_SWITCH,
     .offset = SETTING(no_http2),
     .help = "Offer HTTP/1.1 only, which is what the API server speaks to services."},
    {0},
};

static const struct option limit_flags[] = {
    {.name = "threads",
     .kind = OPTION_INT,
     .offset = SETTING(threads),
     .value = "N",
     .fallback = "0",
     .min = 0,
     .max = 256,
     .help = "Server threads; 0 is one for each core that the affinity mask and the cgroup's quota allow."},
    {.name = "max-in-flight",
     .kind = OPTION_INT,
     .offset = SETTING(in_flight_max),
     .value = "N",
     .fallback = "1024",
     .min = 1,
     .max = 100000,
     .help = "Admissions that wait for registries at the same time. More are answered with HTTP 429; those "
             "that need no look-up are served all the same."},
    {.name = "max-connections",
     .kind = OPTION_INT,
     .offset = SETTING(connections_max),
     .value = "N",
     .fallback = "4096",
     .min = 1,
     .max = 100000,
     .help = "Open connections. A few more are answered with HTTP 429, beyond them they are closed."},
    {.name = "max-body",
     .kind = OPTION_INT,
     .offset = SETTING(body_max),
     .value = "BYTES",
     .fallback = "8388608",
     .min = 1024,
     .max = HTTP_BODY_HARD_MAX,
     .help = "Size of a review. Larger ones are answered with HTTP 413."},
    {.name = "body-memory",
     .kind = OPTION_INT,
     .offset = SETTING(body_memory),
     .value = "BYTES",
     .fallback = "16777216",
     .min = 1 << 20,
     .max = 1 << 30,
     .help = "Memory for large reviews while they are received and decided. More of them wait unread; small "
             "ones never do."},
    {.name = "max-wait",
     .kind = OPTION_DURATION,
     .offset = SETTING(wait_max),
     .value = "DURATION",
     .fallback = "10s",
     .min = 10,
     .max = 60 * 1000,
     .help = "How long an admission waits for registries, whatever the API server's ?timeout= allows."},
    {.name = "request-timeout",
     .kind = OPTION_DURATION,
     .offset = SETTING(request_timeout),
     .value = "DURATION",
     .fallback = "30s",
     .min = 100,
     .max = 10 * 60 * 1000,
     .help = "How long a client may take to send a review, and to take its answer."},
    {.name = "drain-delay",
     .kind = OPTION_DURATION,
     .offset = SETTING(drain_delay),
     .value = "DURATION",
     .fallback = "5s",
     .min = 0,
     .max = 10 * 60 * 1000,
     .help = "After SIGTERM: how long to go on accepting while endpoints are withdrawn, not ready, each "
             "answer with \"Connection: close\"."},
    {.name = "shutdown-timeout",
     .kind = OPTION_DURATION,
     .offset = SETTING(shutdown_timeout),
     .value = "DURATION",
     .fallback = "25s",
     .min = 100,
     .max = 10 * 60 * 1000,
     .help = "After SIGTERM: how long it may take to end, --drain-delay included."},
    {0},
};

static const struct option report_flags[] = {
    {.name = "log-admissions",
     .kind = OPTION_CHOICE,
     .offset = SETTING(log_admissions),
     .value = "WHICH",
     .choices = log_choices,
     .fallback = "changed",
     .help = "Admissions that get a line in the log: all; those that were changed, warned about, refused or "
             "not decided; or none."},
    {.name = "metrics-hosts",
     .kind = OPTION_LIST,
     .offset = SETTING(metrics_hosts),
     .value = "HOST",
     .help = "Registry host[:port] with a label of its own in the metrics; all others are \"other\". May be "
             "repeated."},
    {.name = "handler",
     .kind = OPTION_CHOICE,
     .offset = SETTING(handler),
     .value = "NAME",
     .choices = handler_choices,
     .fallback = "admission",
     .hidden = true,
     .help = "null answers a fixed review once a body is there, to measure all but the decision."},
    {0},
};

static int run_webhook(struct arena *arena, const void *settings, const char *const *arguments,
                       size_t argument_count)
{
    static struct webhook_process process; /* for ever: threads that had to be cut may still look at it */
    const struct webhook_settings *webhook_settings = settings;
    enum object_source source;
    struct error err;
    int failed = 0;

    if (argument_count > 0)
        failed = error_set(&err, ERROR_INVALID, "\"%s\" is one argument too many", arguments[0]);
    else if ((failed = cluster_source_find(&webhook_settings->common.deciding, &source, &err)) == 0 &&
             source == SOURCE_NONE)
        failed = error_set(&err, ERROR_INVALID,
                           "one of \"--objects PATH\", \"--cluster\" and \"--kubeconfig FILE\" is required");
    if (failed)
        return options_complain(EXIT_USAGE, &err, "weir webhook --help lists its flags");
    if (webhook_process_start(&process, arena, webhook_settings, &err) < 0)
        return options_complain(err.code == ERROR_UNAVAILABLE ? EXIT_NOT_NOW : EXIT_USAGE, &err, NULL);
    return webhook_process_run(&process);
}

static const struct option *const webhook_groups[] = {listen_flags,     limit_flags,      report_flags,
                                                      options_deciding, options_registry, NULL};

const struct command webhook_command = {
    .name = "webhook",
    .summary = "Serve admission reviews over TLS",
    .description =
        "Takes AdmissionReviews at POST /admit, as the API server sends them to a mutating webhook, and "
        "answers with a patch that pins image stream tags to digests and sets pull policies, or with a "
        "denial that says why. The cluster's objects are read from --objects and watched, or followed with "
        "--cluster or --kubeconfig: then it is ready once all are listed, and goes on with what it knows "
        "whatever becomes of the API server.\n\n"
        "The log goes to stderr, one JSON object a line. SIGHUP reads objects and certificate anew; SIGTERM "
        "ends it gracefully, with exit code 0.",
    .option_groups = webhook_groups,
    .settings_size = sizeof(struct webhook_settings),
    .run = run_webhook,
};
