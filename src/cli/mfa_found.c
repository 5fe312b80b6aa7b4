/* mfa enroll: what is there before a device is made, what earlier runs left above all. */
#include <json-c/json.h>
#include <string.h>

#include "base/when.h"
#include "cli/mfa_enroll.h"
#include "cli/print.h"
#include "wire/message.h"

enum { LEFT_MAX = 16 };

bool enroll_note(struct enroll *enroll, enum enrolment_step step, struct error *err)
{
    struct enrolment enrolment = {enroll->identity.account, enroll->user, enroll->serial,
                                  enroll->actor};
    return enrolment_note(enroll->log, step, &enrolment, when_now(), err);
}

struct json_object *enroll_body(const struct enroll *enroll)
{
    struct json_object *body = mfa_body(enroll->session);
    body_set_string(body, "user", enroll->user);
    body_set_string(body, "serial", enroll->serial);
    return body;
}

/* --- what is there -----------------------------------------------------------------------------*/

bool enroll_look(struct enroll *enroll, const char *serial, enum enroll_there *ret_there,
                 struct error *err)
{
    struct json_object *reply = NULL;
    if (!mfa_ask(enroll->keeper, MESSAGE_LIST_DEVICES, mfa_body(enroll->session), &reply, err))
        return false;
    struct json_object *list = body_array(reply, "devices");
    size_t count = body_count(list);
    *ret_there = THERE_NOT;
    for (size_t i = 0; i < count; i++) {
        struct json_object *device = json_object_array_get_idx(list, i);
        if (strcmp(body_string(device, "serial"), serial) == 0)
            *ret_there = body_string(device, "user_arn")[0] != '\0' ? THERE_ASSIGNED
                                                                    : THERE_UNASSIGNED;
    }
    json_object_put(reply);
    return true;
}

bool enroll_remove(struct enroll *enroll, struct error *err)
{
    struct error cause = {0};
    if (!enroll_note(enroll, ENROLMENT_REMOVING, err))
        return false;
    if (!mfa_ask(enroll->keeper, MESSAGE_DELETE_MFA, enroll_body(enroll), NULL, &cause) &&
        cause.code != ERROR_NOT_FOUND) {
        *err = cause;
        return false;
    }
    return enroll_note(enroll, ENROLMENT_REMOVED, err);
}

static int settle(struct enroll *enroll, const char *serial)
{
    struct error err = {0};
    enum enroll_there there;
    text_copy(enroll->serial, sizeof enroll->serial, serial);
    if (!enroll_look(enroll, serial, &there, &err))
        return report_error(&err, "allow iam:ListVirtualMFADevices: an earlier enrolment has to be "
                                  "looked after first");
    if (there == THERE_UNASSIGNED)
        print_line(mfa_out(enroll->cli),
                   "An earlier enrolment left %s, which nobody has and whose seed is gone: it is "
                   "removed.",
                   serial);
    bool good = there == THERE_ASSIGNED     ? enroll_note(enroll, ENROLMENT_ENABLED, &err)
                : there == THERE_UNASSIGNED ? enroll_remove(enroll, &err)
                                            : enroll_note(enroll, ENROLMENT_REMOVED, &err);
    return good ? 0 : report_error(&err, NULL);
}

int enroll_settle(struct enroll *enroll)
{
    char left[LEFT_MAX][ENROLMENT_SERIAL_SIZE];
    struct error err = {0};
    size_t count = 0;
    if (!enrolment_left(enroll->log, enroll->identity.account, left, LEFT_MAX, &count, &err))
        return report_error(&err, NULL);
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = settle(enroll, left[i]);
    return status;
}

/* --- names -------------------------------------------------------------------------------------*/

static void name_serial(struct enroll *enroll)
{
    snprintf(enroll->serial, sizeof enroll->serial, "arn:%s:iam::%s:mfa/%s",
             enroll->identity.partition, enroll->identity.account, enroll->name);
}

static int in_use(const struct enroll *enroll)
{
    return report_problem(1, "give another name with --name", "the device %s is in use",
                          enroll->serial);
}

/* Since 2023 AWS wants a session with MFA for a second device of one's own. */
int enroll_look_at_user(struct enroll *enroll)
{
    struct json_object *reply = NULL;
    struct error err = {0};
    const struct options *options = &enroll->cli->options;
    bool own = strcmp(enroll->user, enroll->identity.user) == 0 && enroll->identity.long_term;
    struct json_object *body = mfa_body(false);
    body_set_string(body, "user", enroll->user);
    if (!mfa_ask(enroll->keeper, MESSAGE_LIST_MFA, body, &reply, &err) && err.code != ERROR_DENIED)
        return report_error(&err, NULL);
    struct json_object *list = body_array(reply, "devices");
    bool has = body_count(list) > 0 || body_bool(reply, "unlisted"), taken = false;
    name_serial(enroll);
    for (size_t i = 0; i < body_count(list); i++)
        taken = taken || strcmp(body_string(json_object_array_get_idx(list, i), "serial"),
                                enroll->serial) == 0;
    json_object_put(reply);
    bool given = option_given(options, OPTION_MFA_CODE) || option_given(options, OPTION_MFA_COMMAND);
    bool of_role = body_string(keeper_hello(enroll->keeper), "code_of")[0] != '\0';
    enroll->session = (given && !of_role) || (own && has);
    return taken ? in_use(enroll) : 0;
}

int enroll_check_name(struct enroll *enroll)
{
    struct error err = {0};
    enum enroll_there there = THERE_NOT;
    char line[16];
    name_serial(enroll);
    /* Who may not list them is told by the making itself that the name is taken. */
    if (!enroll_look(enroll, enroll->serial, &there, &err) && err.code != ERROR_DENIED)
        return report_error(&err, NULL);
    if (there == THERE_ASSIGNED)
        return in_use(enroll);
    if (there == THERE_NOT)
        return 0;
    print_line(mfa_out(enroll->cli),
               "There is a device %s that nobody has, made by somebody else.", enroll->serial);
    if (!mfa_prompt(enroll->cli, enroll->keeper, "Remove it and make a new one? [y/N] ", line,
                    sizeof line) ||
        (strcmp(line, "y") != 0 && strcmp(line, "yes") != 0))
        return report_problem(1, "give another name with --name", "nothing was changed");
    return enroll_remove(enroll, &err) ? 0 : report_error(&err, NULL);
}
