/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/completion.h"

enum value_class { VALUES_FREE, VALUES_FILES, VALUES_DIRECTORIES, VALUES_WORDS };

/* What a shell offers for a flag's value goes by how --help calls it. */
static enum value_class value_class_of(const struct option *option)
{
    struct str value = str_from_c(option->value);

    if (option->kind == OPTION_CHOICE)
        return VALUES_WORDS;
    if (str_equal(value, STR("FILE")) || str_equal(value, STR("PATH")))
        return VALUES_FILES;
    return str_equal(value, STR("DIR")) ? VALUES_DIRECTORIES : VALUES_FREE;
}

static enum value_class argument_class_of(const struct command *command)
{
    struct str arguments = str_from_c(command->arguments);

    if (str_contains(arguments, STR("FILE")))
        return VALUES_FILES;
    return str_contains(arguments, STR("bash|zsh")) ? VALUES_WORDS : VALUES_FREE;
}

static void add_command_names(struct text *out, const struct command *const *commands)
{
    for (; *commands; commands++)
        text_addf(out, "%s ", (*commands)->name);
}

static void add_choices(struct text *out, const struct option *option)
{
    for (const char *const *choice = option->choices; *choice; choice++)
        text_addf(out, "%s%s", choice == option->choices ? "" : " ", *choice);
}

static void bash_option_value(struct text *out, const struct option *option)
{
    if (option->hidden || option->kind == OPTION_SWITCH)
        return;
    text_addf(out, "        --%s", option->name);
    if (option->letter)
        text_addf(out, " | -%c", option->letter);
    text_add_c(out, ") ");
    switch (value_class_of(option)) {
    case VALUES_FILES:
        text_add_c(out, "_weir_files -f");
        break;
    case VALUES_DIRECTORIES:
        text_add_c(out, "_weir_files -d");
        break;
    case VALUES_WORDS:
        text_add_c(out, "_weir_words '");
        add_choices(out, option);
        text_add_c(out, "'");
        break;
    case VALUES_FREE:
        text_add_c(out, ":");
        break;
    }
    text_add_c(out, "; return ;;\n");
}

static void bash_flags(struct text *out, const struct command *command)
{
    text_add_c(out, "        flags='--help");
    for (const struct option *const *group = command->option_groups; group && *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (!option->hidden)
                text_addf(out, " --%s", option->name);
        }
    }
    text_add_c(out, "'\n");
}

static void bash_command(struct text *out, const struct command *command)
{
    text_addf(out, "    %s)\n        case $prev in\n", command->name);
    for (const struct option *const *group = command->option_groups; group && *group; group++) {
        for (const struct option *option = *group; option->name; option++)
            bash_option_value(out, option);
    }
    text_add_c(out, "        esac\n");
    bash_flags(out, command);
    if (argument_class_of(command) == VALUES_FILES)
        text_add_c(out, "        files=1\n");
    if (argument_class_of(command) == VALUES_WORDS)
        text_add_c(out, "        [[ $cur != -* ]] && _weir_words 'bash zsh' && return\n");
    text_add_c(out, "        ;;\n");
}

static const char bash_start[] =
    "# bash completion for weir; try: source <(weir completion bash)\n"
    "_weir_words() {\n"
    "    local IFS=$' \\t\\n'\n"
    "    COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
    "}\n\n"
    "_weir_files() {\n"
    "    local IFS=$'\\n'\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    COMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n"
    "}\n\n"
    "_weir() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} flags= files=\n"
    "    COMPREPLY=()\n"
    "    # --flag=value arrives as three words\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _weir_words '";

void completion_bash(struct text *out, const struct command *const *commands)
{
    text_add_c(out, bash_start);
    add_command_names(out, commands);
    text_add_c(out, "help --help --version'\n"
                    "        return\n"
                    "    fi\n"
                    "    case ${COMP_WORDS[1]} in\n"
                    "    help) _weir_words '");
    add_command_names(out, commands);
    text_add_c(out, "'; return ;;\n");
    for (; *commands; commands++)
        bash_command(out, *commands);
    text_add_c(out, "    esac\n"
                    "    if [[ $cur == -* ]]; then\n"
                    "        _weir_words \"$flags\"\n"
                    "    elif [[ $files ]]; then\n"
                    "        _weir_files -f\n"
                    "    fi\n"
                    "}\n\n"
                    "complete -F _weir weir\n");
}

/* The first clause of a help text, for between [ and ] of a spec in single quotes. */
static void zsh_summary(struct text *out, struct str help)
{
    size_t end = 0;

    while (end < help.len && !str_starts(str_from(help, end), STR(". ")) &&
           !str_starts(str_from(help, end), STR(": ")))
        end++;
    if (end == help.len && end > 0 && help.ptr[end - 1] == '.')
        end--;
    for (size_t i = 0; i < end; i++) {
        if (help.ptr[i] == '\'') {
            text_add_c(out, "'\\''");
            continue;
        }
        if (help.ptr[i] == '[' || help.ptr[i] == ']' || help.ptr[i] == ':' || help.ptr[i] == '\\')
            text_add_char(out, '\\');
        text_add_char(out, help.ptr[i]);
    }
}

static void zsh_value(struct text *out, const struct option *option)
{
    text_addf(out, ":%s:", option->value);
    switch (value_class_of(option)) {
    case VALUES_FILES:
        text_add_c(out, "_files");
        break;
    case VALUES_DIRECTORIES:
        text_add_c(out, "_files -/");
        break;
    case VALUES_WORDS:
        text_add_c(out, "(");
        add_choices(out, option);
        text_add_c(out, ")");
        break;
    case VALUES_FREE:
        break;
    }
}

/* One spec of _arguments: of the long name, or where `letter` of the short one. */
static void zsh_option(struct text *out, const struct option *option, bool letter)
{
    bool takes_value = option->kind != OPTION_SWITCH;

    text_addf(out, " \\\n                '%s", option->kind == OPTION_LIST ? "*" : "");
    if (letter)
        text_addf(out, "-%c%s[", option->letter, takes_value ? "+" : "");
    else
        text_addf(out, "--%s%s[", option->name, takes_value ? "=" : "");
    zsh_summary(out, str_from_c(option->help));
    text_add_c(out, "]");
    if (takes_value)
        zsh_value(out, option);
    text_add_c(out, "'");
}

static void zsh_command(struct text *out, const struct command *command)
{
    text_addf(out, "            %s)\n            _arguments -s '--help[show help]'", command->name);
    for (const struct option *const *group = command->option_groups; group && *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (option->hidden)
                continue;
            zsh_option(out, option, false);
            if (option->letter)
                zsh_option(out, option, true);
        }
    }
    if (argument_class_of(command) == VALUES_FILES)
        text_add_c(out, " '*:file:_files'");
    if (argument_class_of(command) == VALUES_WORDS)
        text_add_c(out, " '1:shell:(bash zsh)'");
    text_add_c(out, "\n            ;;\n");
}

void completion_zsh(struct text *out, const struct command *const *commands)
{
    text_add_c(out, "#compdef weir\n"
                    "# zsh completion for weir; try: source <(weir completion zsh)\n"
                    "_weir() {\n"
                    "    local context state state_descr line\n"
                    "    typeset -A opt_args\n"
                    "    local -a names\n"
                    "    names=(\n");
    for (const struct command *const *command = commands; *command; command++) {
        text_addf(out, "        '%s:", (*command)->name);
        zsh_summary(out, str_from_c((*command)->summary));
        text_add_c(out, "'\n");
    }
    text_add_c(out, "    )\n"
                    "    _arguments -C '--help[show help]' '--version[show the version]' \\\n"
                    "        '1:command:->command' '*::argument:->argument'\n"
                    "    case $state in\n"
                    "    command) _describe -t commands command names ;;\n"
                    "    argument)\n"
                    "        case $words[1] in\n"
                    "            help) _describe -t commands command names ;;\n");
    for (; *commands; commands++)
        zsh_command(out, *commands);
    text_add_c(out, "        esac\n"
                    "        ;;\n"
                    "    esac\n"
                    "}\n\n"
                    "if [[ $funcstack[1] == _weir ]]; then\n"
                    "    _weir \"$@\"\n"
                    "else\n"
                    "    compdef _weir weir\n"
                    "fi\n");
}
