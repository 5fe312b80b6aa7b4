/* keywright: the first program. It hardens itself and seals the secrets of its environment before
 * it does anything else, and hands the command line over. The screen comes in as a function, so
 * that the command line does not know it. */
#include <locale.h>

#include "base/env.h"
#include "base/harden.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "tui/tui.h"

static bool open_screen(const struct cli_screen *screen, int *ret_exit_status, struct error *err)
{
    struct tui_options options = {.journal_path = screen->journal_path,
                                  .keeper = screen->keeper,
                                  .request = screen->request,
                                  .defaults = screen->defaults,
                                  .ask_plan = screen->ask_plan,
                                  .resume = screen->resume,
                                  .user = screen->user,
                                  .selection = screen->selection,
                                  .enroll = screen->enroll,
                                  .enroll_context = screen->enroll_context,
                                  .mfa_code = screen->mfa_code,
                                  .mfa_command = screen->mfa_command,
                                  .no_color = screen->no_color,
                                  .resume_command = screen->resume_command,
                                  .rotate_command = screen->rotate_command};
    setlocale(LC_ALL, "");
    return tui_run(&options, ret_exit_status, err);
}

int main(int argc, char **argv)
{
    struct error err;
    int environment_fd = -1;
    harden_process();
    if (!env_seal_secrets(&environment_fd, &err))
        return report_error(&err, NULL);
    return cli_main(argc, argv, environment_fd, open_screen);
}
