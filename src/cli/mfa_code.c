/* Who we are, and the session that a code is good for: see mfa.h. */
#include "cli/mfa.h"

#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/drive.h"
#include "cli/print.h"
#include "rotation/rotation.h"
#include "wire/message.h"

enum { TRIES = 3 };

/* --- small things ------------------------------------------------------------------------------*/

const char *mfa_type(const char *serial)
{
    bool arn = strncmp(serial, "arn:", 4) == 0;
    if (arn && strstr(serial, ":mfa/") != NULL)
        return "virtual";
    if (arn && strstr(serial, ":u2f/") != NULL)
        return "passkey";
    if (arn && strstr(serial, ":sms-mfa/") != NULL)
        return "sms";
    return "hardware";
}

FILE *mfa_out(const struct cli *cli)
{
    return option_given(&cli->options, OPTION_JSON) || !isatty(STDOUT_FILENO) ? stderr : stdout;
}

struct json_object *mfa_body(bool session)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_bool(body, "session", session);
    return body;
}

bool mfa_ask(struct keeper *keeper, enum message_kind kind, struct json_object *body,
             struct json_object **ret_reply, struct error *err)
{
    struct json_object *taken = body, *reply = NULL;
    if (!connect_ask(keeper, kind, &taken, &reply, err))
        return false;
    if (ret_reply != NULL)
        *ret_reply = reply;
    else
        json_object_put(reply);
    return true;
}

/* Signals are held back but while the line is waited for, so that none is missed. */
bool mfa_prompt(struct cli *cli, struct keeper *keeper, const char *prompt, char *line, size_t size)
{
    struct drive drive = {.cli = cli, .keeper = keeper, .out = mfa_out(cli)};
    sigset_t before;
    sigprocmask(SIG_SETMASK, NULL, &before);
    connect_catch_signals(&drive.wait_mask);
    bool got = ask_text(&drive, prompt, line, size);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (!got)
        fputc('\n', drive.out);
    return got;
}

/* --- who ---------------------------------------------------------------------------------------*/

void mfa_user_of(const char *arn, char *user, size_t size)
{
    const char *name = strrchr(arn, strstr(arn, ":user/") != NULL ? '/' : ':');
    bool root = name != NULL && strcmp(name, ":root") == 0;
    text_copy(user, size, root ? "<root_account>" : name != NULL && *name == '/' ? name + 1 : "");
}

bool mfa_connect(const struct cli *cli, bool terminal, struct keeper **ret_keeper,
                 struct error *err)
{
    /* A starter has scope and terminal; and then the cage is closed. */
    return connect_keeper_for(cli, terminal, cli->starter, ret_keeper, err) &&
           (cli->starter != NULL || connect_confine(cli, NULL, err));
}

bool mfa_identify(struct keeper *keeper, bool session, struct mfa_identity *ret_identity,
                  struct error *err)
{
    struct json_object *reply = NULL;
    if (!mfa_ask(keeper, MESSAGE_IDENTIFY, mfa_body(session), &reply, err))
        return false;
    struct mfa_identity identity = {.long_term = body_bool(reply, "long_term")};
    text_copy(identity.account, sizeof identity.account, body_string(reply, "account"));
    text_copy(identity.partition, sizeof identity.partition, body_string(reply, "partition"));
    text_copy(identity.arn, sizeof identity.arn, body_string(reply, "arn"));
    text_copy(identity.key, sizeof identity.key, body_string(reply, "signer"));
    text_copy(identity.serial, sizeof identity.serial, body_string(reply, "mfa_serial"));
    mfa_user_of(identity.arn, identity.user, sizeof identity.user);
    if (identity.user[0] == '<')
        identity.user[0] = '\0';
    json_object_put(reply);
    *ret_identity = identity;
    return true;
}

/* --- the session -------------------------------------------------------------------------------*/

static bool pick(struct json_object *list, struct mfa_identity *identity, struct error *err)
{
    size_t usable = 0, count = body_count(list);
    char names[400] = "";
    for (size_t i = 0; i < count; i++) {
        const char *found = body_string(json_object_array_get_idx(list, i), "serial");
        size_t used = strlen(names);
        if (!mfa_gives_codes(found))
            continue;
        if (usable++ == 0)
            text_copy(identity->serial, sizeof identity->serial, found);
        if (used + strlen(found) + 3 < sizeof names)
            snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", found);
    }
    if (usable == 1)
        return true;
    identity->serial[0] = '\0';
    if (usable > 1)
        return error_set(err, ERROR_USAGE, "the user has %zu devices that show codes: %s; name one of them as "
                         "mfa_serial in the profile", usable, names);
    if (count > 0)
        return error_set(err, ERROR_MFA_NONE, "the user's MFA devices show no codes (passkeys, security keys): AWS "
                         "takes none of them for a session");
    return error_set(err, ERROR_MFA_NONE, "the user has no MFA device");
}

bool mfa_find_device(struct keeper *keeper, struct mfa_identity *identity, struct error *err)
{
    struct json_object *body = mfa_body(false), *reply = NULL;
    if (identity->serial[0] != '\0') {
        json_object_put(body);
        return true;
    }
    body_set_string(body, "user", identity->user);
    if (!mfa_ask(keeper, MESSAGE_LIST_MFA, body, &reply, err)) {
        if (err->code == ERROR_DENIED)
            (void)error_wrap(err, "the MFA device is not known (name it as mfa_serial in the profile)");
        return false;
    }
    bool good = pick(body_array(reply, "devices"), identity, err);
    json_object_put(reply);
    return good;
}

static bool mfa_take(struct keeper *keeper, const char *serial, const char *code, const char *command,
              int64_t duration, int64_t *ret_expires, struct error *err)
{
    struct json_object *body = mfa_body(false), *reply = NULL;
    body_set_string(body, "serial", serial);
    body_set_string(body, "code", code != NULL ? code : "");
    body_set_string(body, "command", command != NULL ? command : "");
    body_set_number(body, "duration", duration);
    body_set_bool(body, "explain", true);
    if (!mfa_ask(keeper, MESSAGE_TAKE_SESSION, body, &reply, err))
        return false;
    *ret_expires = body_number(reply, "expires");
    json_object_put(reply);
    return true;
}

/* The keeper sends no code twice; one that it refused itself is no try. */
static bool take_by_prompt(struct cli *cli, struct keeper *keeper, const struct mfa_wish *wish,
                           int64_t *ret_expires, struct error *err)
{
    char prompt[MFA_SERIAL_SIZE + 96], line[64];
    snprintf(prompt, sizeof prompt, "MFA code of %s%s%s; Enter: stop here: ", wish->serial,
             wish->what[0] != '\0' ? "," : "", wish->what);
    for (int tries = 0;;) {
        bool got = mfa_prompt(cli, keeper, prompt, line, sizeof line);
        if (connect_interrupted())
            return error_set(err, ERROR_INTERRUPTED, "interrupted");
        if (!got || line[0] == '\0')
            return error_set(err, ERROR_MFA_NEEDED, "no code of %s was given", wish->serial);
        if (!mfa_is_code(line)) {
            print_line(mfa_out(cli), "A code has six digits.");
            continue;
        }
        if (mfa_take(keeper, wish->serial, line, NULL, wish->duration, ret_expires, err))
            return true;
        bool again = err->code == ERROR_MFA_USED || (err->code == ERROR_MFA_REFUSED && ++tries < TRIES);
        if (!again)
            return false;
        report_error(err, NULL);
    }
}

bool mfa_take_code(struct cli *cli, struct keeper *keeper, const struct mfa_wish *wish, int64_t *ret_expires,
                   struct error *err)
{
    const char *code = option_string(&cli->options, OPTION_MFA_CODE);
    const char *command = option_string(&cli->options, OPTION_MFA_COMMAND);
    if (code != NULL && command != NULL)
        return error_set(err, ERROR_USAGE, "--mfa-code and --mfa-command exclude each other");
    if (code != NULL && !mfa_is_code(code))
        return error_set(err, ERROR_USAGE, "an MFA code has six digits");
    if (code != NULL || command != NULL)
        return mfa_take(keeper, wish->serial, code, command, wish->duration, ret_expires, err);
    if (!connect_has_terminal() || (option_given(&cli->options, OPTION_YES) && !wish->attended))
        return error_set(err, ERROR_MFA_NEEDED, "a code of %s is needed%s", wish->serial, wish->what);
    return take_by_prompt(cli, keeper, wish, ret_expires, err);
}

bool mfa_take_session(struct cli *cli, struct keeper *keeper, struct mfa_identity *identity,
                      int64_t duration, int64_t *ret_expires, struct error *err)
{
    if (!identity->long_term)
        return error_set(err, ERROR_NO_CREDENTIALS,
                         "%s speaks by a session already, and one with MFA is taken from long-term keys: name the "
                         "profile that holds them with --profile", identity->arn);
    if (!mfa_find_device(keeper, identity, err))
        return false;
    const struct mfa_wish wish = {.serial = identity->serial, .what = "", .duration = duration, .attended = true};
    return mfa_take_code(cli, keeper, &wish, ret_expires, err);
}
