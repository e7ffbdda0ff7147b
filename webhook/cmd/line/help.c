/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/help.h"

#include <inttypes.h>
#include <string.h>

enum { HELP_WIDTH = 80, HELP_INDENT = 2, HELP_FLAG_INDENT = 8 };

/* Columns of a text: bytes that do not continue a UTF-8 sequence. */
static int width_of(struct str text)
{
    int width = 0;

    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return width;
}

/* One word, on this line or the next; `*column` is where the line ends so far, 0 at its start. */
static void print_word(FILE *out, struct str word, int indent, int *column)
{
    if (*column > 0 && *column + 1 + width_of(word) > HELP_WIDTH) {
        fputc('\n', out);
        *column = 0;
    }
    if (*column == 0)
        *column = fprintf(out, "%*s", indent, "");
    else
        *column += fprintf(out, " ");
    fprintf(out, STR_FMT, STR_ARG(word));
    *column += width_of(word);
}

static void print_words(FILE *out, struct str words, int indent, int *column)
{
    while (words.ptr) {
        struct str word = str_cut(&words, ' ');

        if (word.len > 0)
            print_word(out, word, indent, column);
    }
}

/* Paragraphs, set to the width; a line that begins with a blank stays as it is. */
static void print_text(FILE *out, struct str text, int indent)
{
    while (text.ptr) {
        struct str line = str_cut(&text, '\n');
        int column = 0;

        if (str_starts(line, STR(" ")))
            fprintf(out, "%*s" STR_FMT, indent, "", STR_ARG(line));
        else
            print_words(out, line, indent, &column);
        fputc('\n', out);
    }
}

static void print_range(FILE *out, const struct option *option, int *column)
{
    char buffer[96];
    int len = 0;

    if (option->kind == OPTION_INT)
        len = snprintf(buffer, sizeof(buffer), "From %" PRId64 " to %" PRId64 ".", option->min, option->max);
    if (len > 0)
        print_words(out, (struct str){buffer, (size_t)len}, HELP_FLAG_INDENT, column);
}

static void print_choices(FILE *out, const struct option *option, int *column)
{
    if (option->kind != OPTION_CHOICE)
        return;
    print_words(out, STR("One of"), HELP_FLAG_INDENT, column);
    for (const char *const *choice = option->choices; *choice; choice++) {
        char buffer[64];
        int len = snprintf(buffer, sizeof(buffer), "%s%s", *choice, choice[1] ? "," : ".");

        print_words(out, (struct str){buffer, (size_t)len}, HELP_FLAG_INDENT, column);
    }
}

static void print_option(FILE *out, const struct option *option)
{
    int column = 0;

    if (option->letter)
        fprintf(out, "%*s-%c, --%s", HELP_INDENT, "", option->letter, option->name);
    else
        fprintf(out, "%*s--%s", HELP_INDENT, "", option->name);
    fprintf(out, "%s%s\n", option->value ? " " : "", option->value ? option->value : "");
    print_words(out, str_from_c(option->help), HELP_FLAG_INDENT, &column);
    print_range(out, option, &column);
    print_choices(out, option, &column);
    if (option->required)
        print_words(out, STR("Required."), HELP_FLAG_INDENT, &column);
    if (option->fallback) {
        print_words(out, STR("Default:"), HELP_FLAG_INDENT, &column);
        print_words(out, str_from_c(option->fallback), HELP_FLAG_INDENT, &column);
    }
    fputc('\n', out);
}

static const char *group_title(const struct option *group)
{
    if (group == options_deciding)
        return "Flags about what is decided";
    if (group == options_registry)
        return "Flags about registries";
    return "Flags";
}

static void print_synopsis(const struct command *command, FILE *out)
{
    fprintf(out, "Usage:\n%*sweir %s", HELP_INDENT, "", command->name);
    for (const struct option *const *group = command->option_groups; group && *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (option->required && !option->hidden)
                fprintf(out, " --%s %s", option->name, option->value);
        }
    }
    fprintf(out, "%s", command->option_groups ? " [flags]" : "");
    fprintf(out, "%s%s\n", command->arguments ? " " : "", command->arguments ? command->arguments : "");
}

static void print_groups(const struct command *command, FILE *out)
{
    const char *before = "";

    for (const struct option *const *group = command->option_groups; group && *group; group++) {
        const char *title = group_title(*group);

        if (strcmp(title, before) != 0)
            fprintf(out, "\n%s:\n", title);
        before = title;
        for (const struct option *option = *group; option->name; option++) {
            if (!option->hidden)
                print_option(out, option);
        }
    }
}

void help_print_command(const struct command *command, FILE *out)
{
    fprintf(out, "weir %s: %s\n\n", command->name, command->summary);
    print_synopsis(command, out);
    if (command->description) {
        fputc('\n', out);
        print_text(out, str_from_c(command->description), 0);
    }
    print_groups(command, out);
    fputs("\nExit codes:\n"
          "  0  done\n"
          "  1  the answer is no\n"
          "  2  bad usage or input; the message on stderr says what\n"
          "  3  cannot decide now; asking again may help\n",
          out);
}

void help_print_commands(const struct command *const *commands, FILE *out)
{
    fputs("weir pins the image references of Kubernetes workloads to digests.\n\n"
          "Usage:\n"
          "  weir COMMAND [flags] [arguments]\n\n"
          "Commands:\n",
          out);
    for (const struct command *const *command = commands; *command; command++)
        fprintf(out, "  %-12s %s\n", (*command)->name, (*command)->summary);
    fputs("\n"
          "  weir COMMAND --help   the flags of one command\n"
          "  weir --version        the version\n",
          out);
}
