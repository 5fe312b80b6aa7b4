/* What can go wrong with one request: the rows of the network matrix. */
#ifndef KEYWRIGHT_TESTS_FAULT_NETWORK_ROWS_H
#define KEYWRIGHT_TESTS_FAULT_NETWORK_ROWS_H

#include <stdbool.h>
#include <stddef.h>

enum { NETWORK_FAULT_SIZE = 512, NETWORK_TIMEOUT_MS = 1000 };

struct network_row {
    const char *name;
    const char *with;  /* more of it: a value, or members of the peer's object; may be "" */
    bool harmless;     /* legal, or over in time: the run must come to its end by itself */
    bool ages;         /* AWS's clock may be ahead for an hour: what waits for it is let wait */
    int outlives_ms;   /* the server is still at it so long after the client gave up */
};

/* The rows for the practice account (every fault that it knows) or for a strict peer. */
const struct network_row *network_rows(bool peer, size_t *ret_count);

/* How the account is told of it: not the first `skip` requests, then `times` (0: every one). */
void network_fault(bool peer, const struct network_row *row, long skip, long times,
                   char to[NETWORK_FAULT_SIZE]);

#endif
