/* A role of the identity wants an MFA code: for the commands that look and have no rotation to ask in. */
#include <json-c/json.h>
#include <stdio.h>

#include "cli/mfa.h"
#include "cli/print.h"
#include "wire/message.h"

enum { TRIES = 3 };

static bool take_by_prompt(struct cli *cli, struct keeper *keeper, const char *serial, struct error *err)
{
    char prompt[MFA_SERIAL_SIZE + 64], line[64];
    int64_t expires = 0;
    snprintf(prompt, sizeof prompt, "MFA code of %s, for the role; Enter: stop here: ", serial);
    for (int tries = 0;;) {
        bool got = mfa_prompt(cli, keeper, prompt, line, sizeof line);
        if (connect_interrupted())
            return error_set(err, ERROR_INTERRUPTED, "interrupted");
        if (!got || line[0] == '\0')
            return error_set(err, ERROR_MFA_NEEDED, "no code of %s was given", serial);
        if (!mfa_is_code(line)) {
            print_line(mfa_out(cli), "A code has six digits.");
            continue;
        }
        if (mfa_take(keeper, serial, line, NULL, 0, &expires, err))
            return true;
        /* The keeper sends no code twice; one that it refused itself is no try. */
        bool again = err->code == ERROR_MFA_USED || (err->code == ERROR_MFA_REFUSED && ++tries < TRIES);
        if (!again)
            return false;
        report_error(err, NULL);
    }
}

bool mfa_open_role(struct cli *cli, struct keeper *keeper, struct error *err)
{
    const char *code = option_string(&cli->options, OPTION_MFA_CODE);
    const char *command = option_string(&cli->options, OPTION_MFA_COMMAND);
    int64_t expires = 0;
    if (!keeper_drain(keeper, err))
        return false;
    const char *serial = body_string(keeper_hello(keeper), "code_of");
    if (serial[0] == '\0')
        return true;
    if (code != NULL && command != NULL)
        return error_set(err, ERROR_USAGE, "--mfa-code and --mfa-command exclude each other");
    if (code != NULL && !mfa_is_code(code))
        return error_set(err, ERROR_USAGE, "an MFA code has six digits");
    if (code != NULL || command != NULL)
        return mfa_take(keeper, serial, code, command, 0, &expires, err);
    if (!connect_has_terminal() || option_given(&cli->options, OPTION_YES))
        return error_set(err, ERROR_MFA_NEEDED, "a code of %s is needed for the role", serial);
    return take_by_prompt(cli, keeper, serial, err);
}

bool mfa_begin_look(struct cli *cli, struct keeper *keeper, struct error *err)
{
    bool given = option_given(&cli->options, OPTION_MFA_CODE) ||
                 option_given(&cli->options, OPTION_MFA_COMMAND);
    if (!mfa_open_role(cli, keeper, err))
        return false;
    return !given || body_string(keeper_hello(keeper), "code_of")[0] != '\0' ||
           error_set(err, ERROR_USAGE,
                     "no role of this identity wants a code. A session of a user's own key is taken by "
                     "'keywright mfa login --profile-out NAME'; then name it with --profile");
}
