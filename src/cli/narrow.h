/* --group, --path and --tag: which users a command is about. What it takes to tell is asked of AWS; where that
 * is not allowed the command fails, since to go on would be to look at everybody. */
#ifndef KEYWRIGHT_CLI_NARROW_H
#define KEYWRIGHT_CLI_NARROW_H

#include "audit/access.h"
#include "cli/cli.h"
#include "runner/survey.h"

#define NARROW_OPTIONS WITH(GROUP), WITH(PATH), WITH(TAG)

struct narrowing {
    bool wanted; /* any of the three was given */
    struct access_selection selection;
    struct access access; /* of narrow_survey */
};

void narrow_release(struct narrowing *narrowing); /* for CLEANUP() */

/* USAGE: a path without a slash before it, an empty value, or one of them together with --user. */
bool narrow_init(const struct options *options, struct narrowing *ret_narrowing,
                 struct error *err) MUST_USE;
/* NULL when everybody is meant. */
const struct access_selection *narrow_selection(const struct narrowing *narrowing);
/* Before survey_begin: read what it takes. Nothing is done when everybody is meant. NOT_FOUND when it means
 * nobody. */
bool narrow_read(struct narrowing *narrowing, struct keeper *keeper, struct error *err) MUST_USE;
/* After it. `narrowing` is borrowed. */
void narrow_survey(struct narrowing *narrowing, struct survey *survey);

#endif
