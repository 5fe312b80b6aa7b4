/* Questions: what --yes answers by itself, and prompts line by line. A prompt moves no cursor; its
 * default, Enter, always leaves things as they are. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/show.h"
#include "base/when.h"
#include "cli/connect.h"
#include "cli/drive.h"
#include "cli/print.h"

enum { ANSWER_SIZE = 256 };

enum line_result { LINE_GOT, LINE_ENDED, LINE_INTERRUPTED };

/* One line of the terminal, which hands over whole lines; the keeper is served meanwhile. */
static enum line_result read_line(struct drive *drive, const char *prompt, char *line, size_t size)
{
    struct text safe CLEANUP(text_release);
    text_init(&safe, TEXT_SIZE * 8);
    show_append(&safe, prompt);
    fputs(safe.bytes, drive->out);
    fflush(drive->out);
    size_t length = 0;
    for (;;) {
        if (connect_interrupted())
            return LINE_INTERRUPTED;
        if (!drive_wait(drive, true, -1))
            continue;
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return LINE_ENDED;
        if (c == '\n')
            break;
        if (length + 1 < size)
            line[length++] = c;
    }
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
        length--;
    line[length] = '\0';
    return LINE_GOT;
}

/* A choice among `count` numbered lines; 0 for none of them. */
static enum line_result choose(struct drive *drive, const char *const *lines, size_t count,
                               size_t *ret_choice)
{
    char line[ANSWER_SIZE];
    for (;;) {
        for (size_t i = 0; i < count; i++)
            print_line(drive->out, "  %zu. %s", i + 1, lines[i]);
        print_line(drive->out, "  Enter: stop here; nothing is lost");
        enum line_result result = read_line(drive, "Choice: ", line, sizeof line);
        if (result != LINE_GOT)
            return result;
        if (line[0] == '\0') {
            *ret_choice = 0;
            return LINE_GOT;
        }
        if (line[1] == '\0' && line[0] >= '1' && (size_t)(line[0] - '0') <= count) {
            *ret_choice = (size_t)(line[0] - '0');
            return LINE_GOT;
        }
        print_line(drive->out, "'%s' is none of these.", line);
    }
}

bool ask_yes(struct drive *drive, const char *question)
{
    char line[ANSWER_SIZE];
    return read_line(drive, question, line, sizeof line) == LINE_GOT &&
           (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
}

bool ask_text(struct drive *drive, const char *prompt, char *line, size_t size)
{
    return read_line(drive, prompt, line, size) == LINE_GOT;
}

static enum answer_result from_line(enum line_result result)
{
    return result == LINE_INTERRUPTED ? ANSWER_INTERRUPTED : ANSWER_STOP;
}

static enum answer_result give(struct drive *drive, const char *answer, struct error *err)
{
    return runner_answer(drive->runner, answer, err) ? ANSWER_GIVEN : ANSWER_FAILED;
}

bool ask_revival(struct drive *drive, const struct rotation *rotation)
{
    if (!rotation_rollback_revives(rotation))
        return true;
    print_line(drive->out,
               "A rollback makes %s, the compromised key, Active again: whoever else holds it can use it at "
               "once. To leave it off, go on with the rotation, or abandon it.",
               rotation->plan.old_key);
    return option_given(&drive->cli->options, OPTION_YES) ||
           ask_yes(drive, "Make the compromised key Active again? [y/N] ");
}

static enum answer_result roll_back(struct drive *drive, struct error *err)
{
    if (!ask_revival(drive, runner_rotation(drive->runner)))
        return connect_interrupted() ? ANSWER_INTERRUPTED : ANSWER_STOP;
    const char *reason = option_string(&drive->cli->options, OPTION_REASON);
    return runner_rollback(drive->runner, reason, err) ? ANSWER_GIVEN : ANSWER_FAILED;
}

static const char *last_four(const char *key)
{
    size_t length = strlen(key);
    return length < 4 ? key : key + length - 4;
}

/* --new-key or --retire as an answer; NULL for neither. */
static const char *two_keys_option(struct drive *drive)
{
    const struct options *options = &drive->cli->options;
    if (drive->two_keys_answered)
        return NULL;
    return option_given(options, OPTION_NEW_KEY)  ? "adopt"
           : option_given(options, OPTION_RETIRE) ? "retire"
                                                  : NULL;
}

static bool code_refused(const struct drive *drive)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    return rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
}

/* --mfa-code is good for one code; --mfa-command for one at a time, and for none after one that was
 * refused: a device is locked by wrong ones. */
static bool code_by_option(const struct drive *drive)
{
    const struct options *options = &drive->cli->options;
    if (option_given(options, OPTION_MFA_COMMAND))
        return !code_refused(drive) && !drive->code_used;
    return option_given(options, OPTION_MFA_CODE) && !drive->code_used;
}

/* The command is asked once it can print another code than the one that was used last. */
static bool wait_for_fresh_code(struct drive *drive, int64_t until)
{
    for (int64_t now = when_now(); now < until && until - now <= 60; now = when_now()) {
        if (connect_interrupted())
            return false;
        if (drive->wait[0] == '\0')
            print_line(drive->out, "    waiting %lld s for the next MFA code", (long long)(until - now));
        text_copy(drive->wait, sizeof drive->wait, "the next MFA code");
        (void)drive_wait(drive, false, 1000);
    }
    return true;
}

static enum answer_result give_code(struct drive *drive, const struct effect *effect, struct error *err)
{
    const struct options *options = &drive->cli->options;
    const char *command = option_string(options, OPTION_MFA_COMMAND);
    bool opening = runner_id(drive->runner)[0] == '\0';
    if (!code_by_option(drive))
        return ANSWER_STOP;
    if (command == NULL) {
        drive->code_used = true;
        return give(drive, option_string(options, OPTION_MFA_CODE), err);
    }
    if (!wait_for_fresh_code(drive, effect->until))
        return ANSWER_INTERRUPTED;
    /* Before there is a rotation nothing tells of a refusal: once is enough. */
    drive->code_used = opening;
    return runner_answer_by_command(drive->runner, command, err) ? ANSWER_GIVEN : ANSWER_FAILED;
}

static enum answer_result answer_by_rule(struct drive *drive, const struct effect *effect,
                                         struct error *err)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    switch (effect->question) {
    case QUESTION_CREATE:
    case QUESTION_DEACTIVATE:
    case QUESTION_ORPHAN:
        return give(drive, "yes", err);
    case QUESTION_RECEIPT: /* a fact that only a person can tell */
        return ANSWER_BLOCKED;
    case QUESTION_DELETE:
        return give(drive, last_four(effect->key[0] != '\0' ? effect->key : rotation->plan.old_key),
                    err);
    case QUESTION_TWO_KEYS:
        if (two_keys_option(drive) == NULL)
            return ANSWER_BLOCKED;
        drive->two_keys_answered = true;
        return give(drive, two_keys_option(drive), err);
    case QUESTION_MFA:
        return give_code(drive, effect, err);
    case QUESTION_DEVICE: /* the profile can name it, and a resume looks there */
        return ANSWER_STOP;
    case QUESTION_NONE:
    case QUESTION_COUNT:
        break;
    }
    error_set(err, ERROR_INTERNAL, "a question without a name");
    return ANSWER_FAILED;
}

static void print_identity(struct drive *drive)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    const struct plan *plan = &rotation->plan;
    const char *alias = runner_account_alias(drive->runner);
    print_line(drive->out, "Account  %s%s%s (%s)", alias, alias[0] != '\0' ? ", " : "", plan->account,
               plan->partition);
    print_line(drive->out, "User     %s", plan->user);
    print_line(drive->out, "Old key  %s", plan->old_key);
    print_line(drive->out, "Signed by %s (%s)", rotation->identity_signer, rotation->identity_arn);
    for (size_t i = 0; i < plan->target_count; i++)
        print_line(drive->out, "Target   %s", plan->targets[i].spec);
}

static void print_keys(struct drive *drive)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    for (size_t i = 0; i < rotation->list.count && i < KEYS_MAX; i++) {
        const struct key_seen *key = &rotation->list.keys[i];
        const struct key_state *known =
            strcmp(key->id, rotation->old_key.id) == 0  ? &rotation->old_key
            : strcmp(key->id, rotation->second.id) == 0 ? &rotation->second
                                                        : NULL;
        char created[WHEN_TEXT_SIZE], used[WHEN_TEXT_SIZE];
        const char *use = known == NULL || !known->used_read ? "not known"
                          : known->used_at == 0              ? "none recorded"
                                                             : when_format(known->used_at, used);
        print_line(drive->out, "  %s  %s  created %s  last use %s", key->id,
                   key_status_name(key->status), when_format(key->created, created), use);
    }
}

/* A line typed as it is: the code, or the last characters. */
static enum answer_result prompt_text(struct drive *drive, const char *prompt, struct error *err)
{
    char line[ANSWER_SIZE];
    for (;;) {
        enum line_result result = read_line(drive, prompt, line, sizeof line);
        if (result != LINE_GOT || line[0] == '\0')
            return from_line(result);
        struct error refusal = {0};
        if (runner_answer(drive->runner, line, &refusal))
            return ANSWER_GIVEN;
        if (refusal.code != ERROR_USAGE) {
            *err = refusal;
            return ANSWER_FAILED;
        }
        print_line(drive->out, "%s", refusal.text);
    }
}

static enum answer_result prompt_choice(struct drive *drive, const char *yes, struct error *err)
{
    const char *const lines[] = {yes, "roll back: undo everything so far"};
    size_t choice = 0;
    enum line_result result = choose(drive, lines, 2, &choice);
    if (result != LINE_GOT || choice == 0)
        return from_line(result);
    return choice == 1 ? give(drive, "yes", err) : roll_back(drive, err);
}

/* A pair that was not received is handed over, or shown, again while it is here. */
static enum answer_result prompt_receipt(struct drive *drive, const struct effect *effect,
                                         struct error *err)
{
    const char *const lines[] = {"yes, it was received", "roll back: undo everything so far",
                                 "no: hand it over again"};
    size_t choice = 0;
    print_line(drive->out, "%s", effect->text);
    enum line_result result = choose(drive, lines, 3, &choice);
    if (result != LINE_GOT || choice == 0)
        return from_line(result);
    if (choice == 3)
        return runner_retry(drive->runner, err) ? ANSWER_GIVEN : ANSWER_FAILED;
    return choice == 1 ? give(drive, "yes", err) : roll_back(drive, err);
}

static enum answer_result prompt_two_keys(struct drive *drive, const struct effect *effect,
                                          struct error *err)
{
    const char *const lines[] = {"take the other key as the new one (its pair must be in a target)",
                                 "remove the other key first, through the same gates"};
    size_t choice = 0;
    print_identity(drive);
    print_line(drive->out, "%s", effect->text);
    print_keys(drive);
    enum line_result result = choose(drive, lines, 2, &choice);
    if (result != LINE_GOT || choice == 0)
        return from_line(result);
    return give(drive, choice == 1 ? "adopt" : "retire", err);
}

static enum answer_result prompt_device(struct drive *drive, const struct effect *effect,
                                        struct error *err)
{
    enum { DEVICES_MAX = 8 };
    char names[DEVICES_MAX][TEXT_SIZE], number[24];
    const char *lines[DEVICES_MAX];
    size_t count = 0, choice = 0;
    for (; count < DEVICES_MAX &&
           mfa_device_at(runner_rotation(drive->runner), count + 1, names[count]);
         count++)
        lines[count] = names[count];
    print_line(drive->out, "%s", effect->text);
    enum line_result result = choose(drive, lines, count, &choice);
    if (result != LINE_GOT || choice == 0)
        return from_line(result);
    snprintf(number, sizeof number, "%zu", choice);
    return give(drive, number, err);
}

static enum answer_result answer_by_prompt(struct drive *drive, const struct effect *effect,
                                           struct error *err)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    char prompt[KEY_ID_SIZE + ARN_SIZE + 100];
    const char *key = effect->key[0] != '\0' ? effect->key : rotation->plan.old_key;
    switch (effect->question) {
    case QUESTION_CREATE:
        print_identity(drive);
        print_line(drive->out, "%s", effect->text);
        return prompt_choice(drive,
                             rotation->plan.adopt_key[0] != '\0' ? "take that key as the new one"
                                                                 : "create the new key",
                             err);
    case QUESTION_DEACTIVATE:
        if (rotation->plan.compromised)
            print_identity(drive);
        print_line(drive->out, "%s", effect->text);
        return prompt_choice(drive, "switch the old key off (can be undone)", err);
    case QUESTION_ORPHAN:
        print_line(drive->out, "%s", effect->text);
        return prompt_choice(drive, "remove that key", err);
    case QUESTION_RECEIPT:
        return prompt_receipt(drive, effect, err);
    case QUESTION_TWO_KEYS:
        return prompt_two_keys(drive, effect, err);
    case QUESTION_DELETE:
        print_line(drive->out, "%s", effect->text);
        snprintf(
            prompt, sizeof prompt,
            "Type the last four characters of %s to delete it for ever; Enter: stop here: ", key);
        return prompt_text(drive, prompt, err);
    case QUESTION_MFA:
        print_line(drive->out, "%s", effect->text);
        snprintf(prompt, sizeof prompt, "MFA code%s%s; Enter: stop here: ",
                 rotation->plan.mfa_serial[0] != '\0' ? " of " : "", rotation->plan.mfa_serial);
        return prompt_text(drive, prompt, err);
    case QUESTION_DEVICE:
        return prompt_device(drive, effect, err);
    case QUESTION_NONE:
    case QUESTION_COUNT:
        break;
    }
    error_set(err, ERROR_INTERNAL, "a question without a name");
    return ANSWER_FAILED;
}

enum answer_result ask_question(struct drive *drive, const struct effect *effect, struct error *err)
{
    bool option_answers =
        (effect->question == QUESTION_TWO_KEYS && two_keys_option(drive) != NULL) ||
        (effect->question == QUESTION_MFA && code_by_option(drive));
    return drive->unattended || option_answers ? answer_by_rule(drive, effect, err)
                                               : answer_by_prompt(drive, effect, err);
}

/* The reason given by an --override for this gate that was not used yet, or NULL. */
static const char *override_for(struct drive *drive, enum gate_id gate)
{
    const struct options *options = &drive->cli->options;
    for (size_t i = 0; i < options->counts[OPTION_OVERRIDE]; i++) {
        enum gate_id given;
        const char *reason;
        if ((drive->overrides_used & (1u << i)) == 0 &&
            override_parse(options->lists[OPTION_OVERRIDE][i], &given, &reason, NULL) &&
            given == gate) {
            drive->overrides_used |= 1u << i;
            return reason;
        }
    }
    return NULL;
}

static enum answer_result prompt_override(struct drive *drive, enum gate_id gate, struct error *err)
{
    char reason[TEXT_SIZE];
    enum line_result result =
        read_line(drive, "Reason, for the journal; Enter: stop here: ", reason, sizeof reason);
    if (result != LINE_GOT || reason[0] == '\0')
        return from_line(result);
    return runner_override(drive->runner, gate, reason, err) ? ANSWER_GIVEN : ANSWER_FAILED;
}

enum answer_result ask_blocked(struct drive *drive, const struct effect *effect, bool prompt,
                               struct error *err)
{
    bool overridable = effect->gate != GATE_COUNT && gate_overridable(effect->gate);
    const char *reason = overridable ? override_for(drive, effect->gate) : NULL;
    if (reason != NULL)
        return runner_override(drive->runner, effect->gate, reason, err) ? ANSWER_GIVEN
                                                                         : ANSWER_FAILED;
    if (!prompt)
        return ANSWER_BLOCKED;
    const char *const lines[] = {"try again", "roll back: undo everything so far",
                                 "pass this gate all the same, with a reason"};
    size_t choice = 0;
    print_line(drive->out, "Stopped: %s", effect->text);
    enum line_result result = choose(drive, lines, overridable ? 3 : 2, &choice);
    if (result == LINE_INTERRUPTED)
        return ANSWER_INTERRUPTED;
    if (result == LINE_ENDED || choice == 0)
        return ANSWER_BLOCKED;
    if (choice == 1)
        return runner_retry(drive->runner, err) ? ANSWER_GIVEN : ANSWER_FAILED;
    return choice == 2 ? roll_back(drive, err) : prompt_override(drive, effect->gate, err);
}
