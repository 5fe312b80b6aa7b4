#include "keeper/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/endpoint.h"
#include "aws/rules.h"
#include "base/safe.h"
#include "base/text.h"

/* What the values are looked up in. */
struct sources {
    const struct settings_options *options;
    const struct profile_set *files;
    profile_environment *environment;
    void *context;
    struct settings *settings;
};

/* "" counts as not set, as the SDKs have it. */
static const char *variable(const struct sources *sources, const char *name)
{
    const char *value = sources->environment(sources->context, name);
    return value != NULL ? value : "";
}

/* A property of the profile, else of the one that signs. */
static const char *property(const struct sources *sources, const char *key)
{
    if (sources->files == NULL)
        return "";
    const char *value = profile_set_get(sources->files, sources->settings->profile, key);
    if (value == NULL && sources->settings->as_profile[0] != '\0')
        value = profile_set_get(sources->files, sources->settings->as_profile, key);
    return value != NULL ? value : "";
}

static const char *first_of(const char *a, const char *b, const char *c, const char *d)
{
    return a[0] != '\0' ? a : b[0] != '\0' ? b : c[0] != '\0' ? c : d;
}

static bool take(char *to, size_t size, const char *value, const char *what, struct error *err)
{
    if (text_copy(to, size, value))
        return true;
    return error_set(err, ERROR_LIMIT, "the %s is longer than %zu bytes", what, size - 1);
}

static bool exists(const struct sources *sources, const char *profile, const char *named_by,
                   struct error *err)
{
    char shown[160];
    if (sources->files == NULL || profile_set_has(sources->files, profile))
        return true;
    return error_set(err, ERROR_PROFILE_UNKNOWN,
                     "there is no profile '%s' (named by %s) in %s or %s",
                     safe_copy(shown, sizeof shown, profile), named_by,
                     profile_file_path(profile_set_file(sources->files, PROFILE_CREDENTIALS_FILE)),
                     profile_file_path(profile_set_file(sources->files, PROFILE_CONFIG_FILE)));
}

static bool resolve_profiles(const struct sources *sources, struct error *err)
{
    struct settings *settings = sources->settings;
    const char *option = sources->options->profile;
    const char *by_default = variable(sources, "AWS_DEFAULT_PROFILE");
    const char *by_name = variable(sources, "AWS_PROFILE");
    const char *named_by = option[0] != '\0'       ? "--profile"
                           : by_default[0] != '\0' ? "AWS_DEFAULT_PROFILE"
                                                   : "AWS_PROFILE";
    const char *profile = first_of(option, by_default, by_name, "default");
    settings->profile_named = option[0] != '\0';
    if (!take(settings->profile, sizeof settings->profile, profile, "name of the profile", err) ||
        !take(settings->as_profile, sizeof settings->as_profile, sources->options->as_profile,
              "name of the profile that signs", err))
        return false;
    bool was_named = option[0] != '\0' || by_default[0] != '\0' || by_name[0] != '\0';
    if (was_named && !exists(sources, profile, named_by, err))
        return false;
    return settings->as_profile[0] == '\0' || exists(sources, settings->as_profile, "--as", err);
}

static bool is_true(const char *value)
{
    return strcasecmp(value, "true") == 0;
}

/* Where AWS is was settled when the rotation was opened. */
static bool is_settled(const struct settings_options *options)
{
    return options->endpoints[AWS_IAM] != NULL && options->endpoints[AWS_IAM][0] != '\0';
}

/* AWS_ENDPOINT_URL_IAM and its like. */
static const char *service_variable(const struct sources *sources, const char *setting)
{
    char name[64];
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", setting);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return variable(sources, name);
}

/* What environment and files say about endpoints is to be passed over. */
static bool ignores_configured(const struct sources *sources)
{
    return is_true(first_of(variable(sources, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                            property(sources, "ignore_configured_endpoint_urls"), "", ""));
}

/* Rotations of earlier versions were settled without them: then it is as for a new one. */
static bool is_told(enum aws_service service, const char *settled)
{
    bool may_lack = service == AWS_CLOUDTRAIL || service == AWS_ACCESS_ANALYZER;
    return !may_lack || (settled != NULL && settled[0] != '\0');
}

/* By option, else AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL, [services], endpoint_url. */
static bool resolve_endpoint(const struct sources *sources, enum aws_service service,
                             struct error *err)
{
    char *to = sources->settings->endpoint_url[service];
    size_t size = sizeof sources->settings->endpoint_url[service];
    const char *settled = sources->options->endpoints[service];
    if (is_settled(sources->options) && is_told(service, settled))
        return settled == NULL || strcmp(settled, ENDPOINT_AWS) == 0 ||
               take(to, size, settled, "endpoint URL", err);
    if (sources->options->endpoint_url[0] != '\0')
        return take(to, size, sources->options->endpoint_url, "endpoint URL", err);
    const char *setting = rules_setting(aws_service_name(service));
    if (setting == NULL || ignores_configured(sources))
        return true;
    char buffer[512] = "";
    const char *in_services = NULL;
    if (sources->files != NULL)
        in_services = profile_set_service(sources->files, sources->settings->profile, setting,
                                          "endpoint_url", buffer, sizeof buffer);
    const char *value =
        first_of(service_variable(sources, setting), variable(sources, "AWS_ENDPOINT_URL"),
                 in_services != NULL ? in_services : "", property(sources, "endpoint_url"));
    return take(to, size, value, "endpoint URL", err);
}

/* A mistyped region would be a host that is not there. It is said before anything is asked; for
 * endpoints of one's own the name is only signed for, and can be any. */
static bool check_region(const struct settings *settings, struct error *err)
{
    bool own = settings->endpoint_url[AWS_IAM][0] != '\0' &&
               settings->endpoint_url[AWS_STS][0] != '\0';
    return own || aws_region_check(settings->region, err);
}

static void resolve_limits(const struct sources *sources)
{
    struct settings *settings = sources->settings;
    settings->use_fips = is_true(first_of(variable(sources, "AWS_USE_FIPS_ENDPOINT"),
                                          property(sources, "use_fips_endpoint"), "", ""));
    settings->use_dualstack =
        is_true(first_of(variable(sources, "AWS_USE_DUALSTACK_ENDPOINT"),
                         property(sources, "use_dualstack_endpoint"), "", ""));
    if (is_settled(sources->options)) {
        settings->use_fips = sources->options->use_fips;
        settings->use_dualstack = sources->options->use_dualstack;
    }
    settings->timeout = sources->options->timeout > 0 ? sources->options->timeout : 0;
    const char *attempts =
        first_of(variable(sources, "AWS_MAX_ATTEMPTS"), property(sources, "max_attempts"), "", "");
    char *end = NULL;
    long count = strtol(attempts, &end, 10);
    settings->max_attempts =
        attempts[0] != '\0' && *end == '\0' && count >= 1 && count <= 100 ? (int)count : 0;
}

bool settings_resolve(const struct settings_options *options, const struct profile_set *files,
                      profile_environment *environment, void *context,
                      struct settings *ret_settings, struct error *err)
{
    struct settings settings = {0};
    struct sources sources = {options, files, environment, context, &settings};
    if (!resolve_profiles(&sources, err))
        return false;
    const char *region =
        first_of(options->region, variable(&sources, "AWS_REGION"),
                 variable(&sources, "AWS_DEFAULT_REGION"), property(&sources, "region"));
    if (!take(settings.region, sizeof settings.region, region[0] != '\0' ? region : "us-east-1",
              "name of the region", err))
        return false;
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        if (!resolve_endpoint(&sources, (enum aws_service)service, err))
            return false;
    if (!check_region(&settings, err))
        return false;
    if (!take(
            settings.ca_bundle, sizeof settings.ca_bundle,
            first_of(variable(&sources, "AWS_CA_BUNDLE"), property(&sources, "ca_bundle"),
                     variable(&sources, "REQUESTS_CA_BUNDLE"), ""),
            "path of the CA bundle", err))
        return false;
    resolve_limits(&sources);
    *ret_settings = settings;
    return true;
}

void settings_for_client(const struct settings *settings, struct aws_settings *ret_settings)
{
    *ret_settings = (struct aws_settings){
        .region = settings->region,
        .ca_bundle = settings->ca_bundle[0] != '\0' ? settings->ca_bundle : NULL,
        .use_fips = settings->use_fips,
        .use_dualstack = settings->use_dualstack,
        .timeout = settings->timeout,
        .max_attempts = settings->max_attempts,
    };
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        if (settings->endpoint_url[service][0] != '\0')
            ret_settings->endpoint_url[service] = settings->endpoint_url[service];
}

const char *settings_signing_profile(const struct settings *settings)
{
    if (settings->as_profile[0] != '\0')
        return settings->as_profile;
    return settings->profile_named ? settings->profile : NULL;
}
