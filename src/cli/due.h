/* What `keywright due` does beside its table, a file each. */
#ifndef KEYWRIGHT_CLI_DUE_H
#define KEYWRIGHT_CLI_DUE_H

#include "cli/cli.h"
#include "runner/survey.h"

/* When each Active key of the survey will be due; what is due already is put on today. `path` is "-" for standard
 * output; a file is replaced whole and keeps its mode (0600 for a new one). IO, PERMISSION, LIMIT, MEMORY. */
bool due_write_ical(const struct survey *survey, int64_t now, int64_t max_age, const char *path,
                    struct error *err) MUST_USE;

/* Print what makes systemd or cron look every working day, with the options of this command line. Exit status. */
int due_print_timer(const struct cli *cli, const char *which);

/* Print the line of the cache, nothing when there is none. Exit status. */
int due_print_prompt(const struct cli *cli);

#endif
