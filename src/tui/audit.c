#include "tui/audit.h"

#include <stdio.h>

#include "audit/meant.h"
#include "audit/remedy.h"
#include "base/when.h"
#include "runner/follow.h"
#include "runner/inventory.h"
#include "runner/reminder.h"
#include "tui/code.h"

static void say(void *context, const char *what)
{
    struct loop *loop = context;
    struct inventory_progress progress = {0};
    if (loop->inventory != NULL)
        inventory_progress(loop->inventory, &progress);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS, .text = what, .progress = &progress});
}

static void fail(struct loop *loop, const struct error *error)
{
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_FAILED, .error = error});
}

/* What the app shows may change meanwhile: the audit under way has its own copy. */
static bool take_audience(struct loop *loop, struct error *err)
{
    struct audience *audience = &loop->audience;
    *audience = loop->app->findings.audience;
    loop->selection =
        (struct access_selection){.group = audience->group[0] != '\0' ? audience->group : NULL,
                                  .path = audience->path[0] != '\0' ? audience->path : NULL,
                                  .tag = audience->tag[0] != '\0' ? audience->tag : NULL};
    loop->selected = !meant_everybody(&loop->selection);
    loop->audience_known = audience->user[0] == '\0' && !loop->selected;
    return meant_is_good(&loop->selection, err);
}

static const struct access_selection *selection_of(const struct loop *loop)
{
    return loop->selected ? &loop->selection : NULL;
}

static const char *user_of(const struct loop *loop)
{
    return loop->audience.user[0] != '\0' ? loop->audience.user : NULL;
}

void audit_begin(struct loop *loop)
{
    struct error err = {0};
    struct speaker speaker;
    audit_stop(loop);
    loop_speaker(loop, &speaker);
    /* One that was refused does nothing any more. */
    if (loop->runner == NULL && loop->keeper != NULL && keeper_failure(loop->keeper) != NULL)
        loop->keeper_gone = true;
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN});
    loop->reveal = (struct reveal){.users = {0}};
    loop->reveals = !loop->app->findings.present;
    loop->reveal_at = 0;
    /* A run keeps the keeper that it has. */
    bool good = take_audience(loop, &err) &&
                (loop->runner != NULL || loop_keeper(loop, &speaker, &err));
    good = good && inventory_new(loop->keeper, say, loop, &loop->inventory, &err) &&
           inventory_begin(loop->inventory, user_of(loop), selection_of(loop), &err);
    if (good)
        return;
    inventory_free(loop->inventory);
    loop->inventory = NULL;
    fail(loop, &err);
}

/* --- the findings ------------------------------------------------------------------------------*/

struct telling {
    struct loop *loop;
    const struct facts *facts;
    bool passes; /* those that pass, or the others */
    size_t seek;
};

static void tell(void *context, const struct audit_finding *finding)
{
    struct telling *telling = context;
    const struct fact_key *key = NULL;
    if ((finding->status == AUDIT_PASS) != telling->passes ||
        !meant_finding(telling->facts, user_of(telling->loop), selection_of(telling->loop), finding))
        return;
    const struct fact_user *user = audit_user_of(telling->facts, finding, &telling->seek);
    struct app_message message = {.kind = TO_APP_AUDIT_FINDING, .finding = finding};
    message.fix = audit_fix_of(telling->facts, user, finding, &key);
    message.text = key != NULL ? key->id : "";
    loop_tell(telling->loop, &message);
}

static const char *why_unread(const struct fact_source *source, char *buffer, size_t size)
{
    if (source->permission[0] == '\0')
        return source->why;
    snprintf(buffer, size, "permission %s is missing", source->permission);
    return buffer;
}

/* One with a new name is known by the old one too. */
static void tell_change(void *context, const struct change *change)
{
    const struct telling *telling = context;
    const char *user = user_of(telling->loop);
    const struct access_selection *selection = selection_of(telling->loop);
    bool meant = (user == NULL && selection == NULL) ||
                 meant_user(telling->facts, user, selection, change->user) ||
                 meant_user(telling->facts, user, selection, change->was);
    struct text text CLEANUP(text_release);
    text_init(&text, 65536);
    follow_describe(change, &text);
    if (meant)
        loop_tell(telling->loop, &(struct app_message){.kind = TO_APP_AUDIT_CHANGE, .text = text.bytes});
}

/* Stored, so that the next audit can say what changed; and said, if anything did since the last one. */
static void keep(struct loop *loop, const struct facts *facts)
{
    CLEANUP(follow_release) struct follow follow = {.row = {.number = 0}};
    static const struct error opened = {0};
    struct telling telling = {.loop = loop, .facts = facts};
    struct error err = {0};
    char text[TEXT_SIZE];
    bool good = follow_facts(loop->journal, &opened, facts, inventory_csv(loop->inventory), true, &follow, &err);
    if (good && follow.failure.code == ERROR_NONE && follow.before.have) {
        loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_CHANGES, .number = follow.before.row.at});
        good = changes_tell(&follow.before.state, &follow.now, tell_change, &telling, NULL, &err);
    }
    const struct error *failure = good ? &follow.failure : &err;
    if (failure->code == ERROR_NONE)
        return;
    snprintf(text, sizeof text, "this audit was not stored, or not compared: %.400s", failure->text);
    loop_notice(loop, true, text);
}

static void tell_report(struct loop *loop)
{
    const struct facts *facts = inventory_facts(loop->inventory);
    const struct fact_source *report = &facts->report;
    const struct error *keys = inventory_live_failure(loop->inventory);
    char why[TEXT_SIZE];
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_REPORT,
                                          .number = report->have ? report->at : 0,
                                          .text = why_unread(report, why, sizeof why),
                                          .error = keys != NULL ? keys : inventory_devices_failure(loop->inventory)});
}

/* What failed, or could not be told, as far as it is known and was not told yet. False: there is nothing new. */
static bool tell_more(struct loop *loop)
{
    const struct facts *facts = inventory_facts(loop->inventory);
    struct telling telling = {.loop = loop, .facts = facts};
    return reveal_next(&loop->reveal, loop->inventory, tell, &telling) > 0;
}

static void begin_telling(struct loop *loop)
{
    const struct facts *facts = inventory_facts(loop->inventory);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_RESULT, .account = facts->account});
}

/* A first look when there is anything to tell, then a few times a second: each costs a look at all that is new. */
static void tell_so_far(struct loop *loop)
{
    enum { PAUSE_MS = 300 };
    int64_t now = when_monotonic_ms();
    struct inventory_progress progress;
    inventory_progress(loop->inventory, &progress);
    /* Who asks comes first, and tells the account. */
    if (!loop->reveals || !loop->audience_known || progress.listed <= 1 || now < loop->reveal_at)
        return;
    if (!loop->app->findings.present)
        begin_telling(loop);
    loop->reveal_at = now + PAUSE_MS;
    if (tell_more(loop))
        loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_SO_FAR});
}

/* What passes comes last, so that it is what finds no room. */
static void tell_rest(struct loop *loop)
{
    const struct facts *facts = inventory_facts(loop->inventory);
    struct telling telling = {.loop = loop, .facts = facts, .passes = true};
    if (!loop->reveals || !loop->app->findings.present)
        begin_telling(loop);
    tell_report(loop);
    (void)tell_more(loop);
    audit_judge(facts, tell, &telling);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_END});
    keep(loop, facts);
    reminder_put_audit(loop->options->journal_path, facts);
}

/* A mistyped name would pass for "all is well". */
static bool is_known(struct loop *loop, const struct facts *facts, struct error *err)
{
    const char *user = user_of(loop);
    if (loop->audience_known || !inventory_has_users(loop->inventory))
        return true;
    loop->audience_known = true;
    if (user != NULL && !meant_user_exists(facts, user))
        return error_set(err, ERROR_NOT_FOUND, "there is no user '%.128s' in this account", user);
    return meant_is_known(facts, selection_of(loop), err);
}

void audit_follow(struct loop *loop)
{
    if (loop->inventory == NULL)
        return;
    inventory_advance(loop->inventory);
    const struct error *failure = inventory_failure(loop->inventory);
    struct error unknown = {0}, why = {0};
    bool known = failure != NULL || is_known(loop, inventory_facts(loop->inventory), &unknown);
    if (failure == NULL && known && !inventory_finished(loop->inventory)) {
        say(loop, NULL);
        if (inventory_may_read(loop->inventory))
            tell_so_far(loop);
        return;
    }
    const struct error *denied = inventory_denied(loop->inventory);
    if (failure != NULL || denied != NULL)
        why = failure != NULL ? *failure : *denied;
    if (failure != NULL || !known)
        fail(loop, failure != NULL ? failure : &unknown);
    else
        tell_rest(loop);
    inventory_free(loop->inventory);
    loop->inventory = NULL;
    if (why.code != ERROR_NONE)
        code_of_audit(loop, &why);
}

int64_t audit_wake(const struct loop *loop)
{
    int64_t wake = loop->inventory != NULL ? inventory_wake(loop->inventory) : -1;
    bool reveals = loop->inventory != NULL && loop->reveals && loop->reveal_at != 0;
    return reveals && (wake < 0 || loop->reveal_at < wake) ? loop->reveal_at : wake;
}
