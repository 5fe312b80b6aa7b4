/* due --ical: when each Active key will be due, as a calendar. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/when.h"
#include "cli/due.h"
#include "cli/ical.h"
#include "cli/print.h"

enum { CALENDAR_MOST = 64 * 1024 * 1024 };

static void add_key(struct text *text, const char *account, const struct survey_row *row,
                    int64_t now, int64_t max_age)
{
    char uid[KEY_ID_SIZE + 64], summary[USER_SIZE + KEY_ID_SIZE + 80], made[WHEN_TEXT_SIZE];
    char description[2 * USER_SIZE + 2 * KEY_ID_SIZE + 240], age[DURATION_TEXT_SIZE];
    bool due = survey_due(row, now, max_age);
    snprintf(uid, sizeof uid, "due-%s@%s.keywright", row->key, account);
    snprintf(summary, sizeof summary, "Access key %s of %s %s due for rotation", row->key, row->user,
             due ? "is" : "becomes");
    snprintf(description, sizeof description,
             "Account %s, made %s, due %s after that: keywright rotate --user %s --key %s", account,
             when_format(row->created, made), duration_format(max_age, age), row->user, row->key);
    struct ical_event event = {uid, due ? now : row->created + max_age, summary, description, !due};
    ical_add(text, &event, now);
}

bool due_write_ical(const struct survey *survey, int64_t now, int64_t max_age, const char *path,
                    struct error *err)
{
    CLEANUP(text_release) struct text text;
    size_t count, active = 0;
    const struct survey_row *rows = survey_rows(survey, &count);
    text_init(&text, CALENDAR_MOST);
    ical_begin(&text);
    for (size_t i = 0; i < count; i++)
        if (rows[i].status == KEY_STATUS_ACTIVE && rows[i].created != 0) {
            add_key(&text, survey_account(survey), &rows[i], now, max_age);
            active++;
        }
    ical_end(&text);
    if (active == 0) { /* a calendar of nothing is none (RFC 5545, section 3.6) */
        print_line(stderr, "keywright: no key is Active: no calendar was written");
        return true;
    }
    if (!text_ok(&text, err))
        return false;
    if (strcmp(path, "-") != 0)
        return file_write(path, text.bytes, text.length, 0600, err);
    fwrite(text.bytes, 1, text.length, stdout);
    return fflush(stdout) == 0 || error_set(err, ERROR_IO, "the calendar could not be written");
}
