/* Which IAM permissions a command needs: the source of the policies that `keywright policy` prints.
 * What a rotation, a rollback and a retirement call is read from the dry run's acts
 * (dryrun_acts), so that the dry run and the policies cannot differ; the other commands have their
 * rows here. The front may not see the keeper's table of actions: tests/unit/cli.c holds the two
 * together. Pure. */
#ifndef KEYWRIGHT_CLI_PERMISSIONS_H
#define KEYWRIGHT_CLI_PERMISSIONS_H

#include <stddef.h>

/* Whose policy a permission belongs into. */
enum permission_holder {
    HOLDER_SELF = 1,  /* a user who replaces its own keys */
    HOLDER_ADMIN = 2, /* who replaces those of other users (--as) */
    HOLDER_AUDIT = 4, /* who only looks */
    HOLDER_MFA = 8    /* a user who sets up MFA devices of its own */
};

/* What the permission is about: one user, virtual MFA devices (whose names say nothing of their users),
 * or no resource that could be named. */
enum permission_scope { SCOPE_USER, SCOPE_DEVICE, SCOPE_ACCOUNT };

/* X(command, permission, scope, holders). A permission may have many rows: it goes to the holders of
 * all of them. The scope is AWS's: which resources the action knows (Service Authorization
 * Reference). */
#define PERMISSION_TABLE(X)                                                                        \
    X("keys", "iam:ListAccessKeys", SCOPE_USER, HOLDER_SELF | HOLDER_ADMIN | HOLDER_AUDIT)         \
    X("keys", "iam:GetAccessKeyLastUsed", SCOPE_USER, HOLDER_SELF | HOLDER_ADMIN | HOLDER_AUDIT)   \
    X("keys", "iam:ListUsers", SCOPE_ACCOUNT, HOLDER_ADMIN | HOLDER_AUDIT)                         \
    X("usage", "iam:GetAccessKeyLastUsed", SCOPE_USER, HOLDER_SELF | HOLDER_ADMIN | HOLDER_AUDIT)  \
    X("usage", "cloudtrail:LookupEvents", SCOPE_ACCOUNT, HOLDER_ADMIN | HOLDER_AUDIT)              \
    X("audit", "iam:GenerateCredentialReport", SCOPE_ACCOUNT, HOLDER_AUDIT)                        \
    X("audit", "iam:GetCredentialReport", SCOPE_ACCOUNT, HOLDER_AUDIT)                             \
    X("audit", "iam:GetAccountSummary", SCOPE_ACCOUNT, HOLDER_AUDIT)                               \
    X("audit", "iam:GetAccountPasswordPolicy", SCOPE_ACCOUNT, HOLDER_AUDIT)                        \
    X("audit", "iam:GetAccountAuthorizationDetails", SCOPE_ACCOUNT, HOLDER_AUDIT)                  \
    X("audit", "access-analyzer:ListAnalyzers", SCOPE_ACCOUNT, HOLDER_AUDIT)                       \
    X("audit", "access-analyzer:ListFindings", SCOPE_ACCOUNT, HOLDER_AUDIT)                        \
    X("audit", "access-analyzer:ValidatePolicy", SCOPE_ACCOUNT, HOLDER_AUDIT)                      \
    X("audit", "cloudtrail:DescribeTrails", SCOPE_ACCOUNT, HOLDER_AUDIT)                           \
    X("audit", "cloudtrail:GetTrailStatus", SCOPE_ACCOUNT, HOLDER_AUDIT)                           \
    X("audit", "cloudtrail:GetEventSelectors", SCOPE_ACCOUNT, HOLDER_AUDIT)                        \
    X("audit", "iam:ListVirtualMFADevices", SCOPE_ACCOUNT, HOLDER_AUDIT)                           \
    X("audit", "iam:ListEntitiesForPolicy", SCOPE_ACCOUNT, HOLDER_AUDIT)                           \
    X("audit", "iam:ListServerCertificates", SCOPE_ACCOUNT, HOLDER_AUDIT)                          \
    X("mfa", "iam:ListMFADevices", SCOPE_USER, HOLDER_MFA | HOLDER_AUDIT)                          \
    X("mfa", "iam:EnableMFADevice", SCOPE_USER, HOLDER_MFA)                                        \
    X("mfa", "iam:CreateVirtualMFADevice", SCOPE_DEVICE, HOLDER_MFA)                               \
    X("mfa", "iam:DeleteVirtualMFADevice", SCOPE_DEVICE, HOLDER_MFA)                               \
    X("mfa", "iam:ListVirtualMFADevices", SCOPE_ACCOUNT, HOLDER_MFA)

struct permission {
    const char *command; /* "" for a rotation's own */
    const char *name;    /* "iam:CreateAccessKey" */
    enum permission_scope scope;
    unsigned holders; /* permission_holder bits */
};

enum { PERMISSIONS_MAX = 64 };

/* All permissions that a holder needs, each once, in the order of their first use: what a rotation
 * calls comes first. Strings are borrowed for ever. Returns how many (at most PERMISSIONS_MAX). */
size_t permissions_of(enum permission_holder holder, struct permission ret_list[PERMISSIONS_MAX]);

#endif
