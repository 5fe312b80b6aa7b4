/* mfa: MFA devices and sessions. */
#include "cli/mfa.h"

#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/drive.h"
#include "cli/print.h"
#include "rotation/rotation.h"
#include "wire/message.h"
#include "wire/scope.h"

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

bool mfa_is_code(const char *code)
{
    return strlen(code) == 6 && strspn(code, "0123456789") == 6;
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
    struct text scope CLEANUP(text_release);
    struct keeper_options options = connect_options(cli);
    text_init(&scope, SCOPE_MAXIMUM);
    scope_add(&scope, SCOPE_MFA, option_string(&cli->options, OPTION_MFA_COMMAND));
    options.scope = &scope;
    options.terminal = terminal;
    options.starter = cli->starter;
    if (cli->starter != NULL) /* which has scope and terminal; and the cage is closed */
        return keeper_start(&options, ret_keeper, err);
    return keeper_start(&options, ret_keeper, err) && connect_confine(cli, NULL, err);
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

/* The one device of ours that shows codes, when the profile names none. */
static int find_device(struct keeper *keeper, struct mfa_identity *identity)
{
    struct error err = {0};
    struct json_object *body = mfa_body(false), *reply = NULL;
    body_set_string(body, "user", identity->user);
    if (!mfa_ask(keeper, MESSAGE_LIST_MFA, body, &reply, &err))
        return report_error(&err, err.code == ERROR_DENIED
                                      ? "name the device: mfa_serial = ARN in the profile"
                                      : NULL);
    struct json_object *list = body_array(reply, "devices");
    size_t count = body_count(list), usable = 0;
    for (size_t i = 0; i < count; i++) {
        const char *found = body_string(json_object_array_get_idx(list, i), "serial");
        if (!mfa_gives_codes(found))
            continue;
        if (usable++ == 0)
            text_copy(identity->serial, sizeof identity->serial, found);
        else
            print_line(stderr, "device %s", found);
    }
    json_object_put(reply);
    if (usable == 1)
        return 0;
    if (usable > 1)
        return report_problem(2, "name one of them: mfa_serial = ARN in the profile",
                              "the user has %zu devices that show codes, %s among them", usable,
                              identity->serial);
    if (count > 0)
        return report_problem(1, "enrol a virtual device: keywright mfa enroll",
                              "the user's MFA devices show no codes (passkeys, security keys): AWS "
                              "takes none of them for a session");
    return report_problem(1, "enrol one: keywright mfa enroll", "the user has no MFA device");
}

bool mfa_take(struct keeper *keeper, const char *serial, const char *code, const char *command,
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
static int take_by_prompt(struct cli *cli, struct keeper *keeper, const char *serial,
                          int64_t duration, int64_t *ret_expires)
{
    char prompt[MFA_SERIAL_SIZE + 64], line[64];
    int status = 0;
    snprintf(prompt, sizeof prompt, "MFA code of %s; Enter: stop here: ", serial);
    for (int tries = 0; tries < TRIES;) {
        struct error err = {0};
        bool got = mfa_prompt(cli, keeper, prompt, line, sizeof line);
        if (connect_interrupted())
            return 130;
        if (!got || line[0] == '\0')
            return report_problem(3, "run it again with a code", "no MFA code was given");
        if (!mfa_is_code(line)) {
            print_line(mfa_out(cli), "A code has six digits.");
            continue;
        }
        if (mfa_take(keeper, serial, line, NULL, duration, ret_expires, &err))
            return 0;
        status = report_error(&err, NULL);
        if (err.code != ERROR_MFA_REFUSED && err.code != ERROR_MFA_USED)
            return status;
        tries += err.code == ERROR_MFA_REFUSED;
    }
    return status;
}

int mfa_take_session(struct cli *cli, struct keeper *keeper, struct mfa_identity *identity,
                     int64_t duration, int64_t *ret_expires)
{
    const char *code = option_string(&cli->options, OPTION_MFA_CODE);
    const char *command = option_string(&cli->options, OPTION_MFA_COMMAND);
    struct error err = {0};
    if (!identity->long_term)
        return report_problem(1, "name the profile that holds the keys with --profile",
                              "%s speaks by a session already: one with MFA is taken from "
                              "long-term keys",
                              identity->arn);
    if (code != NULL && !mfa_is_code(code))
        return report_problem(2, "give what the device shows", "an MFA code has six digits");
    int status = identity->serial[0] != '\0' ? 0 : find_device(keeper, identity);
    if (status != 0)
        return status;
    if (code != NULL || command != NULL)
        return mfa_take(keeper, identity->serial, code, command, duration, ret_expires, &err)
                   ? 0
                   : report_error(&err, NULL);
    if (!connect_has_terminal())
        return report_problem(3, "give it with --mfa-code or --mfa-command",
                              "a code of %s is needed", identity->serial);
    return take_by_prompt(cli, keeper, identity->serial, duration, ret_expires);
}

/* --- the command -------------------------------------------------------------------------------*/

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
