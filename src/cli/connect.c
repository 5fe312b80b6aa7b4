#include "cli/connect.h"
#include "cli/print.h"

#include <json-c/json.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "runner/confine.h"
#include "runner/question.h"
#include "wire/scope.h"

struct keeper_options connect_options(const struct cli *cli)
{
    const struct options *options = &cli->options;
    return (struct keeper_options){
        .profile = option_string(options, OPTION_PROFILE),
        .as_profile = option_string(options, OPTION_AS),
        .region = option_string(options, OPTION_REGION),
        .endpoint_url = option_string(options, OPTION_ENDPOINT_URL),
        .timeout = option_number(options, OPTION_TIMEOUT, 0),
        .notes = option_given(options, OPTION_VERBOSE),
        .environment_fd = cli->environment_fd,
    };
}

/* Standard output is for what was asked for. */
static void tell_request(void *context, struct json_object *note)
{
    (void)context;
    print_request(stderr, note);
}

bool connect_keeper_for(const struct cli *cli, bool terminal, struct starter *starter,
                        struct keeper **ret_keeper, struct error *err)
{
    CLEANUP(text_release) struct text scope;
    struct keeper_options options = connect_options(cli);
    text_init(&scope, SCOPE_MAXIMUM);
    scope_add(&scope, SCOPE_MFA, option_string(&cli->options, OPTION_MFA_COMMAND));
    options.scope = &scope;
    options.terminal = terminal;
    options.starter = starter;
    if (!text_ok(&scope, err) || !keeper_start(&options, ret_keeper, err))
        return false;
    if (options.notes)
        keeper_on_note(*ret_keeper, tell_request, NULL);
    return true;
}

bool connect_keeper(const struct cli *cli, struct keeper **ret_keeper, struct error *err)
{
    return connect_keeper_for(cli, false, NULL, ret_keeper, err);
}

void connect_keeper_cleanup(struct keeper **keeper)
{
    keeper_free(*keeper);
}

bool connect_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                 struct json_object **ret_reply, struct error *err)
{
    return question_ask(keeper, kind, body, ret_reply, err);
}

bool connect_confine(const struct cli *cli, const char *output, struct error *err)
{
    struct text path CLEANUP(text_release);
    text_init(&path, TEXT_SIZE * 8);
    bool named = connect_journal_path(cli, &path, NULL);
    return front_confine(named ? path.bytes : NULL, output, NULL, err);
}

bool connect_journal_path(const struct cli *cli, struct text *ret_path, struct error *err)
{
    return journal_default_path(option_string(&cli->options, OPTION_JOURNAL), ret_path, err);
}

void connect_make_folder(const struct cli *cli)
{
    struct text path CLEANUP(text_release);
    text_init(&path, TEXT_SIZE * 8);
    if (!connect_journal_path(cli, &path, NULL))
        return;
    char *slash = strrchr(path.bytes, '/');
    if (slash == NULL || slash == path.bytes)
        return;
    *slash = '\0';
    (void)!file_make_directory(path.bytes, NULL);
}

bool connect_journal(const struct cli *cli, enum journal_mode mode, struct journal **ret_journal,
                     struct error *err)
{
    struct text path CLEANUP(text_release);
    text_init(&path, TEXT_SIZE * 8);
    return connect_journal_path(cli, &path, err) &&
           journal_open(path.bytes, mode, ret_journal, err);
}

bool connect_journal_if_any(const struct cli *cli, struct journal **ret_journal, struct error *err)
{
    struct error failure = {0};
    if (connect_journal(cli, JOURNAL_READ, ret_journal, &failure)) {
        if (!journal_check_end(*ret_journal, &failure))
            report_damage(&failure);
        return true;
    }
    if (failure.code == ERROR_NOT_FOUND) {
        *ret_journal = NULL;
        return true;
    }
    if (err != NULL)
        *err = failure;
    return false;
}

bool connect_has_terminal(void)
{
    return isatty(STDIN_FILENO) && (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO));
}

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && *value != '\0';
}

bool connect_has_screen(const struct cli *cli)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && *term != '\0' &&
           strcmp(term, "dumb") != 0 && !set("ACCESSIBLE") &&
           !option_given(&cli->options, OPTION_PLAIN) && !option_given(&cli->options, OPTION_JSON);
}

bool connect_can_wipe(void)
{
    const char *term = getenv("TERM");
    return connect_has_terminal() && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

bool connect_can_show(const struct options *options, struct error *err)
{
    const char *term = getenv("TERM");
    if (option_given(options, OPTION_YES))
        return error_set(err, ERROR_USAGE,
                         "with --yes nobody is there to read what --to show would show; nothing was "
                         "done");
    if (option_given(options, OPTION_JSON))
        return error_set(err, ERROR_USAGE,
                         "--to show is for a person at the terminal, and --json for a program; nothing "
                         "was done");
    if (connect_can_wipe())
        return true;
    return error_set(err, ERROR_USAGE,
                     "--to show needs a terminal that can wipe what it has shown (TERM=%.40s); nothing "
                     "was done",
                     term != NULL ? term : "");
}

bool connect_no_color(const struct cli *cli)
{
    return option_given(&cli->options, OPTION_NO_COLOR) || set("NO_COLOR");
}

const char *connect_actor(char *buffer, size_t size)
{
    const struct passwd *entry = getpwuid(getuid());
    if (entry != NULL && entry->pw_name[0] != '\0')
        text_copy(buffer, size, entry->pw_name);
    else
        snprintf(buffer, size, "uid-%lu", (unsigned long)getuid());
    return buffer;
}

/* A signal handler can reach nothing but a global. */
static volatile sig_atomic_t signal_seen;

static void note(int number)
{
    signal_seen = number;
}

void connect_catch_signals(sigset_t *ret_wait_mask)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note}; /* no SA_RESTART: a wait is to end */
    sigset_t caught;
    sigemptyset(&action.sa_mask);
    sigemptyset(&caught);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaction(numbers[i], &action, NULL);
        sigaddset(&caught, numbers[i]);
    }
    if (ret_wait_mask == NULL)
        return;
    sigprocmask(SIG_BLOCK, &caught, ret_wait_mask);
    /* They are blocked already when this is the second rotation of a run. */
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigdelset(ret_wait_mask, numbers[i]);
}

bool connect_interrupted(void)
{
    return signal_seen != 0;
}

int connect_signal(void)
{
    return signal_seen;
}

void connect_forget_signals(void)
{
    signal_seen = 0;
}
