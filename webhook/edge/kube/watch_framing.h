/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_WATCH_FRAMING_H
#define WEIR_EDGE_KUBE_WATCH_FRAMING_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The body of a watch: JSON objects, each on a line of its own (API server,
 * endpoints/handlers/watch.go), in parts that end anywhere. A line is kept until
 * it is whole, up to a limit.
 */
struct watch_framing {
    char *bytes; /* not yet taken */
    size_t start;
    size_t len; /* from `start` */
    size_t size;
    size_t seen; /* from `start`: known to hold no newline */
    size_t line_max;
};

void watch_framing_init(struct watch_framing *framing, size_t line_max);
void watch_framing_release(struct watch_framing *framing);
/* Forgets what is there: a new connection. */
void watch_framing_reset(struct watch_framing *framing);
void watch_framing_add(struct watch_framing *framing, struct str part);

/*
 * Takes the next whole line that is not blank. 1: *ret is one, valid until the
 * next addition. 0: none yet. -1: ERROR_TOO_LARGE, a line longer than the limit.
 */
MUST_CHECK int watch_framing_next(struct watch_framing *framing, struct str *ret, struct error *err);

enum watch_event_type { WATCH_ADDED, WATCH_MODIFIED, WATCH_DELETED, WATCH_BOOKMARK, WATCH_ERROR };

struct watch_event {
    enum watch_event_type type;
    struct str object; /* its JSON: a view */
};

/* ERROR_INVALID: not an object with a known "type" and an "object". */
MUST_CHECK int watch_event_read(struct arena *arena, struct str line, struct watch_event *ret,
                                struct error *err);

#endif
