/* mfa enroll: a virtual MFA device, from its making to two codes of it. The seed goes from the keeper
 * to the terminal and is never here. */
#include <json-c/json.h>
#include <string.h>

#include "base/show.h"
#include "base/when.h"
#include "cli/mfa_enroll.h"
#include "cli/print.h"
#include "runner/lend.h"
#include "wire/message.h"

static int sign_in(struct enroll *enroll)
{
    int64_t expires;
    struct error err = {0};
    return !enroll->session ||
                   mfa_take_session(enroll->cli, enroll->keeper, &enroll->identity, 0, &expires, &err)
               ? 0
               : report_error(&err, NULL);
}

/* --- the device --------------------------------------------------------------------------------*/

static bool create(struct enroll *enroll, struct error *err)
{
    struct json_object *body = enroll_body(enroll), *reply = NULL;
    body_set_string(body, "name", enroll->name);
    body_set_string(body, "account", enroll->identity.account);
    if (!enroll_note(enroll, ENROLMENT_CREATING, err)) {
        json_object_put(body);
        return false;
    }
    if (!mfa_ask(enroll->keeper, MESSAGE_CREATE_MFA, body, &reply, err))
        return false;
    text_copy(enroll->serial, sizeof enroll->serial, body_string(reply, "serial"));
    json_object_put(reply);
    return enroll_note(enroll, ENROLMENT_CREATED, err);
}

static bool is_refusal(const struct error *err)
{
    return err->http >= 400 && err->http < 500 && err->code != ERROR_REPLY;
}

static const char denied_remedy[] = "have the named action allowed ('keywright policy mfa' prints all)";

/* A refusal made nothing; after anything else the next run looks. */
static int not_created(struct enroll *enroll, const struct error *err)
{
    bool refused = is_refusal(err);
    struct error ignored;
    if (refused)
        (void)!enroll_note(enroll, ENROLMENT_REMOVED, &ignored);
    const char *remedy =
        !refused ? "run it again: it looks first whether the device was made, and removes it"
        : err->code == ERROR_DENIED ? denied_remedy
        : strcmp(err->aws_code, "EntityAlreadyExists") == 0 ? "give another name with --name"
                                                            : NULL;
    return report_error(err, remedy);
}

/* By the keeper, which has the terminal until the operator has said so. ret_go_on false: the operator
 * stops. */
static bool show_seed(struct enroll *enroll, bool *ret_go_on, struct error *err)
{
    struct lend lend = {0};
    struct json_object *body = json_object_new_object(), *reply = NULL;
    body_set_bool(body, "utf8", show_utf8());
    lend_out(&lend);
    bool good = mfa_ask(enroll->keeper, MESSAGE_SHOW_SEED, body, &reply, err);
    if (connect_interrupted())
        (void)!mfa_ask(enroll->keeper, MESSAGE_HIDE_SECRET, json_object_new_object(), NULL, err);
    lend_back(&lend, good ? NULL : err);
    *ret_go_on = good && body_bool(reply, "go_on");
    if (good && body_bool(reply, "expired"))
        print_line(mfa_out(enroll->cli), "The time was over, and the terminal was wiped.");
    json_object_put(reply);
    return good;
}

/* One code; false when the operator stops. */
static bool ask_code(struct enroll *enroll, const char *prompt, const char *other, char code[8])
{
    char line[64];
    while (mfa_prompt(enroll->cli, enroll->keeper, prompt, line, sizeof line) && line[0] != '\0') {
        if (!mfa_is_code(line)) {
            print_line(mfa_out(enroll->cli), "A code has six digits.");
        } else if (strcmp(line, other) == 0) {
            print_line(mfa_out(enroll->cli), "That is the first one: wait for the next.");
        } else {
            text_copy(code, 8, line);
            return true;
        }
    }
    return false;
}

/* Whether the user has it now, when that was not answered. */
static bool has_it(struct enroll *enroll)
{
    struct error err;
    enum enroll_there there = THERE_NOT;
    struct json_object *reply = NULL;
    if (!mfa_ask(enroll->keeper, MESSAGE_LIST_MFA, enroll_body(enroll), &reply, &err) ||
        body_bool(reply, "unlisted")) {
        json_object_put(reply);
        return enroll_look(enroll, enroll->serial, &there, &err) && there == THERE_ASSIGNED;
    }
    struct json_object *list = body_array(reply, "devices");
    size_t count = body_count(list);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found = found || strcmp(body_string(json_object_array_get_idx(list, i), "serial"),
                                enroll->serial) == 0;
    json_object_put(reply);
    return found;
}

static bool enable(struct enroll *enroll, const char *first, const char *second, struct error *err)
{
    struct json_object *body = enroll_body(enroll);
    struct error cause = {0};
    body_set_string(body, "code1", first);
    body_set_string(body, "code2", second);
    if (!enroll_note(enroll, ENROLMENT_ENABLING, err)) {
        json_object_put(body);
        return false;
    }
    if (!mfa_ask(enroll->keeper, MESSAGE_ENABLE_MFA, body, NULL, &cause) &&
        (cause.code == ERROR_MFA_REFUSED || cause.code == ERROR_DENIED || !has_it(enroll))) {
        *err = cause;
        return false;
    }
    return enroll_note(enroll, ENROLMENT_ENABLED, err);
}

/* Leave nothing behind. */
static int stop(struct enroll *enroll, int status)
{
    struct error err = {0};
    if (connect_interrupted())
        return report_problem(130, "run it again: it removes the device and begins anew",
                              "interrupted; %s is there and nobody has it", enroll->serial);
    if (!enroll_remove(enroll, &err))
        return report_error(&err, "run it again: it removes the device and begins anew");
    print_line(mfa_out(enroll->cli), "%s was removed again.", enroll->serial);
    return status;
}

static int finish(struct enroll *enroll)
{
    if (option_given(&enroll->cli->options, OPTION_JSON)) {
        struct json_object *object = json_object_new_object();
        json_add_string(object, "account", enroll->identity.account);
        json_add_string(object, "user", enroll->user);
        json_add_string(object, "serial", enroll->serial);
        json_add_string(object, "state", "enabled");
        print_json(object);
        return 0;
    }
    print_line(stdout, "Enabled: %s is an MFA device of %s.", enroll->serial, enroll->user);
    print_line(stdout, "AWS takes its codes for sessions after some 15 seconds. In a profile it is "
                       "named by");
    print_line(stdout, "mfa_serial = %s", enroll->serial);
    return 0;
}

static int ask_codes(struct enroll *enroll)
{
    for (;;) {
        char first[8] = "", second[8] = "";
        struct error err = {0};
        if (!ask_code(enroll, "First code; Enter: stop: ", "", first) ||
            !ask_code(enroll, "The code after it; Enter: stop: ", first, second))
            return stop(enroll, 1);
        if (enable(enroll, first, second, &err))
            return finish(enroll);
        bool again = err.code == ERROR_MFA_REFUSED || err.code == ERROR_THROTTLED;
        int status = report_error(
            &err, again                      ? "give two codes that follow each other, newer than these"
                  : err.code == ERROR_DENIED ? denied_remedy
                  : is_refusal(&err)         ? NULL
                                     : "run it again: it looks first whether the device was enabled");
        if (!again)
            return is_refusal(&err) ? stop(enroll, status) : status;
    }
}

/* --- all of it ---------------------------------------------------------------------------------*/

static int confirm(struct enroll *enroll)
{
    char line[16];
    FILE *out = mfa_out(enroll->cli);
    print_line(out, "Account  %s (%s)", enroll->identity.account, enroll->identity.partition);
    print_line(out, "User     %s", enroll->user);
    print_line(out, "Device   %s", enroll->serial);
    print_line(out, "Signed by %s (%s)", enroll->identity.key, enroll->identity.arn);
    if (option_given(&enroll->cli->options, OPTION_YES))
        return 0;
    if (mfa_prompt(enroll->cli, enroll->keeper, "Make this MFA device? [y/N] ", line,
                   sizeof line) &&
        (strcmp(line, "y") == 0 || strcmp(line, "yes") == 0))
        return 0;
    return connect_interrupted()
               ? 130
               : report_problem(1, "answer y to make it", "nothing was changed");
}

static int dry_run(const struct enroll *enroll)
{
    static const char *const calls[] = {"iam:CreateVirtualMFADevice", "iam:EnableMFADevice"};
    for (size_t i = 0; i < 2; i++)
        print_line(stdout, "would call %s, signed by %s%s", calls[i], enroll->identity.key,
                   enroll->session ? " in a session with MFA" : "");
    return 0;
}

static int make_device(struct enroll *enroll)
{
    struct error err = {0};
    bool go_on = false;
    if (!create(enroll, &err))
        return not_created(enroll, &err);
    if (!show_seed(enroll, &go_on, &err) && !connect_interrupted())
        report_error(&err, NULL);
    return go_on ? ask_codes(enroll) : stop(enroll, 1);
}

static int enroll_run(struct enroll *enroll)
{
    struct error err = {0};
    const struct options *options = &enroll->cli->options;
    if (!mfa_identify(enroll->keeper, false, &enroll->identity, &err))
        return report_error(&err, NULL);
    enroll->user = option_given(options, OPTION_USER) ? option_string(options, OPTION_USER)
                                                      : enroll->identity.user;
    if (enroll->user[0] == '\0')
        return report_problem(2, "name the user with --user", "%s is no IAM user",
                              enroll->identity.arn);
    enroll->name =
        option_given(options, OPTION_NAME) ? option_string(options, OPTION_NAME) : enroll->user;
    int status = enroll_look_at_user(enroll);
    if (status == 0 && option_given(options, OPTION_DRY_RUN))
        return dry_run(enroll);
    if (status == 0)
        status = sign_in(enroll);
    if (status == 0)
        status = enroll_settle(enroll);
    if (status == 0)
        status = enroll_check_name(enroll);
    if (status == 0)
        status = confirm(enroll);
    return status == 0 ? make_device(enroll) : status;
}

static void enroll_release(struct enroll *enroll)
{
    keeper_free(enroll->keeper);
    enrolment_close(&enroll->log);
}

int mfa_enroll(struct cli *cli)
{
    struct error err = {0};
    struct text path CLEANUP(text_release);
    CLEANUP(enroll_release) struct enroll enroll = {.cli = cli};
    bool dry = option_given(&cli->options, OPTION_DRY_RUN);
    text_init(&path, TEXT_SIZE * 8);
    if (!dry && !connect_can_wipe())
        return report_problem(2, "run it on a terminal; TERM must not be dumb",
                              "the seed of an MFA device is shown on a terminal only");
    if (cli->actor != NULL)
        text_copy(enroll.actor, sizeof enroll.actor, cli->actor);
    else
        connect_actor(enroll.actor, sizeof enroll.actor);
    connect_catch_signals(NULL);
    if (!connect_journal_path(cli, &path, &err) ||
        (!dry && !enrolment_open(path.bytes, &enroll.log, &err)) ||
        !mfa_connect(cli, !dry, &enroll.keeper, &err) || !mfa_open_role(cli, enroll.keeper, true, &err))
        return report_error(&err, NULL);
    mfa_note_credentials(enroll.keeper);
    return enroll_run(&enroll);
}

int mfa_enroll_aside(const void *context, struct starter *starter, const char *actor, int *ret_signal)
{
    struct cli cli = *(const struct cli *)context;
    cli.starter = starter;
    cli.actor = actor;
    cli.options.given.has[OPTION_USER] = false;     /* oneself */
    cli.options.given.has[OPTION_MFA_CODE] = false; /* a code is good for one */
    connect_forget_signals();
    int status = mfa_enroll(&cli);
    *ret_signal = connect_signal();
    connect_forget_signals();
    return status;
}
