/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/scan.h"

#include "base/json/scan_kernel.h"

#include <string.h>

/* The fastest first, the portable one last; NULL ends the list. */
static const struct json_scan_kernel *const kernels[] = {
#ifdef __x86_64__
    &json_scan_kernel_avx2,
#endif
#ifdef __SSE2__
    &json_scan_kernel_sse2,
#endif
#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
    &json_scan_kernel_neon,
#endif
    &json_scan_kernel_portable, NULL,
};

static const struct json_scan_kernel *fastest_kernel(void)
{
    const struct json_scan_kernel *const *kernel = kernels;

    while (!(*kernel)->is_available())
        kernel++;
    return *kernel;
}

static void start(struct json_scan *scan, struct arena *arena, struct str text,
                  const struct json_scan_kernel *kernel)
{
    size_t rest = text.len % 64;

    scan->text = text;
    scan->arena = arena;
    scan->at = 0;
    scan->depth = 0;
    scan->window_start = 0;
    scan->window_end = 0;
    scan->known = 0;
    scan->carry_outside = ~UINT64_C(0);
    scan->carry_escape = 0;
    scan->whole_blocks = text.len - rest;
    scan->utf8_done = 0;
    scan->low_at = SIZE_MAX;
    scan->problem = NULL;
    scan->problem_at = 0;
    scan->kernel = kernel;
    scan->next = kernel->next;
    memset(scan->tail, ' ', sizeof(scan->tail));
    if (rest)
        memcpy(scan->tail, text.ptr + scan->whole_blocks, rest);
}

void json_scan_init(struct json_scan *scan, struct arena *arena, struct str text)
{
    start(scan, arena, text, fastest_kernel());
}

bool json_scan_init_kernel(struct json_scan *scan, struct arena *arena, struct str text, const char *kernel)
{
    for (const struct json_scan_kernel *const *k = kernels; *k; k++) {
        if (strcmp((*k)->name, kernel) == 0 && (*k)->is_available()) {
            start(scan, arena, text, *k);
            return true;
        }
    }
    return false;
}
