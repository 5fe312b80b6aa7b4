/* From the arguments to a command: help, version, unknown names, what a command accepts. */
#include "config.h"

#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/begin.h"
#include "cli/connect.h"
#include "cli/narrow.h"
#include "cli/print.h"

/* Options of `keywright` alone, which opens the home screen. */
#define HOME_OPTIONS                                                                               \
    WITH(PROFILE), WITH(AS), WITH(REGION), WITH(ENDPOINT_URL), WITH(USER), WITH(JOURNAL),          \
        WITH(NO_COLOR), WITH(TIMEOUT), WITH(EXPECT_ACCOUNT), WITH(TO), WITH(VERIFY),               \
        WITH(MFA_CODE), WITH(MFA_COMMAND), NARROW_OPTIONS
/* What the settings may say about rotations that are begun there. */
#define HOME_SETTINGS                                                                              \
    HOME_OPTIONS, WITH(TEST), WITH(PLAN), WITH(QUIET), WITH(SOAK), WITH(SETTLE), WITH(CONSISTENCY)

static void print_option(enum option option)
{
    const struct option_row *row = option_row(option);
    char name[48];
    snprintf(name, sizeof name, "--%s%s%s", row->name, *row->value != '\0' ? " " : "", row->value);
    printf("  %-24s %s\n", name, row->help);
}

static void print_help(void)
{
    size_t count;
    const struct command *list = commands(&count);
    printf("Usage: keywright [COMMAND] [OPTION]...\n"
           "Replaces AWS IAM access keys without an outage and without a lost secret.\n"
           "Without a command: the full screen.\n\nCommands:\n");
    for (size_t i = 0; i < count; i++)
        printf("  %-10s %s\n", list[i].name, list[i].summary);
    printf(
        "\nEvery command has --help and a manual page. 'keywright practice' tries it without an\n"
        "AWS account.\n"
        "\nOptions that are the same every time can stand in ~/.config/keywright/config, as lines\n"
        "'name = value'; the command line and the environment beat them.\n"
        "\nDurations: 0, 90s, 15m, 24h, 90d.\n"
        "Exit status: 0 done, 1 failed, 2 usage, 3 open and waiting, 4 attention,\n"
        "  5 a gate does not open, 130 interrupted.\n");
}

static void print_command_help(const struct command *command)
{
    printf("Usage: keywright %s%s%s [OPTION]...\n%s\n", command->name,
           *command->arguments != '\0' ? " " : "", command->arguments, command->summary);
    if (*command->details != '\0')
        printf("\n%s\n", command->details);
    printf("\nOptions:\n");
    for (int i = 0; i < OPTION_COUNT; i++)
        if (command->accepts.has[i] || i == OPTION_HELP)
            print_option((enum option)i);
}

static int unknown_command(const char *name)
{
    size_t count, least = strlen(name) / 3 + 2;
    const struct command *list = commands(&count);
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = names_distance(name, list[i].name);
        if (distance < least) {
            least = distance;
            best = list[i].name;
        }
    }
    if (best == NULL)
        return report_problem(2, "see 'keywright --help'", "unknown command '%.40s'", name);
    return report_problem(2, "see 'keywright --help'",
                          "unknown command '%.40s'; did you mean '%s'?", name, best);
}

static int usage_error(const struct error *err, const char *command)
{
    char remedy[96];
    snprintf(remedy, sizeof remedy, "see 'keywright %s%s--help'", command != NULL ? command : "",
             command != NULL ? " " : "");
    return report_error(err, remedy);
}

/* An error that only the keeper can find is traced to its line. */
static void note_source(const struct settings *settings, enum option option, enum error_code code)
{
    char note[400];
    const struct setting *setting = settings_source(settings, option);
    if (setting == NULL)
        return;
    snprintf(note, sizeof note, "%s is set in %.300s, line %d", option_row(option)->name,
             settings->path, setting->line);
    report_note(code, note);
}

/* Settings are read for every command, so that a mistake in them is found by the next one. */
static bool take_settings(struct cli *cli, const struct option_set *accepted, struct error *err)
{
    if (!settings_load(&cli->settings, err))
        return false;
    settings_apply(&cli->settings, accepted, &cli->options);
    note_source(&cli->settings, OPTION_PROFILE, ERROR_PROFILE_UNKNOWN);
    note_source(&cli->settings, OPTION_REGION, ERROR_REGION_UNKNOWN);
    note_source(&cli->settings, OPTION_ENDPOINT_URL, ERROR_ENDPOINT);
    note_source(&cli->settings, OPTION_EXPECT_ACCOUNT, ERROR_ACCOUNT);
    return true;
}

/* An open rotation goes by the journal, and the practice account has a home of its own. */
static struct option_set settings_for(const struct command *command)
{
    static const struct option_set of_open = {{SETTINGS_OF_OPEN}};
    static const struct option_set of_practice = {{WITH(PLAIN), WITH(NO_COLOR)}};
    struct option_set set = command->accepts;
    bool open = command->run == command_resume || command->run == command_rollback ||
                command->run == command_abandon;
    if (command->run == command_practice)
        return of_practice;
    for (int i = 0; i < OPTION_COUNT && open; i++)
        set.has[i] = set.has[i] && of_open.has[i];
    return set;
}

static int run_command(struct cli *cli, const struct command *command)
{
    struct error err;
    const struct option_set settings = settings_for(command);
    if (!take_settings(cli, &settings, &err)) {
        if (command->run != command_doctor)
            return report_error(&err, NULL);
        cli->settings_error = err;
    }
    return command->run(cli);
}

static int home(struct cli *cli)
{
    static const struct option_set accepted = {{HOME_OPTIONS}}, settings = {{HOME_SETTINGS}};
    struct error err;
    struct runner_request defaults;
    if (!options_accept(&cli->options, "keywright", &accepted, &err))
        return usage_error(&err, NULL);
    if (!take_settings(cli, &settings, &err))
        return report_error(&err, NULL);
    if (!connect_has_screen(cli))
        return report_problem(2,
                              "name a command, such as 'keywright status'; see 'keywright --help'",
                              "the full screen needs a terminal");
    if (!begin_check(&cli->options, &err) || !begin_request(&cli->options, &defaults, &err))
        return usage_error(&err, NULL);
    struct keeper_options keeper = connect_options(cli);
    return begin_home(cli, &defaults, &keeper);
}

static void release(struct cli *cli)
{
    settings_release(&cli->settings);
}

int cli_main(int argc, char *const *argv, int environment_fd, cli_open_screen *open_screen)
{
    CLEANUP(release) struct cli cli = {.environment_fd = environment_fd, .open_screen = open_screen};
    struct error err;
    if (!options_parse(argc, argv, &cli.options, &err))
        return usage_error(&err, NULL);
    const char *name = cli.options.command;
    if (option_given(&cli.options, OPTION_VERSION)) {
        printf("keywright %s\n", PACKAGE_VERSION);
        return print_status(0);
    }
    bool help = option_given(&cli.options, OPTION_HELP);
    if (name != NULL && strcmp(name, "help") == 0) {
        help = true;
        name = cli.options.argument_count > 0 ? cli.options.arguments[0] : NULL;
    }
    if (name == NULL && !help)
        return home(&cli);
    const struct command *command = name != NULL ? command_seek(name) : NULL;
    if (name != NULL && command == NULL)
        return unknown_command(name);
    if (help || command == NULL) {
        if (command != NULL)
            print_command_help(command);
        else
            print_help();
        return print_status(0);
    }
    if (!options_accept(&cli.options, name, &command->accepts, &err))
        return usage_error(&err, name);
    size_t count = cli.options.argument_count;
    if (count < command->least || count > command->most)
        return report_problem(2, "see its --help", "usage: keywright %s%s%s: %s", name,
                              *command->arguments != '\0' ? " " : "", command->arguments,
                              count < command->least ? "an argument is missing"
                                                     : "too many arguments");
    return print_status(run_command(&cli, command));
}
