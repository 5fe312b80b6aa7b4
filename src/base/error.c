#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe.h"

/* Here they are functions, whatever an analyser is told (error.h). */
#undef error_set
#undef error_set_errno
#undef error_wrap

static const struct {
    const char *name;
    int exit_status;
    const char *sentence;
    const char *remedy;
} table[ERROR_COUNT] = {
#define X(code, exit_status, sentence, remedy) [ERROR_##code] = {#code, exit_status, sentence, remedy},
    ERROR_TABLE(X)
#undef X
};

/* Names from files, replies and the command line are in most texts; all are made safe here, so that
 * no caller can forget it. What was safe before stays as it is. */
static void FORMAT_LIKE(3, 0) put(char *to, size_t size, const char *format, va_list args)
{
    char raw[sizeof((struct error *)NULL)->text];
    vsnprintf(raw, sizeof raw, format, args);
    safe_copy(to, size, raw);
}

static void FORMAT_LIKE(3, 0)
    fill(struct error *err, enum error_code code, const char *format, va_list args)
{
    memset(err, 0, sizeof *err);
    err->code = code;
    put(err->text, sizeof err->text, format, args);
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, enum error_code code, int sys, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    err->sys = sys;
    size_t used = strlen(err->text);
    char why[256];
    snprintf(why, sizeof why, ": %s", strerror(sys));
    safe_copy(err->text + used, sizeof err->text - used, why);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    if (err == NULL)
        return false;
    char words[256];
    va_list args;
    va_start(args, format);
    put(words, sizeof words, format, args);
    va_end(args);
    char cause[sizeof err->text];
    memcpy(cause, err->text, sizeof cause);
    int used = snprintf(err->text, sizeof err->text, "%s: ", words);
    safe_copy(err->text + used, sizeof err->text - (size_t)used, cause);
    return false;
}

static enum error_code known(enum error_code code)
{
    return (unsigned)code < ERROR_COUNT ? code : ERROR_INTERNAL;
}

const char *error_name(enum error_code code)
{
    return table[known(code)].name;
}

const char *error_sentence(enum error_code code)
{
    return table[known(code)].sentence;
}

const char *error_remedy(enum error_code code)
{
    return table[known(code)].remedy;
}

int error_exit_status(enum error_code code)
{
    return table[known(code)].exit_status;
}

enum error_code error_from_name(const char *name)
{
    for (int code = 0; name != NULL && code < ERROR_COUNT; code++)
        if (strcmp(table[code].name, name) == 0)
            return (enum error_code)code;
    return ERROR_INTERNAL;
}
