#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "journal/connect.h"

bool journal_default_path(const char *named, struct text *ret_path, struct error *err)
{
    const char *set = getenv("KEYWRIGHT_JOURNAL");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home;
    text_clear(ret_path);
    if (named != NULL)
        text_append(ret_path, named);
    else if (set != NULL && set[0] != '\0')
        text_append(ret_path, set);
    else if (state != NULL && state[0] == '/') /* a relative one is to be ignored: XDG */
        text_appendf(ret_path, "%s/keywright/journal.db", state);
    else if ((home = env_home()) != NULL)
        text_appendf(ret_path, "%s/.local/state/keywright/journal.db", home);
    else
        return error_set(err, ERROR_USAGE,
                         "no place for the journal: HOME is not set; name one with --journal");
    if (!text_ok(ret_path, err))
        return false;
    if (ret_path->length == 0)
        return error_set(err, ERROR_USAGE, "the name of the journal is empty");
    return true;
}

bool journal_open(const char *path, enum journal_mode mode, struct journal **ret_journal,
                  struct error *err)
{
    char resolved[PATH_MAX];
    struct error ignored;
    err = err != NULL ? err : &ignored;
    bool writing = mode == JOURNAL_WRITE;
    if (writing && !place_make_directory(path, err))
        return false;
    /* Two names of one file must meet at one lock, and no name may mean ":memory:" to SQLite. */
    if (!file_resolve(path, resolved, sizeof resolved, err)) {
        if (writing)
            err->code = ERROR_JOURNAL_READONLY;
        return error_wrap(err, "opening the journal");
    }
    bool unborn = writing && access(resolved, F_OK) != 0 && errno == ENOENT;
    if (unborn ? !place_check_directory(resolved, err) : !place_prepare(resolved, writing, err))
        return false;
    CLEANUP(journal_cleanup) struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL || (journal->path = strdup(resolved)) == NULL)
        return error_set(err, ERROR_MEMORY, "opening the journal");
    text_init(&journal->scratch, CANONICAL_MAX);
    journal->writable = writing;
    bool good = unborn    ? connect_stand_in(journal, err)
                : writing ? connect_to(journal, resolved, SQLITE_OPEN_READWRITE, err)
                          : connect_for_reading(journal, err);
    if (!good)
        return false;
    journal->unborn = unborn;
    *ret_journal = journal;
    journal = NULL;
    return true;
}

void journal_free(struct journal *journal)
{
    if (journal == NULL)
        return;
    connect_end(journal);
    for (size_t i = 0; i < journal->claim_count; i++)
        close(journal->claims[i].fd);
    free(journal->claims);
    text_release(&journal->scratch);
    free(journal->path);
    free(journal);
}

void journal_cleanup(struct journal **journal)
{
    journal_free(*journal);
    *journal = NULL;
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}
