#include "tests/unit/tui_fixtures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a run in several states ------------------------------------------------------------------------ */

struct scene {
    struct rotation rotation;
    struct effect effect;
    enum runner_status status;
    struct error error;
    const char *leftovers;
};

static void key_fixture(struct key_state *key, const char *id, enum key_status status, int64_t days)
{
    text_copy(key->id, sizeof key->id, id);
    key->status = key->first_status = status;
    key->created = FIXTURE_NOW - days * 86400;
}

static void plan_fixture(struct plan *plan)
{
    text_copy(plan->account, sizeof plan->account, "111122223333");
    text_copy(plan->partition, sizeof plan->partition, "aws");
    text_copy(plan->user, sizeof plan->user, "alice");
    text_copy(plan->user_arn, sizeof plan->user_arn, "arn:aws:iam::111122223333:user/alice");
    text_copy(plan->old_key, sizeof plan->old_key, OLD_KEY);
    text_copy(plan->signer_key, sizeof plan->signer_key, OLD_KEY);
    text_copy(plan->mfa_serial, sizeof plan->mfa_serial, "arn:aws:iam::111122223333:mfa/alice");
    text_copy(plan->targets[0].spec, sizeof plan->targets[0].spec, "file:/home/alice/.aws/credentials");
    plan->self = plan->pair_held = plan->targets[0].readable = true;
    plan->target_count = 1;
    plan->settle = 5;
    plan->quiet = plan->soak = 86400;
    plan->consistency = 60;
}

static void scene_base(struct scene *scene, enum rotation_state state, enum runner_status status)
{
    memset(scene, 0, sizeof *scene);
    struct rotation *rotation = &scene->rotation;
    rotation_init(rotation);
    plan_fixture(&rotation->plan);
    rotation->state = state;
    rotation->last_seq = 20 + (int64_t)state;
    rotation->identity_seen = true;
    text_copy(rotation->identity_account, sizeof rotation->identity_account, "111122223333");
    text_copy(rotation->identity_arn, sizeof rotation->identity_arn, rotation->plan.user_arn);
    text_copy(rotation->identity_signer, sizeof rotation->identity_signer, OLD_KEY);
    text_copy(rotation->owner, sizeof rotation->owner, "alice");
    key_fixture(&rotation->old_key, OLD_KEY, KEY_STATUS_ACTIVE, 412);
    rotation->old_key.used_read = true;
    rotation->old_key.used_at = FIXTURE_NOW - 3 * 86400;
    text_copy(rotation->old_key.used_service, WORD_SIZE, "s3");
    text_copy(rotation->old_key.used_region, WORD_SIZE, "eu-central-1");
    if (state >= ROTATION_CREATED)
        key_fixture(&rotation->new_key, NEW_KEY, KEY_STATUS_ACTIVE, 0);
    if (state >= ROTATION_DEACTIVATED && state <= ROTATION_DELETING)
        rotation->old_key.status = KEY_STATUS_INACTIVE;
    scene->status = status;
    scene->effect.gate = GATE_COUNT;
    text_copy(scene->effect.key, sizeof scene->effect.key, OLD_KEY);
}

static void ask(struct scene *scene, enum rotation_state state, enum question question,
                const char *text)
{
    scene_base(scene, state, RUNNER_ASKING);
    scene->effect.kind = EFFECT_ASK;
    scene->effect.question = question;
    text_copy(scene->effect.text, sizeof scene->effect.text, text);
}

/* The key is in wrong hands, and an administrator signs. */
static void stolen(struct scene *scene)
{
    struct rotation *rotation = &scene->rotation;
    rotation->plan.self = false;
    rotation->plan.compromised = true;
    rotation->plan.mfa_serial[0] = '\0';
    text_copy(rotation->plan.signer_key, KEY_ID_SIZE, "AKIAADMINADMINADMIN1");
    text_copy(rotation->plan.signer_arn, ARN_SIZE, "arn:aws:iam::111122223333:user/admin");
    text_copy(rotation->identity_arn, ARN_SIZE, rotation->plan.signer_arn);
    text_copy(rotation->identity_signer, KEY_ID_SIZE, rotation->plan.signer_key);
}

static void scene_stolen(struct scene *scene)
{
    scene_base(scene, ROTATION_DELIVERING, RUNNER_BUSY);
    stolen(scene);
    scene->rotation.old_key.status = KEY_STATUS_INACTIVE;
    scene->rotation.old_key.maybe_off = scene->rotation.old_key.deactivated_by_us = true;
    scene->rotation.old_key.inactive_date = FIXTURE_NOW - 20;
    scene->effect.kind = EFFECT_DELIVER;
}

static void scene_ask(struct scene *scene, const char *name)
{
    if (strcmp(name, "ask_create") == 0)
        ask(scene, ROTATION_OPENED, QUESTION_CREATE, "create a new key for alice");
    else if (strcmp(name, "ask_two_keys") == 0)
        ask(scene, ROTATION_OPENED, QUESTION_TWO_KEYS, "alice has two keys already");
    else if (strcmp(name, "ask_deactivate") == 0)
        ask(scene, ROTATION_PROVEN, QUESTION_DEACTIVATE, "all gates are open: deactivate the old key");
    else if (strcmp(name, "ask_stolen") == 0) {
        ask(scene, ROTATION_OPENED, QUESTION_DEACTIVATE, "switch off the compromised key now?");
        stolen(scene);
    } else if (strcmp(name, "ask_delete") == 0)
        ask(scene, ROTATION_TESTED, QUESTION_DELETE, "all gates are open: delete the old key");
    else if (strcmp(name, "ask_retire") == 0) {
        ask(scene, ROTATION_OPENED, QUESTION_DEACTIVATE, "switch off the other key?");
        text_copy(scene->effect.key, sizeof scene->effect.key, NEW_KEY);
        key_fixture(&scene->rotation.other, NEW_KEY, KEY_STATUS_ACTIVE, 30);
    } else if (strcmp(name, "ask_mfa") == 0)
        ask(scene, ROTATION_PROVEN, QUESTION_MFA, "an MFA code of the new key's owner is needed");
    else if (strcmp(name, "ask_receipt") == 0)
        ask(scene, ROTATION_DELIVERING, QUESTION_RECEIPT, "was the new key received?");
    else if (strcmp(name, "ask_orphan") == 0)
        ask(scene, ROTATION_CREATING, QUESTION_ORPHAN, "a key appeared after an unanswered create");
    if (scene->effect.question == QUESTION_TWO_KEYS) {
        text_copy(scene->effect.key, sizeof scene->effect.key, NEW_KEY);
        key_fixture(&scene->rotation.second, NEW_KEY, KEY_STATUS_INACTIVE, 30);
    }
}

static void scene_quiet(struct scene *scene)
{
    scene_base(scene, ROTATION_PROVEN, RUNNER_WAITING);
    scene->effect.kind = EFFECT_WAIT;
    scene->effect.gate = GATE_OLD_KEY_QUIET;
    scene->effect.until = FIXTURE_NOW + 86395;
    scene->effect.long_wait = true;
    text_copy(scene->effect.text, sizeof scene->effect.text,
              "the old key has to be quiet for 1d before it is switched off");
}

static void scene_blocked(struct scene *scene)
{
    scene_base(scene, ROTATION_PROVEN, RUNNER_BLOCKED);
    scene->effect.kind = EFFECT_BLOCKED;
    scene->effect.gate = GATE_OLD_KEY_QUIET;
    text_copy(scene->effect.text, sizeof scene->effect.text, "the last use of the old key cannot be read");
    scene->rotation.failed = true;
    scene->rotation.failure.kind = EVENT_CHECK_FAILED;
    text_copy(scene->rotation.failure.error, WORD_SIZE, "DENIED");
    text_copy(scene->rotation.failure.aws_code, WORD_SIZE, "AccessDenied");
    text_copy(scene->rotation.failure.text, TEXT_SIZE,
              "not allowed to perform: iam:GetAccessKeyLastUsed");
}

static void scene_other(struct scene *scene, const char *name)
{
    if (strcmp(name, "run_proving") == 0) {
        scene_base(scene, ROTATION_PROVING, RUNNER_BUSY);
        scene->effect.kind = EFFECT_CHECK_TARGET;
        text_copy(scene->effect.text, sizeof scene->effect.text,
                  "reading the target back and probing the new key");
    } else if (strcmp(name, "run_done") == 0) {
        scene_base(scene, ROTATION_DONE, RUNNER_CLOSED);
        scene->rotation.old_key.gone = true;
        scene->leftovers = "the new key " NEW_KEY " is Active in IAM\n";
    } else if (strcmp(name, "run_rolling_back") == 0) {
        scene_base(scene, ROTATION_ROLLING_BACK, RUNNER_BUSY);
        scene->effect.kind = EFFECT_RESTORE;
        text_copy(scene->effect.text, sizeof scene->effect.text, "putting the old pair back");
    } else if (strcmp(name, "run_stolen") == 0) {
        scene_stolen(scene);
    } else if (strcmp(name, "run_failed") == 0) {
        scene_base(scene, ROTATION_PROVEN, RUNNER_FAILED);
        error_set(&scene->error, ERROR_KEEPER_GONE, "the keeper has ended (killed by signal 9)");
    }
}

static bool tell_scene(struct app *app, const char *name)
{
    struct scene *scene = calloc(1, sizeof *scene);
    if (strncmp(name, "ask_", 4) == 0)
        scene_ask(scene, name);
    else if (strcmp(name, "run_quiet") == 0)
        scene_quiet(scene);
    else if (strcmp(name, "run_blocked") == 0)
        scene_blocked(scene);
    else
        scene_other(scene, name);
    bool known = scene->rotation.plan.user[0] != '\0';
    if (known) {
        app->screen = SCREEN_ROTATION;
        fixture_update(app,
                       &(struct app_message){.kind = TO_APP_ROTATION,
                                             .alias = "corp-production",
                                             .text = "20260115-k7f3",
                                             .status = scene->status,
                                             .rotation = &scene->rotation,
                                             .effect = &scene->effect,
                                             .error = scene->error.code != ERROR_NONE ? &scene->error
                                                                                      : NULL,
                                             .leftovers = scene->leftovers},
                       NULL);
    }
    free(scene);
    return known;
}

/* --- home ------------------------------------------------------------------------------------------ */

static void survey_row(struct survey_row *row, const char *key, int64_t days, enum used_state used)
{
    *row = (struct survey_row){.status = KEY_STATUS_ACTIVE,
                               .created = FIXTURE_NOW - days * 86400,
                               .used = used,
                               .used_at = used == USED_AT ? FIXTURE_NOW - 3 * 86400 : 0,
                               .is_signer = used == USED_AT};
    text_copy(row->user, sizeof row->user, "alice");
    text_copy(row->key, sizeof row->key, key);
    text_copy(row->used_service, WORD_SIZE, used == USED_AT ? "s3" : "");
    text_copy(row->used_region, WORD_SIZE, used == USED_AT ? "eu-central-1" : "");
}

static void tell_survey(struct app *app, int64_t skew)
{
    struct survey_row rows[2];
    survey_row(&rows[0], OLD_KEY, 412, USED_AT);
    survey_row(&rows[1], "AKIAOTHEROTHEROTH003", 12, USED_NONE_RECORDED);
    rows[1].status = KEY_STATUS_INACTIVE;
    fixture_update(app,
                   &(struct app_message){.kind = TO_APP_SURVEY,
                                         .survey = rows,
                                         .survey_count = 2,
                                         .account = "111122223333",
                                         .arn = "arn:aws:iam::111122223333:user/alice",
                                         .skew = skew,
                                         .flag = true},
                   NULL);
    fixture_update(app, &(struct app_message){.kind = TO_APP_REGION, .text = "eu-central-1"}, NULL);
    fixture_update(app,
                   &(struct app_message){.kind = TO_APP_PLACE,
                                         .text = OLD_KEY,
                                         .place = "/home/alice/.aws/credentials [default]",
                                         .flag = true},
                   NULL);
}

static void list_row(struct rotation_row *row, int64_t number)
{
    *row = (struct rotation_row){.state = number % 3 == 0 ? ROTATION_PROVEN : ROTATION_DONE,
                                 .opened_at = FIXTURE_NOW - (40 - number) * 3600};
    row->closed_at = row->state == ROTATION_DONE ? row->opened_at + 60 : 0;
    snprintf(row->id, sizeof row->id, "20260115-r%03d", (int)number);
    text_copy(row->account, sizeof row->account, "111122223333");
    text_copy(row->user, sizeof row->user, number == 39 ? "al\033[31mice" : "alice");
    text_copy(row->old_key, sizeof row->old_key, OLD_KEY);
    text_copy(row->new_key, sizeof row->new_key, NEW_KEY);
    text_copy(row->waiting_for, sizeof row->waiting_for,
              row->closed_at == 0 ? "the old key to be quiet until 2026-01-16T12:34:51Z" : "");
}

static void tell_open(struct app *app)
{
    struct rotation_row row;
    list_row(&row, 39);
    text_copy(row.user, sizeof row.user, "alice");
    fixture_update(app, &(struct app_message){.kind = TO_APP_OPEN_BEGIN}, NULL);
    fixture_update(app, &(struct app_message){.kind = TO_APP_OPEN_ROW, .row = &row}, NULL);
}

static void tell_offline(struct app *app)
{
    struct error err;
    error_set(&err, ERROR_NETWORK, "connecting to iam.amazonaws.com: no route to host");
    fixture_update(app, &(struct app_message){.kind = TO_APP_SURVEY_FAILED, .error = &err}, NULL);
}

static void tell_code(struct app *app, enum error_code code)
{
    struct error err;
    error_set(&err, code, "%s", code == ERROR_DENIED ? "AWS: AccessDenied: iam:ListAccessKeys is not allowed"
                                                     : "a code is needed for the role");
    fixture_update(app, &(struct app_message){.kind = TO_APP_SURVEY_FAILED, .error = &err}, NULL);
    fixture_update(app, &(struct app_message){.kind = TO_APP_CODE, .text = "arn:aws:iam::111122223333:mfa/alice",
                                              .error = &err}, NULL);
}

bool fixture_tell(struct app *app, const char *name)
{
    fixture_update(app, &(struct app_message){.kind = TO_APP_CLOCK, .now = FIXTURE_NOW}, NULL);
    if (strcmp(name, "survey") == 0)
        tell_survey(app, 0);
    else if (strcmp(name, "survey_skewed") == 0)
        tell_survey(app, -300);
    else if (strcmp(name, "open") == 0)
        tell_open(app);
    else if (strcmp(name, "offline") == 0)
        tell_offline(app);
    else if (strcmp(name, "code") == 0)
        tell_code(app, ERROR_MFA_NEEDED);
    else if (strcmp(name, "code_denied") == 0)
        tell_code(app, ERROR_DENIED);
    else if (strcmp(name, "code_refused") == 0)
        tell_code(app, ERROR_MFA_REFUSED);
    else if (strcmp(name, "surprise") == 0)
        fixture_update(app,
                       &(struct app_message){.kind = TO_APP_WARNINGS, .text = "",
                                             .place = "AWS_ACCESS_KEY_ID in the environment is used, not profile ops "
                                                      "(AWS_PROFILE); to use the profile, give it with --profile"},
                       NULL);
    else if (strcmp(name, "warnings") == 0)
        fixture_update(app,
                       &(struct app_message){.kind = TO_APP_WARNINGS,
                                             .text = "/home/alice/.aws/credentials line 9: the section "
                                                     "[other] stands there twice\n"
                                                     "keys of the environment beat AWS_PROFILE\n"},
                       NULL);
    else if (strcmp(name, "events") == 0) {
        struct event event = {.kind = EVENT_CREATED, .seq = 19, .at = FIXTURE_NOW - 60};
        text_copy(event.key, sizeof event.key, NEW_KEY);
        fixture_update(app, &(struct app_message){.kind = TO_APP_EVENT, .event = &event}, NULL);
    } else
        return fixture_tell_findings(app, name) || tell_scene(app, name);
    return true;
}

void fixture_place(struct app *app, const char *words)
{
    char key[KEY_ID_SIZE];
    size_t length = strcspn(words, " ");
    snprintf(key, sizeof key, "%.*s", (int)length, words);
    const char *place = words[length] == ' ' ? words + length + 1 : "";
    fixture_update(
        app,
        &(struct app_message){.kind = TO_APP_PLACE, .text = key, .place = place, .flag = place[0] != '\0'},
        NULL);
}

/* --- a journal of 40 rotations with 30 events each ----------------------------------------------------- */

static void answer_history(struct app *app, const struct wish *wish)
{
    struct app_message end = {.kind = TO_APP_HISTORY_END};
    fixture_update(app, &(struct app_message){.kind = TO_APP_HISTORY_BEGIN}, NULL);
    int64_t number = wish->number == 0 ? 40 : wish->number - 1;
    for (size_t count = 0; number > 0; number--) {
        struct rotation_row row;
        list_row(&row, number);
        if (wish->text[0] != '\0' && strstr(row.id, wish->text) == NULL)
            continue;
        if (count++ == wish->limit) {
            end.flag = true;
            break;
        }
        fixture_update(app, &(struct app_message){.kind = TO_APP_HISTORY_ROW, .row = &row, .number = number},
                       NULL);
    }
    fixture_update(app, &end, NULL);
}

static void answer_events(struct app *app, const struct wish *wish)
{
    struct app_message end = {.kind = TO_APP_EVENTS_END};
    fixture_update(app, &(struct app_message){.kind = TO_APP_EVENTS_BEGIN}, NULL);
    for (int64_t seq = wish->number + 1; seq <= 30; seq++) {
        struct event event = {.kind = seq % 2 == 0 ? EVENT_TARGET_CHECKED : EVENT_LAST_USED_READ,
                              .seq = seq,
                              .at = FIXTURE_NOW + seq,
                              .date = FIXTURE_NOW + seq,
                              .verdict = VERDICT_WORKS};
        text_copy(event.found, sizeof event.found, seq % 2 == 0 ? NEW_KEY : "");
        text_copy(event.key, sizeof event.key, seq % 2 == 0 ? "" : OLD_KEY);
        if (seq > wish->number + (int64_t)wish->limit) {
            end.flag = true;
            break;
        }
        fixture_update(app,
                       &(struct app_message){.kind = TO_APP_EVENTS_ROW,
                                             .event = &event,
                                             .text = "00112233445566778899aabbccddeeff00112233445566"
                                                     "778899aabbccddeeff"},
                       NULL);
    }
    fixture_update(app, &end, NULL);
}

void fixture_update(struct app *app, const struct app_message *message, size_t counts[32])
{
    struct wishes wishes;
    app_update(app, message, &wishes);
    for (size_t i = 0; i < wishes.count; i++) {
        const struct wish *wish = &wishes.items[i];
        if (counts != NULL)
            counts[wish->kind]++;
        if (wish->kind == WISH_HISTORY)
            answer_history(app, wish);
        if (wish->kind == WISH_EVENTS)
            answer_events(app, wish);
    }
}
