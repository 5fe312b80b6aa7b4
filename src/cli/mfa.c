/* keywright mfa: a verb a file. */
#include "cli/mfa.h"

#include <string.h>

#include "cli/print.h"

int command_mfa(struct cli *cli)
{
    static const struct {
        const char *verb;
        struct option_set refuses;
        int (*run)(struct cli *cli);
    } verbs[] = {
        {"status",
         {{WITH(LASTS), WITH(PROFILE_OUT), WITH(NAME)}},
         mfa_status},
        {"login", {{WITH(ALL_USERS), WITH(USER), WITH(AS), WITH(NAME)}},
         mfa_login},
        {"enroll", {{WITH(ALL_USERS), WITH(LASTS), WITH(PROFILE_OUT)}},
         mfa_enroll},
    };
    const char *verb = cli->options.arguments[0];
    struct error err = {0};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].verb, verb) != 0)
            continue;
        if (!options_refuse(&cli->options, verb, &verbs[i].refuses, &err))
            return report_error(&err, "see 'keywright mfa --help'");
        return verbs[i].run(cli);
    }
    return report_problem(2, "see 'keywright mfa --help'",
                          "mfa has status, login and enroll, but no '%.40s'", verb);
}
