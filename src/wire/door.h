/* The door: one end of the socket pair, with whole messages. Never blocks: what cannot be written
 * yet is kept and goes out with the next door_flush. */
#ifndef KEYWRIGHT_WIRE_DOOR_H
#define KEYWRIGHT_WIRE_DOOR_H

#include "wire/message.h"

struct door;

/* Takes over the socket (closed by door_free). */
bool door_new(int socket, struct door **ret_door, struct error *err) MUST_USE;
void door_free(struct door *door);
int door_fd(const struct door *door);
void door_hang_up(struct door *door); /* both sides see it closed */
bool door_wants_write(const struct door *door); /* poll for POLLOUT too */

/* Queue a message and send what can be sent. Takes over *body and sets it to NULL, in every case
 * (body may be NULL for an empty one). MEMORY when *body is NULL or not whole; KEEPER_GONE when the other side has
 * closed; LIMIT for a message over 1 MiB, or when 64 MiB wait unread: nothing is queued then. */
bool door_send(struct door *door, enum message_kind kind, uint32_t id, struct json_object **body,
               struct error *err) MUST_USE;
bool door_flush(struct door *door, struct error *err) MUST_USE;

/* Read what is there. ret_got is false when no whole message has come yet. One call gives one
 * message and may have read more: call until ret_got is false before the next poll. KEEPER_GONE at
 * the end; REPLY for garbage (a length of 0 or over 1 MiB, not JSON, an unknown kind), from then on
 * for ever. */
bool door_receive(struct door *door, bool *ret_got, struct message *ret_message,
                  struct error *err) MUST_USE;

#endif
