#include "deliver/kinds.h"

bool deliver_fail(struct error *err, const struct error *cause)
{
    if (err != NULL) {
        *err = *cause;
        err->code = ERROR_TARGET;
    }
    return false;
}
