/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/controller/controller.h"

#include "cmd/controller/process.h"

#define SETTING(member) offsetof(struct controller_settings, member)
#define YEAR_MS         (366LL * 24 * 3600 * 1000)

static const struct option cluster_flags[] = {
    {.name = "kubeconfig",
     .kind = OPTION_TEXT,
     .offset = SETTING(kubeconfig),
     .value = "FILE",
     .help = "How to reach the cluster. Without it $KUBECONFIG, then the Pod's service account, then "
             "~/.kube/config."},
    {.name = "context",
     .kind = OPTION_TEXT,
     .offset = SETTING(context),
     .value = "NAME",
     .help = "Context of the kubeconfig; without it the current one."},
    {.name = "namespace",
     .letter = 'n',
     .kind = OPTION_TEXT,
     .offset = SETTING(namespace),
     .value = "NAMESPACE",
     .help = "Namespace of the Secrets, the Lease and the Service; without it the service account's or the "
             "context's."},
    {0},
};

static const struct option certificate_flags[] = {
    {.name = "service",
     .kind = OPTION_TEXT,
     .offset = SETTING(service),
     .value = "NAME",
     .fallback = "weir",
     .help = "Service through which API servers reach the webhook: the certificate is for its names."},
    {.name = "server-name",
     .kind = OPTION_LIST,
     .offset = SETTING(server_names),
     .value = "NAME",
     .help = "A further name or IP address of the certificate, for configurations that use a url. May be "
             "repeated."},
    {.name = "ca-secret",
     .kind = OPTION_TEXT,
     .offset = SETTING(ca_secret),
     .value = "NAME",
     .fallback = "weir-ca",
     .help = "Secret that keeps the CA, and the next and the previous one while they change."},
    {.name = "tls-secret",
     .kind = OPTION_TEXT,
     .offset = SETTING(tls_secret),
     .value = "NAME",
     .fallback = "weir-webhook-tls",
     .help = "Secret with the certificate that the webhook serves with."},
    {.name = "mutating-configuration",
     .kind = OPTION_LIST,
     .offset = SETTING(mutating),
     .value = "NAME",
     .help = "MutatingWebhookConfiguration whose caBundle is kept right; weir where none is named. "
             "May be repeated."},
    {.name = "validating-configuration",
     .kind = OPTION_LIST,
     .offset = SETTING(validating),
     .value = "NAME",
     .help = "The same of a ValidatingWebhookConfiguration."},
    {.name = "ca-lifetime",
     .kind = OPTION_DURATION,
     .offset = SETTING(ca_lifetime),
     .value = "DURATION",
     .fallback = "8760h",
     .min = 3000,
     .max = 30 * YEAR_MS,
     .help = "How long a CA is valid. It is replaced when a third of that is left."},
    {.name = "certificate-lifetime",
     .kind = OPTION_DURATION,
     .offset = SETTING(certificate_lifetime),
     .value = "DURATION",
     .fallback = "2160h",
     .min = 1000,
     .max = 10 * YEAR_MS,
     .help = "How long a certificate is valid, at most a third of a CA's life. It is renewed when a third of "
             "its life is left."},
    {.name = "rotation-grace",
     .kind = OPTION_DURATION,
     .offset = SETTING(rotation_grace),
     .value = "DURATION",
     .fallback = "10m",
     .min = 0,
     .max = YEAR_MS,
     .help = "How long a new CA is carried by all configurations before it signs, and an old one after it "
             "signed last: as long as API servers and kubelets may take to hear of a change."},
    {.name = "check-period",
     .kind = OPTION_DURATION,
     .offset = SETTING(check_period),
     .value = "DURATION",
     .fallback = "5s",
     .min = 100,
     .max = 600 * 1000,
     .help = "How often the leader looks at Secrets and configurations, and puts right what it finds."},
    {0},
};

static const struct option process_flags[] = {
    {.name = "lease-name",
     .kind = OPTION_TEXT,
     .offset = SETTING(lease_name),
     .value = "NAME",
     .fallback = "weir-controller",
     .help = "Lease by which the replicas elect the one that works."},
    {.name = "lease-duration",
     .kind = OPTION_DURATION,
     .offset = SETTING(lease_duration),
     .value = "DURATION",
     .fallback = "15s",
     .min = 1000,
     .max = 3600 * 1000,
     .help = "How long the others wait for a leader that does not renew."},
    {.name = "renew-deadline",
     .kind = OPTION_DURATION,
     .offset = SETTING(renew_deadline),
     .value = "DURATION",
     .fallback = "10s",
     .min = 200,
     .max = 3600 * 1000,
     .help = "How long a leader that cannot renew goes on; less than --lease-duration."},
    {.name = "retry-period",
     .kind = OPTION_DURATION,
     .offset = SETTING(retry_period),
     .value = "DURATION",
     .fallback = "2s",
     .min = 50,
     .max = 3600 * 1000,
     .help = "Between two attempts to take or renew the lease; less than --renew-deadline."},
    {.name = "probe-listen",
     .kind = OPTION_TEXT,
     .offset = SETTING(probe_listen),
     .value = "ADDR:PORT",
     .fallback = ":8080",
     .help = "Where /livez, /readyz and /metrics are served, without TLS. Without ADDR every address; port 0 "
             "takes a free one, which the log names."},
    {0},
};

static const struct option moving_flags[] = {
    {.name = "follow",
     .kind = OPTION_SWITCH,
     .offset = SETTING(follow),
     .fallback = "true",
     .help = "Whether workloads with the annotation weir.dev/follow or image.openshift.io/triggers are moved "
             "when "
             "their tags move."},
    {.name = "workload-pause",
     .kind = OPTION_DURATION,
     .offset = SETTING(workload_pause),
     .value = "DURATION",
     .fallback = "5s",
     .min = 0,
     .max = 24LL * 3600 * 1000,
     .help = "Between two changes of one workload."},
    {.name = "rollouts-a-minute",
     .kind = OPTION_INT,
     .offset = SETTING(rollouts_a_minute),
     .value = "COUNT",
     .fallback = "600",
     .min = 1,
     .max = 60000,
     .help = "At most so many workloads are changed in a minute."},
    {.name = "registry-host",
     .kind = OPTION_LIST,
     .offset = SETTING(registry_hosts),
     .value = "HOST",
     .help = "Virtual registry of image streams, as the webhook's flag of that name says. May be repeated."},
    {0},
};

static const struct option import_flags[] = {
    {.name = "import-interval",
     .kind = OPTION_DURATION,
     .offset = SETTING(import_interval),
     .value = "DURATION",
     .fallback = "15m",
     .min = 1000,
     .max = YEAR_MS,
     .help = "Between two checks of a scheduled tag, where neither it nor its stream has the annotation "
             "weir.dev/interval."},
    {.name = "minimum-interval",
     .kind = OPTION_DURATION,
     .offset = SETTING(minimum_interval),
     .value = "DURATION",
     .fallback = "1m",
     .min = 1000,
     .max = YEAR_MS,
     .help = "What shorter intervals of annotations are raised to."},
    {.name = "retry-pause",
     .kind = OPTION_DURATION,
     .offset = SETTING(retry_pause),
     .value = "DURATION",
     .fallback = "30s",
     .min = 1000,
     .max = 900 * 1000,
     .help = "From a failure that may pass by itself to the next attempt; doubled each time, up to 15 "
             "minutes. Ten "
             "times as long after the others, up to 6 hours."},
    {.name = "record-checks",
     .kind = OPTION_DURATION,
     .offset = SETTING(record_checks),
     .value = "DURATION",
     .fallback = "1h",
     .min = 0,
     .max = YEAR_MS,
     .help = "How far the recorded time of a tag's last check may lag behind the last one that found nothing "
             "new; less where a policy's maxStale needs it."},
    {.name = "history-limit",
     .kind = OPTION_INT,
     .offset = SETTING(history_limit),
     .value = "N",
     .fallback = "50",
     .min = 1,
     .max = 10000,
     .help = "Events that a tag keeps, where neither it nor its stream has the annotation "
             "weir.dev/history-limit."},
    {.name = "object-limit",
     .kind = OPTION_INT,
     .offset = SETTING(object_limit),
     .value = "BYTES",
     .fallback = "1048576",
     .min = 65536,
     .max = 4 << 20,
     .help = "How large a stream may get: above it the oldest events go. etcd takes 1.5 MiB."},
    {.name = "platform",
     .kind = OPTION_TEXT,
     .offset = SETTING(platform),
     .value = "PLATFORM",
     .help = "OS/ARCH[/VARIANT] whose image tells the facts of an index of several; without it linux and "
             "this program's own "
             "architecture."},
    {0},
};

static int check_settings(const struct controller_settings *settings, struct error *err)
{
    const char *fault = certificate_rotation_fault(settings->ca_lifetime, settings->certificate_lifetime,
                                                   settings->rotation_grace);

    if (fault)
        return error_set(err, ERROR_INVALID,
                         "--ca-lifetime, --certificate-lifetime and --rotation-grace do not fit: %s", fault);
    if (settings->renew_deadline >= settings->lease_duration)
        return error_set(err, ERROR_INVALID, "--renew-deadline must be less than --lease-duration");
    if (settings->retry_period >= settings->renew_deadline)
        return error_set(err, ERROR_INVALID, "--retry-period must be less than --renew-deadline");
    if (settings->minimum_interval > settings->import_interval)
        return error_set(err, ERROR_INVALID, "--minimum-interval must not be more than --import-interval");
    return 0;
}

static int run_controller(struct arena *arena, const void *settings, const char *const *arguments,
                          size_t argument_count)
{
    static struct controller_process process; /* for ever: a server loop may still look at it */
    struct error err;
    int failed;

    if (argument_count > 0)
        failed = error_set(&err, ERROR_INVALID, "\"%s\" is one argument too many", arguments[0]);
    else
        failed = check_settings(settings, &err);
    if (failed)
        return options_complain(EXIT_USAGE, &err, "weir controller --help lists its flags");
    if (controller_process_start(&process, arena, settings, &err) < 0)
        return options_complain(err.code == ERROR_UNAVAILABLE ? EXIT_NOT_NOW : EXIT_USAGE, &err, NULL);
    return controller_process_run(&process);
}

static const struct option *const controller_groups[] = {
    cluster_flags, certificate_flags, import_flags, moving_flags, options_registry, process_flags, NULL};

const struct command controller_command = {
    .name = "controller",
    .summary = "Keep image streams and a certificate, move workloads",
    .description =
        "Runs beside the webhook. Replicas elect a leader by a Lease; the leader makes a CA and the "
        "webhook's serving certificate, keeps them in Secrets, renews them in time, and keeps caBundle of "
        "the webhook configurations right: a new CA is carried before it signs, an old one until no "
        "certificate that it signed is served. Secrets that are deleted and bundles that are edited are put "
        "right within "
        "seconds.\n\n"
        "The leader also makes image streams live: it asks registries for what their tags follow, when that "
        "is new, "
        "when a person asks, and on a schedule; records each digest that a tag gets in the stream's status, "
        "and its "
        "facts in an Image.\n\n"
        "The leader also moves workloads with the annotation weir.dev/follow or image.openshift.io/triggers "
        "when the "
        "tags of image streams that they name move.\n\n"
        "The log goes to stderr, one JSON object a line. SIGTERM gives the lease up and ends it, with exit "
        "code 0.",
    .option_groups = controller_groups,
    .settings_size = sizeof(struct controller_settings),
    .run = run_controller,
};
