#include "cli/permissions.h"

#include <string.h>

#include "cli/dryrun.h"

static const struct permission table[] = {
#define X(command, permission, scope, holders) {command, permission, scope, holders},
    PERMISSION_TABLE(X)
#undef X
};

static size_t add(struct permission *list, size_t count, const struct permission *permission)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, permission->name) == 0)
            return count;
    if (count < PERMISSIONS_MAX)
        list[count++] = *permission;
    return count;
}

/* All that a rotation calls is about the one user whose key it replaces. */
static size_t add_acts(struct permission *list, size_t count)
{
    for (int course = 0; course < DRYRUN_COURSES; course++) {
        size_t acts_count;
        const struct dryrun_act *acts = dryrun_acts((enum dryrun_course)course, &acts_count);
        for (size_t i = 0; i < acts_count; i++) {
            struct permission permission = {"", acts[i].permission, SCOPE_USER,
                                            HOLDER_SELF | HOLDER_ADMIN};
            if (permission.name[0] != '\0')
                count = add(list, count, &permission);
        }
    }
    return count;
}

size_t permissions_of(enum permission_holder holder, struct permission ret_list[PERMISSIONS_MAX])
{
    size_t count = (holder & (HOLDER_SELF | HOLDER_ADMIN)) != 0 ? add_acts(ret_list, 0) : 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((table[i].holders & (unsigned)holder) != 0)
            count = add(ret_list, count, &table[i]);
    return count;
}
