/* MFA: which device, whether a code would help, and what a refused one means. A code counts once and a
 * device takes few wrong ones, so no code is sent twice and none is asked for where it cannot help. */
#include "rotation/choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum {
    CODE_SPAN = 30,       /* seconds that a code is shown (RFC 6238) */
    CODE_MEMORY = 120,    /* a code that came so soon after another may be that one */
    CODES_MAX = 5,        /* refused in a row: AWS takes nine tries in three minutes, others may try too */
    SESSION_MARGIN = 120, /* seconds that a session must still have */
    NAMES_SAID = 300      /* characters of a list of devices in a sentence */
};

bool mfa_is_code(const char *code)
{
    return strlen(code) == 6 && strspn(code, "0123456789") == 6;
}

/* --- devices ----------------------------------------------------------------------------------- */

bool mfa_gives_codes(const char *serial)
{
    return serial[0] != '\0' && strstr(serial, ":u2f/") == NULL;
}

static bool among(const char *const *serials, size_t count, const char *serial)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(serials[i], serial) == 0)
            return true;
    return false;
}

static void name_devices(const char *const *serials, size_t count, bool give_codes, char text[TEXT_SIZE])
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(text), more = strlen(serials[i]) + (give_codes ? 2 : 13);
        if (mfa_gives_codes(serials[i]) != give_codes || length + more + 1 > TEXT_SIZE)
            continue;
        snprintf(text + length, TEXT_SIZE - length, "%s%s%s", length > 0 ? ", " : "", serials[i],
                 give_codes ? "" : " (no codes)");
    }
}

void mfa_devices_seen(const char *const *serials, size_t count, const char *configured,
                      const char *tried, struct event *event)
{
    const char *only = "";
    count = serials == NULL ? 0 : count;
    event->kind = EVENT_DEVICES_SEEN;
    event->count = 0;
    for (size_t i = 0; i < count; i++)
        if (mfa_gives_codes(serials[i])) {
            only = event->count == 0 ? serials[i] : "";
            event->count++;
        }
    bool configured_fits = mfa_gives_codes(configured) &&
                           (serials == NULL ? strcmp(configured, tried) != 0
                                            : among(serials, count, configured));
    if (serials == NULL)
        event->count = configured_fits ? 1 : -1;
    text_copy(event->arn, sizeof event->arn, configured_fits ? configured : only);
    event->verdict = tried[0] == '\0' || serials == NULL ? VERDICT_UNKNOWN
                     : among(serials, count, tried)      ? VERDICT_WORKS
                                                         : VERDICT_REFUSED;
    memset(event->text, 0, sizeof event->text);
    name_devices(serials, count, true, event->text);
    name_devices(serials, count, false, event->text);
}

bool mfa_device_at(const struct rotation *rotation, size_t number, char ret_serial[TEXT_SIZE])
{
    const char *at = rotation->devices;
    for (size_t i = 1; number > 0 && *at != '\0'; i++) {
        const char *end = strstr(at, ", ");
        size_t length = end != NULL ? (size_t)(end - at) : strlen(at);
        memset(ret_serial, 0, TEXT_SIZE);
        memcpy(ret_serial, at, length);
        if (i == number)
            return mfa_gives_codes(ret_serial);
        at += length + (end != NULL ? 2 : 0);
    }
    return false;
}

void mfa_user(const struct plan *plan, char ret_user[USER_SIZE])
{
    const char *slash = strrchr(plan->signer_arn, '/');
    bool user = strstr(plan->signer_arn, ":user/") != NULL && slash != NULL;
    text_copy(ret_user, USER_SIZE, plan->self ? plan->user : user ? slash + 1 : "");
}

/* A session is taken with a user's long-term key: a role, or a session, has none to give. */
static bool may_have_device(const struct rotation *rotation)
{
    const struct plan *plan = &rotation->plan;
    bool user = plan->self || strstr(plan->signer_arn, ":user/") != NULL;
    return user && strncmp(plan->signer_key, "ASIA", 4) != 0;
}

static bool find_device(struct choice *choice)
{
    choose(choice, EFFECT_FIND_DEVICE);
    choice->effect->session = false; /* that it works without one is the point */
    memcpy(choice->effect->key, choice->effect->signer, sizeof choice->effect->key);
    return true;
}

static bool which_device(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    char user[USER_SIZE];
    mfa_user(&rotation->plan, user);
    return choose_ask(choice, QUESTION_DEVICE, "",
                      "which MFA device of %s gives the code? %.*s (or name it as mfa_serial in the profile)",
                      user, NAMES_SAID, rotation->devices);
}

/* --- codes ------------------------------------------------------------------------------------- */

bool session_ending(const struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    return rotation->session_ends != 0 &&
           rotation->session_ends - rotation_server_now(rotation, choice->now) < SESSION_MARGIN;
}

/* By our clock: when a code begins that cannot be the one that was sent last. */
static int64_t fresh_code_at(const struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    int64_t server = rotation_server_now(rotation, choice->now);
    int64_t next = (rotation->code_spent / CODE_SPAN + 1) * CODE_SPAN;
    bool counts = rotation->code_spent != 0 && next > server && next - server <= CODE_SPAN;
    return counts ? choice->now + (next - server) : 0;
}

bool choose_code(struct choice *choice, const char *format, ...)
{
    struct effect *effect = choice->effect;
    va_list args;
    va_start(args, format);
    vsnprintf(effect->text, sizeof effect->text, format, args);
    va_end(args);
    effect->question = QUESTION_MFA;
    choose_for_key(choice, EFFECT_ASK, effect->signer);
    effect->until = fresh_code_at(choice);
    return true;
}

bool session_missing(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    choose(choice, EFFECT_TAKE_SESSION);
    bool held = rotation->session_held && strcmp(rotation->session_key, choice->effect->signer) == 0;
    bool ending = held && session_ending(choice);
    if (!choice->effect->session || (held && !ending))
        return choose_nothing(choice);
    memcpy(choice->effect->key, choice->effect->signer, sizeof choice->effect->key);
    if (rotation->answered == QUESTION_MFA)
        return true;
    return choose_code(choice, ending ? "the MFA session ends soon: an MFA code of %.200s"
                                      : "an MFA code of %.200s", rotation->plan.mfa_serial);
}

/* AWS says the same of a wrong code and of one that was used. */
static const char *why_refused(const struct rotation *rotation)
{
    const struct event *failure = &rotation->failure;
    int64_t when = failure->date != 0 ? failure->date : rotation->code_spent;
    bool soon = rotation->session_taken != 0 && when - rotation->session_taken < CODE_MEMORY;
    return soon ? "wrong, or the one that the last session was taken with: each code counts once; give the "
                  "next one"
                : "a wrong code, or one that was used already; give the next one";
}

/* A failure after which a code opens what was closed. */
static bool code_helps(const struct rotation *rotation, const struct effect *signed_now)
{
    const struct event *failure = &rotation->failure;
    enum error_code code = error_from_name(failure->error);
    bool serial = rotation->plan.mfa_serial[0] != '\0';
    bool refused = failure->kind == EVENT_SESSION_REFUSED;
    /* A code was given, and there is no device that it could be of: another one would not help. */
    if (!serial && (rotation->plan.self || (code == ERROR_MFA_NEEDED && refused)))
        return false;
    if (code == ERROR_MFA_DEVICE)
        return refused && serial && rotation->devices_sought && !rotation->device_rests &&
               rotation->device_count > 0;
    return code == ERROR_MFA_NEEDED || (code == ERROR_EXPIRED && signed_now->session) ||
           (refused && (code == ERROR_MFA_REFUSED || code == ERROR_MFA_USED));
}

static bool ask_again(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct event *failure = &rotation->failure;
    enum error_code code = error_from_name(failure->error);
    if (rotation->codes_refused >= CODES_MAX)
        return choose_blocked(choice, true, "%lld codes in a row were refused; AWS locks a device that is "
                              "tried too often. %.300s", (long long)rotation->codes_refused, failure->text);
    if (code == ERROR_MFA_REFUSED && failure->kind == EVENT_SESSION_REFUSED)
        return choose_code(choice, "%.300s (%s)", failure->text, why_refused(rotation));
    if (code == ERROR_MFA_DEVICE)
        return choose_code(choice, "the code was of a device that is not the user's; an MFA code of %.250s",
                           rotation->plan.mfa_serial);
    return choose_code(choice, "%.400s", failure->text);
}

/* --- the device of a refused code -------------------------------------------------------------- */

/* AWS says the same of a device that is not the user's and of one that was tried too often. */
static bool device_refused(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct event *failure = &rotation->failure;
    if (!rotation->devices_sought && may_have_device(rotation))
        return find_device(choice);
    if (rotation->device_rests)
        return choose_blocked(choice, true, "AWS takes no code of %.200s for now: it is the user's, and was "
                              "tried too often or too fast. It is free again after a few minutes",
                              rotation->plan.mfa_serial);
    if (rotation->devices_sought && rotation->device_count > 1)
        return rotation->plan.mfa_serial[0] == '\0' && which_device(choice);
    if (rotation->devices_sought && rotation->device_count == 0)
        return choose_blocked(choice, true, "the device is not the user's, who has none that gives codes%s%.*s",
                              rotation->devices[0] != '\0' ? ": " : "", NAMES_SAID, rotation->devices);
    if (rotation->devices_sought && rotation->device_count > 0)
        return false;
    return choose_blocked(choice, true, "%.300s (either the device is not the user's, or it was tried too "
                          "often and is free again after a few minutes)", failure->text);
}

/* A denial under a policy that wants MFA looks like any other: with a device there is a way to try. */
static bool denied_without_session(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->plan.mfa_serial[0] != '\0' || !may_have_device(rotation))
        return false;
    if (!rotation->devices_sought)
        return find_device(choice);
    if (rotation->device_count > 1)
        return which_device(choice);
    if (rotation->device_count == 0 && rotation->devices[0] != '\0')
        return choose_blocked(choice, false, "%.250s. If that is for want of MFA: the user's devices are "
                              "passkeys or security keys, which give no codes for a session: %.*s",
                              rotation->failure.text, NAMES_SAID / 2, rotation->devices);
    return false;
}

bool next_after_mfa_failure(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct event *failure = &rotation->failure;
    enum error_code code = error_from_name(failure->error);
    bool refused = failure->kind == EVENT_SESSION_REFUSED;
    if (code == ERROR_DENIED && !refused && denied_without_session(choice))
        return true;
    /* Of a role: the keeper has looked whose the device is. */
    if (code == ERROR_MFA_RESTS)
        return choose_blocked(choice, true, "%.400s", failure->text);
    choose(choice, EFFECT_TAKE_SESSION);
    bool helps = code_helps(rotation, choice->effect);
    if (helps && rotation->answered == QUESTION_MFA)
        return choose_for_key(choice, EFFECT_TAKE_SESSION, choice->effect->signer);
    if (helps)
        return ask_again(choice);
    return (code == ERROR_MFA_DEVICE && refused && device_refused(choice)) || choose_nothing(choice);
}
