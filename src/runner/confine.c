#include "runner/confine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/scope.h"

/* --- the cage ----------------------------------------------------------------------------------*/

/* curses looks for the terminal's description in these (terminfo(5)) besides /usr and /etc. */
static bool allow_terminal(struct cage *cage, struct error *err)
{
    char path[PATH_MAX];
    const char *home = getenv("HOME"), *named = getenv("TERMINFO"), *more = getenv("TERMINFO_DIRS");
    if (!cage_allow_write(cage, "/dev/tty", err) ||
        (named != NULL && !cage_allow_read(cage, named, err)))
        return false;
    snprintf(path, sizeof path, "%s/.terminfo", home != NULL ? home : "");
    if (home != NULL && !cage_allow_read(cage, path, err))
        return false;
    while (more != NULL && *more != '\0') {
        size_t length = strcspn(more, ":");
        snprintf(path, sizeof path, "%.*s", (int)length, more);
        if (path[0] == '/' && !cage_allow_read(cage, path, err))
            return false;
        more += length + (more[length] == ':');
    }
    return true;
}

bool front_confine(const char *journal, const char *output, struct cage_report *ret_report,
                   struct error *err)
{
    CLEANUP(cage_release) struct cage cage;
    struct cage_report report;
    cage_init(&cage, CAGE_OFFLINE);
    if (!cage_allow_system(&cage, err) || !allow_terminal(&cage, err) ||
        (journal != NULL && !cage_allow_folder_of(&cage, journal, err)) ||
        (output != NULL && !cage_allow_folder_of(&cage, output, err)))
        return false;
    cage_close(&cage, &report);
    if (ret_report != NULL)
        *ret_report = report;
    return true;
}

/* --- the scope ---------------------------------------------------------------------------------*/

void front_scope_request(const struct runner_request *request, struct text *scope)
{
    for (size_t i = 0; i < request->to_count; i++)
        scope_add(scope, SCOPE_TARGET, request->to[i]);
    for (size_t i = 0; i < request->test_count; i++)
        scope_add(scope, SCOPE_TEST, request->tests[i]);
    scope_add(scope, SCOPE_VERIFY, request->verify);
    scope_add(scope, SCOPE_MFA, request->mfa_command);
}

void front_scope_plan(const struct plan *plan, struct text *scope)
{
    for (size_t i = 0; i < plan->target_count; i++)
        scope_add(scope, SCOPE_TARGET, plan->targets[i].spec);
    for (size_t i = 0; i < plan->test_count; i++)
        scope_add(scope, SCOPE_TEST, plan->tests[i]);
    scope_add(scope, SCOPE_VERIFY, plan->verify);
}

bool front_scope_shows(const struct text *scope)
{
    enum scope_kind kind;
    const char *value;
    for (size_t at = 0; scope_next(scope, &at, &kind, &value);)
        if (kind == SCOPE_TARGET && strcmp(value, "show") == 0)
            return true;
    return false;
}

struct open_ids {
    size_t count, room;
    char (*ids)[ID_SIZE];
    bool full;
};

static void open_ids_release(struct open_ids *open)
{
    free(open->ids);
}

static bool take_id(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    struct open_ids *open = context;
    if (open->count == open->room) {
        size_t room = open->room == 0 ? 16 : open->room * 2;
        void *grown = realloc(open->ids, room * sizeof *open->ids);
        open->full = grown == NULL;
        if (open->full)
            return false;
        open->ids = grown;
        open->room = room;
    }
    text_copy(open->ids[open->count++], ID_SIZE, row->id);
    return true;
}

bool front_scope_open(struct journal *journal, struct text *scope, struct error *err)
{
    CLEANUP(open_ids_release) struct open_ids open = {0};
    struct rotation_filter filter = {.open_only = true};
    if (!journal_rotations(journal, &filter, take_id, &open, err))
        return false;
    struct rotation *rotation = calloc(1, sizeof *rotation);
    bool good = rotation != NULL && !open.full;
    if (!good)
        error_set(err, ERROR_MEMORY, "looking at the open rotations");
    for (size_t i = 0; good && i < open.count; i++)
        if (journal_load(journal, open.ids[i], rotation, NULL))
            front_scope_plan(&rotation->plan, scope);
    free(rotation);
    return good && text_ok(scope, err);
}
