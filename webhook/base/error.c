/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20)
            *text = '?';
    }
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    make_one_line(err->text);
    return -1;
}

int error_set_errno(struct error *err, int number, const char *format, ...)
{
    char why[128] = "unknown error";
    size_t len;
    va_list args;

    err->code = number == ENOENT ? ERROR_NOT_FOUND : ERROR_INVALID;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    len = strlen(err->text);
    (void)strerror_r(number, why, sizeof(why));
    (void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", why);
    make_one_line(err->text);
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    char old[ERROR_TEXT_MAX];
    size_t len;
    va_list args;

    memcpy(old, err->text, sizeof(old));
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    len = strlen(err->text);
    (void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
    make_one_line(err->text);
    return -1;
}

struct str error_text(const struct error *err)
{
    return str_from_c(err->text);
}
