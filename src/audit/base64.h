/* Base64 (RFC 4648, 4) back to bytes. Pure. */
#ifndef KEYWRIGHT_AUDIT_BASE64_H
#define KEYWRIGHT_AUDIT_BASE64_H

#include "base/text.h"

/* Append the bytes that `base64` stands for; line ends and blanks between are passed over. SYNTAX for
 * anything else that is not of the alphabet, and for an end that is cut. LIMIT, MEMORY. */
bool base64_decode(const char *base64, size_t length, struct text *text, struct error *err) MUST_USE;

#endif
