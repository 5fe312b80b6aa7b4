/* What happens, as lines: each once, in the order it happened, nothing moved or overwritten. */
#include <inttypes.h>
#include <string.h>

#include "base/when.h"
#include "cli/drive.h"
#include "cli/print.h"
#include "wire/message.h"

static bool carries(const struct event *event, enum event_field field)
{
    return (event_fields(event->kind) & (1u << field)) != 0;
}

static void append_used(const struct event *event, struct text *text)
{
    char time[WHEN_TEXT_SIZE];
    if (event->used_at == 0)
        text_append(text, ", no use recorded");
    else
        text_appendf(text, ", last used %s by %s in %s", when_format(event->used_at, time),
                     event->used_service, event->used_region);
}

/* Until when a session lasts, and for how long from the moment that it was taken. */
static void append_left(const struct event *event, struct text *text)
{
    char time[WHEN_TEXT_SIZE], left[DURATION_TEXT_SIZE];
    if (event->count > event->date && event->date != 0)
        text_appendf(text, ", ends %s (in %s)", when_format(event->count, time),
                     duration_format(event->count - event->date, left));
}

static void append_keys(const struct event *event, struct text *text)
{
    for (size_t i = 0; i < event->keys.count && i < KEYS_MAX; i++)
        text_appendf(text, "%s%s %s", i == 0 ? ": " : ", ", event->keys.keys[i].id,
                     key_status_name(event->keys.keys[i].status));
}

void progress_describe(const struct rotation *rotation, const struct event *event,
                       struct text *text)
{
    text_append(text, event_sentence(event->kind));
    if (carries(event, EVENT_FIELD_ACCOUNT) && event->account[0] != '\0')
        text_appendf(text, ": %s of account %s", event->arn, event->account);
    if (carries(event, EVENT_FIELD_KEY) && event->key[0] != '\0')
        text_appendf(text, ": %s", event->key);
    if (carries(event, EVENT_FIELD_KEYS))
        append_keys(event, text);
    if (carries(event, EVENT_FIELD_STATUS))
        text_appendf(text, " -> %s", key_status_name(event->status));
    if (carries(event, EVENT_FIELD_TARGET) && event->target >= 0 &&
        (size_t)event->target < rotation->plan.target_count)
        text_appendf(text, ": %s", rotation->plan.targets[event->target].spec);
    if (carries(event, EVENT_FIELD_FOUND))
        text_appendf(text, " holds %s", event->found[0] != '\0' ? event->found : "no key");
    if (carries(event, EVENT_FIELD_VERDICT) && event->kind != EVENT_DEVICES_SEEN)
        text_appendf(text, " (%s)", verdict_name(event->verdict));
    if (carries(event, EVENT_FIELD_USED_AT))
        append_used(event, text);
    if (carries(event, EVENT_FIELD_GATE) && event->gate[0] != '\0')
        text_appendf(text, ": %s", event->gate);
    if (carries(event, EVENT_FIELD_QUESTION) && event->question[0] != '\0')
        text_appendf(text, ": %s", event->question);
    if (carries(event, EVENT_FIELD_ANSWER) && event->answer[0] != '\0')
        text_appendf(text, ": %s", event->answer);
    if (event->kind == EVENT_SESSION_TAKEN)
        append_left(event, text);
    if (event->kind == EVENT_TEST_FINISHED)
        text_appendf(text, ", exit status %" PRId64, event->count);
    if (carries(event, EVENT_FIELD_PLACE) && event->place[0] != '\0')
        text_appendf(text, " [%s]", event->place);
    if (carries(event, EVENT_FIELD_AWS_CODE) && event->aws_code[0] != '\0' &&
        strstr(event->text, event->aws_code) == NULL)
        text_appendf(text, ": %s", event->aws_code);
    if (carries(event, EVENT_FIELD_TEXT) && event->text[0] != '\0')
        text_appendf(text, ": %s", event->text);
    if (carries(event, EVENT_FIELD_SIGNER) && event->signer[0] != '\0')
        text_appendf(text, " (signed by %s)", event->signer);
}

/* FNV-1a over what is worth a line of its own; never 0, which stands for "nothing yet". */
static uint32_t digest(const char *string)
{
    uint32_t value = 2166136261u;
    for (; *string != '\0'; string++)
        value = (value ^ (unsigned char)*string) * 16777619u;
    return value != 0 ? value : 1;
}

static bool is_look(enum event_kind kind)
{
    return kind == EVENT_KEY_PROBED || kind == EVENT_TARGET_CHECKED || kind == EVENT_KEYS_LISTED ||
           kind == EVENT_LAST_USED_READ || kind == EVENT_IDENTITY_SEEN ||
           kind == EVENT_KEY_SOUGHT || kind == EVENT_CHECK_FAILED;
}

/* Before the first thing that is done: what an operator may want to know first. */
static void warn_once(struct drive *drive)
{
    struct text lines CLEANUP(text_release);
    text_init(&lines, 64 * 1024);
    if (drive->warned || drive->keeper == NULL)
        return;
    drive->warned = true;
    keeper_warnings(drive->keeper, &lines);
    char *rest = NULL;
    for (char *line = lines.length > 0 ? strtok_r(lines.bytes, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        print_line(stderr, "keywright: note: %s", line);
}

/* What switching a compromised key off does not end. Said once, before the new key is made. */
static void hint_once(struct drive *drive, const struct rotation *after)
{
    const struct plan *plan = &after->plan;
    bool off = plan->compromised && after->old_key.deactivated_by_us && after->state == ROTATION_OPENED;
    if (drive->hinted || !off)
        return;
    drive->hinted = true;
    print_line(drive->out,
               "    Sessions that were taken with %s live on, for up to 36 h. 'keywright policy "
               "revoke-sessions' prints", plan->old_key);
    print_line(drive->out,
               "    a policy that ends them: put it on user %s and on every role that the key could assume.",
               plan->user);
    print_line(drive->out, "    What was done with the key: keywright usage %s", plan->old_key);
}

void progress_event(void *context, const struct rotation *after, const struct event *event)
{
    struct drive *drive = context;
    struct text text CLEANUP(text_release);
    warn_once(drive);
    text_init(&text, 8192);
    progress_describe(after, event, &text);
    size_t place = event->target >= 0 && event->target < TARGETS_MAX ? (size_t)event->target : 0;
    uint32_t line = digest(text.bytes);
    /* A look is repeated every second while something settles: only what changed is said. */
    bool again = is_look(event->kind) && drive->said[event->kind][place] == line;
    drive->said[event->kind][place] = line;
    if (again && !option_given(&drive->cli->options, OPTION_VERBOSE))
        return;
    if (event->step != drive->step && event->step != STEP_NONE)
        print_line(drive->out, "-- %s", step_name(event->step));
    drive->step = event->step;
    char time[WHEN_TEXT_SIZE];
    print_line(drive->out, "%s  %s", when_format(event->at, time), text.bytes);
    hint_once(drive, after);
    fflush(drive->out);
    drive->wait[0] = '\0';
}

void progress_note(void *context, struct json_object *body)
{
    struct drive *drive = context;
    if (option_given(&drive->cli->options, OPTION_VERBOSE))
        print_request(drive->out, body);
}

/* Equal but for numbers: a countdown is not a new reason. */
static bool same_reason(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    for (;;) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

void progress_wait(struct drive *drive, const struct effect *effect, int64_t now)
{
    enum { HEARTBEAT = 30 };
    const char *why = effect->text[0] != '\0' ? effect->text : "waiting";
    bool same = same_reason(why, drive->wait);
    /* A pause of a second between two probes is no news. */
    if (same ? now - drive->wait_said_at < HEARTBEAT : effect->until - now <= 1)
        return;
    char time[WHEN_TEXT_SIZE], left[DURATION_TEXT_SIZE];
    print_line(drive->out, "%s  waiting: %s (next look in %s)", when_format(now, time), why,
               duration_format(effect->until - now, left));
    fflush(drive->out);
    text_copy(drive->wait, sizeof drive->wait, why);
    drive->wait_said_at = now;
}
