/* What a check rests on: which of the things that are read of an account. When these were read, or could not be, its
 * word on what is not looked at user by user (judge.h, audit_live_of) is its last. Pure. */
#ifndef KEYWRIGHT_AUDIT_RESTS_H
#define KEYWRIGHT_AUDIT_RESTS_H

#include "audit/judge.h"

enum {
    RESTS_REPORT = 1,
    RESTS_USERS = 2,
    RESTS_SUMMARY = 4,
    RESTS_PASSWORD_POLICY = 8,
    RESTS_DEVICES = 16,
    RESTS_SUPPORT = 32,
    RESTS_CLOUDSHELL = 64,
    RESTS_CERTIFICATES = 128,
    RESTS_AUTHORIZATIONS = 256,
    RESTS_VALIDATION = 512,
    RESTS_ANALYZERS = 1024,
    RESTS_UNUSED = 2048,
    RESTS_TRAILS = 4096,
    RESTS_ALL = 8191,
    RESTS_WHO = RESTS_REPORT | RESTS_USERS /* who there is */
};

/* Bits of the above, by what is known so far: of two that tell the same, the second is waited for only when the first
 * does not tell it. */
unsigned rests_on(const struct facts *facts, const struct audit_check *check);

#endif
