/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/process/process.h"

#include "base/memory.h"
#include "cmd/line/options.h"
#include "cmd/line/signals.h"
#include "edge/log/library_output.h"
#include "edge/metrics/metrics.h"
#include "edge/metrics/process_metrics.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

enum {
    HOUSEKEEPING_MS = 1000,
    BEAT_MS = 1000,
    BEAT_LATE_MS = 60000, /* the outbound thread is stuck */
};

static void call(const struct process *process, void (*function)(void *ctx))
{
    if (function)
        function(process->program->ctx);
}

bool process_is_working(void *ctx, struct error *err)
{
    struct process *process = ctx;

    return !atomic_load(&process->stopping) || error_set(err, ERROR_UNAVAILABLE, "stopping") == 0;
}

bool process_is_alive(void *ctx, struct error *err)
{
    struct process *process = ctx;
    bool turns = monotonic_ms() - atomic_load(&process->beat_ms) < BEAT_LATE_MS;

    return (turns && http_server_is_alive(process->server)) ||
           error_set(err, ERROR_UNAVAILABLE, "a thread does not answer") == 0;
}

/* The outbound thread */

static void on_beat(struct timer *timer)
{
    struct process *process = CONTAINER_OF(struct process, beat, timer);

    atomic_store(&process->beat_ms, monotonic_ms());
    timer_queue_set(outbound_timers(process->outbound), &process->beat, monotonic_ms() + BEAT_MS);
}

static void end_beat(void *ctx)
{
    struct process *process = ctx;

    timer_queue_clear(outbound_timers(process->outbound), &process->beat);
}

static void begin(struct outbound_job *job)
{
    struct process *process = CONTAINER_OF(struct process, job, job);

    process->beat.run = on_beat;
    on_beat(&process->beat);
    call(process, process->program->begin);
    if (process->program->end)
        outbound_at_end(process->outbound, process->program->end, process->program->ctx);
    rendezvous_arrive(&process->begun);
}

static void start_outbound(struct process *process)
{
    process->outbound = outbound_start();
    outbound_at_end(process->outbound, end_beat, process);
    if (process->program->registry)
        process->registry = registry_client_new(process->outbound, process->program->registry);
    rendezvous_init(&process->begun);
    process->job.run = begin;
    outbound_post(process->outbound, &process->job);
    (void)rendezvous_wait(&process->begun, 1, -1);
    rendezvous_release(&process->begun);
}

/* Start */

static void write_metrics(void *ctx, struct text *out)
{
    const struct process *process = ctx;

    metrics_counter(out, "weir_log_lines_dropped_total", "Log lines that stderr did not take.",
                    log_dropped(process->log));
    process_metrics_write(NULL, out);
}

static void add_sources(struct process *process)
{
    if (process->takes_requests)
        metrics_add_source(process->metrics, http_server_write_metrics, process->server);
    if (process->registry)
        metrics_add_source(process->metrics, registry_client_write_metrics, process->registry);
    metrics_add_source(process->metrics, write_metrics, process);
}

static void register_probes(struct process *process)
{
    process->probes = (struct probe_options){.checks = process->program->checks,
                                             .check_count = process->program->check_count,
                                             .metrics = process->metrics};
    probe_handler_register(process->server, &process->probes);
}

static int open_server(struct process *process, struct error *err)
{
    struct http_server_options options = {.listen = NULL};

    if (process->program->open(process->program->ctx, &options, err) < 0)
        return -1;
    process->takes_requests = options.listen != NULL;
    options.log = process->log;
    return http_server_open(&options, &process->server, err);
}

static void release(struct process *process)
{
    call(process, process->program->release);
    metrics_free(process->metrics);
    library_output_stop(process->library_output);
    log_stop(process->log);
}

int process_start(struct process *process, const struct process_program *program, struct error *err)
{
    sigset_t signals;

    signals_block(&signals);
    process->program = program;
    process->log = log_start(STDERR_FILENO);
    process->metrics = metrics_new();
    if (open_server(process, err) < 0) {
        release(process);
        return -1;
    }
    process->library_output = library_output_start(process->log);
    start_outbound(process);
    add_sources(process);
    call(process, program->start);
    register_probes(process);
    http_server_start(process->server);
    return 0;
}

/* End */

static struct timespec timespec_of(int64_t ms)
{
    return (struct timespec){(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};
}

static void work_until_told(struct process *process, const sigset_t *signals)
{
    const struct timespec pause = timespec_of(HOUSEKEEPING_MS);

    for (;;) {
        int signal_number = sigtimedwait(signals, NULL, &pause);

        if (signal_number == SIGTERM || signal_number == SIGINT)
            return;
        if (signal_number == SIGHUP)
            call(process, process->program->on_hangup);
        call(process, process->program->on_second);
    }
}

/* A second signal cuts the delay short. */
static void drain(struct process *process, const sigset_t *signals, int64_t delay_ms)
{
    const struct timespec delay = timespec_of(delay_ms);
    sigset_t end = *signals;

    http_server_drain(process->server);
    log_info(process->log, "draining", LOG_INT("delay_ms", delay_ms));
    sigdelset(&end, SIGHUP);
    if (delay_ms > 0)
        (void)sigtimedwait(&end, NULL, &delay);
}

/* False: loops still turn. */
static bool stop_server(struct process *process, const sigset_t *signals)
{
    int64_t left = process->program->stop_ms;
    int64_t delay = process->program->drain_delay_ms;

    if (!process->takes_requests)
        return http_server_stop(process->server, left);
    if (delay > left)
        delay = left;
    drain(process, signals, delay);
    return http_server_stop(process->server, left - delay);
}

int process_run(struct process *process)
{
    sigset_t signals;

    signals_block(&signals);
    work_until_told(process, &signals);
    atomic_store(&process->stopping, true);
    call(process, process->program->leave);
    if (!stop_server(process, &signals)) {
        log_warning(process->log, "stopped", LOG_BOOL("all_answered", false));
        log_finish(process->log);
        _exit(EXIT_DONE);
    }
    call(process, process->program->stop);
    log_info(process->log, "stopped", LOG_BOOL("all_answered", true));
    outbound_stop(process->outbound);
    release(process);
    return EXIT_DONE;
}
