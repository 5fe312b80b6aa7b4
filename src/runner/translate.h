/* Between the core's words and the door's: an effect as a request, a reply as an event. Holds no
 * rule; a failure is told apart only by whether its act may have taken place. Inside runner/ only. */
#ifndef KEYWRIGHT_RUNNER_TRANSLATE_H
#define KEYWRIGHT_RUNNER_TRANSLATE_H

#include "base/error.h"
#include "rotation/rotation.h"
#include "wire/message.h"

/* A code, or the command that prints one to the keeper; both are "" when nothing was answered. */
struct mfa_answer {
    char code[16];
    char command[TEXT_SIZE];
};

/* The request that carries an effect out. False for an effect that needs no keeper (a question, a
 * wait, a record). `mfa` is for EFFECT_TAKE_SESSION. The body is the caller's. */
bool translate_request(const struct effect *effect, const struct rotation *rotation,
                       const struct mfa_answer *mfa, enum message_kind *ret_kind,
                       struct json_object **ret_body);

/* The event that a reply means: `body` on success, else `err`. False with err set when nothing can be
 * said (the keeper is gone): then the intent stays without an outcome. */
bool translate_reply(const struct effect *effect, const struct rotation *rotation,
                     struct json_object *body, const struct error *reply_error, int64_t date,
                     struct event *ret_event, struct error *err) MUST_USE;

/* The user's MFA devices that a list_mfa reply names, as mfa_devices_seen says; `tried` as there. */
void translate_devices(struct json_object *body, const char *tried, struct event *event);

/* "prepare": which pairs the keeper may look up on behalf of this rotation. The caller's. */
struct json_object *translate_prepare(const struct rotation *rotation, const char *id);

#endif
