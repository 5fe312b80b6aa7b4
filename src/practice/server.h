/* The HTTP server in front of the practice service: libmicrohttpd, on 127.0.0.1 and nowhere else,
 * one thread a connection, so that a fault may keep one client waiting and not the others. */
#ifndef KEYWRIGHT_PRACTICE_SERVER_H
#define KEYWRIGHT_PRACTICE_SERVER_H

#include <stdint.h>

#include "practice/practice.h"

struct server; /* opaque */

/* Serve `practice` (borrowed; from now on the server's alone until it has stopped) on this port, 0
 * for any. IO when the port cannot be had. */
bool server_start(struct practice *practice, uint16_t port, struct server **ret_server,
                  struct error *err) MUST_USE;
uint16_t server_port(const struct server *server);
/* End all connections, waiting ones too, and free. NULL is fine. */
void server_stop(struct server *server);

#endif
