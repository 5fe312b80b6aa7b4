/* Errors are values.
 *
 * A function that can fail returns false and fills the struct error that its caller keeps on the
 * stack and passes last. On success the error is untouched; on failure the outputs are untouched.
 * The origin calls error_set (or error_set_errno); each level on the way up may put a few words in
 * front with error_wrap. Nothing here prints: the command line and the screen do, from the table.
 *
 * One table, ERROR_TABLE, gives every code its name, exit status, sentence and remedy. Exit
 * statuses are those of keywright(1), EXIT STATUS.
 * A remedy holds for every command: how to go on with a rotation is said by those that have one.
 */
#ifndef KEYWRIGHT_BASE_ERROR_H
#define KEYWRIGHT_BASE_ERROR_H

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define FORMAT_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(function) __attribute__((cleanup(function)))

/* X(code, exit status, what it means, what to do) */
#define ERROR_TABLE(X)                                                                             \
    X(NONE, 0, "no error", "")                                                                     \
    X(INTERNAL, 1, "something that must not happen happened",                                      \
      "nothing is lost; report it with the output of 'keywright doctor'")                          \
    X(MEMORY, 1, "out of memory", "close other programs; then try again")                          \
    X(LIMIT, 1, "a size limit was exceeded", "look at what was sent or read; it is not normal")    \
    X(USAGE, 2, "the command line is not right", "see 'keywright --help'")                         \
    X(SETTINGS, 2, "the settings file is not right",                                               \
      "mend it; see SETTINGS in keywright(1). Nothing was done")                                   \
    X(SYNTAX, 1, "a file or reply is malformed", "mend the named line and run it again")           \
    X(IO, 1, "reading or writing failed", "see the reason; then run it again")                     \
    X(NOT_FOUND, 1, "something that was named is not there", "check the name")                     \
    X(PERMISSION, 1, "the operating system refused", "check owner and mode of the named file")     \
    X(BUSY, 1, "another program holds it", "wait until the other one has ended")                   \
    X(ROTATION_OPEN, 3, "the user has an open rotation already",                                   \
      "go on with it (keywright resume ID) or undo it (keywright rollback ID)")                    \
    X(CHANGED, 1, "something changed while we worked", "look at it, then run it again")            \
    X(PROFILE_UNKNOWN, 2, "there is no such profile", "check --profile and AWS_PROFILE")           \
    X(REGION_UNKNOWN, 2, "there is no such region",                                                \
      "name one such as eu-west-1 with --region; with --endpoint-url any name will do")            \
    X(NO_CREDENTIALS, 1, "no credentials were found",                                              \
      "see the reason; else name a profile with --profile, or run 'aws configure'")                \
    X(PAIR_HALF, 1, "a key pair is not complete",                                                  \
      "give both aws_access_key_id and aws_secret_access_key in one place")                        \
    X(PAIR_SPLIT, 1, "a key pair is split over two files",                                         \
      "put aws_access_key_id and aws_secret_access_key into the same file")                        \
    X(NETWORK, 1, "the network failed before anything was sent",                                   \
      "check the network, proxy and endpoint; then try again")                                     \
    X(UNANSWERED, 1, "a request was sent and its answer did not arrive",                           \
      "try again; an open rotation looks at what happened before it does anything")                \
    X(TIMEOUT, 1, "no answer came in time", "try again, or give a longer --timeout")               \
    X(TLS, 1, "the server's certificate was not accepted",                                         \
      "check the endpoint, the clock and AWS_CA_BUNDLE; it is never switched off")                 \
    X(ENDPOINT, 2, "the endpoint is not usable", "check --endpoint-url and the region")            \
    X(REPLY, 1, "the answer makes no sense", "check that the endpoint is AWS or speaks as AWS")    \
    X(AWS, 1, "AWS refused the request", "see the code and message")                               \
    X(DENIED, 1, "the permission is missing", "have the named action allowed; then try again")     \
    X(THROTTLED, 1, "AWS limits the rate of requests", "wait a minute; then try again")            \
    X(CLOCK, 1, "this computer's clock is wrong", "set the clock (NTP); then try again")           \
    X(KEY_REFUSED, 1, "AWS does not know this key or the key is inactive",                         \
      "check that the key is Active; a new key needs a few seconds")                               \
    X(SIGNATURE, 1, "AWS says that the signature is wrong",                                        \
      "the secret does not belong to the key ID, or something changes requests on the way")        \
    X(EXPIRED, 1, "the session has expired", "sign in again")                                      \
    X(MFA_NEEDED, 3, "an MFA code is needed", "give it with --mfa-code or on the terminal")        \
    X(MFA_REFUSED, 3, "the MFA code was not accepted",                                             \
      "wait for the next code; a code works once, and after nine tries the device rests")          \
    X(MFA_USED, 3, "the MFA code was used already",                                                \
      "wait for the next code: each counts once")                                                  \
    X(MFA_DEVICE, 3, "AWS takes no code of this MFA device",                                       \
      "check mfa_serial; if it is right, wait five minutes: it was tried too often")               \
    X(MFA_SERIAL, 1, "the MFA device is not the user's",                                           \
      "name one of the user's own devices as mfa_serial in the profile; then give its code")       \
    X(MFA_RESTS, 3, "the MFA device was tried too often",                                          \
      "wait five minutes, then give a code that was not used")                                     \
    X(MFA_NONE, 1, "the user has no MFA device that shows codes",                                    \
      "enrol a virtual one: keywright mfa enroll")                                                 \
    X(IDENTITY, 1, "the credentials speak for somebody else than expected",                        \
      "check --profile, --as and the AWS_* environment variables")                                 \
    X(ACCOUNT, 2, "the credentials are of another account than expected",                          \
      "check --profile, --as and --expect-account. Nothing was done")                              \
    X(SIGNER, 2, "a compromised key must not sign",                                                \
      "give --as PROFILE of an administrator, or of another identity that may. Nothing was done")  \
    X(TARGET, 1, "a target cannot take the new key", "mend what is named; nothing was made")       \
    X(COMMAND, 1, "an operator's command failed", "run it by hand to see why")                     \
    X(JOURNAL_BUSY, 1, "the journal is locked by another program",                                 \
      "wait until it has ended; nothing was done")                                                 \
    X(JOURNAL_NEWER, 1, "the journal was written by a newer keywright",                            \
      "install that version, or name another journal with --journal")                              \
    X(JOURNAL_DAMAGED, 1, "the journal is damaged",                                                \
      "keep the file; run 'keywright journal verify' and restore a backup")                        \
    X(JOURNAL_FULL, 1, "the disk of the journal is full", "make room; nothing was done")           \
    X(JOURNAL_READONLY, 1, "the journal cannot be written",                                        \
      "check owner and mode of the directory and file; nothing was done")                          \
    X(KEEPER_GONE, 1, "the keeper has ended", "try again; nothing that was done is lost")          \
    X(WAITING, 3, "the rotation waits", "run 'keywright resume' later")                            \
    X(GATE, 5, "a gate does not open", "see 'keywright status'; --override GATE=REASON")           \
    X(ATTENTION, 4, "something needs attention", "see the list")                                   \
    X(INTERRUPTED, 130, "interrupted by the operator",                                             \
      "run it again")

enum error_code {
#define X(code, exit_status, sentence, remedy) ERROR_##code,
    ERROR_TABLE(X)
#undef X
        ERROR_COUNT
};

/* One failure. `text` is one line without control characters, never with a secret. */
struct error {
    enum error_code code;
    int sys;             /* errno, or 0 */
    int http;            /* HTTP status of AWS's answer, or 0 */
    char aws_code[64];   /* wire code such as "AccessDenied", or "" */
    char request_id[64]; /* AWS request ID, or "" */
    char op[48];         /* action such as "iam:CreateAccessKey", or "" */
    char text[512];      /* the cause, most general words first */
};

/* Set `err` to code and formatted text; sys, http, aws_code, request_id and op become empty.
 * Always returns false, so that a function can `return error_set(...)`. err may be NULL. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) FORMAT_LIKE(3, 4);

/* As error_set, keeps `sys` and appends ": " and the system's text for it. */
bool error_set_errno(struct error *err, enum error_code code, int sys, const char *format, ...)
    FORMAT_LIKE(4, 5);

/* Put formatted words and ": " in front of the text. Always returns false. */
bool error_wrap(struct error *err, const char *format, ...) FORMAT_LIKE(2, 3);

/* An analyser looks at one file at a time and would not know that these are always false. */
#ifdef STATIC_ANALYSIS
#define error_set(...) (__extension__({ error_set(__VA_ARGS__), false; }))
#define error_set_errno(...) (__extension__({ error_set_errno(__VA_ARGS__), false; }))
#define error_wrap(...) (__extension__({ error_wrap(__VA_ARGS__), false; }))
#endif

/* The rows of the table. Borrowed for ever. A code outside the table reads as INTERNAL. */
const char *error_name(enum error_code code); /* "NETWORK" */
const char *error_sentence(enum error_code code);
const char *error_remedy(enum error_code code);
int error_exit_status(enum error_code code);

/* The code of this name, or ERROR_INTERNAL: for what came over the door or out of the journal. */
enum error_code error_from_name(const char *name);

#endif
