/* Who is told of an audit beside its reader: the command of --notify. */
#include <json-c/json.h>

#include "cli/audit.h"
#include "cli/connect.h"
#include "cli/print.h"

enum { TOLD_MOST = 400 * 1024 }; /* of a message's 1 MiB, where each byte may be escaped */

/* Since the last audit whose changes were told, since one without --notify tells nobody; else since the last one. */
static void find_told(struct journal *journal, const struct facts *facts,
                      struct followed *ret_followed)
{
    struct error err = {0};
    if (journal == NULL ||
        !follow_notified(journal, facts, ret_followed, &err))
        *ret_followed = (struct followed){0};
}

/* The exit status: 0, or that of the failure. An audit without changes counts as told. */
static int notify_since(const struct cli *cli, struct keeper *keeper, const struct audit *audit,
                        struct journal *journal, const struct follow *follow, const struct followed *since)
{
    CLEANUP(text_release) struct text text;
    struct error err = {0};
    struct json_object *reply = NULL, *body = json_object_new_object();
    size_t count = 0;
    text_init(&text, 2 * TOLD_MOST);
    bool good = audit_write_changes(audit, follow, since, TOLD_MOST, &text, &count, &err);
    body_set_string(body, "command", option_string(&cli->options, OPTION_NOTIFY));
    body_set_string(body, "text", text.bytes);
    if (good && count > 0)
        good = connect_ask(keeper, MESSAGE_NOTIFY, &body, &reply, &err);
    json_object_put(body);
    json_object_put(reply);
    if (!good)
        error_wrap(&err, "--notify");
    good = good && (follow->row.number == 0 ||
                    journal_mark_notified(journal, follow->row.number, &err));
    return good ? 0 : report_error(&err, "what changed is told again with the next audit");
}

int audit_notify(const struct cli *cli, struct keeper *keeper, const struct audit *audit,
                 struct journal *journal, const struct follow *follow)
{
    CLEANUP(followed_release) struct followed told = {0};
    if (!option_given(&cli->options, OPTION_NOTIFY) || option_given(&cli->options, OPTION_DRY_RUN))
        return 0;
    find_told(journal, audit->facts, &told);
    return notify_since(cli, keeper, audit, journal, follow,
                        told.have ? &told : &follow->before);
}

