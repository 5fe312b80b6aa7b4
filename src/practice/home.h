/* A throw-away home directory for a practice account: the AWS files as people have them. */
#ifndef KEYWRIGHT_PRACTICE_HOME_H
#define KEYWRIGHT_PRACTICE_HOME_H

#include "practice/account.h"

struct home_pair {
    char key_id[ACCOUNT_KEY_ID_SIZE];
    char secret[ACCOUNT_SECRET_SIZE];
};

struct home {
    const char *endpoint; /* "http://127.0.0.1:5000" */
    const char *user;
    struct home_pair key;    /* profiles `default` and `backup-job` */
    struct home_pair second; /* profile `second`, when there is one */
    struct home_pair admin;  /* profile `admin` */
    char mfa_serial[ACCOUNT_ARN_SIZE]; /* or "" */
    const char *role_arn;    /* profile `rotation-role` */
};

/* Write DIRECTORY/.aws/credentials and config, 0600. CHANGED when DIRECTORY/.aws is there already: a
 * home that somebody lives in is never touched. */
bool home_write(const struct home *home, const char *directory, struct error *err) MUST_USE;

#endif
