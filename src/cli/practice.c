/* practice: a simulated account in a home of its own, and this very program run on it. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/when.h"
#include "cli/connect.h"
#include "cli/playground.h"
#include "cli/print.h"

/* --- running this program on it --------------------------------------------------------------- */

static bool own_path(char *path, size_t size, struct error *err)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0 || (size_t)length >= size - 1)
        return error_set(err, ERROR_NOT_FOUND, "this program cannot find its own file");
    path[length] = '\0';
    return true;
}

/* Signals that come to us alone go on to the child; the terminal's reach it by themselves. */
static int wait_for(pid_t child)
{
    int status = 0;
    bool told = false;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return 1;
        if (connect_interrupted() && !told) {
            told = true;
            kill(child, SIGTERM);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 130;
}

static int run_on(struct playground *playground, char *const *arguments, struct error *err)
{
    char path[4096];
    pid_t child;
    if (!own_path(path, sizeof path, err))
        return -1;
    fflush(NULL);
    int failed =
        posix_spawn(&child, path, NULL, NULL, arguments, playground_environment(playground));
    if (failed != 0) {
        error_set_errno(err, ERROR_IO, failed, "starting %s", path);
        return -1;
    }
    return wait_for(child);
}

/* --- the unattended run ----------------------------------------------------------------------- */

static bool last_row(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    *(struct rotation_row *)context = *row;
    return false;
}

static bool summary(struct cli *cli, const struct playground *playground, int64_t seconds,
                    struct error *err)
{
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct rotation_row row = {.id = ""};
    struct rotation_filter filter = {.limit = 1};
    int64_t events = 0;
    if (!journal_open(playground_journal(playground), JOURNAL_READ, &journal, err) ||
        !journal_rotations(journal, &filter, last_row, &row, err) ||
        !journal_verify(journal, NULL, &events, err))
        return false;
    FILE *out = option_given(&cli->options, OPTION_JSON) ? stderr : stdout;
    char time[DURATION_TEXT_SIZE];
    fputc('\n', out);
    print_line(out, "practice: rotation %s is %s after %s", row.id, rotation_state_name(row.state),
               duration_format(seconds, time));
    print_line(out, "  old key   %s, deleted", row.old_key);
    print_line(out, "  new key   %s, in every file that held the old one", row.new_key);
    print_line(out, "  journal   %lld events, hash chain whole", (long long)events);
    print_line(out, "  The account was simulated; it and its files are gone now. On a real one:");
    print_line(out, "    keywright rotate --dry-run");
    return true;
}

static int run_auto(struct cli *cli, struct playground *playground)
{
    struct error err = {0};
    bool json = option_given(&cli->options, OPTION_JSON);
    char *arguments[] = {(char *)"keywright",
                         (char *)"rotate",
                         (char *)"--yes",
                         (char *)"--plan",
                         (char *)"now",
                         (char *)"--settle",
                         (char *)"2s",
                         (char *)"--reason",
                         (char *)"practice",
                         (char *)"-v",
                         json ? (char *)"--json" : NULL,
                         NULL};
    FILE *out = json ? stderr : stdout;
    print_line(out, "practice: a simulated AWS account at %s; user %s, key %s",
               playground_endpoint(playground), playground_user(playground),
               playground_key(playground));
    print_line(out, "practice: keywright rotate --yes --plan now --settle 2s -v");
    int64_t began = when_now();
    int exit_status = run_on(playground, arguments, &err);
    if (exit_status == 0 && !summary(cli, playground, when_now() - began, &err))
        exit_status = -1;
    return exit_status < 0 ? report_error(&err, NULL) : exit_status;
}

/* --- the command ------------------------------------------------------------------------------ */

static int serve(struct cli *cli)
{
    struct error err = {0};
    char path[4096];
    playground_program(path, sizeof path);
    const char *port = option_string(&cli->options, OPTION_PORT);
    char *arguments[PLAYGROUND_ARGUMENTS] = {(char *)"keywright-practice", (char *)"--serve",
                                             port != NULL ? (char *)"--port" : NULL, (char *)port};
    playground_add_faults(arguments, cli->options.lists[OPTION_FAULT],
                          cli->options.counts[OPTION_FAULT]);
    execv(path, arguments);
    error_set_errno(&err, ERROR_NOT_FOUND, errno, "starting %s", path);
    return report_error(&err, "install keywright whole, or run it from its build directory");
}

static int run_interactive(struct cli *cli, struct playground *playground)
{
    struct error err = {0};
    bool screen = connect_has_screen(cli);
    bool no_color = connect_no_color(cli);
    char *home[] = {(char *)"keywright", no_color ? (char *)"--no-color" : NULL, NULL};
    char *plain[] = {(char *)"keywright", (char *)"rotate",   (char *)"--plain", (char *)"--plan",
                     (char *)"now",       (char *)"--settle", (char *)"2s",      NULL};
    int exit_status = run_on(playground, screen ? home : plain, &err);
    return exit_status < 0 ? report_error(&err, NULL) : exit_status;
}

static int no_terminal(void)
{
    return report_problem(2, "'keywright practice --auto' needs none",
                          "there is no terminal to practise at");
}

int command_practice(struct cli *cli)
{
    struct error err = {0};
    bool automatic = option_given(&cli->options, OPTION_AUTO);
    if (automatic && option_given(&cli->options, OPTION_SERVE))
        return report_problem(2, "see 'keywright practice --help'",
                              "--auto and --serve exclude each other");
    if (option_given(&cli->options, OPTION_JSON) && option_given(&cli->options, OPTION_SERVE))
        return report_problem(2, "leave --json out",
                              "--serve prints lines for a shell, with the secrets of the simulated "
                              "account; there is none in --json");
    if (option_given(&cli->options, OPTION_PORT) && !option_given(&cli->options, OPTION_SERVE))
        return report_problem(2, "see 'keywright practice --help'", "--port goes with --serve");
    if (option_given(&cli->options, OPTION_SERVE))
        return serve(cli);
    /* The account tells whether a fault is one: that comes first. */
    bool with_faults = cli->options.counts[OPTION_FAULT] > 0;
    if (!automatic && !with_faults && !connect_has_terminal())
        return no_terminal();
    connect_catch_signals(NULL);
    struct playground *playground CLEANUP(playground_cleanup) = NULL;
    bool made = playground_new(cli->options.lists[OPTION_FAULT], cli->options.counts[OPTION_FAULT],
                               &playground, &err);
    if (!made && err.code == ERROR_USAGE)
        return report_error(&err, "'keywright-practice --help' lists the faults");
    if (!made)
        return report_error(&err, "install keywright whole, or run it from its build directory");
    if (!automatic && !connect_has_terminal())
        return no_terminal();
    return automatic ? run_auto(cli, playground) : run_interactive(cli, playground);
}
