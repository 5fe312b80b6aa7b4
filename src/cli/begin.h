/* The beginning of rotate, resume and rollback. */
#ifndef KEYWRIGHT_CLI_BEGIN_H
#define KEYWRIGHT_CLI_BEGIN_H

#include "cli/drive.h"

/* The request that the options make; its strings are borrowed from them. USAGE. */
bool begin_request(const struct options *options, struct runner_request *ret_request,
                   struct error *err) MUST_USE;
/* What must hold before anything is done: options that can be read, and somebody to ask. USAGE. */
bool begin_check(const struct options *options, struct error *err) MUST_USE;
/* Guided on the full screen, rather than line by line or unattended. */
bool begin_wants_screen(const struct cli *cli);
int begin_screen(const struct cli *cli, const struct runner_request *request, const char *resume,
                 const struct keeper_options *keeper);
/* The home screen; `defaults` for rotations that are begun from it. */
int begin_home(const struct cli *cli, const struct runner_request *defaults,
               const struct keeper_options *keeper);
/* What driving one rotation needs, released as a whole. */
struct begun {
    struct keeper *keeper;
    struct runner *runner;
    struct drive *drive;
};

/* Makes begun->drive of the other two. Catches signals from here on. */
bool begin_drive(struct cli *cli, struct journal *journal, struct begun *begun,
                 struct error *err) MUST_USE;
void begin_release(struct begun *begun); /* for CLEANUP() */

#endif
