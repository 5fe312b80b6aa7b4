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
    struct app_message message = {.kind = TO_APP_AUDIT_PROGRESS, .text = what};
    if (loop->inventory != NULL)
        inventory_progress(loop->inventory, &message.done, &message.total);
    loop_tell(loop, &message);
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

/* What passes comes last, so that it is what finds no room. */
static void tell_all(struct loop *loop)
{
    const struct facts *facts = inventory_facts(loop->inventory);
    const struct fact_source *report = &facts->report;
    struct telling telling = {.loop = loop, .facts = facts};
    char why[TEXT_SIZE];
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_RESULT,
                                          .account = facts->account,
                                          .number = report->have ? report->at : 0,
                                          .text = why_unread(report, why, sizeof why),
                                          .error = inventory_live_failure(loop->inventory)});
    audit_judge(facts, tell, &telling);
    telling.passes = true;
    audit_judge(facts, tell, &telling);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_END});
    keep(loop, facts);
    reminder_put_audit(loop->options->journal_path, facts);
}

/* A mistyped name would pass for "all is well". */
static bool is_known(const struct loop *loop, const struct facts *facts, struct error *err)
{
    const char *user = user_of(loop);
    if (user != NULL && !meant_user_exists(facts, user))
        return error_set(err, ERROR_NOT_FOUND, "there is no user '%.128s' in this account", user);
    return meant_is_known(facts, selection_of(loop), err);
}

void audit_follow(struct loop *loop)
{
    if (loop->inventory == NULL)
        return;
    inventory_advance(loop->inventory);
    if (!inventory_finished(loop->inventory)) {
        say(loop, NULL);
        return;
    }
    const struct error *failure = inventory_failure(loop->inventory);
    const struct error *denied = inventory_denied(loop->inventory);
    struct error unknown = {0}, why = failure != NULL ? *failure : denied != NULL ? *denied : unknown;
    if (failure != NULL)
        fail(loop, failure);
    else if (!is_known(loop, inventory_facts(loop->inventory), &unknown))
        fail(loop, &unknown);
    else
        tell_all(loop);
    inventory_free(loop->inventory);
    loop->inventory = NULL;
    if (why.code != ERROR_NONE)
        code_of_audit(loop, &why);
}

int64_t audit_wake(const struct loop *loop)
{
    return loop->inventory != NULL ? inventory_wake(loop->inventory) : -1;
}

void audit_stop(struct loop *loop)
{
    static const struct error none = {0};
    if (loop->inventory == NULL)
        return;
    inventory_free(loop->inventory);
    loop->inventory = NULL;
    fail(loop, &none);
}
