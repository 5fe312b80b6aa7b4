#include "runner/lend.h"

#include <stdio.h>
#include <unistd.h>

void lend_out(struct lend *lend)
{
    fflush(stdout);
    fflush(stderr);
    lend->modes_known = alternate_modes_read(STDIN_FILENO, &lend->modes);
    lend->out = true;
}

/* That it is answered says nothing; the request that it ends has an answer of its own. */
static void ignore(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)context, (void)body, (void)err, (void)date;
}

void lend_recall(const struct lend *lend, struct keeper *keeper)
{
    struct error ignored;
    if (lend->out && keeper != NULL && keeper_failure(keeper) == NULL)
        (void)!keeper_ask(keeper, MESSAGE_HIDE_SECRET, NULL, ignore, NULL, &ignored);
}

void lend_take(struct lend *lend)
{
    struct error gone;
    (void)!error_set(&gone, ERROR_KEEPER_GONE, "the keeper does not give the terminal back");
    lend_back(lend, &gone);
}

void lend_back(struct lend *lend, const struct error *err)
{
    if (!lend->out)
        return;
    lend->out = false;
    if (err != NULL && err->code == ERROR_KEEPER_GONE)
        alternate_leave(isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO,
                        lend->modes_known ? &lend->modes : NULL);
}
