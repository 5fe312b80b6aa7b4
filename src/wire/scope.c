#include "wire/scope.h"

#include <string.h>

#include "base/env.h"

static const char *const names[] = {
    [SCOPE_TARGET] = "target",
    [SCOPE_VERIFY] = "verify",
    [SCOPE_TEST] = "test",
    [SCOPE_MFA] = "mfa",
    [SCOPE_NOTIFY] = "notify",
};

bool scope_next(const struct text *scope, size_t *at, enum scope_kind *ret_kind,
                const char **ret_value)
{
    while (*at < scope->length) {
        const char *row = scope->bytes + *at;
        *at += strlen(row) + 1;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            size_t length = strlen(names[i]);
            if (strncmp(row, names[i], length) != 0 || row[length] != '=')
                continue;
            *ret_kind = (enum scope_kind)i;
            *ret_value = row + length + 1;
            return true;
        }
    }
    return false;
}

bool scope_has(const struct text *scope, enum scope_kind kind, const char *value)
{
    enum scope_kind there;
    const char *row;
    for (size_t at = 0; scope_next(scope, &at, &there, &row);)
        if (there == kind && strcmp(row, value) == 0)
            return true;
    return false;
}

void scope_add(struct text *scope, enum scope_kind kind, const char *value)
{
    if (value == NULL || value[0] == '\0' || scope_has(scope, kind, value))
        return;
    text_append(scope, names[kind]);
    text_append_char(scope, '=');
    text_append_bytes(scope, value, strlen(value) + 1);
}

bool scope_seal(const struct text *scope, int *ret_fd, struct error *err)
{
    if (!text_ok(scope, err))
        return false;
    if (scope->length == 0) {
        *ret_fd = -1;
        return true;
    }
    return env_seal_bytes(scope->bytes, scope->length, ret_fd, err);
}

bool scope_read(int fd, struct text *ret_scope, struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    if (!env_read(fd, &bytes, &length, err))
        return false;
    text_append_bytes(ret_scope, bytes, length);
    env_free(bytes, length);
    return text_ok(ret_scope, err);
}
