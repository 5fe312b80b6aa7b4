#include "tui/audit.h"

#include <stdio.h>

#include "audit/remedy.h"
#include "base/when.h"
#include "runner/follow.h"
#include "runner/inventory.h"

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
    bool good = loop->runner != NULL || loop_keeper(loop, &speaker, &err);
    good = good && inventory_new(loop->keeper, say, loop, &loop->inventory, &err) &&
           inventory_begin(loop->inventory, loop->options->user, NULL, &err);
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
        !audit_is_about(finding, telling->loop->options->user))
        return;
    const struct fact_user *user = audit_user_of(telling->facts, finding, &telling->seek);
    struct app_message message = {.kind = TO_APP_AUDIT_FINDING, .finding = finding};
    message.fix = audit_fix_of(telling->facts, user, finding, &key);
    message.text = key != NULL ? key->id : "";
    loop_tell(telling->loop, &message);
}

static void ignore(void *context, const struct change *change)
{
    (void)context, (void)change;
}

static const char *why_unread(const struct fact_source *source, char *buffer, size_t size)
{
    if (source->permission[0] == '\0')
        return source->why;
    snprintf(buffer, size, "permission %s is missing", source->permission);
    return buffer;
}

/* Stored, so that the next audit can say what changed; and said, if anything did since the last one. */
static void keep(struct loop *loop, const struct facts *facts)
{
    CLEANUP(follow_release) struct follow follow = {.row = {.number = 0}};
    static const struct error opened = {0};
    struct error err = {0};
    char when[WHEN_TEXT_SIZE], text[TEXT_SIZE];
    size_t count = 0;
    bool good = follow_facts(loop->journal, &opened, facts, inventory_csv(loop->inventory), true, &follow, &err);
    if (good && follow.failure.code == ERROR_NONE && follow.before.have)
        good = changes_tell(&follow.before.state, &follow.now, ignore, NULL, &count, &err);
    const struct error *failure = good ? &follow.failure : &err;
    if (failure->code != ERROR_NONE)
        snprintf(text, sizeof text, "this audit was not stored, or not compared: %.400s",
                 failure->text);
    else
        snprintf(text, sizeof text, "%zu change%s since the audit of %s: keywright audit --changes", count,
                 count == 1 ? "" : "s", when_format(follow.before.row.at, when));
    if (failure->code != ERROR_NONE || count > 0)
        loop_tell(loop, &(struct app_message){
                            .kind = TO_APP_NOTICE, .text = text, .flag = failure->code != ERROR_NONE});
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
    if (failure != NULL)
        fail(loop, failure);
    else
        tell_all(loop);
    inventory_free(loop->inventory);
    loop->inventory = NULL;
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
