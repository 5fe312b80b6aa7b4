/* What a rotation, a rollback and a retirement do, in order, with the IAM permission of each call. The front may
 * not see the keeper's table of actions; tests/unit/cli.c holds the two together. */
#include "cli/dryrun.h"

#define IDENTITY "sts:GetCallerIdentity"

#define IDENTIFY                                                                                   \
    {STEP_CREATE_NEW, IDENTITY, "", false, DRYRUN_BY_OLD, "who signs, and for which account"},     \
    {STEP_CREATE_NEW, "iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", false, DRYRUN_BY_OLD, \
     "which user the old key belongs to"},                                                         \
    {STEP_CREATE_NEW, "iam:ListAccountAliases", "iam:ListAccountAliases", false, DRYRUN_BY_OLD,    \
     "the account's alias, to be shown (not with --yes; left out when refused)"}

#define TRY_TARGETS                                                                                \
    {STEP_CREATE_NEW, "", "", true, DRYRUN_BY_OLD,                                                 \
     "each target tried: a temporary file is made beside it and removed"},                         \
    {STEP_CREATE_NEW, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_OLD,            \
     "the keys before anything is made"}

#define CREATE_AND_HAND_OVER                                                                       \
    {STEP_CREATE_NEW, "iam:CreateAccessKey", "iam:CreateAccessKey", true, DRYRUN_BY_OLD,           \
     "the new key"},                                                                               \
    {STEP_CREATE_NEW, "", "", true, DRYRUN_BY_NEW,                                                 \
     "the new pair handed over to each target, the old one kept beside it until the end"},         \
    {STEP_CREATE_NEW, IDENTITY, "", false, DRYRUN_BY_NEW,                                          \
     "each target read back and its key probed for the settle time"}

#define TEST_AND_DELETE                                                                            \
    {STEP_TEST, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_NEW,                  \
     "the new key works in IAM too"},                                                              \
    {STEP_TEST, "iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", false, DRYRUN_BY_NEW,      \
     "last use of the old key, before our own probes"},                                            \
    {STEP_TEST, IDENTITY, "", false, DRYRUN_BY_CHECKED, "the old key is refused"},                 \
    {STEP_TEST, "", "", false, DRYRUN_BY_NEW, "each --test command, with the new key only"},       \
    {STEP_DELETE, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_NEW,                \
     "after the soak: the old key is still Inactive"},                                             \
    {STEP_DELETE, "iam:DeleteAccessKey", "iam:DeleteAccessKey", true, DRYRUN_BY_NEW,               \
     "the old key deleted; this cannot be undone"},                                                \
    {STEP_DELETE, "", "", true, DRYRUN_BY_NEW, "the back-ups of the old pair removed"}

static const struct dryrun_act forward[] = {
    IDENTIFY,
    TRY_TARGETS,
    CREATE_AND_HAND_OVER,
    {STEP_DEACTIVATE_OLD, "iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", false,
     DRYRUN_BY_NEW, "whether the old key is still used (when --quiet is not 0)"},
    {STEP_DEACTIVATE_OLD, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_NEW,
     "whether the user keeps a working key"},
    {STEP_DEACTIVATE_OLD, "iam:UpdateAccessKey", "iam:UpdateAccessKey", true, DRYRUN_BY_NEW,
     "the old key switched off"},
    TEST_AND_DELETE,
};

static const struct dryrun_act compromised[] = {
    IDENTIFY,
    {STEP_CREATE_NEW, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_OLD,
     "which keys the user has"},
    {STEP_CREATE_NEW, "iam:UpdateAccessKey", "iam:UpdateAccessKey", true, DRYRUN_BY_OLD,
     "the compromised key switched off: what uses it stops, before there is a new one"},
    TRY_TARGETS,
    CREATE_AND_HAND_OVER,
    TEST_AND_DELETE,
};

static const struct dryrun_act back[] = {
    {STEP_ROLLBACK, IDENTITY, "", false, DRYRUN_BY_NEW, "who signs, and for which account"},
    {STEP_ROLLBACK, "iam:UpdateAccessKey", "iam:UpdateAccessKey", true, DRYRUN_BY_NEW,
     "the old key switched on again, when it was switched off"},
    {STEP_ROLLBACK, IDENTITY, "", false, DRYRUN_BY_OLD, "the old key proven for the settle time"},
    {STEP_ROLLBACK, "", "", true, DRYRUN_BY_OLD,
     "the old pair put back into each target that holds the new one"},
    {STEP_ROLLBACK, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_OLD,
     "the old key is Active"},
    {STEP_ROLLBACK, "iam:UpdateAccessKey", "iam:UpdateAccessKey", true, DRYRUN_BY_OLD,
     "the new key switched off"},
    {STEP_ROLLBACK, "iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", false, DRYRUN_BY_OLD,
     "whether the new key was used since"},
    {STEP_ROLLBACK, "iam:DeleteAccessKey", "iam:DeleteAccessKey", true, DRYRUN_BY_OLD,
     "the new key deleted"},
    {STEP_ROLLBACK, "", "", true, DRYRUN_BY_OLD, "the back-ups of the old pair removed"},
};

static const struct dryrun_act retirement[] = {
    {STEP_CREATE_NEW, "iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", false, DRYRUN_BY_OLD,
     "whether the key to be retired is still used (when --quiet is not 0)"},
    {STEP_CREATE_NEW, "iam:UpdateAccessKey", "iam:UpdateAccessKey", true, DRYRUN_BY_OLD,
     "the key to be retired switched off"},
    {STEP_CREATE_NEW, IDENTITY, "", false, DRYRUN_BY_CHECKED,
     "it is refused (when its pair is held here)"},
    {STEP_CREATE_NEW, "iam:ListAccessKeys", "iam:ListAccessKeys", false, DRYRUN_BY_OLD,
     "after the soak: it is still Inactive"},
    {STEP_CREATE_NEW, "iam:DeleteAccessKey", "iam:DeleteAccessKey", true, DRYRUN_BY_OLD,
     "the retired key deleted; this cannot be undone"},
};

#define COUNT(acts) (sizeof(acts) / sizeof(acts)[0])

const struct dryrun_act *dryrun_acts(enum dryrun_course course, size_t *ret_count)
{
    switch (course) {
    case DRYRUN_ROTATION:
        *ret_count = COUNT(forward);
        return forward;
    case DRYRUN_COMPROMISED:
        *ret_count = COUNT(compromised);
        return compromised;
    case DRYRUN_ROLLBACK:
        *ret_count = COUNT(back);
        return back;
    case DRYRUN_RETIREMENT:
        *ret_count = COUNT(retirement);
        return retirement;
    case DRYRUN_COURSES:
        break;
    }
    *ret_count = 0;
    return NULL;
}
