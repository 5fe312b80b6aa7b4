#include "runner/code.h"

#include <json-c/json.h>
#include <string.h>

#include "runner/translate.h"

void code_begin(struct code *code, struct keeper *keeper)
{
    *code = (struct code){.keeper = keeper};
}

static void want(struct code *code, const char *serial, const struct error *why)
{
    if (serial != code->serial)
        text_copy(code->serial, sizeof code->serial, serial);
    code->why = *why;
    code->state = CODE_WANTED;
    code->news = true;
}

static void fail(struct code *code, const struct error *why)
{
    code->why = *why;
    code->state = CODE_FAILED;
    code->news = true;
}

/* No device gives a code: what was denied stays denied. */
static void give_up(struct code *code)
{
    code->state = CODE_NONE;
}

/* --- which device ------------------------------------------------------------------------------*/

static void devices_listed(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct code *code = context;
    struct event seen = {0};
    if (code->state != CODE_SEEKING)
        return;
    if (err == NULL)
        translate_devices(body, "", &seen);
    if (seen.arn[0] != '\0')
        want(code, seen.arn, &code->why);
    else
        give_up(code);
}

static void list_devices(struct code *code)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "user", code->user);
    if (!keeper_ask(code->keeper, MESSAGE_LIST_MFA, &body, devices_listed, code, NULL))
        give_up(code);
}

/* Only a user's long-term keys can show a code. */
static void identified(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct code *code = context;
    const char *arn = err == NULL ? body_string(body, "arn") : "";
    const char *name = strrchr(arn, '/');
    bool user = strstr(arn, ":user/") != NULL && name != NULL && err == NULL && body_bool(body, "long_term");
    if (code->state != CODE_SEEKING)
        return;
    if (!user || !text_copy(code->user, sizeof code->user, name + 1))
        give_up(code);
    else if (mfa_gives_codes(body_string(body, "mfa_serial")))
        want(code, body_string(body, "mfa_serial"), &code->why);
    else
        list_devices(code);
}

bool code_seek(struct code *code, const struct error *why)
{
    struct json_object *body;
    bool wanted = code->state == CODE_WANTED;
    code->news = code->news || wanted; /* once more: it was put away, perhaps */
    if (wanted || code->state == CODE_SEEKING || code->state == CODE_TAKING)
        return true;
    const char *of_role = body_string(keeper_hello(code->keeper), "code_of");
    if (why->code == ERROR_MFA_NEEDED && (of_role[0] != '\0' || code->serial[0] != '\0')) {
        code->of_role = of_role[0] != '\0';
        want(code, of_role[0] != '\0' ? of_role : code->serial, why);
        return true;
    }
    if (why->code != ERROR_DENIED || of_role[0] != '\0' ||
        (code->sought && code->state != CODE_FAILED))
        return false;
    code->sought = true;
    code->why = *why;
    body = json_object_new_object();
    if (!keeper_ask(code->keeper, MESSAGE_IDENTIFY, &body, identified, code, NULL))
        return false;
    code->state = CODE_SEEKING;
    return true;
}

/* --- the session -------------------------------------------------------------------------------*/

static void taken(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct code *code = context;
    if (code->state != CODE_TAKING)
        return;
    if (err != NULL && (err->code == ERROR_MFA_REFUSED || err->code == ERROR_MFA_USED)) {
        want(code, code->serial, err);
    } else if (err != NULL) {
        fail(code, err);
    } else {
        code->session = (struct runner_session){.date = date, .expires = body_number(body, "expires")};
        if (!code->of_role) {
            text_copy(code->session.serial, sizeof code->session.serial, code->serial);
            keeper_look_in_session(code->keeper);
        }
        code->state = CODE_HELD;
        code->news = true;
    }
}

void code_take(struct code *code, const char *digits, const char *command)
{
    struct error err = {0};
    if (command[0] == '\0' && !mfa_is_code(digits)) {
        error_set(&err, ERROR_USAGE, "a code has six digits");
        want(code, code->serial, &err);
        return;
    }
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_string(body, "serial", code->of_role ? "" : code->serial);
    body_set_string(body, "code", digits);
    body_set_string(body, "command", command);
    body_set_bool(body, "explain", true);
    code->state = CODE_TAKING;
    if (!keeper_ask(code->keeper, MESSAGE_TAKE_SESSION, &body, taken, code, &err))
        fail(code, &err);
}
