/* Handing a pair over to a person: the target `show`. */
#ifndef KEYWRIGHT_KEEPER_SHOWING_H
#define KEYWRIGHT_KEEPER_SHOWING_H

#include "deliver/deliver.h"
#include "keeper/request.h"

/* WAITING when no terminal was handed over. */
bool showing_possible(const struct context *context, struct error *err) MUST_USE;

/* Show the pair once and answer the request: ok as soon as any of it may have been seen, WAITING or
 * IO when nothing was. Takes over the pair's content. */
void showing_start(struct request *request, const struct deliver_request *target,
                   struct credentials *pair);

#endif
