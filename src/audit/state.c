#include "audit/state.h"

#include <stdlib.h>
#include <string.h>

#include "audit/verdict.h"

/* --- owning ------------------------------------------------------------------------------------*/

void state_init(struct state *state)
{
    *state = (struct state){0};
}

void state_drop_keys(struct state_user *user)
{
    for (size_t i = 0; i < user->key_count; i++)
        free(user->keys[i].id);
    user->key_count = 0;
}

static void drop_user(struct state_user *user)
{
    state_drop_keys(user);
    free(user->keys);
    free(user->name);
    free(user->arn);
    *user = (struct state_user){0};
}

void state_drop_finding(struct state_finding *finding)
{
    free(finding->check);
    free(finding->resource);
    free(finding->severity);
    *finding = (struct state_finding){0};
}

void state_release(struct state *state)
{
    for (size_t i = 0; i < state->user_count; i++)
        drop_user(&state->users[i]);
    for (size_t i = 0; i < state->finding_count; i++)
        state_drop_finding(&state->findings[i]);
    free(state->users);
    free(state->findings);
    state_init(state);
}

/* The array, moved, with room for one more element; NULL, and the array as it was, when there is none. */
static void *grown(void *array, size_t *room, size_t count, size_t size, size_t first)
{
    if (count < *room)
        return array;
    size_t more = *room == 0 ? first : *room * 2;
    void *larger = realloc(array, more * size);
    if (larger != NULL)
        *room = more;
    return larger;
}

bool state_add_user(struct state *state, const char *name, const char *arn,
                    struct state_user **ret_user, struct error *err)
{
    void *list = grown(state->users, &state->user_room, state->user_count, sizeof *state->users, 16);
    if (list == NULL)
        return state_no_memory(err);
    state->users = list;
    struct state_user user = {.name = strdup(name), .arn = strdup(arn)};
    if (user.name == NULL || user.arn == NULL) {
        drop_user(&user);
        return state_no_memory(err);
    }
    *ret_user = &state->users[state->user_count++];
    **ret_user = user;
    return true;
}

bool state_add_key(struct state_user *user, const char *id, int64_t created, enum fact active,
                   struct error *err)
{
    if (user->key_count == FACTS_KEYS_MAX)
        return error_set(err, ERROR_LIMIT, "a user has more than %d keys", FACTS_KEYS_MAX);
    void *list = grown(user->keys, &user->key_room, user->key_count, sizeof *user->keys, 2);
    if (list == NULL)
        return state_no_memory(err);
    user->keys = list;
    char *copy = strdup(id);
    if (copy == NULL)
        return state_no_memory(err);
    user->keys[user->key_count++] = (struct state_key){copy, created, active};
    return true;
}

bool state_add_finding(struct state *state, const char *check, const char *severity,
                       const char *resource, struct state_finding **ret_finding, struct error *err)
{
    void *list = grown(state->findings, &state->finding_room, state->finding_count,
                       sizeof *state->findings, 16);
    if (list == NULL)
        return state_no_memory(err);
    state->findings = list;
    struct state_finding finding = {strdup(check), strdup(resource), strdup(severity), 0, false};
    if (finding.check == NULL || finding.resource == NULL || finding.severity == NULL) {
        state_drop_finding(&finding);
        return state_no_memory(err);
    }
    *ret_finding = &state->findings[state->finding_count++];
    **ret_finding = finding;
    return true;
}

/* --- order -------------------------------------------------------------------------------------*/

static int compare_users(const void *a, const void *b)
{
    const struct state_user *one = a, *two = b;
    return strcmp(one->name, two->name);
}

static int compare_findings(const void *a, const void *b)
{
    const struct state_finding *one = a, *two = b;
    int order = strcmp(one->check, two->check);
    return order != 0 ? order : strcmp(one->resource, two->resource);
}

static void order_users(struct state *state)
{
    size_t kept = 0;
    if (state->user_count > 1)
        qsort(state->users, state->user_count, sizeof *state->users, compare_users);
    for (size_t i = 0; i < state->user_count; i++) {
        if (kept > 0 && compare_users(&state->users[kept - 1], &state->users[i]) == 0)
            drop_user(&state->users[i]);
        else
            state->users[kept++] = state->users[i];
    }
    state->user_count = kept;
}

static void order_findings(struct state *state)
{
    size_t kept = 0;
    if (state->finding_count > 1)
        qsort(state->findings, state->finding_count, sizeof *state->findings, compare_findings);
    for (size_t i = 0; i < state->finding_count; i++) {
        if (kept > 0 && compare_findings(&state->findings[kept - 1], &state->findings[i]) == 0)
            state_drop_finding(&state->findings[i]);
        else
            state->findings[kept++] = state->findings[i];
    }
    state->finding_count = kept;
}

void state_order(struct state *state)
{
    order_users(state);
    order_findings(state);
}

const struct state_user *state_seek(const struct state *state, const char *name)
{
    struct state_user wanted = {.name = (char *)name};
    return state->user_count == 0 ? NULL
                                  : bsearch(&wanted, state->users, state->user_count,
                                            sizeof *state->users, compare_users);
}

const struct state_finding *state_seek_finding(const struct state *state, const char *check,
                                               const char *resource)
{
    struct state_finding wanted = {.check = (char *)check, .resource = (char *)resource};
    return state->finding_count == 0 ? NULL
                                     : bsearch(&wanted, state->findings, state->finding_count,
                                               sizeof *state->findings, compare_findings);
}

/* --- of facts ----------------------------------------------------------------------------------*/

static bool take_keys(const struct facts *facts, const struct fact_user *from,
                      struct state_user *user, struct error *err)
{
    user->keys_at = from->live_at != 0 ? from->live_at : from->in_report ? facts->report.at : 0;
    for (size_t i = 0; i < from->key_count; i++)
        if (!state_add_key(user, from->keys[i].id, from->keys[i].created, from->keys[i].active, err))
            return false;
    return true;
}

static bool take_user(const struct facts *facts, const struct fact_user *from, struct state *state,
                      struct error *err)
{
    struct state_user *user = NULL;
    if (!state_add_user(state, from->name, from->arn, &user, err))
        return false;
    user->created = from->created;
    user->console = from->console;
    user->mfa = from->mfa;
    user->told_at = from->mfa_at != 0 ? from->mfa_at : from->in_report ? facts->report.at : 0;
    return take_keys(facts, from, user, err);
}

/* GetAccountSummary knows of root's MFA without a report, and is never old. */
static bool take_root(const struct facts *facts, struct state *state, struct error *err)
{
    struct state_user *user = NULL;
    bool summary = facts->summary.have && facts->root_mfa >= 0;
    if (facts->has_root ? !take_user(facts, &facts->root, state, err)
                        : summary && !state_add_user(state, STATE_ROOT, "", &user, err))
        return false;
    if (facts->has_root) /* is never made again, and is no name */
        state->users[state->user_count - 1].created = 0;
    if (summary) {
        user = &state->users[state->user_count - 1];
        user->mfa = facts->root_mfa > 0 ? FACT_YES : FACT_NO;
        user->told_at = facts->summary.at;
    }
    return true;
}

struct judged {
    struct state *state;
    struct error *err;
    bool failed;
};

static void take_finding(void *context, const struct audit_finding *from)
{
    struct judged *judged = context;
    struct state_finding *finding = NULL;
    if (judged->failed || from->status == AUDIT_PASS)
        return;
    judged->failed = !state_add_finding(judged->state, from->check->id, from->check->severity,
                                        from->resource, &finding, judged->err);
    if (judged->failed)
        return;
    finding->at = from->observed_at;
    finding->unknown = from->status == AUDIT_UNKNOWN;
}

/* What was not asked this time is as it was known. */
static void take_not_asked(const struct facts *facts, struct judged *judged)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        struct audit_finding finding = {.check = &checks[i], .status = AUDIT_UNKNOWN};
        if (audit_applies(facts, &checks[i]))
            continue;
        audit_account_arn(facts, finding.resource, sizeof finding.resource);
        take_finding(judged, &finding);
    }
}

bool state_of_facts(const struct facts *facts, struct state *ret_state, struct error *err)
{
    CLEANUP(state_release) struct state state = {.at = facts->now};
    struct judged judged = {&state, err, false};
    state.all_users = facts->users.have || facts->report.have;
    for (size_t i = 0; i < facts->user_count; i++) {
        const struct fact_user *user = &facts->list[i];
        bool gone = facts->users.have && user->in_report && !user->listed;
        if (!gone && !take_user(facts, user, &state, err))
            return false;
    }
    if (!take_root(facts, &state, err))
        return false;
    audit_judge(facts, take_finding, &judged);
    take_not_asked(facts, &judged);
    if (judged.failed)
        return false;
    state_order(&state);
    *ret_state = state;
    state_init(&state);
    return true;
}
