/* The reminder: a small file beside the journal, `due`, whose first line says which keys were due when somebody looked
 * last, and is empty when none was. Shells show it with nothing but their builtins (data/profile.d/keywright.sh), so it
 * costs no process and no network.
 *
 * The other lines are the keys: "key ACCOUNT USER KEYID", so that a look at one account or user replaces what was known
 * of just that one, and a key that was rotated is taken out. In the file is nothing but letters, digits, blanks and
 * REMINDER_MARKS, whatever the names came from: it ends up in prompts, which shells expand. Failures are silent
 * here: it is a cache. */
#ifndef KEYWRIGHT_RUNNER_REMINDER_H
#define KEYWRIGHT_RUNNER_REMINDER_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/facts.h"
#include "base/text.h"

#define REMINDER_MARKS "_+=,.@:()/-"

enum { REMINDER_LINE_MAX = 200, REMINDER_KEYS_MAX = 500 };

struct reminder_key {
    const char *user, *key; /* key "": its ID is not known */
};

/* These are the keys of `user` (NULL: of everybody) in this account that are due now. */
void reminder_put(const char *journal, const char *account, const char *user,
                  const struct reminder_key *keys, size_t count);
/* Those of an audit, whoever it was narrowed to: it looks at everybody. An account whose credential report could
 * not be read changes nothing. By the age of the check of it. */
void reminder_put_audit(const char *journal, const struct facts *facts);
/* This key is not due any more. */
void reminder_forget(const char *journal, const char *key);
/* The first line; "" for none, also when there is anything in it that must not be. */
void reminder_line(const char *journal, char ret_line[REMINDER_LINE_MAX + 1]);

#endif
