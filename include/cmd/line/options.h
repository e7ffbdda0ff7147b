/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_OPTIONS_H
#define WEIR_CMD_LINE_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdio.h>

/*
 * The one flag table: it parses, validates, prints `--help` and the shell
 * completions, and is what docs/CLI.md is checked against.
 */
enum option_kind {
    OPTION_SWITCH,   /* bool: --name */
    OPTION_TEXT,     /* const char *: --name VALUE or --name=VALUE */
    OPTION_LIST,     /* struct option_list: may be repeated */
    OPTION_INT,      /* int64_t within [min, max] */
    OPTION_DURATION, /* int64_t milliseconds within [min, max], written as a Go duration */
    OPTION_CHOICE,   /* const char *: one of `choices` */
};

struct option_list {
    const char **items;
    size_t count;
};

struct option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t offset;        /* of its member in the command's settings */
    const char *value;    /* how --help calls the value: "DIR" */
    const char *fallback; /* the default as text, parsed like a value; NULL: zero, NULL or empty */
    int64_t min, max;
    const char *const *choices; /* ends with NULL */
    bool required;
    bool hidden; /* not in --help, completions and docs */
    const char *help;
};

enum exit_code {
    EXIT_DONE = 0,
    EXIT_NO = 1,      /* the answer is no */
    EXIT_USAGE = 2,   /* bad usage or input */
    EXIT_NOT_NOW = 3, /* cannot decide now, try again */
};

/* One subcommand. */
struct command {
    const char *name;
    const char *arguments;                     /* synopsis of what follows the flags: "[FILE|-]" */
    const char *summary;                       /* one line */
    const char *description;                   /* paragraphs for --help */
    const struct option *const *option_groups; /* ends with NULL; each group ends with a zero option */
    size_t settings_size;
    /* `arguments` are what is left after the flags. Returns an exit_code. */
    int (*run)(struct arena *arena, const void *settings, const char *const *arguments,
               size_t argument_count);
};

/* What one command is called with: argv[0..count) behind its name. */
struct command_line {
    const struct command *command;
    int count;
    char *const *argv;
};

/*
 * Parses the flags into zeroed `settings` and applies fallbacks; *ret_arguments
 * is what is left. Texts are those of `argv`, lists the arena's. ERROR_INVALID
 * names the flag and a hint.
 */
MUST_CHECK int options_parse(struct arena *arena, const struct command_line *line, void *settings,
                             struct option_list *ret_arguments, struct error *err);

/* "weir: <fact>" and, where there is one, "hint: <hint>" on stderr. Returns `code`, so that failing is one
 * statement. */
int options_complain(int code, const struct error *err, const char *hint);

/*
 * Groups that several commands share. A command that takes both begins its
 * settings with struct common_settings, one that takes `options_registry` alone
 * with struct registry_settings, so that the groups' offsets hold.
 */
struct deciding_settings {
    struct option_list objects;        /* --objects PATH */
    bool cluster;                      /* --cluster */
    bool plugin;                       /* --plugin: of kubectl */
    const char *kubeconfig;            /* --kubeconfig FILE */
    const char *context;               /* --context NAME */
    struct option_list registry_hosts; /* --registry-host HOST */
    const char *workload_paths;        /* --workload-paths FILE */
    bool always_pull_images;           /* --always-pull-images */
};

struct registry_settings {
    struct option_list allowed;  /* --allow-registry GLOB */
    const char *certs_dir;       /* --registry-certs DIR */
    struct option_list insecure; /* --insecure-registry HOST */
    int64_t connect_timeout;     /* --registry-connect-timeout, ms */
    int64_t lookup_timeout;      /* --registry-timeout, ms */
    int64_t host_connections;    /* --registry-connections */
    int64_t host_rate;           /* --registry-rate, requests a second */
};

struct common_settings {
    struct registry_settings registry; /* first */
    struct deciding_settings deciding;
};

extern const struct option options_deciding[];
extern const struct option options_registry[];

#endif
