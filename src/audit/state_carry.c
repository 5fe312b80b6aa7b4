/* What an audit did not see this time, or saw only as it was earlier, is what was known before. */
#include "audit/state.h"

#include <stdlib.h>
#include <string.h>

bool state_same_user(const struct state_user *a, const struct state_user *b)
{
    return a->created == b->created || a->created == 0 || b->created == 0;
}

static bool same_key(const struct state_key *a, const struct state_key *b)
{
    if (a->id[0] != '\0' && b->id[0] != '\0')
        return strcmp(a->id, b->id) == 0;
    return a->created == b->created;
}

void state_match_keys(const struct state_user *a, const struct state_user *b, size_t *ret_match)
{
    for (size_t i = 0; i < a->key_count; i++) {
        ret_match[i] = b->key_count;
        for (size_t j = 0; j < b->key_count && ret_match[i] == b->key_count; j++) {
            bool taken = false;
            for (size_t before = 0; before < i; before++)
                taken = taken || ret_match[before] == j;
            if (!taken && same_key(&a->keys[i], &b->keys[j]))
                ret_match[i] = j;
        }
    }
}

static bool copy_keys(struct state_user *to, const struct state_user *from, struct error *err)
{
    state_drop_keys(to);
    for (size_t i = 0; i < from->key_count; i++)
        if (!state_add_key(to, from->keys[i].id, from->keys[i].created, from->keys[i].active, err))
            return false;
    to->keys_at = from->keys_at;
    return true;
}

/* The report has no IDs, and a key keeps its own. */
static bool name_keys(struct state_user *now, const struct state_user *before, struct error *err)
{
    size_t *match = calloc(now->key_count + 1, sizeof *match);
    bool good = match != NULL || state_no_memory(err);
    if (good)
        state_match_keys(now, before, match);
    for (size_t i = 0; good && i < now->key_count; i++) {
        if (now->keys[i].id[0] != '\0' || match[i] == before->key_count)
            continue;
        char *id = strdup(before->keys[match[i]].id);
        good = id != NULL || state_no_memory(err);
        if (id != NULL) {
            free(now->keys[i].id);
            now->keys[i].id = id;
        }
    }
    free(match);
    return good;
}

static bool carry_arn(struct state_user *now, const struct state_user *before, struct error *err)
{
    if (now->arn[0] != '\0' || before->arn[0] == '\0')
        return true;
    char *arn = strdup(before->arn);
    if (arn == NULL)
        return state_no_memory(err);
    free(now->arn);
    now->arn = arn;
    return true;
}

static bool carry_user(struct state_user *now, const struct state_user *before, struct error *err)
{
    bool older = now->told_at < before->told_at;
    if (older || now->console == FACT_UNKNOWN)
        now->console = before->console;
    if (older || now->mfa == FACT_UNKNOWN)
        now->mfa = before->mfa;
    if (older)
        now->told_at = before->told_at;
    if (now->created == 0)
        now->created = before->created;
    return carry_arn(now, before, err) && (now->keys_at < before->keys_at ? copy_keys(now, before, err)
                                                                        : name_keys(now, before, err));
}

/* Where not everybody could be listed, who was there is there. Root always is. */
static bool carry_users(struct state *now, const struct state *before, struct error *err)
{
    size_t seen = now->user_count; /* those that are added are at the end, and not in order */
    for (size_t i = 0; i < before->user_count; i++) {
        const struct state_user *from = &before->users[i];
        const struct state ordered = {.users = now->users, .user_count = seen};
        const struct state_user *found = state_seek(&ordered, from->name);
        struct state_user *user = found != NULL ? &now->users[found - now->users] : NULL;
        if (user == NULL && now->all_users && strcmp(from->name, STATE_ROOT) != 0)
            continue;
        if (user == NULL && !state_add_user(now, from->name, from->arn, &user, err))
            return false;
        if (state_same_user(user, from) && !carry_user(user, from, err))
            return false;
    }
    now->all_users = now->all_users || before->all_users;
    return true;
}

/* Could this check of this resource not be told? Where a list could not be read at all, there is one finding of the
 * account as a whole, whose ARN is root's. */
static bool is_open(const struct state *now, const struct state_finding *from)
{
    const struct state_finding *found = state_seek_finding(now, from->check, from->resource);
    if (found != NULL)
        return found->unknown;
    for (size_t i = 0; i < now->finding_count; i++) {
        const struct state_finding *one = &now->findings[i];
        size_t length = strlen(one->resource);
        if (one->unknown && strcmp(one->check, from->check) == 0 && length >= 5 &&
            strncmp(one->resource, "arn:", 4) == 0 && strcmp(one->resource + length - 5, ":root") == 0)
            return true;
    }
    return false;
}

static void drop_open(struct state *now)
{
    size_t kept = 0;
    for (size_t i = 0; i < now->finding_count; i++) {
        if (now->findings[i].unknown)
            state_drop_finding(&now->findings[i]);
        else
            now->findings[kept++] = now->findings[i];
    }
    now->finding_count = kept;
}

/* What failed and cannot be told now has not been mended. */
static bool carry_findings(struct state *now, const struct state *before, struct error *err)
{
    CLEANUP(state_release) struct state kept = {0};
    struct state_finding *finding = NULL;
    for (size_t i = 0; i < before->finding_count; i++) {
        const struct state_finding *from = &before->findings[i];
        if (!is_open(now, from))
            continue;
        if (!state_add_finding(&kept, from->check, from->severity, from->resource, &finding, err))
            return false;
        finding->at = from->at;
    }
    drop_open(now);
    for (size_t i = 0; i < kept.finding_count; i++) {
        const struct state_finding *from = &kept.findings[i];
        if (!state_add_finding(now, from->check, from->severity, from->resource, &finding, err))
            return false;
        finding->at = from->at;
    }
    return true;
}

bool state_carry(struct state *now, const struct state *before, struct error *err)
{
    if (!carry_users(now, before, err) || !carry_findings(now, before, err))
        return false;
    state_order(now);
    return true;
}
