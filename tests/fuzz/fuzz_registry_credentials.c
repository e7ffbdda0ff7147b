/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "<config>\0<image>": any docker config and image. Entries come in order, both
 * look-ups agree with the count, and what may be sent is among what a kubelet tries.
 */
#include "core/registry/credentials.h"

#include <stdlib.h>

enum { FOUND_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void check_entries(const struct docker_config *config)
{
    volatile char sum = 0;

    for (size_t i = 0; i < config->count; i++) {
        const struct credential *entry = &config->entries[i];

        for (size_t k = 0; k < entry->username.len; k++)
            sum = (char)(sum ^ entry->username.ptr[k]);
        for (size_t k = 0; k < entry->password.len; k++)
            sum = (char)(sum ^ entry->password.ptr[k]);
        expect(i == 0 || str_compare(config->entries[i - 1].host, entry->host) >= 0);
        (void)credential_matches(entry->host, entry->host);
    }
}

static void check_lookup(const struct docker_config *config, struct str image)
{
    const struct docker_config *configs[] = {config, config};
    const struct credential *got[FOUND_MAX];
    size_t tried = credentials_of_kubelet(configs, 2, image, got, FOUND_MAX);
    size_t sent;

    expect(tried % 2 == 0 && tried <= 2 * config->count);
    for (size_t i = 1; i < tried && i < FOUND_MAX; i++)
        expect(str_compare(got[i - 1]->host, got[i]->host) >= 0);
    expect(credentials_of_kubelet(configs, 2, image, NULL, 0) == tried);
    sent = credentials_for_image(configs, 2, image, got, FOUND_MAX);
    for (size_t i = 0; i < sent && i < FOUND_MAX; i++)
        expect(!credential_is_blank(got[i]));
    sent += credentials_blank_for_image(configs, 2, image, got, FOUND_MAX);
    expect(sent == tried || sent == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str image = {(const char *)data, size};
    struct str text = str_cut(&image, '\0');
    struct docker_config config;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    for (int legacy = 0; legacy < 2; legacy++) {
        const struct docker_config_source source = {text, legacy == 1, STR("fuzz")};

        if (credentials_parse(&arena, &source, &config, &err) < 0) {
            expect(err.text[0] != '\0');
            continue;
        }
        check_entries(&config);
        check_lookup(&config, image);
    }
    (void)credential_matches(text, image);
    arena_release(&arena);
    return 0;
}
