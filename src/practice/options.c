#include "practice/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum option_code {
    OPTION_PORT = 256,
    OPTION_USER,
    OPTION_USERS,
    OPTION_AGE,
    OPTION_KEYS,
    OPTION_POLICY,
    OPTION_MFA,
    OPTION_SERVE,
    OPTION_LOG,
    OPTION_SECRETS,
    OPTION_FAULT,
    OPTION_HOME,
    OPTION_READY_FD,
    OPTION_PARENT_FD,
    OPTION_SETTING,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option table[] = {
#define X(name, field, least, most, value) {name, required_argument, NULL, OPTION_SETTING},
    ACCOUNT_SETTING_TABLE(X)
#undef X
        {"port", required_argument, NULL, OPTION_PORT},
    {"user", required_argument, NULL, OPTION_USER},
    {"users", required_argument, NULL, OPTION_USERS},
    {"age", required_argument, NULL, OPTION_AGE},
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"mfa", no_argument, NULL, OPTION_MFA},
    {"serve", no_argument, NULL, OPTION_SERVE},
    {"log", required_argument, NULL, OPTION_LOG},
    {"secrets", required_argument, NULL, OPTION_SECRETS},
    {"fault", required_argument, NULL, OPTION_FAULT},
    {"home", required_argument, NULL, OPTION_HOME},
    {"ready-fd", required_argument, NULL, OPTION_READY_FD},
    {"parent-fd", required_argument, NULL, OPTION_PARENT_FD},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
    return "Usage: keywright-practice [OPTION]...\n"
           "Serve a simulated AWS account on 127.0.0.1, until SIGTERM or until its parent has "
           "gone.\n"
           "\n"
           "  --port N             listen on this port (default 0: any)\n"
           "  --serve              print endpoint and credentials as shell exports\n"
           "  --home DIR           write DIR/.aws/credentials and config for the account\n"
           "  --ready-fd N         write one line of JSON to descriptor N when ready\n"
           "  --parent-fd N        end when descriptor N is closed at its other end (default: standard\n"
           "                       input, when it is a pipe)\n"
           "  --log FILE           append one line of JSON a request\n"
           "  --secrets FILE       append each secret that is made, for tests that look for them\n"
           "  --fault SPEC         KIND[=VALUE]:ACTION[:SKIP[:TIMES]], repeatable (see below)\n"
           "\n"
           "The account:\n"
           "  --user NAME          the user whose key is to be rotated (default alice)\n"
           "  --users N            so many users more (default 0)\n"
           "  --age DAYS           age of the first key (default 120)\n"
           "  --keys 1|2           keys of the user (default 1)\n"
           "  --policy P           self, admin, mfa, audit or none (default self)\n"
           "  --mfa                the user has an MFA device\n"
           "\n"
           "How it behaves; times in seconds (defaults: new-key-delay 3, status-delay 1, "
           "page-size\n"
           "100, key-limit 2, trail-rate 2, session-refuse yes, the others 0):\n"
           "  --new-key-delay S    a new key is refused for so long\n"
           "  --status-delay S     a changed or deleted key is taken as it was for so long\n"
           "  --flap S             for so long after either, replicas disagree\n"
           "  --list-delay S       ListAccessKeys shows what stood so long ago\n"
           "  --last-used-lag S    GetAccessKeyLastUsed does not tell of younger uses\n"
           "  --report-delay S     how long a credential report takes to be made (default 1)\n"
           "  --trail-delay S      LookupEvents does not show younger events\n"
           "  --trail-rate N       LookupEvents answered in a second (0: any number)\n"
           "  --latency MS         milliseconds before each answer\n"
           "  --rate N             requests for one action answered in a second (0: any number)\n"
           "  --analyzer 1|0       Access Analyzer has an analyzer, or none (default 1)\n"
           "  --unused-analyzer 1|0  and one of unused access (default 0)\n"
           "  --trail 0..5         CloudTrail: 0 none, 1 of all regions (default), 2 switched off, 3 of\n"
           "                       what is written, 4 of one region, 5 with advanced selectors\n"
           "  --flawed-policies 1|0  policies that ValidatePolicy finds fault with (default 0)\n"
           "  --page-size N        entries in one page of a list\n"
           "  --key-limit N        keys that a user may have\n"
           "  --session-refuse yes|no  refuse the sessions of a key that is not Active\n"
           "\n"
           "  --help, --version\n"
           "\n"
           "Faults: KIND[=VALUE]:ACTION[:SKIP[:TIMES]] strikes requests for ACTION (*: all), not "
           "the\n"
           "first SKIP (0), then TIMES (1; 0: every one). KIND is one of:\n"
#define X(code, name, executed, end, refusal, body, wire, meaning, value, says)                    \
    "  " name ": " says "\n"
        FAULT_TABLE(X)
#undef X
            ;
}

static bool number(const char *option, const char *string, int64_t most, int64_t *ret_value,
                   struct error *err)
{
    char *end;
    if (string[0] >= '0' && string[0] <= '9') {
        long long value = strtoll(string, &end, 10);
        if (*end == '\0' && value <= most) {
            *ret_value = value;
            return true;
        }
    }
    return error_set(err, ERROR_USAGE, "--%s takes a number from 0 to %lld", option,
                     (long long)most);
}

static bool setting(struct options *options, const char *name, const char *string,
                    struct error *err)
{
    int64_t value;
    if (strcmp(name, "session-refuse") == 0 && strcmp(string, "yes") == 0)
        string = "1";
    if (strcmp(name, "session-refuse") == 0 && strcmp(string, "no") == 0)
        string = "0";
    if (options->setting_count == OPTIONS_SETTINGS_MAXIMUM)
        return error_set(err, ERROR_USAGE, "too many options");
    if (!number(name, string, 864000, &value, err))
        return false;
    options->settings[options->setting_count].name = name;
    options->settings[options->setting_count++].value = value;
    return true;
}

static bool descriptor(const char *name, const char *string, int *ret_fd, struct error *err)
{
    int64_t value;
    if (!number(name, string, 65535, &value, err))
        return false;
    *ret_fd = (int)value;
    return true;
}

static bool take(struct options *options, int code, const char *name, const char *value,
                 struct error *err)
{
    int64_t port;
    switch ((enum option_code)code) {
    case OPTION_PORT:
        if (!number(name, value, 65535, &port, err))
            return false;
        options->port = (uint16_t)port;
        return true;
    case OPTION_USER:
        options->user = value;
        return true;
    case OPTION_USERS:
        return number(name, value, 100000, &options->more_users, err);
    case OPTION_AGE:
        return number(name, value, 36500, &options->age_days, err);
    case OPTION_KEYS:
        return number(name, value, 2, &options->keys, err);
    case OPTION_POLICY:
        return account_policy_from_name(value, &options->policy) ||
               error_set(err, ERROR_USAGE, "--policy takes self, admin, mfa, audit or none");
    case OPTION_MFA:
        options->mfa = true;
        return true;
    case OPTION_SERVE:
        options->serve = true;
        return true;
    case OPTION_LOG:
        options->log = value;
        return true;
    case OPTION_SECRETS:
        options->secrets = value;
        return true;
    case OPTION_FAULT:
        if (options->fault_count == OPTIONS_FAULTS_MAXIMUM)
            return error_set(err, ERROR_USAGE, "too many faults");
        options->faults[options->fault_count++] = value;
        return true;
    case OPTION_HOME:
        options->home = value;
        return true;
    case OPTION_READY_FD:
        return descriptor(name, value, &options->ready_fd, err);
    case OPTION_PARENT_FD:
        return descriptor(name, value, &options->parent_fd, err);
    case OPTION_SETTING:
        return setting(options, name, value, err);
    case OPTION_HELP:
        options->help = true;
        return true;
    case OPTION_VERSION:
        options->version = true;
        return true;
    }
    return false;
}

bool options_read(int argc, char **argv, struct options *ret_options, struct error *err)
{
    struct options options = {.user = "alice",
                              .age_days = 120,
                              .keys = 1,
                              .policy = ACCOUNT_SELF,
                              .ready_fd = -1,
                              .parent_fd = -1};
    int code, index = 0;
    opterr = 0;
    while ((code = getopt_long(argc, argv, "", table, &index)) != -1) {
        if (code == '?')
            return error_set(err, ERROR_USAGE, "'%.60s' is not an option or lacks its value",
                             argv[optind - 1]);
        if (!take(&options, code, table[index].name, optarg, err))
            return false;
    }
    if (optind < argc)
        return error_set(err, ERROR_USAGE, "'%.60s' is not expected here", argv[optind]);
    *ret_options = options;
    return true;
}
