#include "audit/changes.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *words;
} rows[] = {
#define X(code, name, words) [CHANGE_##code] = {name, words},
    CHANGE_TABLE(X)
#undef X
};

const char *change_name(enum change_kind kind)
{
    return rows[kind].name;
}

const char *change_words(enum change_kind kind)
{
    return rows[kind].words;
}

struct telling {
    const struct state *before, *now;
    const char **former; /* by index in now->users: the name before; NULL for nobody of before */
    const char **later;  /* by index in before->users: the name now; NULL when gone */
    changes_visit *visit;
    void *context;
    size_t count;
};

static void tell(struct telling *telling, struct change change)
{
    if (change.user == NULL)
        change.user = "";
    if (change.resource == NULL)
        change.resource = change.user;
    const char **strings[] = {&change.was, &change.is, &change.key, &change.check, &change.severity};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        if (*strings[i] == NULL)
            *strings[i] = "";
    telling->count++;
    telling->visit(telling->context, &change);
}

/* --- who is who --------------------------------------------------------------------------------*/

static void pair_by_name(struct telling *telling)
{
    const struct state *before = telling->before, *now = telling->now;
    for (size_t i = 0; i < now->user_count; i++) {
        const struct state_user *found = state_seek(before, now->users[i].name);
        if (found == NULL)
            continue;
        telling->former[i] = found->name;
        telling->later[found - before->users] = now->users[i].name;
    }
}

/* Users of a time, in order of it, so that those of one second stand together. */
struct made {
    int64_t created;
    size_t index;
    bool later; /* of `now` */
};

static int compare_made(const void *a, const void *b)
{
    const struct made *one = a, *two = b;
    if (one->created != two->created)
        return one->created < two->created ? -1 : 1;
    return one->later != two->later ? one->later - two->later : (one->index > two->index) - (one->index < two->index);
}

static size_t collect_unpaired(const struct telling *telling, struct made *made)
{
    size_t count = 0;
    for (size_t i = 0; i < telling->before->user_count; i++)
        if (telling->later[i] == NULL && telling->before->users[i].created != 0)
            made[count++] = (struct made){telling->before->users[i].created, i, false};
    for (size_t i = 0; i < telling->now->user_count; i++)
        if (telling->former[i] == NULL && telling->now->users[i].created != 0)
            made[count++] = (struct made){telling->now->users[i].created, i, true};
    if (count > 1)
        qsort(made, count, sizeof *made, compare_made);
    return count;
}

/* One who is gone and one who came, of the same second, and no third of them. */
static bool pair_by_time(struct telling *telling, struct error *err)
{
    size_t room = telling->before->user_count + telling->now->user_count;
    struct made *made = calloc(room + 1, sizeof *made);
    if (made == NULL)
        return state_no_memory(err);
    size_t count = collect_unpaired(telling, made);
    for (size_t i = 0; i + 1 < count; i++) {
        bool alone = (i == 0 || made[i - 1].created != made[i].created) &&
                     (i + 2 == count || made[i + 2].created != made[i].created);
        if (!alone || made[i].created != made[i + 1].created || made[i].later || !made[i + 1].later)
            continue;
        telling->later[made[i].index] = telling->now->users[made[i + 1].index].name;
        telling->former[made[i + 1].index] = telling->before->users[made[i].index].name;
    }
    free(made);
    return true;
}

/* --- one user ----------------------------------------------------------------------------------*/

static void tell_key(struct telling *telling, enum change_kind kind, const struct state_user *user,
                     const struct state_key *key)
{
    tell(telling, (struct change){.kind = kind,
                                  .user = user->name,
                                  .key = key->id,
                                  .key_created = key->created,
                                  .key_active = key->active,
                                  .seen_at = user->keys_at});
}

static void tell_user(struct telling *telling, enum change_kind kind, const struct state_user *user)
{
    tell(telling, (struct change){.kind = kind, .user = user->name, .seen_at = user->told_at});
}

static void tell_all_keys(struct telling *telling, enum change_kind kind,
                          const struct state_user *user)
{
    for (size_t i = 0; i < user->key_count; i++)
        tell_key(telling, kind, user, &user->keys[i]);
}

static void compare_active(struct telling *telling, const struct state_user *user,
                           const struct state_key *before, const struct state_key *now)
{
    if (before->active == FACT_NO && now->active == FACT_YES)
        tell_key(telling, CHANGE_KEY_REACTIVATED, user, now);
    if (before->active == FACT_YES && now->active == FACT_NO)
        tell_key(telling, CHANGE_KEY_DEACTIVATED, user, now);
}

static void compare_keys(struct telling *telling, const struct state_user *before,
                         const struct state_user *now)
{
    size_t match[FACTS_KEYS_MAX];
    bool matched[FACTS_KEYS_MAX] = {false};
    if (before->keys_at == 0 || now->keys_at == 0)
        return;
    state_match_keys(before, now, match);
    for (size_t i = 0; i < before->key_count; i++)
        if (match[i] < now->key_count)
            matched[match[i]] = true;
    for (size_t i = 0; i < now->key_count; i++)
        if (!matched[i])
            tell_key(telling, CHANGE_KEY_NEW, now, &now->keys[i]);
    for (size_t i = 0; i < before->key_count; i++) {
        const struct state_key *key = &before->keys[i];
        if (match[i] < now->key_count)
            compare_active(telling, now, key, &now->keys[match[i]]);
        else
            tell(telling, (struct change){.kind = CHANGE_KEY_GONE,
                                          .user = now->name,
                                          .key = key->id,
                                          .key_created = key->created,
                                          .key_active = key->active,
                                          .seen_at = now->keys_at});
    }
}

static void compare_fact(struct telling *telling, const struct state_user *user, enum fact before,
                         enum fact now, enum change_kind off, enum change_kind on)
{
    if (before == FACT_YES && now == FACT_NO)
        tell_user(telling, off, user);
    if (before == FACT_NO && now == FACT_YES)
        tell_user(telling, on, user);
}

static void tell_new_user(struct telling *telling, enum change_kind kind,
                          const struct state_user *user)
{
    tell_user(telling, kind, user);
    if (user->console == FACT_YES)
        tell_user(telling, CHANGE_PASSWORD_ENABLED, user);
    tell_all_keys(telling, CHANGE_KEY_NEW, user);
}

static void compare_user(struct telling *telling, const struct state_user *before,
                         const struct state_user *now)
{
    if (!state_same_user(before, now)) {
        tell_all_keys(telling, CHANGE_KEY_GONE, before);
        tell_new_user(telling, CHANGE_USER_RECREATED, now);
        return;
    }
    if (strcmp(before->name, now->name) != 0)
        tell(telling, (struct change){.kind = CHANGE_USER_RENAMED,
                                      .user = now->name,
                                      .was = before->name,
                                      .seen_at = now->told_at});
    else if (before->arn[0] != '\0' && now->arn[0] != '\0' && strcmp(before->arn, now->arn) != 0)
        tell(telling, (struct change){.kind = CHANGE_USER_MOVED,
                                      .user = now->name,
                                      .was = before->arn,
                                      .is = now->arn,
                                      .seen_at = now->told_at});
    compare_fact(telling, now, before->mfa, now->mfa, CHANGE_MFA_LOST, CHANGE_MFA_GAINED);
    compare_fact(telling, now, before->console, now->console, CHANGE_PASSWORD_DISABLED,
                 CHANGE_PASSWORD_ENABLED);
    compare_keys(telling, before, now);
}

static void tell_gone(struct telling *telling, const struct state_user *user)
{
    if (!telling->now->all_users)
        return;
    tell_user(telling, CHANGE_USER_GONE, user);
    tell_all_keys(telling, CHANGE_KEY_GONE, user);
}

static void tell_users(struct telling *telling)
{
    const struct state *before = telling->before, *now = telling->now;
    size_t gone = 0;
    for (size_t i = 0; i <= now->user_count; i++) {
        /* In the order of names, with those who are gone among them. */
        for (; gone < before->user_count &&
               (i == now->user_count || strcmp(before->users[gone].name, now->users[i].name) < 0);
             gone++)
            if (telling->later[gone] == NULL)
                tell_gone(telling, &before->users[gone]);
        if (i == now->user_count)
            break;
        const struct state_user *user = &now->users[i];
        if (telling->former[i] != NULL)
            compare_user(telling, state_seek(before, telling->former[i]), user);
        else if (before->all_users && strcmp(user->name, STATE_ROOT) != 0)
            tell_new_user(telling, CHANGE_USER_NEW, user);
    }
}

/* --- findings ----------------------------------------------------------------------------------*/

static void tell_finding(struct telling *telling, enum change_kind kind,
                         const struct state_finding *finding, const char *resource, bool about_user)
{
    tell(telling, (struct change){.kind = kind,
                                  .user = about_user ? resource : "",
                                  .resource = resource,
                                  .check = finding->check,
                                  .severity = finding->severity,
                                  .seen_at = finding->at});
}

/* A new user brings findings with it; one who is gone took them along, and that mends nothing. */
static void tell_findings(struct telling *telling)
{
    const struct state *before = telling->before, *now = telling->now;
    for (size_t i = 0; i < now->finding_count; i++) {
        const struct state_finding *finding = &now->findings[i];
        const struct state_user *user = state_seek(now, finding->resource);
        const char *former = user == NULL ? finding->resource : telling->former[user - now->users];
        if (former == NULL || state_seek_finding(before, finding->check, former) == NULL)
            tell_finding(telling, CHANGE_FINDING_NEW, finding, finding->resource, user != NULL);
    }
    for (size_t i = 0; i < before->finding_count; i++) {
        const struct state_finding *finding = &before->findings[i];
        const struct state_user *user = state_seek(before, finding->resource);
        const char *later = user == NULL ? finding->resource : telling->later[user - before->users];
        if (later != NULL && state_seek_finding(now, finding->check, later) == NULL)
            tell_finding(telling, CHANGE_FINDING_MENDED, finding, later, user != NULL);
    }
}

bool changes_tell(const struct state *before, const struct state *now, changes_visit *visit,
                  void *context, size_t *ret_count, struct error *err)
{
    struct telling telling = {.before = before, .now = now, .visit = visit, .context = context};
    telling.former = calloc(now->user_count + 1, sizeof *telling.former);
    telling.later = calloc(before->user_count + 1, sizeof *telling.later);
    bool good = telling.former != NULL && telling.later != NULL;
    if (!good)
        state_no_memory(err);
    if (good)
        pair_by_name(&telling);
    good = good && pair_by_time(&telling, err);
    if (good) {
        tell_users(&telling);
        tell_findings(&telling);
    }
    if (good && ret_count != NULL)
        *ret_count = telling.count;
    free(telling.former);
    free(telling.later);
    return good;
}
