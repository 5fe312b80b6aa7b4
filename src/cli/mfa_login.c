/* mfa login: an MFA session, checked, and kept in a profile when that is asked for. */
#include <inttypes.h>
#include <json-c/json.h>

#include "base/when.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "wire/message.h"

enum { LEAST = 900, MOST = 129600 /* GetSessionToken of an IAM user */ };

static struct json_object *keep_body(const char *profile, bool only_try)
{
    struct json_object *body = mfa_body(!only_try);
    body_set_string(body, "profile", profile);
    body_set_bool(body, "try", only_try);
    return body;
}

static void print_session(struct cli *cli, const struct mfa_identity *identity, int64_t expires,
                          const char *profile, const char *path)
{
    char at[WHEN_TEXT_SIZE];
    if (option_given(&cli->options, OPTION_JSON)) {
        struct json_object *object = json_object_new_object();
        json_add_string(object, "account", identity->account);
        json_add_string(object, "arn", identity->arn);
        json_add_text(object, "user", identity->user);
        json_add_string(object, "key", identity->key);
        json_add_string(object, "serial", identity->serial);
        json_add_time(object, "expires_at", expires);
        json_add_text(object, "profile", profile);
        json_add_text(object, "path", path);
        print_json(object);
        return;
    }
    int64_t minutes = (expires - when_now()) / 60;
    print_line(stdout, "MFA session of %s", identity->arn);
    print_line(stdout, "account %s, from key %s and device %s", identity->account, identity->key,
               identity->serial);
    print_line(stdout, "expires %s (in %" PRId64 " h %" PRId64 " min)", when_format(expires, at),
               minutes / 60, minutes % 60);
    if (profile != NULL)
        print_line(stdout, "written into profile %s of %s", profile, path);
    else
        print_line(stdout, "It was checked and ends with this run: nothing was written. "
                           "--profile-out NAME keeps one in a profile.");
}

static int dry_run(const struct mfa_identity *identity, const char *profile, const char *path)
{
    print_line(stdout, "would ask for a code of %s",
               identity->serial[0] != '\0' ? identity->serial : "the user's MFA device");
    print_line(stdout, "would call sts:GetSessionToken, which needs no permission, signed by %s",
               identity->key);
    print_line(stdout, "would call sts:GetCallerIdentity with the session");
    if (profile != NULL)
        print_line(stdout, "would write the session into profile %s of %s", profile, path);
    return 0;
}

int mfa_login(struct cli *cli)
{
    struct error err = {0};
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    const char *profile = option_string(&cli->options, OPTION_PROFILE_OUT);
    int64_t duration = option_number(&cli->options, OPTION_LASTS, 0), expires = 0;
    struct mfa_identity identity, in_session;
    struct json_object *reply = NULL;
    char path[TEXT_SIZE * 8] = "";
    if (option_given(&cli->options, OPTION_LASTS) && (duration < LEAST || duration > MOST))
        return report_problem(2, "give 15m to 36h", "AWS gives no MFA session of that --duration");
    connect_catch_signals(NULL);
    if (!mfa_connect(cli, false, &keeper, &err) || !keeper_drain(keeper, &err))
        return report_error(&err, NULL);
    mfa_note_credentials(keeper);
    /* Before a code is spent. */
    if (profile != NULL) {
        if (!mfa_ask(keeper, MESSAGE_KEEP_SESSION, keep_body(profile, true), &reply, &err))
            return report_error(&err, NULL);
        text_copy(path, sizeof path, body_string(reply, "path"));
        json_object_put(reply);
    }
    if (!mfa_identify(keeper, false, &identity, &err))
        return report_error(&err, NULL);
    if (option_given(&cli->options, OPTION_DRY_RUN))
        return dry_run(&identity, profile, path);
    if (!mfa_take_session(cli, keeper, &identity, duration, &expires, &err) ||
        !mfa_identify(keeper, true, &in_session, &err))
        return report_error(&err, NULL);
    text_copy(in_session.serial, sizeof in_session.serial, identity.serial);
    if (profile != NULL &&
        !mfa_ask(keeper, MESSAGE_KEEP_SESSION, keep_body(profile, false), NULL, &err))
        return report_error(&err, NULL);
    print_session(cli, &in_session, expires, profile, path);
    return 0;
}
