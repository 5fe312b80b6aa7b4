/* A survey of keys, as keys and due show it. */
#ifndef KEYWRIGHT_CLI_LOOK_H
#define KEYWRIGHT_CLI_LOOK_H

#include "cli/narrow.h"

struct look {
    struct cli *cli;
    struct keeper *keeper;
    struct journal *journal; /* NULL: none */
    struct narrowing *narrowing;
    const char *user; /* NULL: the signer's own */
    bool all_users;
    bool skip_uses;
};

/* Waited for. A survey that AWS denies for want of MFA, as far as can be told, is made again in a session (mfa_look_again).
 * When it returns false, err is the first thing that went wrong, and *ret_survey holds what was seen all the same, or
 * is NULL. The caller frees it, before the keeper. */
bool look_at_keys(const struct look *look, struct survey **ret_survey, struct error *err) MUST_USE;

#endif
