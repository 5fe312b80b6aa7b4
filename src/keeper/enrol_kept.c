/* The enrolment that the keeper has in hand, and its end. */
#include "keeper/enrol.h"

#include <stdlib.h>

#include "base/guarded.h"
#include "keeper/qr.h"

void enrol_free(void *state)
{
    struct enrol *enrol = state;
    if (enrol == NULL)
        return;
    secret_free(enrol->seed);
    guarded_free(enrol->modules);
    free(enrol);
}

void enrol_forget(struct context *context)
{
    enrol_free(context->enrol);
    context->enrol = NULL;
}

void enrol_release(struct context *context)
{
    enrol_forget(context);
    qr_maker_end(&context->qr);
}
