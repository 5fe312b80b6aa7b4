#include "tui/loop.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tui/audit.h"
#include "tui/code.h"

enum { LEAVE_MS = 10000 };

/* --- keeper
 * --------------------------------------------------------------------------------------- */

void loop_speaker(const struct loop *loop, struct speaker *ret_speaker)
{
    speaker_of_options(&loop->options->keeper, ret_speaker);
}

bool loop_keeper(struct loop *loop, const struct speaker *speaker, struct error *err)
{
    if (loop->keeper != NULL && !loop->keeper_gone && speaker_same(&loop->speaker, speaker))
        return true;
    audit_stop(loop);
    keeper_free(loop->keeper);
    survey_free(loop->survey);
    code_forget(loop);
    loop->keeper = NULL;
    loop->survey = NULL;
    loop->keeper_gone = false;
    struct keeper_options options = {
        .timeout = loop->options->keeper.timeout,
        .environment_fd = loop->options->keeper.environment_fd,
        .starter = loop->starter,
    };
    speaker_put(speaker, &options);
    if (!keeper_start(&options, &loop->keeper, err))
        return false;
    loop->speaker = *speaker;
    return true;
}

/* --- survey
 * --------------------------------------------------------------------------------------- */

void loop_survey(struct loop *loop)
{
    struct error err = {0};
    struct speaker speaker;
    loop_speaker(loop, &speaker);
    /* After a failure with a new one: the AWS files may be in a folder that was made since, which
     * is not in the cage of the old one. One that holds a session took a code, and stays. */
    if (loop->runner == NULL && loop->survey != NULL && survey_error(loop->survey) != NULL &&
        code_session(loop) == NULL)
        loop->keeper_gone = true;
    survey_free(loop->survey);
    loop->survey = NULL;
    loop->survey_told = loop->survey_old = false;
    /* A run keeps the keeper that it has. */
    bool keeper = loop->runner != NULL || loop_keeper(loop, &speaker, &err);
    if (!keeper ||
        !survey_begin(loop->keeper, loop->journal, loop->options->user, false, &loop->survey, &err))
        loop_tell(loop, &(struct app_message){.kind = TO_APP_SURVEY_FAILED, .error = &err});
}

/* A question about where a key is held: whom to tell about which key. */
struct place_question {
    struct loop *loop;
    char key[KEY_ID_SIZE];
};

/* In one of the AWS files, where the target `file` finds it. */
static bool in_a_profile(struct json_object *places)
{
    for (size_t i = 0; i < body_count(places); i++) {
        const char *place = body_string(json_object_array_get_idx(places, i), "place");
        if (strcmp(place, "credentials-file") == 0 || strcmp(place, "config-file") == 0)
            return true;
    }
    return false;
}

static void place_answered(void *context, struct json_object *body, const struct error *err,
                           int64_t date)
{
    (void)date;
    struct place_question *question = context;
    struct json_object *places = err == NULL ? body_array(body, "places") : NULL;
    char text[TEXT_SIZE] = "";
    size_t count = places != NULL ? json_object_array_length(places) : 0;
    if (count > 0) {
        struct json_object *first = json_object_array_get_idx(places, 0);
        const char *path = body_string(first, "path");
        const char *profile = body_string(first, "profile");
        int used = snprintf(text, sizeof text, "%.300s%s%.100s%s",
                            path[0] != '\0' ? path : body_string(first, "place"),
                            profile[0] != '\0' ? " [" : "", profile, profile[0] != '\0' ? "]" : "");
        if (count > 1)
            snprintf(text + used, sizeof text - (size_t)used, " and %zu more", count - 1);
    }
    if (err == NULL)
        loop_tell(question->loop, &(struct app_message){.kind = TO_APP_PLACE,
                                                        .text = question->key,
                                                        .place = text,
                                                        .flag = in_a_profile(places)});
    free(question);
}

void loop_place(struct loop *loop, const char *key)
{
    struct error err;
    struct place_question *question = malloc(sizeof *question);
    struct json_object *body = json_object_new_object();
    if (question == NULL || body == NULL || loop->keeper == NULL || loop->keeper_gone) {
        free(question);
        json_object_put(body);
        return;
    }
    question->loop = loop;
    text_copy(question->key, sizeof question->key, key);
    body_set_string(body, "key", key);
    /* Only a hint beside the key: a failure is shown by whatever else fails. */
    if (!keeper_ask(loop->keeper, MESSAGE_SEEK_KEY, &body, place_answered, question, &err))
        free(question);
}

void loop_survey_progress(struct loop *loop)
{
    if (loop->survey == NULL || loop->survey_told)
        return;
    size_t count;
    const struct survey_row *rows = survey_rows(loop->survey, &count);
    struct app_message message = {.kind = TO_APP_SURVEY,
                                  .survey = rows,
                                  .survey_count = count,
                                  .account = survey_account(loop->survey),
                                  .arn = survey_arn(loop->survey),
                                  .skew = survey_skew(loop->survey),
                                  .error = survey_error(loop->survey),
                                  .flag = survey_finished(loop->survey)};
    loop_tell(loop, &message);
    loop_tell(loop,
              &(struct app_message){.kind = TO_APP_REGION, .text = keeper_region(loop->keeper)});
    struct text warnings CLEANUP(text_release);
    text_init(&warnings, 64 * 1024);
    keeper_warnings(loop->keeper, &warnings);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_WARNINGS,
                                          .text = warnings.length > 0 ? warnings.bytes : "",
                                          .place = body_string(keeper_hello(loop->keeper), "surprise")});
    loop->survey_told = message.flag;
    if (message.flag && message.error != NULL)
        code_of_survey(loop, message.error);
    /* A user has two keys at most, but for races; of many users' keys only the first are asked for.
     */
    for (size_t i = 0; message.flag && !loop->keeper_gone && i < count && i < KEYS_MAX; i++)
        loop_place(loop, rows[i].key);
}

void loop_release(struct loop *loop)
{
    inventory_free(loop->inventory);
    keeper_free(loop->keeper);
    survey_free(loop->survey);
    code_forget(loop);
    runner_free(loop->runner);
    loop->keeper = NULL;
    loop->survey = NULL;
    loop->inventory = NULL;
    loop->runner = NULL;
}

void loop_leave(struct loop *loop, bool interrupted)
{
    bool busy = loop->runner != NULL && loop->status == RUNNER_BUSY && !loop->keeper_gone &&
                keeper_pending(loop->keeper) > 0;
    loop->interrupted = loop->interrupted || interrupted;
    if (loop->leaving || !busy) {
        loop->done = true;
        return;
    }
    loop->leaving = true;
    lend_recall(&loop->lend, loop->keeper);
    loop->leave_by = when_monotonic_ms() + LEAVE_MS;
    loop_notice(loop, false,
                "Waiting for the answer in hand. Ctrl-C leaves at once; 'resume' then looks first.");
}
