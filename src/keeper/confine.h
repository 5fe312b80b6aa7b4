/* The keeper's cage, and what must be started before it is closed. */
#ifndef KEYWRIGHT_KEEPER_CONFINE_H
#define KEYWRIGHT_KEEPER_CONFINE_H

#include "keeper/context.h"

/* Once, when the settings are known and nothing has come from the network: start the launcher for
 * the commands of the scope and for the credential_process of the identity, then close the cage.
 * The folders of the AWS files and of the scope's targets may be written; what cage_allow_system
 * lists, the CA bundle and the identity's files of tokens may be read; TCP goes to the ports of the
 * endpoints, of the proxies, of the service that gives the identity its credentials, and of name
 * servers. The errors of the launcher; IO. */
bool keeper_confine(struct context *context, struct error *err) MUST_USE;

#endif
