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

void lend_back(struct lend *lend, const struct error *err)
{
    if (!lend->out)
        return;
    lend->out = false;
    if (err != NULL && err->code == ERROR_KEEPER_GONE)
        alternate_leave(isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO,
                        lend->modes_known ? &lend->modes : NULL);
}
