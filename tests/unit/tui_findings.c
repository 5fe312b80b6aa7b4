/* Findings for the audit screen of the unit test to show. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/tui_fixtures.h"

static const struct {
    const char *check;
    enum audit_status status;
    const char *resource, *detail, *key;
} seen[] = {
    {"no_root_access_key", AUDIT_PASS, "<root_account>", "no access keys", ""},
    {"root_mfa", AUDIT_FAIL, "<root_account>", "signs in without MFA", ""},
    {"password_min_14", AUDIT_FAIL, "arn:aws:iam::111122223333:root",
     "the account has no password policy; AWS's own asks for 8", ""},
    {"console_user_mfa", AUDIT_PASS, "alice", "no console password", ""},
    {"console_user_mfa", AUDIT_FAIL, "bob", "console password without MFA", ""},
    {"one_active_key", AUDIT_FAIL, "carol", "2 Active keys", "AKIACAROLCAROLCARO03"},
    {"key_rotated_90", AUDIT_FAIL, "alice", "over 90 days: " OLD_KEY " (412 days old)", OLD_KEY},
    {"key_rotated_90", AUDIT_FAIL, "carol", "over 90 days: AKIACAROLCAROLCARO03 (120 days old)",
     "AKIACAROLCAROLCARO03"},
    {"key_rotated_90", AUDIT_FAIL, "d\033[31mave", "over 90 days: access key 1 (100 days old)", "-"},
    {"key_rotated_90", AUDIT_PASS, "bob", "no access keys", ""},
    {"no_full_admin_policy", AUDIT_FAIL, "arn:aws:iam::111122223333:policy/everything-for-everybody",
     "allows every action on every resource", ""},
    {"mfa_unassigned", AUDIT_FAIL, "arn:aws:iam::111122223333:mfa/left-over",
     "the virtual device belongs to nobody", ""},
    {"expired_certs", AUDIT_UNKNOWN, "arn:aws:iam::111122223333:root",
     "permission iam:ListServerCertificates is missing", ""},
};

static void tell(struct app *app, const struct app_message *message)
{
    fixture_update(app, message, NULL);
}

static const struct audit_check *check_named(const char *id)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return &checks[i];
    return checks;
}

/* A key "-": there is one, and its ID is not known. */
static void tell_finding(struct app *app, const char *check, enum audit_status status,
                         const char *resource, const char *detail, const char *key)
{
    struct audit_finding finding = {.check = check_named(check), .status = status};
    text_copy(finding.resource, sizeof finding.resource, resource);
    text_copy(finding.detail, sizeof finding.detail, detail);
    if (strncmp(detail, "permission ", 11) == 0)
        snprintf(finding.permission, sizeof finding.permission, "%.*s", (int)strcspn(detail + 11, " "),
                 detail + 11);
    bool mfa = strcmp(check, "console_user_mfa") == 0 && status == AUDIT_FAIL;
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_FINDING,
                                    .finding = &finding,
                                    .fix = key[0] != '\0' ? AUDIT_FIX_ROTATE
                                           : mfa          ? AUDIT_FIX_ENROLL
                                                          : AUDIT_FIX_ADVICE,
                                    .text = key[0] != '-' ? key : ""});
}

static void begin(struct app *app, int64_t report_at, const char *why, const struct error *live)
{
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_RESULT, .account = "111122223333"});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_REPORT,
                                    .number = report_at,
                                    .text = why,
                                    .error = live});
}

static void tell_all(struct app *app)
{
    begin(app, FIXTURE_NOW - 4000, "", NULL);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        tell_finding(app, seen[i].check, seen[i].status, seen[i].resource, seen[i].detail,
                     seen[i].key);
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

/* The same as they come: users in parts, and neither what rests on the report, nor what passes, at first. */
static void tell_some(struct app *app, bool late)
{
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        bool user = strchr(seen[i].resource, ':') == NULL;
        if (seen[i].status != AUDIT_PASS && user == late)
            tell_finding(app, seen[i].check, seen[i].status, seen[i].resource, seen[i].detail, seen[i].key);
    }
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_SO_FAR});
}

static void tell_partial(struct app *app)
{
    static const struct inventory_progress progress = {.listed = 9, .lists = 15};
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS, .progress = &progress});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_RESULT, .account = "111122223333"});
    tell_some(app, false);
}

static void tell_more(struct app *app)
{
    static const struct inventory_progress progress = {
        .listed = 15, .lists = 15, .looked = 3, .users = 5, .looks = true};
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS, .progress = &progress});
    tell_some(app, true);
}

static void tell_end(struct app *app)
{
    tell(app, &(struct app_message){
                  .kind = TO_APP_AUDIT_REPORT, .number = FIXTURE_NOW - 4000, .text = ""});
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (seen[i].status == AUDIT_PASS)
            tell_finding(app, seen[i].check, seen[i].status, seen[i].resource, seen[i].detail, seen[i].key);
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

static void tell_stopped(struct app *app)
{
    static const struct error none = {0};
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_FAILED, .error = &none});
}

/* alice, who looks at the screen, is one of those without MFA; and something changed. */
static void tell_self(struct app *app)
{
    begin(app, FIXTURE_NOW - 4000, "", NULL);
    tell_finding(app, "console_user_mfa", AUDIT_FAIL, "alice", "console password without MFA", "");
    tell_finding(app, "key_rotated_90", AUDIT_FAIL, "alice", "over 90 days: " OLD_KEY " (412 days old)", OLD_KEY);
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_CHANGES, .number = FIXTURE_NOW - 86400});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_CHANGE, .text = "alice lost MFA"});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_CHANGE,
                                    .text = "d\033[31mave has a key that came back AKIADAVEDAVEDAVEDA04"});
    for (int i = 0; i < 60; i++)
        tell(app, &(struct app_message){.kind = TO_APP_AUDIT_CHANGE, .text = "somebody is new"});
}

/* Only some are meant. */
static void tell_narrowed(struct app *app)
{
    static const struct audience audience = {.group = "oncall", .path = "/ops/"};
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_ABOUT, .audience = &audience});
    begin(app, FIXTURE_NOW - 4000, "", NULL);
    tell_finding(app, "console_user_mfa", AUDIT_FAIL, "bob", "console password without MFA", "");
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

static void tell_many(struct app *app)
{
    struct error live;
    error_set(&live, ERROR_DENIED, "not allowed to perform: iam:ListAccessKeys");
    begin(app, FIXTURE_NOW - 60, "", &live);
    for (int i = 0; i < 200; i++) {
        char user[32], key[32];
        snprintf(user, sizeof user, "user%03d", i);
        snprintf(key, sizeof key, "AKIAUSERUSERUSER0%03d", i);
        bool passes = i % 3 == 0;
        tell_finding(app, "key_rotated_90", passes ? AUDIT_PASS : AUDIT_FAIL, user, "seen",
                     passes ? "" : key);
    }
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

static void tell_clean(struct app *app)
{
    begin(app, FIXTURE_NOW - 30, "", NULL);
    tell_finding(app, "root_mfa", AUDIT_PASS, "<root_account>", "has MFA", "");
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

static void tell_denied(struct app *app)
{
    struct error live;
    error_set(&live, ERROR_DENIED, "not allowed to perform: iam:ListAccessKeys");
    begin(app, 0, "permission iam:GetCredentialReport is missing", &live);
    tell_finding(app, "all_user_mfa", AUDIT_UNKNOWN, "arn:aws:iam::111122223333:root",
                 "permission iam:GetCredentialReport is missing", "");
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_END});
}

static void tell_running(struct app *app)
{
    static const struct inventory_progress progress = {.listed = 1, .lists = 12};
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS,
                                    .text = "AWS makes a credential report; it is asked every second",
                                    .progress = &progress});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS, .progress = &progress});
}

static void tell_failed(struct app *app)
{
    struct error err;
    error_set(&err, ERROR_NETWORK, "connecting to sts.amazonaws.com: no route to host");
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN});
    tell(app, &(struct app_message){.kind = TO_APP_AUDIT_FAILED, .error = &err});
}

bool fixture_tell_findings(struct app *app, const char *name)
{
    static const struct {
        const char *name;
        void (*tell)(struct app *app);
    } fixtures[] = {{"audit", tell_all},         {"audit_many", tell_many},
                    {"audit_self", tell_self},   {"audit_narrowed", tell_narrowed},
                    {"audit_clean", tell_clean}, {"audit_denied", tell_denied},
                    {"audit_running", tell_running}, {"audit_failed", tell_failed},
                    {"audit_partial", tell_partial}, {"audit_more", tell_more},
                    {"audit_end", tell_end},         {"audit_stopped", tell_stopped}};
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++)
        if (strcmp(fixtures[i].name, name) == 0) {
            fixtures[i].tell(app);
            return true;
        }
    return false;
}
