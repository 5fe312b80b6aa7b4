/* The one table of commands. Help, the check of options and the manual's list are made from it. */
#include "cli/cli.h"
#include "cli/narrow.h"

#include <string.h>

/* They mean the same everywhere, so every command takes them. */
#define GENERAL                                                                                    \
    WITH(PROFILE), WITH(REGION), WITH(ENDPOINT_URL), WITH(USER), WITH(JOURNAL), WITH(JSON),        \
        WITH(PLAIN), WITH(NO_COLOR), WITH(DRY_RUN), WITH(YES), WITH(TIMEOUT), WITH(VERBOSE)
/* Of whatever signs. */
#define SIGNER_OPTIONS WITH(AS), WITH(MFA_CODE), WITH(MFA_COMMAND)
#define RUN GENERAL, SIGNER_OPTIONS, WITH(REASON), WITH(OVERRIDE), WITH(EXPECT_ACCOUNT)
/* A resume takes all these from the journal; given, they must say the same (exit 2). */
#define PLANNED                                                                                    \
    WITH(KEY), WITH(TO), WITH(VERIFY), WITH(TEST), WITH(PLAN), WITH(QUIET), WITH(SOAK),            \
        WITH(SETTLE), WITH(CONSISTENCY), WITH(NEW_KEY), WITH(RETIRE), WITH(TICKET),                \
        WITH(COMPROMISED)

static const struct command table[] = {
    {"rotate", "", "replace one access key: create-new, deactivate-old, test, delete",
     "On a terminal this is guided on a full screen; --plain guides line by line; --yes runs\n"
     "unattended. Every intention is in the journal before it is carried out, so a run can be\n"
     "left at any moment; 'keywright resume' goes on. --dry-run names every call, its IAM\n"
     "permission and its signer, and changes nothing.",
     0, 0, {{RUN, PLANNED}}, command_rotate},
    {"resume", "[ID]", "go on with an open rotation, or with all that are ready",
     "Identity, endpoint, targets, waits and tests come from the journal; an option that says\n"
     "something else is a usage error. --new-key and --retire answer the question which of two\n"
     "keys to keep. The ID may be shortened.",
     0, 1, {{RUN, PLANNED}}, command_resume},
    {"rollback", "ID", "undo an open rotation: old key Active, targets as before, new key deleted",
     "Possible until the old key is deleted.", 1, 1, {{RUN}}, command_rollback},
    {"abandon", "ID", "close a rotation that can neither finish nor roll back",
     "Touches neither AWS nor files; prints what is left where. --reason says why. Asks to confirm;\n"
     "without a terminal it needs --yes.",
     1, 1, {{GENERAL, WITH(REASON)}}, command_abandon},
    {"status", "[ID]", "open rotations: step, what each waits for, and the next command",
     "Exit status 3 if any waits, 1 if one failed, 0 if none is open.", 0, 1, {{GENERAL}},
     command_status},
    {"history", "[ID]", "all rotations, or every event of one", "", 0, 1, {{GENERAL}}, command_history},
    {"keys", "", "access keys of the user with status, age and last use", "", 0, 0,
     {{GENERAL, NARROW_OPTIONS, WITH(ALL_USERS), WITH(MAX_AGE), SIGNER_OPTIONS}},
     command_keys},
    {"audit", "", "findings about MFA, access keys and the account",
     "Reads the credential report, which AWS keeps for four hours, and asks for keys anew where that\n"
     "may be out of date. A check passes, fails, or is unknown when it could not be read, and then\n"
     "names the missing permission. Exit status 4 when any fails or is unknown, 1 when all are.\n"
     "What was seen is stored beside the journal (not with --dry-run), so that the next audit can\n"
     "tell what changed; --changes tells only that, and exits with 4 when there is anything.",
     0, 0,
     {{GENERAL, NARROW_OPTIONS, SIGNER_OPTIONS, WITH(CSV), WITH(SARIF), WITH(ASFF), WITH(OCSF),
       WITH(HTML), WITH(FAIL_ON), WITH(VALIDATE_POLICIES), WITH(CHANGES), WITH(SINCE), WITH(NOTIFY)}},
     command_audit},
    {"due", "", "access keys that are due for rotation",
     "Asks for the keys as they are now: the signer's, those of --user, or of --all-users.\n"
     "Exit status 4 when any is due. --ical writes when each key will be due; --timer prints what\n"
     "makes systemd or cron look every working day; --prompt prints the line that was kept last, for\n"
     "shells (data/profile.d/keywright.sh does it without a process).",
     0, 0,
     {{GENERAL, NARROW_OPTIONS, WITH(ALL_USERS), WITH(MAX_AGE), SIGNER_OPTIONS, WITH(ICAL),
       WITH(TIMER), WITH(PROMPT)}},
     command_due},
    {"usage", "KEYID", "who used a key: last use, and CloudTrail by service, address, user agent",
     "Looks in the configured region, in that where IAM is recorded and in that of the last use, and\n"
     "says what it cannot see. Exit status 4 when a part of what was asked for could not be read, 1\n"
     "when nothing could.",
     1, 1,
     {{GENERAL, SIGNER_OPTIONS, WITH(SINCE), WITH(LIMIT), WITH(REGIONS), WITH(ALL_REGIONS)}},
     command_usage},
    {"where", "KEYID", "which files, profiles, variables and role chains hold a key",
     "Looks at this computer only. It never shows a secret.", 1, 1, {{GENERAL, WITH(AS)}},
     command_where},
    {"policy", "NAME|list", "print a policy document for IAM, an organization or CloudFormation",
     "self, admin and audit hold what Keywright itself calls and nothing else. The partition of the\n"
     "ARNs is that of --region, of AWS_REGION or AWS_DEFAULT_REGION. With --user, self and admin are\n"
     "about that user only. Needs no network and no credentials.",
     1, 1, {{GENERAL}}, command_policy},
    {"mfa", "status|login|enroll", "MFA devices, an MFA session, a new virtual MFA device",
     "status lists the devices of the user or of all; exit status 4 when one has none, or it could\n"
     "not be checked. login takes a session from the profile's keys and a code; --profile-out\n"
     "writes it into a profile of the credentials file, for other programs. enroll makes a virtual\n"
     "device, shows its QR code once on the terminal, and enables it with two codes.",
     1, 1,
     {{GENERAL, WITH(ALL_USERS), SIGNER_OPTIONS, WITH(LASTS), WITH(PROFILE_OUT), WITH(NAME)}},
     command_mfa},
    {"journal", "verify|export|backup FILE|path", "check, print or copy the journal",
     "verify walks the hash chain (--against HEAD finds a cut tail); export prints all events as\n"
     "NDJSON (--head only the head of the chain); backup writes a consistent copy; path prints\n"
     "where it is.",
     1, 2, {{GENERAL, WITH(HEAD), WITH(AGAINST)}}, command_journal},
    {"practice", "", "a simulated AWS account on loopback, and the screen on it",
     "Needs no AWS account and touches none of your files: it has a home of its own, removed at\n"
     "the end. --auto runs a whole rotation and prints each step and request; --serve only serves\n"
     "the account, for other programs.",
     0, 0, {{GENERAL, WITH(AUTO), WITH(SERVE), WITH(PORT), WITH(FAULT)}},
     command_practice},
    {"doctor", "", "what is set up, what is missing, what is unsafe",
     "--identity tells only where the credentials come from, place by place, and whom they speak\n"
     "for. Exit status 4 when something needs attention.",
     0, 0,
     {{GENERAL, WITH(AS), WITH(MFA_CODE), WITH(IDENTITY), WITH(EXPECT_ACCOUNT)}},
     command_doctor},
};

const struct command *commands(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof table[0];
    return table;
}

const struct command *command_seek(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
