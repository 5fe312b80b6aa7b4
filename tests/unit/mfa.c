/* MFA devices: AWS's answers, the seed and its QR code, the session as a profile, the log. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/reply.h"
#include "base/file.h"
#include "base/guarded.h"
#include "journal/enrolment.h"
#include "keeper/enrol.h"
#include "keeper/qr.h"
#include "profile/profile.h"

/* --- AWS's answers -----------------------------------------------------------------------------*/

static struct reply_reader *read_reply(enum aws_action action, const char *xml, struct error *err)
{
    struct reply_reader *reader = NULL;
    assert_true(reply_reader_new(action, &reader, err));
    reply_reader_feed(reader, xml, strlen(xml));
    if (reply_reader_end(reader, err))
        return reader;
    reply_reader_free(reader);
    return NULL;
}

static const char devices[] =
    "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><VirtualMFADevices>"
    "<member><SerialNumber>arn:aws:iam::123456789012:mfa/root-account-mfa-device</SerialNumber>"
    "<User><UserId>123456789012</UserId><Arn>arn:aws:iam::123456789012:root</Arn></User>"
    "<EnableDate>2026-01-15T12:34:56Z</EnableDate></member>"
    "<member><SerialNumber>arn:aws:iam::123456789012:mfa/free</SerialNumber></member>"
    "<member><SerialNumber>arn:aws:iam::123456789012:mfa/a</SerialNumber><User>"
    "<UserName>alice</UserName><Arn>arn:aws:iam::123456789012:user/x/alice</Arn></User>"
    "<EnableDate>2026-01-15T12:34:56Z</EnableDate></member>"
    "</VirtualMFADevices><IsTruncated>true</IsTruncated><Marker>m</Marker>"
    "</ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>";

static void test_virtual_devices(void **state)
{
    (void)state;
    struct error err = {0};
    struct reply_reader *reader = read_reply(AWS_LIST_VIRTUAL_MFA_DEVICES, devices, &err);
    assert_non_null(reader);
    struct aws_reply *reply = reply_reader_reply(reader);
    assert_int_equal(reply->mfa_count, 3);
    assert_string_equal(reply->mfa[0].user_arn, "arn:aws:iam::123456789012:root");
    assert_int_equal(reply->mfa[0].enabled, 1768480496);
    assert_string_equal(reply->mfa[1].serial, "arn:aws:iam::123456789012:mfa/free");
    assert_string_equal(reply->mfa[1].user_arn, "");
    assert_int_equal(reply->mfa[1].enabled, 0);
    assert_string_equal(reply->mfa[2].user_arn, "arn:aws:iam::123456789012:user/x/alice");
    assert_true(reply->truncated);
    assert_string_equal(reply->marker, "m");
    reply_reader_free(reader);
    assert_null(read_reply(AWS_LIST_VIRTUAL_MFA_DEVICES,
                           "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult>"
                           "<VirtualMFADevices><member/></VirtualMFADevices>"
                           "</ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>",
                           &err));
    assert_int_equal(err.code, ERROR_REPLY);
    assert_non_null(strstr(err.text, "SerialNumber"));
}

#define MADE(seed)                                                                                 \
    "<CreateVirtualMFADeviceResponse><CreateVirtualMFADeviceResult><VirtualMFADevice>"             \
    "<SerialNumber>arn:aws:iam::123456789012:mfa/alice</SerialNumber>" seed                        \
    "<QRCodePNG>iVBORw==</QRCodePNG></VirtualMFADevice></CreateVirtualMFADeviceResult>"            \
    "</CreateVirtualMFADeviceResponse>"
#define SEED "<Base32StringSeed>SkJTV1kzRFBFSFBLM1BYUA==</Base32StringSeed>"

static void test_new_device(void **state)
{
    (void)state;
    struct error err = {0};
    struct reply_reader *reader = read_reply(AWS_CREATE_VIRTUAL_MFA_DEVICE, MADE(SEED), &err);
    assert_non_null(reader);
    struct aws_reply *reply = reply_reader_reply(reader);
    assert_string_equal(reply->mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    assert_string_equal(secret_bytes(reply->credentials->secret), "SkJTV1kzRFBFSFBLM1BYUA==");
    reply_reader_free(reader);
    static const char *const bad[] = {MADE(""), MADE("<Base32StringSeed/>"), MADE(SEED SEED)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(read_reply(AWS_CREATE_VIRTUAL_MFA_DEVICE, bad[i], &err));
        assert_int_equal(err.code, ERROR_REPLY);
        assert_null(strstr(err.text, "SkJT"));
    }
}

/* --- the seed ----------------------------------------------------------------------------------*/

static bool decode(const char *sent, char *ret_seed, size_t size)
{
    CLEANUP(secret_cleanup) struct secret *from = NULL, *to = NULL;
    struct error err = {0};
    assert_true(secret_new(sent, strlen(sent), &from, &err));
    assert_true(secret_new_empty(256, &to, &err));
    bool good = enrol_decode_seed(from, to, &err);
    if (good)
        snprintf(ret_seed, size, "%s", secret_bytes(to));
    secret_free(to);
    to = NULL;
    assert_true(good || err.code == ERROR_REPLY);
    return good;
}

static void test_seed(void **state)
{
    (void)state;
    char seed[256];
    assert_true(decode("SkJTV1kzRFBFSFBLM1BYUA==", seed, sizeof seed));
    assert_string_equal(seed, "JBSWY3DPEHPK3PXP");
    /* padded base32: MFRGGZDFMZTWQ2LKNM====== (20 letters and 6 signs) */
    assert_true(decode("TUZSR0daREZNWlRXUTJMS05NPT09PT09", seed, sizeof seed));
    assert_string_equal(seed, "MFRGGZDFMZTWQ2LKNM======");
    assert_false(decode("", seed, sizeof seed));
    assert_false(decode("JBSWY3DPEHPK3PXP", seed, sizeof seed)); /* base32 as it is */
    assert_false(decode("SkJTV1kz", seed, sizeof seed));         /* too short */
    assert_false(decode("SkJTV1kzRFBFSFBLM1BYUA== ", seed, sizeof seed));
    assert_false(decode("amJzd3kzZHBlaHBrM3B4cA==", seed, sizeof seed)); /* lower case */
}

static void test_uri(void **state)
{
    (void)state;
    CLEANUP(secret_cleanup) struct secret *seed = NULL, *uri = NULL;
    struct error err = {0};
    assert_true(secret_new("JBSWY3DPEHPK3PXP==", 18, &seed, &err));
    assert_true(secret_new_empty(512, &uri, &err));
    assert_true(enrol_uri("a+b@c", "123456789012", seed, uri, &err));
    assert_string_equal(secret_bytes(uri),
                        "otpauth://totp/AWS:a%2Bb@c@123456789012?secret=JBSWY3DPEHPK3PXP&issuer=AWS");
    secret_free(uri);
    uri = NULL;
}

/* --- the QR code -------------------------------------------------------------------------------*/

static void test_drawing(void **state)
{
    (void)state;
    static const unsigned char modules[9] = {1, 0, 1, 0, 1, 0, 1, 1, 0};
    static const char expected[] = "\033[97;40m███████\033[0m\n"
                                   "\033[97;40m██▄▀▄██\033[0m\n"
                                   "\033[97;40m██▄▄███\033[0m\n"
                                   "\033[97;40m▀▀▀▀▀▀▀\033[0m\n";
    struct error err = {0};
    CLEANUP(secret_cleanup) struct secret *drawn = NULL;
    assert_true(qr_draw(modules, 3, 5, &drawn, &err));
    assert_int_equal(qr_rows(3), 4);
    assert_int_equal(qr_columns(3), 7);
    assert_string_equal(secret_bytes(drawn), expected);
    assert_true(secret_append(drawn, "below", 5, &err));
}

/* The parts of a code that its text does not change, in their places: version 1-L of "KEYWRIGHT". */
static void test_making(void **state)
{
    (void)state;
    struct error err = {0};
    struct qr_maker maker;
    unsigned char *modules = NULL;
    size_t width = 0;
    assert_true(qr_maker_start(&maker, &err));
    assert_true(qr_make(&maker, "KEYWRIGHT", 9, &modules, &width, &err));
    assert_int_equal(width, 21);
    char row[22] = "";
    for (size_t i = 0; i < width; i++)
        row[i] = modules[i] ? '#' : '.';
    assert_memory_equal(row, "#######", 7); /* the finder patterns of two corners */
    assert_memory_equal(row + 14, "#######", 7);
    for (size_t i = 8; i < 13; i++) /* the timing pattern between them */
        assert_int_equal(modules[6 * width + i], i % 2 == 0);
    guarded_free(modules);
    assert_false(qr_make(&maker, "KEYWRIGHT", 9, &modules, &width, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    qr_maker_end(&maker);
    char long_text[QR_TEXT_MOST + 1];
    memset(long_text, 'a', sizeof long_text);
    assert_true(qr_maker_start(&maker, &err));
    assert_false(qr_make(&maker, long_text, sizeof long_text, &modules, &width, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    qr_maker_end(&maker);
}

/* --- the session as a profile ------------------------------------------------------------------*/

#define ID    "ASIAIOSFODNN7EXAMPLE"
#define LINES(end)                                                                                 \
    "aws_access_key_id = " ID end "aws_secret_access_key = sEcret" end                             \
    "aws_session_token = tOken==" end "x_keywright_expires = 2026-01-15T13:34:56Z" end
#define OLD   "aws_access_key_id=ASIAOLD\naws_secret_access_key=x\naws_session_token=y\n"

static bool put(const char *before, const char *profile, char *after, size_t size,
                struct error *err)
{
    struct credentials session;
    struct profile_file *file = NULL;
    char *bytes = NULL;
    size_t length = 0;
    credentials_init(&session);
    snprintf(session.key_id, sizeof session.key_id, "%s", ID);
    session.expires = 1768484096;
    assert_true(secret_new("sEcret", 6, &session.secret, err));
    assert_true(secret_new("tOken==", 7, &session.token, err));
    assert_true(profile_file_parse(PROFILE_CREDENTIALS_FILE, "/home/u/.aws/credentials", before,
                                   strlen(before), &file, err));
    bool good = profile_file_put_session(file, profile, &session, &bytes, &length, err);
    if (good) {
        assert_true(length < size);
        snprintf(after, size, "%s", bytes);
        profile_bytes_free(bytes, length);
    }
    profile_file_free(file);
    credentials_release(&session);
    return good;
}

static void test_put_session(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "[mfa]\n" LINES("\n")},
        {"# c\n[default]\nregion = x\n", "# c\n[default]\nregion = x\n\n[mfa]\n" LINES("\n")},
        {"[default]\nregion = x", "[default]\nregion = x\n\n[mfa]\n" LINES("\n")},
        {"[a]\r\nb = c\r\n", "[a]\r\nb = c\r\n\r\n[mfa]\r\n" LINES("\r\n")},
        {"[mfa]", "[mfa]\n" LINES("\n")},
        {"[a]\nb=c\n[mfa] ; mine\n" OLD "region = r\n# end\n[z]\n" OLD,
         "[a]\nb=c\n[mfa] ; mine\n" LINES("\n") "region = r\n# end\n[z]\n" OLD},
        {"[mfa]\nAWS_Access_Key_Id = ASIAX\naws_secret_access_key = s\n\taws = cont\n"
         "aws_security_token = t\nx_keywright_expires = 1\n\n[b]\n",
         "[mfa]\n" LINES("\n") "\n[b]\n"},
        {"[mfa]\nregion = r\n", "[mfa]\n" LINES("\n") "region = r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char after[4096] = "", again[4096] = "";
        struct error err = {0};
        if (!put(cases[i][0], "mfa", after, sizeof after, &err))
            fail_msg("case %zu: %s", i, err.text);
        assert_string_equal(after, cases[i][1]);
        assert_true(put(after, "mfa", again, sizeof again, &err));
        assert_string_equal(again, after);
    }
}

static void test_put_session_never(void **state)
{
    (void)state;
    static const struct {
        const char *before, *profile, *word;
        enum error_code code;
    } cases[] = {
        {"[mfa]\naws_access_key_id=AKIAX\naws_secret_access_key=s\n", "mfa", "long-term",
         ERROR_USAGE},
        {"[mfa]\naws_access_key_id=AKIAX\naws_secret_access_key=s\naws_session_token=t\n", "mfa",
         "line 2", ERROR_USAGE},
        {"[mfa]\naws_access_key_id=ASIAX\naws_secret_access_key=s\n", "mfa", "long-term",
         ERROR_USAGE},
        {"[mfa]\naws_secret_access_key=s\n", "mfa", "long-term", ERROR_USAGE},
        {"[mfa]\nrole_arn = r\n", "mfa", "role_arn", ERROR_USAGE},
        {"[mfa]\ncredential_process = p\n", "mfa", "credential_process", ERROR_USAGE},
        {"[mfa]\nregion=a\n[mfa]\nregion=b\n", "mfa", "several", ERROR_SYNTAX},
        {"", "a b", "no name", ERROR_USAGE},
        {"", "a]\n[default", "no name", ERROR_USAGE},
        {"", "", "no name", ERROR_USAGE},
        {"", "a#b", "no name", ERROR_USAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char after[4096];
        struct error err = {0};
        if (put(cases[i].before, cases[i].profile, after, sizeof after, &err))
            fail_msg("case %zu was taken", i);
        assert_int_equal(err.code, cases[i].code);
        if (strstr(err.text, cases[i].word) == NULL)
            fail_msg("case %zu: no '%s' in: %s", i, cases[i].word, err.text);
        assert_null(strstr(err.text, "sEcret"));
    }
}

/* --- the log -----------------------------------------------------------------------------------*/

static size_t left(struct enrolment_log *log, const char *account,
                   char serials[4][ENROLMENT_SERIAL_SIZE])
{
    struct error err = {0};
    size_t count = 99;
    assert_true(enrolment_left(log, account, serials, 4, &count, &err));
    return count;
}

static void test_log(void **state)
{
    (void)state;
    char folder[] = "/tmp/keywright-mfa-XXXXXX", path[128], log_path[160];
    char serials[4][ENROLMENT_SERIAL_SIZE];
    struct error err = {0};
    struct enrolment_log *log = NULL, *other = NULL;
    struct stat seen;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/new/journal.db", folder);
    snprintf(log_path, sizeof log_path, "%s-mfa", path);
    assert_true(enrolment_open(path, &log, &err));
    assert_int_equal(stat(log_path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0600);
    assert_false(enrolment_open(path, &other, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    struct enrolment a = {"1", "u", "arn:a", "me"}, b = {"1", "u", "arn:b\n\"", "me"};
    struct enrolment foreign = {"2", "u", "arn:a", "me"};
    assert_int_equal(left(log, "1", serials), 0);
    assert_true(enrolment_note(log, ENROLMENT_CREATING, &a, 1, &err));
    assert_true(enrolment_note(log, ENROLMENT_CREATED, &b, 2, &err));
    assert_true(enrolment_note(log, ENROLMENT_REMOVED, &foreign, 2, &err));
    assert_int_equal(left(log, "1", serials), 2);
    assert_string_equal(serials[0], "arn:a");
    assert_string_equal(serials[1], "arn:b\n\"");
    assert_true(enrolment_note(log, ENROLMENT_ENABLED, &a, 3, &err));
    assert_int_equal(left(log, "1", serials), 1);
    enrolment_close(&log);
    /* a crash in mid-line: that line does not count, and the next one does */
    FILE *file = fopen(log_path, "a");
    assert_non_null(file);
    fputs("{\"step\":\"removed\",\"account\":\"1\",\"serial\":\"arn:b", file);
    fclose(file);
    assert_true(enrolment_open(path, &log, &err));
    assert_int_equal(left(log, "1", serials), 1);
    assert_true(enrolment_note(log, ENROLMENT_REMOVED, &b, 4, &err));
    assert_int_equal(left(log, "1", serials), 0);
    enrolment_close(&log);
    unlink(log_path);
    path[strlen(path) - strlen("/journal.db")] = '\0';
    rmdir(path);
    rmdir(folder);
}

/* A log that somebody else has written to: what is no line of ours does not count, and stops nothing. */
static void test_log_of_others(void **state)
{
    (void)state;
    char folder[] = "/tmp/keywright-mfa-XXXXXX", path[128], log_path[160];
    char serials[4][ENROLMENT_SERIAL_SIZE];
    struct error err = {0};
    struct enrolment_log *log = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal.db", folder);
    snprintf(log_path, sizeof log_path, "%s-mfa", path);
    FILE *file = fopen(log_path, "w");
    assert_non_null(file);
    fputs("[\"creating\"]\nnot JSON\n{\"step\":\"creating\",\"account\":\"1\",\"serial\":7}\n"
          "{\"step\":\"dancing\",\"account\":\"1\",\"serial\":\"arn:x\"}\n",
          file);
    for (char name = 'a'; name < 'g'; name++)
        fprintf(file, "{\"step\":\"creating\",\"account\":\"1\",\"serial\":\"arn:%c\"}\n", name);
    fclose(file);
    assert_true(enrolment_open(path, &log, &err));
    assert_int_equal(left(log, "1", serials), 4); /* for as many as there is room */
    assert_string_equal(serials[3], "arn:d");
    /* A log that is gone is not one in which nothing is left. */
    size_t count = 99;
    unlink(log_path);
    assert_false(enrolment_left(log, "1", serials, 4, &count, &err));
    assert_int_equal(count, 99);
    enrolment_close(&log);
    rmdir(folder);
}

static void test_log_not_opened(void **state)
{
    (void)state;
    char folder[] = "/tmp/keywright-mfa-XXXXXX", path[160], log_path[200], longest[9000];
    struct error err = {0};
    struct enrolment_log *log = NULL;
    assert_non_null(mkdtemp(folder));
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_false(enrolment_open(longest, &log, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    /* in a folder that is a file */
    snprintf(path, sizeof path, "%s/file", folder);
    fclose(fopen(path, "w"));
    strcat(path, "/journal.db");
    assert_false(enrolment_open(path, &log, &err));
    /* a link, which may lead anywhere */
    snprintf(path, sizeof path, "%s/journal.db", folder);
    snprintf(log_path, sizeof log_path, "%s-mfa", path);
    assert_int_equal(symlink("elsewhere", log_path), 0);
    assert_false(enrolment_open(path, &log, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_null(log);
    unlink(log_path);
    snprintf(path, sizeof path, "%s/file", folder);
    unlink(path);
    rmdir(folder);
}

/* The process may write files of so many bytes: a disk that is full, without one. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_log_not_written(void **state)
{
    (void)state;
    char folder[] = "/tmp/keywright-mfa-XXXXXX", path[128], log_path[160], longest[5000];
    char serials[4][ENROLMENT_SERIAL_SIZE];
    struct error err = {0};
    struct enrolment_log *log = NULL;
    struct rlimit before;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal.db", folder);
    snprintf(log_path, sizeof log_path, "%s-mfa", path);
    assert_true(enrolment_open(path, &log, &err));
    memset(longest, 'u', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    struct enrolment a = {"1", "u", "arn:a", "me"}, long_one = {"1", longest, "arn:a", "me"};
    assert_false(enrolment_note(log, ENROLMENT_CREATING, &long_one, 1, &err));
    assert_true(enrolment_note(log, ENROLMENT_CREATING, &a, 1, &err));
    struct stat seen;
    assert_int_equal(stat(log_path, &seen), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    limit_files((rlim_t)seen.st_size + 10);
    bool half = enrolment_note(log, ENROLMENT_ENABLED, &a, 2, &err);
    enum error_code cut = err.code;
    bool none = enrolment_note(log, ENROLMENT_ENABLED, &a, 2, &err);
    limit_files(before.rlim_cur);
    signal(SIGXFSZ, old);
    assert_false(half);
    assert_int_equal(cut, ERROR_JOURNAL_FULL);
    assert_false(none);
    assert_int_equal(err.code, ERROR_IO);
    /* What was cut is no line, and the next one is. */
    assert_int_equal(left(log, "1", serials), 1);
    enrolment_close(&log);
    assert_true(enrolment_open(path, &log, &err));
    assert_true(enrolment_note(log, ENROLMENT_REMOVED, &a, 3, &err));
    assert_int_equal(left(log, "1", serials), 0);
    enrolment_close(&log);
    enrolment_close(&log);
    unlink(log_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virtual_devices), cmocka_unit_test(test_new_device),
        cmocka_unit_test(test_seed),            cmocka_unit_test(test_uri),
        cmocka_unit_test(test_drawing),         cmocka_unit_test(test_making),
        cmocka_unit_test(test_put_session),     cmocka_unit_test(test_put_session_never),
        cmocka_unit_test(test_log),             cmocka_unit_test(test_log_of_others),
        cmocka_unit_test(test_log_not_opened),  cmocka_unit_test(test_log_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
