#include "deliver/kinds.h"

#include <string.h>

#include "base/safe.h"

static const struct deliver_kind *const kinds[] = {&deliver_file_kind, &deliver_command_kind,
                                                   &deliver_show_kind};

static bool find(const char *spec, const struct deliver_kind **ret_kind, const char **ret_rest,
                 struct error *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i]->name);
        if (strncmp(spec, kinds[i]->name, length) != 0 ||
            spec[length] != (kinds[i]->bare ? '\0' : ':'))
            continue;
        const char *rest = spec + length + (kinds[i]->bare ? 0 : 1);
        if (!kinds[i]->check(rest, err))
            return false;
        *ret_kind = kinds[i];
        *ret_rest = rest;
        return true;
    }
    char shown[256];
    return error_set(err, ERROR_USAGE, "%s is not a target", safe_copy(shown, sizeof shown, spec));
}

bool deliver_describe(const char *spec, bool *ret_readable, struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    if (!find(spec, &kind, &rest, err))
        return false;
    *ret_readable = kind->readable;
    return true;
}

static const char *rest_of(const char *spec, const struct deliver_kind *wanted)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(spec, &kind, &rest, NULL) && kind == wanted ? rest : NULL;
}

const char *deliver_path(const char *spec)
{
    const char *rest = rest_of(spec, &deliver_file_kind);
    return rest == NULL || rest[0] == '/' ? rest : strstr(rest, "@/") + 1;
}

const char *deliver_command(const char *spec)
{
    return rest_of(spec, &deliver_command_kind);
}

bool deliver_shows(const char *spec)
{
    return rest_of(spec, &deliver_show_kind) != NULL;
}

bool deliver_try(const struct deliver_request *request, struct text *ret_place, struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) && kind->try(request, rest, ret_place, err);
}

bool deliver_hand_over(const struct deliver_request *request, const struct credentials *pair,
                       struct text *ret_place, struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) &&
           kind->hand_over(request, rest, pair, ret_place, err);
}

bool deliver_read(const struct deliver_request *request, struct credentials *ret_pair,
                  bool *ret_old_key_there, struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) &&
           kind->read(request, rest, ret_pair, ret_old_key_there, err);
}

bool deliver_old_pair(const struct deliver_request *request, struct credentials *ret_pair,
                      struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) && kind->old_pair(request, rest, ret_pair, err);
}

bool deliver_restore(const struct deliver_request *request, struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) && kind->restore(request, rest, err);
}

bool deliver_remove_backup(const struct deliver_request *request, struct text *ret_place,
                           struct error *err)
{
    const struct deliver_kind *kind = NULL;
    const char *rest = NULL;
    return find(request->spec, &kind, &rest, err) &&
           kind->remove_backup(request, rest, ret_place, err);
}
