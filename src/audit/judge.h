/* From facts to findings. Pure: the time is in the facts.
 *
 * Every check of the catalogue that applies gives at least one finding; a check of scope "user" gives one for
 * each user, whether it passes, fails or cannot be told. What could not be read is UNKNOWN and says which
 * permission is missing; it is never a pass. */
#ifndef KEYWRIGHT_AUDIT_JUDGE_H
#define KEYWRIGHT_AUDIT_JUDGE_H

#include "audit/catalogue.h"
#include "audit/facts.h"

enum audit_status { AUDIT_PASS, AUDIT_FAIL, AUDIT_UNKNOWN };

struct audit_finding {
    const struct audit_check *check;
    enum audit_status status;
    char resource[704];   /* name of the user, "<root_account>", or an ARN */
    char detail[640];     /* one line: what was seen */
    char permission[64];  /* UNKNOWN: the one that is missing; "" when that is not the reason */
    int64_t observed_at;  /* when what was judged was true; 0 for never */
    bool advice;          /* PASS: nothing is wrong, but "advice: ..." says what would be better */
};

const char *audit_status_name(enum audit_status status); /* "pass", "fail", "unknown" */

/* Is there anything to judge? Not so for what an analyzer of unused access finds where it is known that there is
 * none, and for the validation of policies unless that is wanted (facts->validate). */
bool audit_applies(const struct facts *facts, const struct audit_check *check);

/* Judge everything that applies, in the order of the catalogue, users in their order. A user that is in the report and
 * that ListUsers does not know any more is left out. */
void audit_judge(const struct facts *facts,
                 void (*visit)(void *context, const struct audit_finding *finding), void *context);

/* The same for one check. */
void audit_judge_check(const struct facts *facts, const struct audit_check *check,
                       void (*visit)(void *context, const struct audit_finding *finding), void *context);
/* The same for one user, by its place in facts->list, and a check of scope "user": one finding, or none for one that
 * is left out. */
void audit_judge_user(const struct facts *facts, const struct audit_check *check, size_t place,
                      void (*visit)(void *context, const struct audit_finding *finding), void *context);

/* What of a user AWS may be asked live, and may change what this check says of it. */
enum audit_live { AUDIT_LIVE_NOT, AUDIT_LIVE_KEYS, AUDIT_LIVE_DEVICES };
enum audit_live audit_live_of(const struct audit_check *check);

/* Would it change what a check says, or help who has to act on it, to ask AWS for this user's keys? True when
 * a check about keys fails, or cannot be told because the report lacks the user. */
bool audit_wants_live_keys(const struct facts *facts, const struct fact_user *user);

/* The same of the user's MFA devices: true when the report is older than this audit and knows of none, or lacks the user. */
bool audit_wants_live_devices(const struct facts *facts, const struct fact_user *user);

/* Would it change what a check says to ask AWS when this key was last used? It is one of ListAccessKeys; what the report
 * says of it counts when that is a use within 45 days, which no check asks to be younger. */
bool audit_wants_use(const struct facts *facts, const struct fact_user *user, const struct fact_key *key);

/* The oldest of the user's keys for which this check fails; NULL when none does, or the check is about something
 * else. Borrowed from `user`. */
const struct fact_key *audit_key_at_fault(const struct facts *facts, const struct fact_user *user,
                                          const struct audit_check *check);

/* Has this key been Active for more than max_age seconds? */
bool audit_key_due(const struct fact_key *key, int64_t now, int64_t max_age);

#endif
