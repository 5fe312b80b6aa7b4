/* An MFA device that is being enrolled: its seed and how it is shown. */
#ifndef KEYWRIGHT_KEEPER_ENROL_H
#define KEYWRIGHT_KEEPER_ENROL_H

#include "keeper/request.h"

/* Kept from create_mfa until the device is enabled, shown or given up: context->enrol. */
struct enrol {
    char user[129];
    char account[16];
    char serial[257];
    struct secret *seed;
    unsigned char *modules; /* NULL when no code could be made */
    size_t width;
};

/* --- enrol_kept.c --------------------------------------------------------------------------------- */

/* Wipe and free a struct enrol. NULL is fine. */
void enrol_free(void *state);
/* The same of the one that the context keeps. */
void enrol_forget(struct context *context);
/* The same, with the program. */
void enrol_release(struct context *context);

/* --- enrol_seed.c --------------------------------------------------------------------------------- */

/* What AWS sends as Base32StringSeed is base64 of base32: undo the first, check the second. REPLY. */
bool enrol_decode_seed(const struct secret *sent, struct secret *ret_seed,
                       struct error *err) MUST_USE;
/* "otpauth://totp/AWS:USER@ACCOUNT?secret=...&issuer=AWS" (the Key URI format of authenticator
 * apps). LIMIT. */
bool enrol_uri(const char *user, const char *account, const struct secret *seed,
               struct secret *ret_uri, struct error *err) MUST_USE;

#endif
