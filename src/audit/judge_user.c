/* The checks about one user. What is told of keys comes from the report, or from ListAccessKeys where that
 * was asked: then it wins. */
#include "audit/verdict.h"

#include <string.h>

#include "base/when.h"

/* The keys are known, whichever way. */
static bool has_keys(const struct facts *facts, const struct fact_user *user,
                     struct audit_finding *finding)
{
    if (user->live_at == 0)
        return audit_reported(facts, user, finding);
    finding->observed_at = user->live_at;
    if (user->more_keys)
        audit_cannot_tell(finding, "the user has more keys than this program looks at");
    return !user->more_keys;
}

/* Where the report is behind, that is said. */
static void say_stale(const struct facts *facts, const struct fact_user *user,
                      struct audit_finding *finding)
{
    char when[WHEN_TEXT_SIZE];
    if (user->live_at == 0 || !user->stale)
        return;
    audit_add(finding, "; seen with ListAccessKeys: the report of ");
    audit_add(finding, when_format(facts->report.at, when));
    audit_add(finding, " is out of date here");
}

static void add_key_name(const struct fact_user *user, size_t i, struct audit_finding *finding)
{
    if (user->keys[i].id[0] != '\0') {
        audit_add(finding, user->keys[i].id);
        return;
    }
    audit_add(finding, "access key ");
    audit_add_number(finding, i + 1);
}

static uint64_t days(const struct facts *facts, int64_t since)
{
    return since == 0 || facts->now < since ? 0 : (uint64_t)(facts->now - since) / AUDIT_DAY;
}

/* The worse of two answers: that something offends, then that it cannot be told. */
static enum fact worse(enum fact one, enum fact other)
{
    if (one == FACT_YES || other == FACT_YES)
        return FACT_YES;
    return one == FACT_UNKNOWN ? one : other;
}

/* --- keys --------------------------------------------------------------------------------------*/

bool audit_key_due(const struct fact_key *key, int64_t now, int64_t max_age)
{
    return key->active == FACT_YES && key->created != 0 && now - key->created > max_age;
}

/* What a check asks of one key: does it offend? FACT_UNKNOWN when that cannot be told. */
typedef enum fact key_question(const struct facts *facts, const struct fact_key *key);

static enum fact is_old(const struct facts *facts, const struct fact_key *key)
{
    if (key->active == FACT_NO)
        return FACT_NO;
    if (key->active == FACT_UNKNOWN || key->created == 0)
        return FACT_UNKNOWN;
    return audit_key_due(key, facts->now, INT64_C(90) * AUDIT_DAY) ? FACT_YES : FACT_NO;
}

static enum fact is_never_used(const struct facts *facts, const struct fact_key *key)
{
    if (key->active == FACT_NO || key->use.used == FACT_YES)
        return FACT_NO;
    if (key->created != 0 && facts->now - key->created <= INT64_C(7) * AUDIT_DAY)
        return FACT_NO;
    if (key->active == FACT_UNKNOWN || key->use.used == FACT_UNKNOWN || key->created == 0)
        return FACT_UNKNOWN;
    return FACT_YES;
}

static enum fact is_initial(const struct facts *facts, const struct fact_key *key)
{
    (void)facts;
    if (key->active == FACT_NO || key->use.used == FACT_YES)
        return FACT_NO;
    return key->active == FACT_YES && key->use.used == FACT_NO ? FACT_YES : FACT_UNKNOWN;
}

/* Ask it of every key; the offenders become the detail, each with its age. Returns the worst answer. */
static enum fact ask_keys(const struct facts *facts, const struct fact_user *user,
                          key_question *question, const char *offence, struct audit_finding *finding)
{
    enum fact worst = FACT_NO;
    finding->detail[0] = '\0';
    for (size_t i = 0; i < user->key_count; i++) {
        enum fact answer = question(facts, &user->keys[i]);
        if (answer == FACT_YES) {
            audit_add(finding, worst == FACT_YES ? "" : offence);
            audit_add(finding, worst == FACT_YES ? ", " : ": ");
            add_key_name(user, i, finding);
            audit_add(finding, " (");
            audit_add_number(finding, days(facts, user->keys[i].created));
            audit_add(finding, " days old)");
        }
        worst = worse(worst, answer);
    }
    return worst;
}

static void judge_keys(const struct facts *facts, const struct fact_user *user,
                       key_question *question, const char *offence, const char *good,
                       struct audit_finding *finding)
{
    if (!has_keys(facts, user, finding))
        return;
    switch (ask_keys(facts, user, question, offence, finding)) {
    case FACT_YES:
        finding->status = AUDIT_FAIL;
        break;
    case FACT_NO:
        audit_passes(finding, "%s", user->key_count == 0 ? "no access keys" : good);
        break;
    case FACT_UNKNOWN:
        audit_cannot_tell(finding, "what is known of the keys does not tell it");
        break;
    }
    say_stale(facts, user, finding);
}

void audit_key_rotated_90(const struct facts *facts, const struct fact_user *user,
                          struct audit_finding *finding)
{
    judge_keys(facts, user, is_old, "over 90 days", "no Active key is over 90 days old", finding);
}

void audit_key_never_used(const struct facts *facts, const struct fact_user *user,
                          struct audit_finding *finding)
{
    judge_keys(facts, user, is_never_used, "never used", "each Active key is used or new", finding);
}

void audit_no_initial_keys(const struct facts *facts, const struct fact_user *user,
                           struct audit_finding *finding)
{
    if (!audit_reported(facts, user, finding))
        return;
    if (user->console == FACT_NO)
        audit_passes(finding, "no console password");
    else if (user->console == FACT_UNKNOWN)
        audit_cannot_tell(finding, "the report does not say whether there is a password");
    else
        judge_keys(facts, user, is_initial, "a console user's key, never used",
                   "each Active key is used", finding);
}

void audit_one_active_key(const struct facts *facts, const struct fact_user *user,
                          struct audit_finding *finding)
{
    size_t active = 0, unknown = 0;
    if (!has_keys(facts, user, finding))
        return;
    for (size_t i = 0; i < user->key_count; i++) {
        active += user->keys[i].active == FACT_YES;
        unknown += user->keys[i].active == FACT_UNKNOWN;
    }
    if (active > 1)
        audit_fails(finding, "%zu Active keys", active);
    else if (active + unknown > 1)
        audit_cannot_tell(finding, "the report does not say which keys are Active");
    else
        audit_passes(finding, unknown > 0   ? "at most one Active key"
                              : active == 1 ? "one Active key"
                                            : "no Active key");
    say_stale(facts, user, finding);
}

/* --- unused ------------------------------------------------------------------------------------*/

/* A use counts as long ago when it is; a thing that was never used counts from its making. */
static enum fact is_unused(const struct facts *facts, const struct fact_use *use, int64_t made,
                           int64_t limit)
{
    int64_t last = use->used == FACT_YES ? use->at : made;
    if (last != 0 && facts->now - last <= limit)
        return FACT_NO;
    if (last == 0 || use->used == FACT_UNKNOWN)
        return FACT_UNKNOWN;
    return FACT_YES;
}

static enum fact unused_password(const struct facts *facts, const struct fact_user *user,
                                 int64_t limit)
{
    if (user->console != FACT_YES)
        return user->console == FACT_NO ? FACT_NO : FACT_UNKNOWN;
    return is_unused(facts, &user->password,
                     user->password_changed != 0 ? user->password_changed : user->created, limit);
}

static enum fact unused_key(const struct facts *facts, const struct fact_key *key, int64_t limit)
{
    if (key->active != FACT_YES)
        return key->active;
    return is_unused(facts, &key->use, key->created, limit);
}

static enum fact is_unused_45(const struct facts *facts, const struct fact_key *key)
{
    return unused_key(facts, key, INT64_C(45) * AUDIT_DAY);
}

static enum fact is_unused_90(const struct facts *facts, const struct fact_key *key)
{
    return unused_key(facts, key, INT64_C(90) * AUDIT_DAY);
}

/* The detail begins with the first thing that was not used. */
static void begin_unused(int limit_days, bool first, struct audit_finding *finding)
{
    if (!first) {
        audit_add(finding, ", ");
        return;
    }
    audit_add(finding, "not used for over ");
    audit_add_number(finding, (uint64_t)limit_days);
    audit_add(finding, " days: ");
}

/* The password and every key; what was not used becomes the detail. Returns the worst answer. */
static enum fact ask_unused(const struct facts *facts, const struct fact_user *user, int limit_days,
                            struct audit_finding *finding)
{
    int64_t limit = (int64_t)limit_days * AUDIT_DAY;
    enum fact worst = unused_password(facts, user, limit);
    finding->detail[0] = '\0';
    if (worst == FACT_YES) {
        begin_unused(limit_days, true, finding);
        audit_add(finding, "the password");
    }
    for (size_t i = 0; i < user->key_count; i++) {
        enum fact answer = unused_key(facts, &user->keys[i], limit);
        if (answer == FACT_YES) {
            begin_unused(limit_days, worst != FACT_YES, finding);
            add_key_name(user, i, finding);
        }
        worst = worse(worst, answer);
    }
    return worst;
}

static void judge_unused(const struct facts *facts, const struct fact_user *user, int limit_days,
                         struct audit_finding *finding)
{
    if (!audit_reported(facts, user, finding) || !has_keys(facts, user, finding))
        return;
    switch (ask_unused(facts, user, limit_days, finding)) {
    case FACT_YES:
        finding->status = AUDIT_FAIL;
        break;
    case FACT_NO:
        audit_passes(finding, "nothing that was not used for over ");
        audit_add_number(finding, (uint64_t)limit_days);
        audit_add(finding, " days");
        break;
    case FACT_UNKNOWN:
        audit_cannot_tell(finding, "what is known does not tell when all of it was last used");
        break;
    }
    say_stale(facts, user, finding);
}

void audit_unused_45_days(const struct facts *facts, const struct fact_user *user,
                          struct audit_finding *finding)
{
    judge_unused(facts, user, 45, finding);
}

void audit_unused_90_days(const struct facts *facts, const struct fact_user *user,
                          struct audit_finding *finding)
{
    judge_unused(facts, user, 90, finding);
}

/* --- advice ------------------------------------------------------------------------------------*/

/* IAM does not tell where a key is used. Keys and no password look like a program, and some programs can have a
 * role instead. That is no fault of the user's. */
void audit_keys_or_roles(const struct facts *facts, const struct fact_user *user,
                         struct audit_finding *finding)
{
    size_t active = 0, unknown = 0;
    if (!audit_reported(facts, user, finding) || !has_keys(facts, user, finding))
        return;
    for (size_t i = 0; i < user->key_count; i++) {
        active += user->keys[i].active == FACT_YES;
        unknown += user->keys[i].active == FACT_UNKNOWN;
    }
    if (active > 0 && user->console == FACT_NO)
        audit_advises(finding, "an Active key and no console password, as a program has: one that runs in "
                               "AWS, or has tokens of an OpenID Connect provider, needs a role and no keys");
    else if (active + unknown > 0 && user->console == FACT_UNKNOWN)
        audit_cannot_tell(finding, "the report does not say whether there is a password");
    else if (active == 0 && unknown > 0)
        audit_cannot_tell(finding, "the report does not say which keys are Active");
    else
        audit_passes(finding, active > 0 ? "a person's keys: there is a console password"
                                         : "no Active key");
}

/* --- which key ---------------------------------------------------------------------------------*/

static enum fact is_active(const struct facts *facts, const struct fact_key *key)
{
    (void)facts;
    return key->active;
}

static key_question *question_of(const char *id)
{
    static const struct {
        const char *id;
        key_question *question;
    } questions[] = {
        {"no_initial_keys", is_initial},  {"unused_45_days", is_unused_45},
        {"unused_90_days", is_unused_90}, {"one_active_key", is_active},
        {"key_rotated_90", is_old},       {"key_never_used", is_never_used},
    };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (strcmp(questions[i].id, id) == 0)
            return questions[i].question;
    return NULL;
}

const struct fact_key *audit_key_at_fault(const struct facts *facts, const struct fact_user *user,
                                          const struct audit_check *check)
{
    key_question *question = question_of(check->id);
    const struct fact_key *oldest = NULL;
    for (size_t i = 0; question != NULL && i < user->key_count; i++) {
        const struct fact_key *key = &user->keys[i];
        if (question(facts, key) == FACT_YES && (oldest == NULL || key->created < oldest->created))
            oldest = key;
    }
    return oldest;
}
