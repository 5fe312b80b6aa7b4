/* Why AWS takes no code of an MFA device. Of a device that is not the user's it says the same as of one
 * that was tried too often; the list of the user's devices tells them apart. */
#ifndef KEYWRIGHT_KEEPER_DEVICE_H
#define KEYWRIGHT_KEEPER_DEVICE_H

#include "keeper/request.h"

/* `err` is borrowed. */
typedef void device_told(void *context, const struct error *err);

/* Look among the devices of `user` (the long-term pair that showed the code), and call `told` once, perhaps
 * before this returns: MFA_SERIAL with the devices that there are, MFA_RESTS, or `refusal` (MFA_DEVICE) with
 * why it is not known which: the list may not be read, or `user` is a session, whose owner AWS does not look
 * up by itself. `user` and `serial` are borrowed until then; `request`, whose calls are made, must live as
 * long. */
void device_explain(struct request *request, const struct credentials *user, const char *serial,
                    const struct error *refusal, device_told *told, void *context);

#endif
