/* MFA codes for the commands that look and have no rotation to ask in: of a role of the identity, or of its own keys under
 * a policy that wants MFA. */
#include <json-c/json.h>
#include <stdio.h>

#include "cli/mfa.h"
#include "cli/print.h"
#include "wire/message.h"

void mfa_note_credentials(struct keeper *keeper)
{
    const char *surprise = body_string(keeper_hello(keeper), "surprise");
    if (surprise[0] != '\0')
        print_line(stderr, "keywright: note: %s", surprise);
}

bool mfa_open_role(struct cli *cli, struct keeper *keeper, bool attended, struct error *err)
{
    int64_t expires = 0;
    if (!keeper_drain(keeper, err))
        return false;
    const struct mfa_wish wish = {.serial = body_string(keeper_hello(keeper), "code_of"), .what = " for the role",
                                  .attended = attended};
    return wish.serial[0] == '\0' || mfa_take_code(cli, keeper, &wish, &expires, err);
}

/* From now on it is looked in a session of the identity's own keys. */
static bool look_in_session(struct cli *cli, struct keeper *keeper, struct error *err)
{
    struct mfa_identity identity;
    int64_t expires = 0;
    if (!mfa_identify(keeper, false, &identity, err) ||
        !mfa_take_session(cli, keeper, &identity, 0, &expires, err))
        return false;
    keeper_look_in_session(keeper);
    return true;
}

bool mfa_begin_look(struct cli *cli, struct keeper *keeper, struct error *err)
{
    bool given = option_given(&cli->options, OPTION_MFA_CODE) ||
                 option_given(&cli->options, OPTION_MFA_COMMAND);
    if (!mfa_open_role(cli, keeper, false, err))
        return false;
    mfa_note_credentials(keeper);
    bool of_role = body_string(keeper_hello(keeper), "code_of")[0] != '\0';
    return !given || of_role || look_in_session(cli, keeper, err);
}

/* Only an IAM user has a device; a role, and a session, give no code. */
static bool may_help(struct keeper *keeper, struct mfa_identity *ret_identity, struct error *err)
{
    struct error several = {0};
    if (keeper_looks_in_session(keeper) || !mfa_identify(keeper, false, ret_identity, NULL) ||
        !ret_identity->long_term || ret_identity->user[0] == '\0')
        return false;
    if (mfa_find_device(keeper, ret_identity, &several))
        return mfa_gives_codes(ret_identity->serial);
    if (several.code == ERROR_USAGE)
        error_set(err, ERROR_DENIED, "%.250s; if that is for want of MFA: %.240s", err->text, several.text);
    return false;
}

bool mfa_look_again(struct cli *cli, struct keeper *keeper, const struct error *denial, struct error *err)
{
    struct mfa_identity identity;
    struct error failure = {0};
    int64_t expires = 0;
    *err = *denial;
    if (denial->code != ERROR_DENIED || !may_help(keeper, &identity, err))
        return false;
    const struct mfa_wish wish = {.serial = identity.serial, .what = ""};
    bool answered = option_given(&cli->options, OPTION_MFA_CODE) || option_given(&cli->options, OPTION_MFA_COMMAND) ||
                    option_given(&cli->options, OPTION_YES);
    if (connect_has_terminal() && !answered)
        print_line(stderr, "keywright: %s. Perhaps that is for want of MFA.", denial->text);
    if (mfa_take_code(cli, keeper, &wish, &expires, &failure)) {
        keeper_look_in_session(keeper);
        return true;
    }
    *err = failure;
    if (failure.code == ERROR_MFA_NEEDED)
        error_set(err, ERROR_MFA_NEEDED, "%.250s; perhaps for want of MFA: %.240s", denial->text, failure.text);
    return false;
}
