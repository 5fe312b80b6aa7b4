/* The command line of keywright-practice. */
#ifndef KEYWRIGHT_PRACTICE_OPTIONS_H
#define KEYWRIGHT_PRACTICE_OPTIONS_H

#include <stdint.h>

#include "practice/practice.h"

enum { OPTIONS_FAULTS_MAXIMUM = 32, OPTIONS_SETTINGS_MAXIMUM = 32 };

struct options {
    uint16_t port;
    const char *user;
    int64_t more_users;
    int64_t age_days;
    int64_t keys;
    enum account_policy policy;
    bool mfa;
    bool serve;
    const char *log;
    const char *secrets; /* practice_open_secrets */
    const char *home;
    /* Gets one line when the server answers: a JSON object of endpoint, home, user, key, second_key,
     * admin_key, mfa_serial, role_arn, account; null for what there is not. Then it is closed. */
    int ready_fd;  /* -1: none */
    int parent_fd; /* -1: none */
    const char *faults[OPTIONS_FAULTS_MAXIMUM];
    size_t fault_count;
    struct {
        const char *name; /* of ACCOUNT_SETTING_TABLE */
        int64_t value;
    } settings[OPTIONS_SETTINGS_MAXIMUM];
    size_t setting_count;
    bool help;
    bool version;
};

/* Read the command line. USAGE with what is wrong. Strings are borrowed from argv. */
bool options_read(int argc, char **argv, struct options *ret_options, struct error *err) MUST_USE;
/* The text of --help. */
const char *options_help(void);

#endif
