/* Sending an answer as a plan of faults says: by the HTTP library where that can, else byte by byte
 * on its socket. */
#ifndef KEYWRIGHT_PRACTICE_SEND_H
#define KEYWRIGHT_PRACTICE_SEND_H

#include <microhttpd.h>

#include "practice/practice.h"

/* Sleep; false when the server stops meanwhile. */
typedef bool send_pause(void *context, int milliseconds);

/* MHD_NO: the connection ends, after whatever was sent. Takes the bytes of answer->body. */
enum MHD_Result send_answer(struct MHD_Connection *connection, struct practice_answer *answer,
                            const struct fault_plan *plan, send_pause *pause, void *context);
/* Make the end of the connection a reset. */
void send_reset(struct MHD_Connection *connection);

#endif
