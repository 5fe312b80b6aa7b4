#include "keeper/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"

enum {
    PAGES_MOST = 8,    /* a user has eight devices at most (IAM quotas) */
    NAMES_SIZE = 200,  /* of a list of devices in a sentence */
    SERIAL_SIZE = 300
};

struct explanation {
    struct request *request;
    const struct credentials *user;
    const char *serial;
    struct error err;
    device_told *told;
    void *context;
    char marker[1024];
    int pages;
    bool listed;            /* the serial is among them */
    char names[NAMES_SIZE]; /* of the others, as far as there is room */
};

static void finish(struct explanation *explanation)
{
    explanation->told(explanation->context, &explanation->err);
    free(explanation);
}

/* The refusal stays what it was but for what it means. */
static void conclude(struct explanation *explanation)
{
    char serial[SERIAL_SIZE];
    struct error *err = &explanation->err, meant;
    safe_copy(serial, sizeof serial, explanation->serial);
    if (explanation->listed)
        error_set(&meant, ERROR_MFA_RESTS,
                  "AWS takes no code of %s for now: it is the user's, and was tried too often or too fast", serial);
    else if (explanation->names[0] != '\0')
        error_set(&meant, ERROR_MFA_SERIAL, "%s is no MFA device of the user, who has %s", serial,
                  explanation->names);
    else
        error_set(&meant, ERROR_MFA_SERIAL, "%s is no MFA device of the user, who has none", serial);
    err->code = meant.code;
    text_copy(err->text, sizeof err->text, meant.text);
    finish(explanation);
}

static void name_device(struct explanation *explanation, const char *sent)
{
    char serial[SERIAL_SIZE];
    size_t used = strlen(explanation->names);
    safe_copy(serial, sizeof serial, sent);
    if (used + strlen(serial) + 3 > sizeof explanation->names)
        return;
    if (used > 0) {
        text_copy(explanation->names + used, sizeof explanation->names - used, ", ");
        used += 2;
    }
    text_copy(explanation->names + used, sizeof explanation->names - used, serial);
}

static void ask(struct explanation *explanation);

static void unknown(struct explanation *explanation, const struct error *why)
{
    char text[sizeof explanation->err.text];
    text_copy(text, sizeof text, explanation->err.text);
    error_set(&explanation->err, explanation->err.code,
              "%.250s (it is not known whether the device is the user's: %.200s)",
              text, why->text);
    finish(explanation);
}

static void listed(void *context, const struct aws_reply *reply, const struct error *err, int64_t date)
{
    (void)date;
    struct explanation *explanation = context;
    if (err != NULL) {
        unknown(explanation, err);
        return;
    }
    for (size_t i = 0; i < reply->mfa_count; i++) {
        if (strcmp(reply->mfa[i].serial, explanation->serial) == 0)
            explanation->listed = true;
        else
            name_device(explanation, reply->mfa[i].serial);
    }
    bool more = reply->truncated && reply->marker != NULL && ++explanation->pages < PAGES_MOST &&
                text_copy(explanation->marker, sizeof explanation->marker, reply->marker);
    if (more && !explanation->listed)
        ask(explanation);
    else
        conclude(explanation);
}

/* Without a name AWS takes the user of the key. */
static void ask(struct explanation *explanation)
{
    struct call_params params = {0};
    struct error err = {0};
    call_params_add(&params, "Marker", explanation->marker);
    if (!request_call_as(explanation->request, explanation->user, AWS_LIST_MFA_DEVICES, &params, listed,
                         explanation, &err))
        unknown(explanation, &err);
}

void device_explain(struct request *request, const struct credentials *user, const char *serial,
                    const struct error *refusal, device_told *told, void *context)
{
    struct explanation *explanation = calloc(1, sizeof *explanation);
    struct error sessions;
    if (explanation == NULL) {
        told(context, refusal);
        return;
    }
    *explanation = (struct explanation){.request = request,
                                        .user = user,
                                        .serial = serial,
                                        .err = *refusal,
                                        .told = told,
                                        .context = context};
    if (user->token == NULL) {
        ask(explanation);
        return;
    }
    error_set(&sessions, ERROR_MFA_DEVICE, "a session asks here, and that of a role has no MFA device");
    unknown(explanation, &sessions);
}
