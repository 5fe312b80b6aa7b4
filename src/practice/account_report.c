/* What an audit reads: the credential report with its four hours of age, and the account's numbers.
 * Source: IAM User Guide, "Get credential reports for your AWS account". */
#include "practice/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"

enum { REPORT_KEPT = 4 * 3600, REPORT_MOST = 16 * 1024 * 1024, SLOTS = 2 };

bool account_may_read(const struct account *account, const struct account_call *call,
                      const char *action, struct account_refusal *refusal)
{
    return account_allowed(account, call->caller, action, SIZE_MAX, refusal);
}

static void key_fields(struct text *csv, const struct key *key)
{
    char time[WHEN_TEXT_SIZE];
    if (key == NULL) {
        text_append(csv, ",false,N/A,N/A,N/A,N/A");
        return;
    }
    text_appendf(csv, ",%s,%s", key->active ? "true" : "false", when_format(key->created, time));
    if (key->use_count == 0) {
        text_append(csv, ",N/A,N/A,N/A");
        return;
    }
    const struct use *use = &key->uses[(key->use_count - 1) % USE_RING];
    text_appendf(csv, ",%s,%s,%s", when_format(use->at, time), use->region, use->service);
}

/* Names here have no quotes, but may have commas. */
static void user_row(const struct account *account, size_t user, struct text *csv)
{
    const struct account_user *row = &account->users[user];
    const struct key *slots[SLOTS] = {NULL};
    size_t found = 0;
    char time[WHEN_TEXT_SIZE];
    for (size_t i = 0; i < account->key_count && found < SLOTS; i++)
        if (account->keys[i].user == user && account->keys[i].deleted == 0)
            slots[found++] = &account->keys[i];
    text_appendf(csv, "\n\"%s\",\"%s\",%s,false,N/A,N/A,N/A,%s", row->name, row->arn,
                 when_format(row->created, time), account_has_device(account, user) ? "true" : "false");
    for (size_t i = 0; i < SLOTS; i++)
        key_fields(csv, slots[i]);
    text_append(csv, ",false,N/A,false,N/A");
}

static char *make_report(const struct account *account, int64_t now)
{
    CLEANUP(text_release) struct text csv;
    char time[WHEN_TEXT_SIZE];
    text_init(&csv, REPORT_MOST);
    text_append(&csv, "user,arn,user_creation_time,password_enabled,password_last_used,"
                      "password_last_changed,password_next_rotation,mfa_active");
    for (int slot = 1; slot <= SLOTS; slot++)
        text_appendf(&csv,
                     ",access_key_%d_active,access_key_%d_last_rotated,"
                     "access_key_%d_last_used_date,access_key_%d_last_used_region,"
                     "access_key_%d_last_used_service",
                     slot, slot, slot, slot, slot);
    text_append(&csv, ",cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated");
    when_format(now - INT64_C(400) * 86400, time);
    text_appendf(&csv,
                 "\n<root_account>,arn:aws:iam::" ACCOUNT_NUMBER ":root,%s,true,no_information,%s,"
                 "not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
                 time, time);
    for (size_t i = 0; i < account->user_count; i++)
        user_row(account, i, &csv);
    return text_steal(&csv);
}

/* A report that was begun is made when its time has come and somebody looks. */
static bool settle(struct account *account, int64_t now, struct account_refusal *refusal)
{
    if (account->report_asked == 0 || now - account->report_asked < account->settings.report_delay)
        return true;
    char *report = make_report(account, now);
    if (report == NULL)
        return account_refuse(refusal, 500, "ServiceFailure", "no-memory", "No memory.");
    free(account->report);
    account->report = report;
    account->report_made = now;
    account->report_asked = 0;
    return true;
}

bool account_generate_report(struct account *account, const struct account_call *call,
                             const char **ret_state, struct account_refusal *refusal)
{
    if (!account_may_read(account, call, "GenerateCredentialReport", refusal) ||
        !settle(account, call->now, refusal))
        return false;
    if (account->report_asked != 0) {
        *ret_state = "INPROGRESS";
    } else if (account->report != NULL && call->now - account->report_made < REPORT_KEPT) {
        *ret_state = "COMPLETE";
    } else {
        account->report_asked = call->now;
        *ret_state = "STARTED";
    }
    return true;
}

bool account_get_report(struct account *account, const struct account_call *call,
                        const char **ret_csv, int64_t *ret_generated,
                        struct account_refusal *refusal)
{
    if (!account_may_read(account, call, "GetCredentialReport", refusal) ||
        !settle(account, call->now, refusal))
        return false;
    if (account->report_asked != 0)
        return account_refuse(refusal, 404, "ReportInProgress", "report-in-progress", "Unknown");
    if (account->report == NULL)
        return account_refuse(refusal, 410, "ReportNotPresent", "no-report", "Unknown");
    if (call->now - account->report_made >= REPORT_KEPT)
        return account_refuse(refusal, 410, "ReportExpired", "report-expired", "Unknown");
    *ret_csv = account->report;
    *ret_generated = account->report_made;
    return true;
}

bool account_get_summary(struct account *account, const struct account_call *call,
                         struct account_summary *ret_summary, struct account_refusal *refusal)
{
    if (!account_may_read(account, call, "GetAccountSummary", refusal))
        return false;
    *ret_summary = (struct account_summary){.users = (int64_t)account->user_count,
                                            .mfa_devices = (int64_t)account->device_count,
                                            .root_mfa = 1};
    return true;
}
