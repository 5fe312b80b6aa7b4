#include "audit/meant.h"

#include <string.h>

bool meant_everybody(const struct access_selection *selection)
{
    return selection->group == NULL && selection->path == NULL && selection->tag == NULL;
}

bool meant_is_good(const struct access_selection *selection, struct error *err)
{
    const char *group = selection->group, *path = selection->path, *tag = selection->tag;
    if (group != NULL && *group == '\0')
        return error_set(err, ERROR_USAGE, "--group takes the name of a group");
    if (path != NULL && *path != '/')
        return error_set(err, ERROR_USAGE, "--path begins with a slash: /ops/");
    if (tag != NULL && (*tag == '\0' || *tag == '='))
        return error_set(err, ERROR_USAGE, "--tag takes KEY or KEY=VALUE");
    return true;
}

bool meant_exists(const struct access *access, const struct access_selection *selection,
                  struct error *err)
{
    const char *group = selection != NULL ? selection->group : NULL;
    if (group != NULL && access_holder(access, ACCESS_GROUP, group) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no group '%.128s' in this account", group);
    if (access_count_selected(access, selection) == 0)
        return error_set(err, ERROR_NOT_FOUND, "--group, --path and --tag leave no user");
    return true;
}

bool meant_is_known(const struct facts *facts, const struct access_selection *selection,
                    struct error *err)
{
    if (selection == NULL)
        return true;
    if (!facts->authorizations.have)
        return error_set(err, facts->authorizations.permission[0] != '\0' ? ERROR_DENIED : ERROR_AWS,
                         "who is meant by --group, --path and --tag: %s", facts->authorizations.why);
    return meant_exists(&facts->access, selection, err);
}

bool meant_user_exists(const struct facts *facts, const char *user)
{
    for (size_t i = 0; i < facts->user_count; i++)
        if (strcmp(facts->list[i].name, user) == 0)
            return true;
    return false;
}

bool meant_user(const struct facts *facts, const char *user, const struct access_selection *selection,
                const char *name)
{
    return (user == NULL || strcmp(name, user) == 0) &&
           access_selects(&facts->access, selection, name);
}

bool meant_finding(const struct facts *facts, const char *user,
                   const struct access_selection *selection, const struct audit_finding *finding)
{
    if (user == NULL && selection == NULL)
        return true;
    return strcmp(finding->check->scope, "user") == 0 &&
           meant_user(facts, user, selection, finding->resource);
}
