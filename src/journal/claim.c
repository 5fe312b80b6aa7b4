#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/claim.h"

static struct claim *seek(struct journal *journal, const char *id)
{
    for (size_t i = 0; i < journal->claim_count; i++)
        if (strcmp(journal->claims[i].id, id) == 0)
            return &journal->claims[i];
    return NULL;
}

bool claim_held(struct journal *journal, const char *id)
{
    return seek(journal, id) != NULL;
}

bool claim_take(struct journal *journal, const char *id, int64_t number, struct error *err)
{
    struct claim *claims =
        realloc(journal->claims, (journal->claim_count + 1) * sizeof *journal->claims);
    if (claims == NULL)
        return error_set(err, ERROR_MEMORY, "claiming rotation %s", id);
    journal->claims = claims;
    struct text path;
    text_init(&path, 8192);
    text_append(&path, journal->path);
    text_append(&path, "-lock");
    struct claim claim = {.fd = -1};
    text_copy(claim.id, sizeof claim.id, id);
    bool good = text_ok(&path, err) && file_lock_byte(path.bytes, (off_t)number, &claim.fd, err);
    text_release(&path);
    if (good)
        journal->claims[journal->claim_count++] = claim;
    else if (err != NULL && err->code == ERROR_BUSY)
        error_set(err, ERROR_BUSY, "rotation %s is in the hands of another keywright", id);
    return good;
}

bool journal_claim(struct journal *journal, const char *id, struct error *err)
{
    if (claim_held(journal, id))
        return true;
    if (!journal->writable)
        return error_set(err, ERROR_JOURNAL_READONLY, "the journal %s was opened to be read",
                         journal->path);
    int64_t number;
    {
        CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
        bool row;
        if (!store_statement(journal, STATEMENT_NUMBER_OF, &statement, err))
            return false;
        store_bind(statement, 1, id);
        if (!store_step(journal, statement, &row, err))
            return false;
        if (!row)
            return error_set(err, ERROR_NOT_FOUND, "there is no rotation %.40s", id);
        number = sqlite3_column_int64(statement, 0);
    }
    return claim_take(journal, id, number, err);
}

void journal_unclaim(struct journal *journal, const char *id)
{
    struct claim *claim = seek(journal, id);
    if (claim == NULL)
        return;
    close(claim->fd);
    *claim = journal->claims[--journal->claim_count];
}
