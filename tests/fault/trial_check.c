#include "trial_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "journal/journal.h"

void trial_wrong(struct finding *finding, const char *format, ...)
{
    size_t used = strlen(finding->text);
    va_list args;
    va_start(args, format);
    vsnprintf(finding->text + used, sizeof finding->text - used, format, args);
    va_end(args);
    used = strlen(finding->text);
    snprintf(finding->text + used, sizeof finding->text - used, "\n");
    finding->wrong = true;
}

/* --- files -------------------------------------------------------------------------------------*/

bool trial_slurp(const char *path, char *to, size_t size)
{
    to[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, to, size - 1);
    if (fd >= 0)
        close(fd);
    if (length < 0)
        return false;
    to[length] = '\0';
    return true;
}

static const char *credentials_path(const struct lane *lane)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/.aws/credentials", lane->account.home);
    return path;
}

/* The value after "NAME = " on the first such line. */
static void value_of(const char *file, const char *name, char *to, size_t size)
{
    const char *found = strstr(file, name);
    to[0] = '\0';
    if (found == NULL || (found = strstr(found, "= ")) == NULL)
        return;
    found += 2;
    size_t length = strcspn(found, "\r\n");
    if (length < size) {
        memcpy(to, found, length);
        to[length] = '\0';
    }
}

/* Every pair of this key becomes the same; other pairs stay. */
static void mask(char *file, const char *value)
{
    size_t length = strlen(value);
    if (length == 0)
        return;
    for (char *at = file; (at = strstr(at, value)) != NULL; at += length)
        memset(at, '*', length);
}

void trial_look(const struct lane *lane, struct held *ret_held)
{
    if (!trial_slurp(credentials_path(lane), ret_held->file, sizeof ret_held->file))
        ret_held->file[0] = '\0';
    value_of(ret_held->file, "aws_access_key_id", ret_held->key, sizeof ret_held->key);
    value_of(ret_held->file, "aws_secret_access_key", ret_held->secret, sizeof ret_held->secret);
    mask(ret_held->file, ret_held->key);
    mask(ret_held->file, ret_held->secret);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

void trial_list(const struct lane *lane, char *to, size_t size)
{
    char path[512];
    struct dirent **entries = NULL;
    size_t used = 0;
    snprintf(path, sizeof path, "%s/.aws", lane->account.home);
    int count = scandir(path, &entries, NULL, by_name);
    to[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.' || strlen(entries[i]->d_name) > 2)
            used += (size_t)snprintf(to + used, size - used, "%s ", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* --- the journal -------------------------------------------------------------------------------*/

static bool hear(void *context, const char *id, const struct event *event, const char *detail,
                 const char *hash)
{
    struct story *story = context;
    (void)id, (void)detail, (void)hash;
    story->creates += event->kind == EVENT_CREATE_INTENDED;
    story->delivers += event->kind == EVENT_DELIVER_INTENDED;
    story->kept += event->kind == EVENT_BACKUP_KEPT;
    bool switches = event->kind == EVENT_STATUS_INTENDED;
    if ((switches || event->kind == EVENT_DELETE_INTENDED) && story->intents < ACTS_MAX) {
        struct deed *act = &story->intended[story->intents++];
        strcpy(act->action, switches ? "UpdateAccessKey" : "DeleteAccessKey");
        text_copy(act->key, sizeof act->key, event->key);
        act->status[0] = '\0';
        if (switches)
            text_copy(act->status, sizeof act->status,
                      event->status == KEY_STATUS_ACTIVE ? "Active" : "Inactive");
    }
    return true;
}

static bool count_row(void *context, int64_t number, const struct rotation_row *row)
{
    struct story *story = context;
    (void)number;
    story->rotations++;
    story->open += row->closed_at == 0;
    story->done += row->state == ROTATION_DONE;
    return true;
}

void trial_read_journal(const struct lane *lane, struct story *ret_story, struct finding *finding)
{
    char path[512];
    struct error err = {0};
    CLEANUP(journal_cleanup) struct journal *journal = NULL;
    struct rotation_filter filter = {0};
    int64_t events;
    *ret_story = (struct story){0};
    snprintf(path, sizeof path, "%s/.local/state/keywright/journal.db", lane->account.home);
    if (!journal_open(path, JOURNAL_READ, &journal, &err)) {
        if (err.code != ERROR_NOT_FOUND)
            trial_wrong(finding, "the journal does not open: %s", err.text);
    } else if (!journal_verify(journal, NULL, &events, &err) ||
               !journal_events(journal, NULL, 0, hear, ret_story, &err) ||
               !journal_rotations(journal, &filter, count_row, ret_story, &err)) {
        trial_wrong(finding, "the journal does not verify: %s", err.text);
    }
}

/* --- what must hold ----------------------------------------------------------------------------*/

const struct trial_excuse trial_excuses[TRIAL_EXCUSES] = {
    {"libc getpwuid", "glibc 2.36 asserts that the lines of nsswitch.conf had memory, and follows a "
                      "pointer that malloc did not give"},
    {"libjson-c json_tokener_parse_ex", "json-c 0.16 hashes the name of a member that strdup did not "
                                        "give"},
};

int trial_excuse(const struct trouble *trouble, const struct faultshim_report *report)
{
    for (int i = 0; trouble->excuses && report->crashed != 0 && i < TRIAL_EXCUSES; i++)
        if (strcmp(report->crashed_in, trial_excuses[i].where) == 0)
            return i;
    return -1;
}

static size_t same_acts(const struct deed *acts, size_t count, const struct deed *like)
{
    size_t same = 0;
    for (size_t i = 0; i < count; i++)
        same += strcmp(acts[i].action, like->action) == 0 && strcmp(acts[i].key, like->key) == 0 &&
                strcmp(acts[i].status, like->status) == 0;
    return same;
}

/* A switch that is sent again right away, under one intent, counts once: it says what is to be, not what
 * is to change, so the client may repeat it. */
static size_t distinct_acts(const struct deed *acts, size_t count, const struct deed *like)
{
    size_t same = same_acts(acts, count, like);
    for (size_t i = 1; i < count; i++)
        same -= strcmp(like->action, "UpdateAccessKey") == 0 &&
                same_acts(&acts[i], 1, like) == 1 && same_acts(&acts[i - 1], 1, like) == 1;
    return same;
}

void trial_check_intents(const struct deed *acts, size_t count, const struct story *story,
                         bool delivered, struct finding *finding)
{
    for (size_t i = 0; i < count; i++) {
        bool creates = strcmp(acts[i].action, "CreateAccessKey") == 0;
        size_t intended = creates ? story->creates
                                  : same_acts(story->intended, story->intents, &acts[i]);
        if (distinct_acts(acts, i + 1, &acts[i]) > intended)
            trial_wrong(finding, "%s %s %s was done without an intent", acts[i].action, acts[i].key,
                  acts[i].status);
    }
    if (delivered && story->delivers == 0)
        trial_wrong(finding, "the file was changed without an intent");
}

static void check_file(const struct lane *lane, const struct held *held, struct finding *finding)
{
    if (strcmp(held->file, lane->before) != 0)
        trial_wrong(finding, "the credentials file is not as before, apart from its pairs:\n%s",
              held->file);
    else if (!account_takes(&lane->account, held->key, held->secret))
        trial_wrong(finding, "the pair in the file does not work: %s", held->key);
}

/* A back-up that could not be removed is journalled, and named to the operator, who removes it. */
static bool remove_named(const char *said)
{
    static const char words[] = "the old pair is kept in ";
    char path[512];
    const char *named = strstr(said, words);
    if (named == NULL)
        return false;
    named += strlen(words);
    snprintf(path, sizeof path, "%.*s", (int)strcspn(named, ";\n"), named);
    return unlink(path) == 0;
}

void trial_check_end(const struct lane *lane, const struct story *story, const char *said,
                     struct finding *finding)
{
    struct held held;
    char keys[512], expected[128], listing[1024];
    if (story->open != 0 || story->done != story->rotations)
        trial_wrong(finding, "%zu rotations, %zu open, %zu done", story->rotations, story->open,
              story->done);
    trial_look(lane, &held);
    check_file(lane, &held, finding);
    account_keys(&lane->account, keys, sizeof keys);
    snprintf(expected, sizeof expected, "%s Active", held.key);
    if (strcmp(keys, expected) != 0)
        trial_wrong(finding, "the keys are '%s' and the file holds %s", keys, held.key);
    trial_list(lane, listing, sizeof listing);
    if (strcmp(listing, lane->listing) != 0 && !(story->kept == 1 && remove_named(said)))
        trial_wrong(finding, "left beside the file: %s", listing);
}

void trial_check_run(const struct trouble *trouble, const struct lane *lane,
                     const struct story *story, const char *said, struct finding *finding)
{
    struct held held;
    trial_look(lane, &held);
    check_file(lane, &held, finding);
    if (lane->report->crashed != 0 && finding->excuse < 0)
        trial_wrong(finding, "a program was ended by signal %ld in '%s'", lane->report->crashed,
                    lane->report->crashed_in);
    if (finding->ended == -1)
        return;
    if (finding->ended != 0 && finding->ended != 1 && finding->ended != 3 && finding->ended != 5)
        trial_wrong(finding, "rotate ends with %d", finding->ended);
    if (finding->ended == 0 && (story->done != 1 || story->open != 0))
        trial_wrong(finding, "rotate ends with 0, and the rotation is not done");
    if (finding->ended == 1 && strstr(said, "keywright: ") == NULL)
        trial_wrong(finding, "rotate ends with 1 and does not say why");
    if (strstr(said, "something that must not happen") != NULL)
        trial_wrong(finding, "rotate blames itself");
    if (trouble->absorbed && finding->ended != 0)
        trial_wrong(finding, "rotate ends with %d where it can go on", finding->ended);
}

