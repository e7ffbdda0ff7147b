/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/credentials.h"

#include "base/json/write.h"
#include "cmd/credential_files.h"
#include "cmd/line/printable.h"
#include "core/image/reference.h"

#include <unistd.h>

enum { OUTPUT_MAX = 64 << 20 };

struct credentials_settings {
    struct option_list docker_configs;
    struct option_list secrets;
    bool json;
};

static const struct option credentials_options[] = {
    {.name = "docker-config",
     .kind = OPTION_LIST,
     .offset = offsetof(struct credentials_settings, docker_configs),
     .value = "FILE",
     .help = "A docker config: config.json with \"auths\", or the older .dockercfg, a map from registries. "
             "May be repeated."},
    {.name = "secret",
     .kind = OPTION_LIST,
     .offset = offsetof(struct credentials_settings, secrets),
     .value = "FILE",
     .help = "A manifest, YAML or JSON, with one or more Secrets of type kubernetes.io/dockerconfigjson or "
             "kubernetes.io/dockercfg. May be repeated; docker configs come first."},
    {.name = "json",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct credentials_settings, json),
     .help = "Print a JSON array with an object for each image: image, found, and credentials, each with key "
             "and username."},
    {0},
};

static const struct option *const credentials_groups[] = {credentials_options, NULL};

/* One image with the entries that serve it. */
struct answer {
    struct str image;      /* as it was given */
    struct str repository; /* as it is looked up */
    const struct credential **items;
    size_t count;
    bool hub_only; /* weir itself sends them to Docker Hub alone */
};

/* A key may hold user:password@, which is not to be shown; its index does not. */
static struct str shown_key(const struct credential *credential)
{
    return str_find(credential->key, '@') < credential->key.len ? credential->host : credential->key;
}

static int find_answer(struct arena *arena, const struct credential_files *files, struct str image,
                       struct answer *ret, struct error *err)
{
    const struct docker_config *const *configs = files->items;
    struct image_reference ref;

    if (image_reference_parse(image, &ref, err) < 0)
        return error_prefix(err, "image \"" STR_FMT "\"", STR_ARG(image));
    *ret = (struct answer){.image = image, .repository = image_reference_repository(arena, &ref)};
    ret->count = credentials_of_kubelet(configs, files->count, ret->repository, NULL, 0);
    ret->items = ARENA_ARRAY(arena, ret->count + 1, const struct credential *);
    (void)credentials_of_kubelet(configs, files->count, ret->repository, ret->items, ret->count);
    ret->hub_only = credentials_for_image(configs, files->count, ret->repository, NULL, 0) +
                        credentials_blank_for_image(configs, files->count, ret->repository, NULL, 0) ==
                    0;
    return 0;
}

static void write_answer(struct json_writer *w, const struct answer *answer)
{
    json_write_map_open(w);
    json_write_member_str(w, STR("image"), answer->image);
    json_write_member_bool(w, STR("found"), answer->count > 0);
    json_write_key(w, STR("credentials"));
    json_write_list_open(w);
    for (size_t i = 0; i < answer->count; i++) {
        json_write_map_open(w);
        json_write_member_str(w, STR("key"), shown_key(answer->items[i]));
        json_write_member_str(w, STR("username"), answer->items[i]->username);
        json_write_map_close(w);
    }
    json_write_list_close(w);
    json_write_map_close(w);
}

static int print_json(struct arena *arena, const struct answer *answers, size_t count, struct error *err)
{
    struct json_writer w;
    struct text text;

    text_init(&text, arena, OUTPUT_MAX);
    json_write_init(&w, &text);
    json_write_list_open(&w);
    for (size_t i = 0; i < count; i++)
        write_answer(&w, &answers[i]);
    json_write_list_close(&w);
    if (json_write_finish(&w, err) < 0)
        return -1;
    text_add_char(&text, '\n');
    fwrite(text.ptr, 1, text.len, stdout);
    return 0;
}

/* Prints a cell and fills it up to `width`. */
static void print_cell(struct str text, int width)
{
    int columns = printable_print(text, stdout);

    printf("%*s", columns < width ? width - columns : 0, "");
}

static int widest(int width, struct str text)
{
    return text.len < 60 && (int)text.len > width ? (int)text.len : width;
}

static struct str shown_user(const struct credential *credential)
{
    if (credential_is_blank(credential))
        return STR("(no user and password: not sent)");
    return credential->username.len > 0 ? credential->username : STR("(no user name)");
}

static void print_entries(const struct answer *answer)
{
    int key_width = 0;
    int user_width = 0;

    for (size_t i = 0; i < answer->count; i++) {
        key_width = widest(key_width, shown_key(answer->items[i]));
        user_width = widest(user_width, shown_user(answer->items[i]));
    }
    for (size_t i = 0; i < answer->count; i++) {
        printf("  %zu. ", i + 1);
        print_cell(shown_key(answer->items[i]), key_width);
        fputs("  ", stdout);
        print_cell(shown_user(answer->items[i]), user_width);
        fputs("  ", stdout);
        (void)printable_print(answer->items[i]->origin, stdout);
        putchar('\n');
    }
}

static void print_text(const struct answer *answer)
{
    bool bold = isatty(STDOUT_FILENO) == 1;

    fputs(bold ? "\033[1m" : "", stdout);
    (void)printable_print(answer->image, stdout);
    fputs(bold ? "\033[0m" : "", stdout);
    if (!str_equal(answer->image, answer->repository)) {
        fputs("  as ", stdout);
        (void)printable_print(answer->repository, stdout);
    }
    putchar('\n');
    print_entries(answer);
    if (answer->count == 0)
        puts("  no entry matches: pulled without credentials");
    else if (answer->hub_only)
        puts("  (a kubelet takes this name for one of Docker Hub's; weir sends Docker Hub's entry to Docker "
             "Hub alone)");
}

static int print(struct arena *arena, const struct credentials_settings *settings,
                 const struct answer *answers, size_t count, struct error *err)
{
    if (settings->json)
        return print_json(arena, answers, count, err);
    for (size_t i = 0; i < count; i++)
        print_text(&answers[i]);
    return 0;
}

static int read_files(struct arena *arena, const struct credentials_settings *settings,
                      struct credential_files *files, struct error *err)
{
    for (size_t i = 0; i < settings->docker_configs.count; i++) {
        if (credential_files_add_config(arena, settings->docker_configs.items[i], files, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < settings->secrets.count; i++) {
        if (credential_files_add_secrets(arena, settings->secrets.items[i], files, err) < 0)
            return -1;
    }
    return 0;
}

static int answer_all(struct arena *arena, const struct credentials_settings *settings,
                      const char *const *images, size_t count, struct error *err)
{
    struct answer *answers = ARENA_ARRAY(arena, count, struct answer);
    struct credential_files files = {NULL, 0};

    if (read_files(arena, settings, &files, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (find_answer(arena, &files, str_from_c(images[i]), &answers[i], err) < 0)
            return -1;
    }
    return print(arena, settings, answers, count, err);
}

static int run_credentials(struct arena *arena, const void *settings, const char *const *arguments,
                           size_t argument_count)
{
    const struct credentials_settings *credentials_settings = settings;
    struct error err;
    int failed = 0;

    if (credentials_settings->docker_configs.count + credentials_settings->secrets.count == 0)
        failed = error_set(&err, ERROR_INVALID, "there is nothing to look in");
    else if (argument_count == 0)
        failed = error_set(&err, ERROR_INVALID, "no image is given");
    if (failed)
        return options_complain(EXIT_USAGE, &err,
                                "weir credentials --docker-config FILE | --secret FILE IMAGE…");
    if (answer_all(arena, credentials_settings, arguments, argument_count, &err) < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    return EXIT_DONE;
}

const struct command credentials_command = {
    .name = "credentials",
    .arguments = "IMAGE…",
    .summary = "Show which credentials would be tried for an image",
    .description =
        "Looks in docker configs and pull secrets for the entries that serve each IMAGE, by the rules of the "
        "kubelet, and prints them in the order in which they are tried, each with the key that matched, its "
        "user name and where it is from. Passwords are never printed. An entry "
        "that holds neither user nor password, as those of a credential store, is unusable, and is shown as "
        "such.\n"
        "\n"
        "A key is host[:port][/path]: * in the host stands for any part of one label, the port must be the "
        "same, and the image's path begins with the key's. All that match are tried, in reverse byte order "
        "of "
        "the keys, so that longer paths come first. Where none does, the entry of index.docker.io serves the "
        "images of Docker Hub.\n"
        "\n"
        "With - for FILE, standard input is read.\n"
        "\n"
        "Exit status: 0 whether an entry was found or not, 2 bad usage, a bad file or an invalid image.",
    .option_groups = credentials_groups,
    .settings_size = sizeof(struct credentials_settings),
    .run = run_credentials,
};
