#include "runner/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/catalogue.h"
#include "base/when.h"

enum { STATE_MOST = 256 * 1024 * 1024 };

void followed_release(struct followed *followed)
{
    state_release(&followed->state);
    followed->have = false;
}

void follow_release(struct follow *follow)
{
    state_release(&follow->now);
    followed_release(&follow->before);
}

static struct report_query of_account(const struct facts *facts)
{
    return (struct report_query){.account = facts->account, .partition = facts->partition};
}

static bool load(struct journal *journal, const struct report_query *query,
                 struct followed *ret_followed, struct error *err)
{
    CLEANUP(text_release) struct text text;
    struct followed followed = {.have = true};
    text_init(&text, STATE_MOST);
    if (!journal_find_report(journal, query, &followed.row, &text, err))
        return false;
    if (!state_read(text.bytes, &followed.state, err))
        return error_wrap(err, "audit %" PRId64, followed.row.number);
    *ret_followed = followed;
    return true;
}

static void note(struct follow *follow, const struct error *failure)
{
    if (follow->failure.code == ERROR_NONE)
        follow->failure = *failure;
}

static void find_before(struct journal *journal, const struct facts *facts, struct follow *follow)
{
    struct error failure = {0};
    struct report_query query = of_account(facts);
    if (!load(journal, &query, &follow->before, &failure) && failure.code != ERROR_NOT_FOUND)
        note(follow, &failure);
}

static void store_now(struct journal *journal, const struct facts *facts, const char *csv,
                      struct follow *follow)
{
    CLEANUP(text_release) struct text text;
    struct error failure = {0};
    text_init(&text, STATE_MOST);
    state_write(&follow->now, &text);
    struct stored_report row = {.at = facts->now, .generated = facts->report.have ? facts->report.at : 0};
    text_copy(row.account, sizeof row.account, facts->account);
    text_copy(row.partition, sizeof row.partition, facts->partition);
    if (text_ok(&text, &failure) && journal_put_report(journal, &row, text.bytes, csv, &failure))
        follow->row = row;
    else
        note(follow, &failure);
}

bool follow_facts(struct journal *journal, const struct error *unopened, const struct facts *facts,
                  const char *csv, bool store, struct follow *ret_follow, struct error *err)
{
    CLEANUP(follow_release) struct follow follow = {.failure = *unopened};
    if (!state_of_facts(facts, &follow.now, err))
        return false;
    if (journal != NULL)
        find_before(journal, facts, &follow);
    if (!state_carry(&follow.now, &follow.before.state, err))
        return false;
    if (journal != NULL && store)
        store_now(journal, facts, csv, &follow);
    *ret_follow = follow;
    follow = (struct follow){0};
    return true;
}

/* --- another one -------------------------------------------------------------------------------*/

static bool parse_since(const char *since, int64_t now, struct report_query *query, struct error *err)
{
    char day[32];
    int64_t ago = 0;
    if (since[0] != '\0' && strlen(since) < 19 && strspn(since, "0123456789") == strlen(since)) {
        query->number = strtoll(since, NULL, 10);
        if (query->number > 0)
            return true;
    }
    if (duration_parse(since, &ago, NULL) && ago > 0) {
        query->until = now - ago;
        return true;
    }
    if (strlen(since) == 10 && snprintf(day, sizeof day, "%sT00:00:00Z", since) > 0 &&
        when_parse(day, &query->until, NULL))
        return true;
    if (when_parse(since, &query->until, NULL))
        return true;
    return error_set(err, ERROR_USAGE,
                     "--since is the number of an audit, a time ago (7d), a day (2026-01-15) or a time "
                     "(2026-01-15T12:34:56Z), not '%.40s'",
                     since);
}

bool follow_since_is_good(const char *since, struct error *err)
{
    struct report_query query = {0};
    return parse_since(since, 0, &query, err);
}

/* Which ones there are, for who has named another. */
static bool name_kept(struct journal *journal, const struct facts *facts, int64_t number,
                      struct error *err)
{
    struct stored_report oldest, newest;
    struct report_query query = of_account(facts);
    char first[WHEN_TEXT_SIZE], last[WHEN_TEXT_SIZE];
    if (!journal_find_report(journal, &query, &newest, NULL, err))
        return false;
    query.oldest = true;
    if (!journal_find_report(journal, &query, &oldest, NULL, err))
        return false;
    return error_set(err, ERROR_NOT_FOUND,
                     "audit %" PRId64 " of account %s is not kept; those that are begin with %" PRId64
                     " (%s) and end with %" PRId64 " (%s)",
                     number, facts->account, oldest.number, when_format(oldest.at, first),
                     newest.number, when_format(newest.at, last));
}

bool follow_since(struct journal *journal, const struct facts *facts, const char *since,
                  struct followed *ret_followed, struct error *err)
{
    struct report_query query = of_account(facts);
    struct error failure = {0};
    if (!parse_since(since, facts->now, &query, err))
        return false;
    if (load(journal, &query, ret_followed, &failure))
        return true;
    if (failure.code == ERROR_NOT_FOUND && query.number != 0)
        return name_kept(journal, facts, query.number, err);
    if (failure.code == ERROR_NOT_FOUND) {
        query.until = 0;
        query.oldest = true;
        return load(journal, &query, ret_followed, err);
    }
    *err = failure;
    return false;
}

bool follow_notified(struct journal *journal, const struct facts *facts,
                     struct followed *ret_followed, struct error *err)
{
    struct report_query query = of_account(facts);
    query.notified = true;
    return load(journal, &query, ret_followed, err);
}

/* --- in words ----------------------------------------------------------------------------------*/

static const char *title_of(const char *check)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, check) == 0)
            return checks[i].title;
    return "a check of another version of this program";
}

static void describe_key(const struct change *change, struct text *text)
{
    char made[WHEN_TEXT_SIZE];
    text_appendf(text, "%s%s", change->key[0] != '\0' ? " " : "", change->key);
    if (change->key_created != 0)
        text_appendf(text, " (made %s%s)", when_format(change->key_created, made),
                     change->kind == CHANGE_KEY_NEW && change->key_active == FACT_NO ? ", Inactive" : "");
}

void follow_describe(const struct change *change, struct text *text)
{
    text_appendf(text, "%s %s", change->resource, change_words(change->kind));
    switch (change->kind) {
    case CHANGE_KEY_NEW:
    case CHANGE_KEY_GONE:
    case CHANGE_KEY_REACTIVATED:
    case CHANGE_KEY_DEACTIVATED:
        describe_key(change, text);
        break;
    case CHANGE_USER_RENAMED:
        text_appendf(text, ", and was %s", change->was);
        break;
    case CHANGE_USER_MOVED:
        text_appendf(text, ", %s, and had %s", change->is, change->was);
        break;
    case CHANGE_FINDING_NEW:
    case CHANGE_FINDING_MENDED:
        text_appendf(text, ": %s (%s, %s)", title_of(change->check), change->check, change->severity);
        break;
    case CHANGE_USER_NEW:
    case CHANGE_USER_GONE:
    case CHANGE_USER_RECREATED:
    case CHANGE_MFA_LOST:
    case CHANGE_MFA_GAINED:
    case CHANGE_PASSWORD_ENABLED:
    case CHANGE_PASSWORD_DISABLED:
    case CHANGE_KIND_COUNT:
        break;
    }
}
