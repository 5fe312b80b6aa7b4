/* Handing a pair over to a command: on its standard input, and, when there is a --verify command,
 * that one must then print the key's ID. */
#ifndef KEYWRIGHT_KEEPER_HANDOVER_H
#define KEYWRIGHT_KEEPER_HANDOVER_H

#include "deliver/deliver.h"
#include "keeper/request.h"

/* Begin; a command has 60 s. Takes over what is in *pair. `target` is a command's; its strings live
 * as long as the request. The request is answered as `deliver` is, with the errors COMMAND (an exit
 * status other than 0, with the last line that was written to standard error unless that could show
 * the secret; `verify` did not print the key), TIMEOUT, NOT_FOUND, PERMISSION. They name the
 * program only. */
void handover_start(struct request *request, const struct deliver_request *target,
                    struct credentials *pair);

#endif
