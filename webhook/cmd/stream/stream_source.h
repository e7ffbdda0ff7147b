/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_STREAM_STREAM_SOURCE_H
#define WEIR_CMD_STREAM_STREAM_SOURCE_H

#include "cmd/line/options.h"
#include "core/stream/description.h"

/* What the commands about one stream share: where it is from, and how it is written. */
struct stream_settings {
    struct deciding_settings source; /* its objects, kubeconfig and context */
    const char *namespace;
    const char *output;
    const char *now;
};

extern const struct option stream_source_options[];
extern const struct option *const stream_source_groups[];

/* One stream that was read; everything is its arena's. */
struct stream_reading {
    struct image_stream *stream;
    struct stream_details details;
    struct tag_list tags;
    struct stream_subject subject; /* of the three */
};

/*
 * Reads the stream of that name from --objects, or with one GET from the
 * cluster; weir.dev wins over image.openshift.io where both have it. Returns
 * EXIT_DONE, or what to exit with once it has said why: EXIT_NO where there is
 * no such stream.
 */
int stream_source_read(struct arena *arena, const struct stream_settings *settings, struct str name,
                       struct stream_reading *ret);

bool stream_source_wants(const struct stream_settings *settings, const char *output);
/* Lines, with nothing in them that could steer a terminal. Returns EXIT_DONE, or what to exit with. */
int stream_source_print(const struct text *text);

/* Names that are there, for a message about one that is not. Names are the arena's. */
enum { STREAM_NAMES_MAX = 1000, STREAM_NAMES_TOLD = 8 };

struct stream_names {
    struct arena *arena;
    const char **items;
    size_t count;
    bool more; /* than are kept */
};

void stream_source_add_name(struct stream_names *names, struct str name);
/*
 * Complains that `name` is not there: `err`, with the name that was meant where
 * one is near, and the names there are as a hint, called `what`. Returns EXIT_NO.
 */
int stream_source_missing(const struct stream_names *names, struct str name, const char *what,
                          const struct error *err);

#endif
