/* How a command of the operator ended, in words. */
#ifndef KEYWRIGHT_KEEPER_ENDED_H
#define KEYWRIGHT_KEEPER_ENDED_H

#include "keeper/child.h"

enum { ENDED_LINE_SIZE = 256, ENDED_NAME_SIZE = 128 };

/* The name of its program, fit for a message. Returns shown. */
const char *ended_name(const char *command, char shown[ENDED_NAME_SIZE]);
/* The last line of what it wrote that is not empty, fit for a message. It ends the bytes there. */
void ended_last_line(const struct child_output *output, char shown[ENDED_LINE_SIZE]);
/* Status 0 within its time. Else COMMAND (or child_not_started's), with `line` ("" for none) as the reason; TIMEOUT. */
bool ended_well(const struct child_result *result, const char *command, int64_t limit_ms,
                const char *line, struct error *err) MUST_USE;

/* For a command that gives something, a code or credentials: how long it may take. It may ask somebody for a touch
 * or a password, so `timeout` (seconds, of --timeout; 0: not given) holds for it too. */
int64_t ended_limit_ms(int64_t timeout);
/* Such a command ended with status 0, within its time, and printed no more than `most` bytes. Else COMMAND, for too
 * late too: to run it again by itself would ask somebody twice; or child_not_started's. */
bool ended_giving(const struct child_result *result, int64_t timeout, size_t most, struct error *err) MUST_USE;

#endif
