/* due --timer and --prompt: what makes others look, and what shells show. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/connect.h"
#include "cli/due.h"
#include "cli/print.h"
#include "runner/reminder.h"

/* The files of data/systemd and data/cron, of which the command is taken for "keywright due". */
static const struct {
    const char *which, *text;
} files[] = {
#include "data/timers.h"
};

static const char command[] = "keywright due";

struct quoting {
    const char *open, *close; /* around a word that needs it */
    const char *special;      /* characters that stand for something else ... */
    const char *escapes[4];   /* ... as these */
};

static const struct quoting systemd_quoting = {"\"", "\"", "\\\"%$", {"\\\\", "\\\"", "%%", "$$"}};
/* cron makes a newline of a % (crontab(5)); the rest is the shell's. */
static const struct quoting cron_quoting = {"'", "'", "'%", {"'\\''", "\\%"}};

static void append_word(struct text *text, const struct quoting *quoting, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@+=:,./-";
    bool quoted = word[strspn(word, plain)] != '\0';
    text_append(text, quoted ? quoting->open : "");
    for (; *word != '\0'; word++) {
        const char *special = strchr(quoting->special, *word);
        if (special != NULL)
            text_append(text, quoting->escapes[special - quoting->special]);
        else
            text_append_char(text, *word);
    }
    text_append(text, quoted ? quoting->close : "");
}

static bool append_option(struct text *text, const struct quoting *quoting, const char *name,
                          const char *value, struct error *err)
{
    for (const char *at = value; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return error_set(err, ERROR_USAGE, "--%s: a timer takes no control characters", name);
    text_appendf(text, " --%s", name);
    if (value != NULL) {
        text_append_char(text, ' ');
        append_word(text, quoting, value);
    }
    return true;
}

/* This program, and what was said on this command line; the settings will be read again. */
static bool make_command(const struct cli *cli, const struct quoting *quoting, struct text *text,
                         struct error *err)
{
    static const enum option passed[] = {
        OPTION_PROFILE,   OPTION_AS,    OPTION_REGION, OPTION_ENDPOINT_URL, OPTION_USER,
        OPTION_ALL_USERS, OPTION_GROUP, OPTION_PATH,   OPTION_TAG,          OPTION_MAX_AGE,
        OPTION_JOURNAL};
    const struct options *options = &cli->options;
    char program[TEXT_SIZE * 8];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    append_word(text, quoting, length > 0 ? program : "keywright");
    text_append(text, " due");
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        if (!option_given(options, passed[i]) || settings_source(&cli->settings, passed[i]) != NULL)
            continue;
        if (!append_option(text, quoting, option_row(passed[i])->name,
                           option_string(options, passed[i]), err))
            return false;
    }
    return text_ok(text, err);
}

/* Lines of the file; in those that are no comment the command becomes ours. */
static void print_file(const char *text, const char *ours)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *found = text[0] != '#' ? strstr(text, command) : NULL;
        if (found != NULL && found < text + length) {
            printf("%.*s%s", (int)(found - text), text, ours);
            size_t skipped = (size_t)(found - text) + strlen(command);
            printf("%.*s\n", (int)(length - skipped), text + skipped);
        } else {
            printf("%.*s\n", (int)length, text);
        }
        text += length + (text[length] == '\n');
    }
}

int due_print_timer(const struct cli *cli, const char *which)
{
    CLEANUP(text_release) struct text ours;
    struct error err = {0};
    bool systemd = strcmp(which, "systemd") == 0;
    text_init(&ours, 65536);
    if (!systemd && strcmp(which, "cron") != 0)
        return report_problem(2, "see 'keywright due --help'", "--timer is systemd or cron, not '%.40s'",
                              which);
    if (!make_command(cli, systemd ? &systemd_quoting : &cron_quoting, &ours, &err))
        return report_error(&err, NULL);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(files[i].which, which) == 0) {
            print_file(files[i].text, ours.bytes);
            if (systemd)
                putchar('\n');
        }
    if (systemd)
        puts("# Put each part into the file that its first line names, then:\n"
             "#     systemctl --user daemon-reload\n"
             "#     systemctl --user enable --now keywright-due.timer");
    return 0;
}

int due_print_prompt(const struct cli *cli)
{
    CLEANUP(text_release) struct text path;
    struct error err = {0};
    char line[REMINDER_LINE_MAX + 1];
    text_init(&path, TEXT_SIZE * 8);
    if (!connect_journal_path(cli, &path, &err))
        return report_error(&err, NULL);
    reminder_line(path.bytes, line);
    if (line[0] == '\0')
        return 0;
    puts(line);
    return 4;
}
