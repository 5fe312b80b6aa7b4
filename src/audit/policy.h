/* What a policy document allows, as far as an audit asks: everything, all of IAM, all of a service. Pure.
 *
 * Read are IAM's identity policies: Statement as an object or a list; Effect; Action or NotAction, Resource
 * or NotResource as a string or a list; * and ? anywhere; actions without regard to capitals; Condition.
 * What these do not explain (broken JSON, a name that stands twice, an element that is not IAM's) makes the
 * document one that is not understood, and says why: nothing is concluded from the rest of it.
 * Source: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language". */
#ifndef KEYWRIGHT_AUDIT_POLICY_H
#define KEYWRIGHT_AUDIT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Whether a Condition holds is not judged. */
enum policy_grant { POLICY_NO, POLICY_UNDER_CONDITION, POLICY_ALWAYS };

struct policy_digest {
    bool understood;
    char why[96]; /* not */

    /* Allows Action * (or *:*, ...) on Resource *. Source of "everything": Security Hub IAM.1 and the Config
     * rule iam-policy-no-statements-with-admin-access, neither of which looks at a Condition. */
    enum policy_grant everything;
    /* Allows every action of IAM on every resource: everything, iam:*, or all but what is not IAM's
     * (NotAction, NotResource). Whoever may do that can give himself the rest. */
    enum policy_grant all_of_iam;
    /* Denies every action of IAM on every resource, without a condition. */
    bool denies_iam;
    /* "s3:*, all but iam:*": Allow of SERVICE:*, or of NotAction with one, on whatever resource; cut where it
     * is very long; "" for none. Source: Security Hub IAM.21 and the Config rule
     * iam-policy-no-statements-with-full-access. */
    char services[160];
};

/* The document as plain JSON, appended. False for an escape that is none, and for want of room. */
bool policy_plain(const char *document, size_t length, struct text *text);

/* `document`: as IAM returns it, percent-encoded (RFC 3986), or plain JSON. Never fails: what is wrong is in
 * the digest. */
void policy_read(const char *document, size_t length, struct policy_digest *ret_digest);

#endif
