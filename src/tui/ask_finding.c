/* The dialogs of the audit screen: a finding in full, with its way out, and whom the audit is about. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/ask_parts.h"
#include "tui/cell.h"

static void say_fix(const struct app *app, const struct finding_row *row, struct dialog_spec *spec)
{
    struct text message CLEANUP(text_release);
    const char *resource = app_finding_text(app, row->resource);
    const char *key = app_finding_text(app, row->key);
    text_init(&message, DIALOG_LINE_SIZE - 1);
    if (row->fix == AUDIT_FIX_ENROLL && app_is_self(app, resource)) {
        ask_say(spec, LOOK_BOLD, "This is you. Enrol makes a virtual MFA device, shows its QR code once and asks "
                                 "for two codes of it.");
        ask_say(spec, LOOK_PLAIN, "As a command: keywright mfa enroll");
        spec->buttons[spec->button_count++] = "Enrol";
    } else if (row->fix == AUDIT_FIX_ENROLL) {
        audit_ask_for_mfa(app->findings.account, resource, &message);
        ask_say(spec, LOOK_BOLD, "To send to %s:", resource);
        ask_say(spec, LOOK_PLAIN, "%s", message.bytes);
        spec->buttons[spec->button_count++] = "As plain text";
    } else if (row->fix == AUDIT_FIX_ROTATE && key[0] != '\0') {
        ask_say(spec, LOOK_BOLD, "Enter in the list rotates %s.", key);
        ask_say_command(app, spec, LOOK_PLAIN, resource, key);
    } else if (row->fix == AUDIT_FIX_ROTATE) {
        ask_say(spec, LOOK_WARN, "Only the report was read, which has no key IDs. Allow iam:ListAccessKeys and "
                             "look again, or see: keywright keys --user %s", resource);
    }
}

void ask_finding(const struct app *app, struct dialog_spec *spec)
{
    const struct finding_row *row = app_marked_finding(app);
    spec->buttons[0] = "Close";
    spec->button_count = 1;
    if (row == NULL)
        return;
    snprintf(spec->title, sizeof spec->title, "%s", finding_status_words(row->status));
    ask_say(spec, LOOK_BOLD, "%s", row->check->title);
    ask_say(spec, LOOK_PLAIN, "Check      %s, severity %s", row->check->id, row->check->severity);
    ask_say(spec, LOOK_PLAIN, "About      %s", app_finding_text(app, row->resource));
    ask_say(spec, LOOK_PLAIN, "Seen       %s", app_finding_text(app, row->detail));
    ask_say(spec, LOOK_PLAIN, "Why        %s", row->check->why);
    const char *permission = app_finding_text(app, row->permission);
    if (row->status == AUDIT_UNKNOWN && permission[0] != '\0')
        ask_say(spec, LOOK_BOLD, "To check it, have %s allowed to who audits, and press R. All that an audit "
                                 "takes: keywright policy audit", permission);
    ask_say(spec, LOOK_PLAIN, "%s %s", row->status == AUDIT_UNKNOWN ? "If it fails:" : "What to do",
            row->check->remedy);
    say_fix(app, row, spec);
    if (app->findings.not_live[0] != '\0')
        ask_say(spec, LOOK_WARN, "Keys are told as the report has them, which can be four hours old: %s",
            app->findings.not_live);
    if (row->check->cis[0] != '-')
        ask_say(spec, LOOK_DIM, "CIS AWS Foundations Benchmark, version:number  %s", row->check->cis);
}

/* --- what changed ------------------------------------------------------------------------------*/

void ask_changes(const struct app *app, struct dialog_spec *spec)
{
    const struct findings *findings = &app->findings;
    char when[WHEN_TEXT_SIZE];
    spec->buttons[0] = "Close";
    spec->button_count = 1;
    snprintf(spec->title, sizeof spec->title, "%zu change%s since the audit of %s", findings->change_count,
             findings->change_count == 1 ? "" : "s", when_format(findings->before_at, when));
    for (const char *line = findings->changes.bytes; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ask_say(spec, LOOK_PLAIN, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    if (findings->change_count > CHANGES_MAX)
        ask_say(spec, LOOK_DIM, "and %zu more: keywright audit --changes", findings->change_count - CHANGES_MAX);
}

/* --- whom the audit is about -------------------------------------------------------------------*/

void ask_users(const struct app *app, struct dialog_spec *spec)
{
    static const struct {
        const char *word, *says;
    } options[] = {[USERS_ALL] = {"all", "everybody, and the account itself"},
                   [USERS_ONE] = {"user", "only"},
                   [USERS_GROUP] = {"group", "the members of"},
                   [USERS_PATH] = {"path", "whose path begins with"},
                   [USERS_TAG] = {"tag", "with KEY or KEY=VALUE"}};
    (void)app;
    ask_buttons(spec, "Whom is the audit about?", "Look", NULL);
    ask_say(spec, LOOK_DIM, "What is found about others, and about the account, is left out. The command does "
                            "the same with --user, --group, --path and --tag.");
    struct dialog_choice *choice = &spec->choices[spec->choice_count++];
    choice->label = "Users";
    choice->count = sizeof options / sizeof *options;
    for (size_t i = 0; i < choice->count; i++) {
        choice->options[i].word = options[i].word;
        choice->options[i].takes_text = i != USERS_ALL;
        text_copy(choice->options[i].says, sizeof choice->options[i].says, options[i].says);
    }
}
