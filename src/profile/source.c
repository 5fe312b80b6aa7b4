/* Where credentials come from: the ends of a chain; places.c picks one. Nothing is read or asked here but the two AWS
 * files; a link says what there is to be read or asked. Sources: the facts of configuration,
 * section 5; the SDKs' reference guide on credential providers. */
#include "profile/walk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/when.h"

/* --- keys that are at hand ----------------------------------------------------------------------*/

static bool set_pair(struct credentials *pair, const char *key_id, const char *secret,
                     const char *token, struct error *err)
{
    if (!text_copy(pair->key_id, sizeof pair->key_id, key_id))
        return error_set(err, ERROR_LIMIT, "an access key ID of more than %zu characters",
                         sizeof pair->key_id - 1);
    return secret_new(secret, strlen(secret), &pair->secret, err) &&
           (token == NULL || secret_new(token, strlen(token), &pair->token, err));
}

bool end_with_environment(struct walk *walk, struct error *err)
{
    const char *key_id = walk_variable(walk, "AWS_ACCESS_KEY_ID");
    const char *secret = walk_variable(walk, "AWS_SECRET_ACCESS_KEY");
    const char *token = walk_variable(walk, "AWS_SECURITY_TOKEN");
    const char *expires = walk_variable(walk, "AWS_CREDENTIAL_EXPIRATION");
    if (key_id == NULL)
        return error_set(err, ERROR_NO_CREDENTIALS, "AWS_ACCESS_KEY_ID is not in the environment");
    if (secret == NULL)
        return error_set(err, ERROR_PAIR_HALF,
                         "AWS_ACCESS_KEY_ID is in the environment, AWS_SECRET_ACCESS_KEY is not");
    if (token == NULL)
        token = walk_variable(walk, "AWS_SESSION_TOKEN");
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_ENVIRONMENT, "", &link, err) ||
        !set_pair(&link->pair, key_id, secret, token, err))
        return false;
    if (expires != NULL && !when_parse(expires, &link->pair.expires, err))
        return error_wrap(err, "AWS_CREDENTIAL_EXPIRATION");
    text_append(&walk->story, "the keys in the environment");
    return true;
}

/* The token of a pair stands in the same file: that of the other file belongs to another session. */
static const char *token_beside(const struct walk *walk, const char *profile, bool in_credentials)
{
    static const char *const names[] = {"aws_security_token", "aws_session_token"};
    const struct profile_file *file = profile_set_file(
        walk->set, in_credentials ? PROFILE_CREDENTIALS_FILE : PROFILE_CONFIG_FILE);
    for (size_t i = 0; i < 2; i++) {
        const struct property *token =
            profile_file_property(file, SECTION_PROFILE, profile, names[i]);
        if (token != NULL && token->value[0] != '\0')
            return token->value;
    }
    return NULL;
}

bool end_with_static(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    profile_show(shown, profile);
    const char *key_id = walk_property(walk, profile, "aws_access_key_id");
    const char *secret = walk_property(walk, profile, "aws_secret_access_key");
    if (key_id == NULL || secret == NULL)
        return error_set(err, ERROR_PAIR_HALF, "profile %s has no %s", shown,
                         key_id == NULL ? "aws_access_key_id" : "aws_secret_access_key");
    /* Which file each comes from: a pair that is mixed would not be one that AWS gave out. */
    const struct profile_file *credentials = profile_set_file(walk->set, PROFILE_CREDENTIALS_FILE);
    bool id_first =
        profile_file_property(credentials, SECTION_PROFILE, profile, "aws_access_key_id") != NULL;
    bool secret_first = profile_file_property(credentials, SECTION_PROFILE, profile,
                                              "aws_secret_access_key") != NULL;
    if (id_first != secret_first)
        return error_set(err, ERROR_PAIR_SPLIT,
                         "profile %s has its key ID in the %s file and its secret in the %s file",
                         shown, id_first ? "credentials" : "config",
                         secret_first ? "credentials" : "config");
    const char *token = token_beside(walk, profile, id_first);
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_STATIC, profile, &link, err) ||
        !set_pair(&link->pair, key_id, secret, token, err))
        return error_wrap(err, "profile %s", shown);
    text_appendf(&walk->story, "the keys of profile %s in the %s file", shown,
                 id_first ? "credentials" : "config");
    return true;
}

bool end_with_process(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *command = walk_property(walk, profile, "credential_process");
    profile_show(shown, profile);
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_PROCESS, profile, &link, err))
        return false;
    if (!text_copy(link->command, sizeof link->command, command))
        return error_set(err, ERROR_LIMIT,
                         "credential_process of profile %s is longer than %zu bytes", shown,
                         sizeof link->command - 1);
    text_appendf(&walk->story, "the credential_process of profile %s", shown);
    return true;
}

/* --- web identity -------------------------------------------------------------------------------*/

static bool add_web_identity(struct walk *walk, const char *profile, const char *role,
                             const char *file, const char *session, struct error *err)
{
    char shown[SHOWN_SIZE];
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_WEB_IDENTITY, profile, &link, err))
        return false;
    if (!text_copy(link->role_arn, sizeof link->role_arn, role) ||
        !text_copy(link->path, sizeof link->path, file) ||
        !text_copy(link->session_name, sizeof link->session_name, session != NULL ? session : ""))
        return error_set(err, ERROR_LIMIT, "the role, session name or token file of the web "
                                           "identity is too long");
    text_appendf(&walk->story, "the role %s with the web identity in %s",
                 profile_show(shown, link->role_arn), link->path);
    return true;
}

bool end_with_web_identity(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *role = walk_property(walk, profile, "role_arn");
    if (role == NULL)
        return error_set(err, ERROR_SYNTAX,
                         "profile %s has web_identity_token_file but no role_arn",
                         profile_show(shown, profile));
    return add_web_identity(walk, profile, role,
                            walk_property(walk, profile, "web_identity_token_file"),
                            walk_property(walk, profile, "role_session_name"), err);
}

/* Each value by the environment, else by the profile. */
bool end_with_surrounding_web_identity(struct walk *walk, const char *profile, struct error *err)
{
    const char *file = walk_variable(walk, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = walk_variable(walk, "AWS_ROLE_ARN");
    const char *session = walk_variable(walk, "AWS_ROLE_SESSION_NAME");
    if (role == NULL)
        role = walk_property(walk, profile, "role_arn");
    if (session == NULL)
        session = walk_property(walk, profile, "role_session_name");
    if (role == NULL)
        return error_set(err, ERROR_SYNTAX,
                         "AWS_WEB_IDENTITY_TOKEN_FILE is in the environment, AWS_ROLE_ARN is not");
    return add_web_identity(walk, profile, role, file, session, err);
}

/* --- cached by the AWS command line --------------------------------------------------------------*/

/* "DIRECTORY/HASH.json", the hash being that of `name` in hexadecimal digits. */
static bool cache_path(const struct walk *walk, const char *directory, const char *digest,
                       const char *name, char *path, size_t size, struct error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t length = 0;
    char folder[768], digits[2 * EVP_MAX_MD_SIZE + 1] = "";
    if (EVP_Q_digest(NULL, digest, NULL, name, strlen(name), hash, &length) != 1)
        return error_set(err, ERROR_INTERNAL, "%s is not to be had", digest);
    for (size_t i = 0; i < length; i++)
        snprintf(digits + 2 * i, 3, "%02x", hash[i]);
    if (!profile_expand_path(directory, walk->environment, walk->context, folder, sizeof folder,
                             err))
        return false;
    if (snprintf(path, size, "%s/%s.json", folder, digits) >= (int)size)
        return error_set(err, ERROR_LIMIT, "the path of a cached token is too long");
    return true;
}

/* A value of the session or of the profile; where both have it they must agree. */
static bool sso_value(const struct walk *walk, const char *profile, const char *session,
                      const char *key, const char **ret_value, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *own = walk_property(walk, profile, key);
    const struct property *common =
        session == NULL ? NULL
                        : profile_file_property(profile_set_file(walk->set, PROFILE_CONFIG_FILE),
                                                SECTION_SSO_SESSION, session, key);
    if (own != NULL && common != NULL && strcmp(own, common->value) != 0)
        return error_set(err, ERROR_SYNTAX,
                         "profile %s and its sso-session have different values of %s",
                         profile_show(shown, profile), key);
    *ret_value = common != NULL && common->value[0] != '\0' ? common->value : own;
    if (*ret_value == NULL)
        return error_set(err, ERROR_SYNTAX, "profile %s has no %s",
                         profile_show(shown, profile), key);
    return true;
}

static bool has_session(const struct walk *walk, const char *session)
{
    const struct profile_file *config = profile_set_file(walk->set, PROFILE_CONFIG_FILE);
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i].type == SECTION_SSO_SESSION &&
            strcmp(config->sections[i].name, session) == 0)
            return true;
    return false;
}

bool end_with_sso(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE], other[SHOWN_SIZE];
    const char *session = walk_property(walk, profile, "sso_session");
    const char *url = NULL, *region = NULL;
    struct chain_link *link = NULL;
    profile_show(shown, profile);
    if (session != NULL && !has_session(walk, session))
        return error_set(err, ERROR_SYNTAX, "profile %s names the sso-session %s, which is not "
                         "there", shown, profile_show(other, session));
    if (!sso_value(walk, profile, session, "sso_start_url", &url, err) ||
        !sso_value(walk, profile, session, "sso_region", &region, err))
        return false;
    static const char *const needed[] = {"sso_account_id", "sso_role_name"};
    for (size_t i = 0; i < 2; i++)
        if (walk_property(walk, profile, needed[i]) == NULL)
            return error_set(err, ERROR_SYNTAX, "profile %s has %s but no %s", shown,
                             session != NULL ? "sso_session" : needed[1 - i], needed[i]);
    if (!walk_add_link(walk, CHAIN_SSO, profile, &link, err) ||
        !walk_copy_property(walk, profile, "sso_account_id", link->sso_account,
                            sizeof link->sso_account, err) ||
        !walk_copy_property(walk, profile, "sso_role_name", link->sso_role, sizeof link->sso_role,
                            err))
        return false;
    const char *name = session != NULL ? session : url;
    if (!text_copy(link->sso_region, sizeof link->sso_region, region) ||
        !text_copy(link->sso_name, sizeof link->sso_name, name))
        return error_set(err, ERROR_LIMIT, "a name of IAM Identity Center in profile %s is too "
                         "long", shown);
    text_appendf(&walk->story, "the role %s of account %s in IAM Identity Center (profile %s)",
                 link->sso_role, link->sso_account, shown);
    return cache_path(walk, "~/.aws/sso/cache", "SHA1", name, link->path, sizeof link->path, err);
}

bool end_with_login(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *session = walk_property(walk, profile, "login_session");
    const char *directory = walk_variable(walk, "AWS_LOGIN_CACHE_DIRECTORY");
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_LOGIN, profile, &link, err))
        return false;
    text_appendf(&walk->story, "what 'aws login' has left for profile %s",
                 profile_show(shown, profile));
    return cache_path(walk, directory != NULL ? directory : "~/.aws/login/cache", "SHA256",
                      session, link->path, sizeof link->path, err);
}

/* --- container and instance ------------------------------------------------------------------------*/

static const char *host_end(const char *host)
{
    return host[0] == '[' ? host + strcspn(host, "]") : host + strcspn(host, ":/?#");
}

/* Plain http may go to these only: they do not leave the machine. Source: the SDKs' reference guide,
 * container credential provider. */
static bool is_near(const char *url)
{
    static const char *const near[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23",
                                       "localhost",     "[::1"};
    const char *host = url + strlen("http://");
    size_t length = (size_t)(host_end(host) - host);
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (strlen(near[i]) == length && strncasecmp(near[i], host, length) == 0)
            return true;
    return length > 4 && strncmp(host, "127.", 4) == 0 &&
           strspn(host, "0123456789.") == length;
}

static bool container_url(const struct walk *walk, char *url, size_t size, struct error *err)
{
    const char *relative = walk_variable(walk, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = walk_variable(walk, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    int length = relative != NULL ? snprintf(url, size, "http://169.254.170.2%s%s",
                                             relative[0] == '/' ? "" : "/", relative)
                                  : snprintf(url, size, "%s", full);
    if (length >= (int)size)
        return error_set(err, ERROR_LIMIT, "AWS_CONTAINER_CREDENTIALS_* is too long");
    bool tls = strncasecmp(url, "https://", 8) == 0;
    if (!tls && (strncasecmp(url, "http://", 7) != 0 || !is_near(url)))
        return error_set(err, ERROR_ENDPOINT,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor http:// on "
                         "this machine or of the container's service");
    return true;
}

bool end_with_container(struct walk *walk, const char *profile, struct error *err)
{
    const char *file = walk_variable(walk, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = walk_variable(walk, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_CONTAINER, profile, &link, err) ||
        !container_url(walk, link->url, sizeof link->url, err))
        return false;
    if (file != NULL && !text_copy(link->path, sizeof link->path, file))
        return error_set(err, ERROR_LIMIT, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is too long");
    if (file == NULL && token != NULL && !secret_new(token, strlen(token), &link->pair.token, err))
        return false;
    text_append(&walk->story, "the credentials of the container");
    return true;
}

static const char *by_variable_or_property(const struct walk *walk, const char *variable,
                                           const char *profile, const char *key)
{
    const char *value = walk_variable(walk, variable);
    return value != NULL ? value : walk_property(walk, profile, key);
}

static bool is_true(const char *value)
{
    return value != NULL && strcasecmp(value, "true") == 0;
}

/* Source: the SDKs' reference guide, IMDS credential provider. */
bool end_with_metadata(struct walk *walk, const char *profile, struct error *err)
{
    struct chain_link *link = NULL;
    if (is_true(walk_variable(walk, "AWS_EC2_METADATA_DISABLED")))
        return error_set(err, ERROR_NO_CREDENTIALS,
                         "the instance's metadata service is switched off "
                         "(AWS_EC2_METADATA_DISABLED)");
    const char *url = by_variable_or_property(walk, "AWS_EC2_METADATA_SERVICE_ENDPOINT", profile,
                                              "ec2_metadata_service_endpoint");
    const char *mode = by_variable_or_property(walk, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                               profile, "ec2_metadata_service_endpoint_mode");
    const char *v1_disabled = by_variable_or_property(walk, "AWS_EC2_METADATA_V1_DISABLED", profile,
                                                      "ec2_metadata_v1_disabled");
    if (url == NULL)
        url = mode != NULL && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                            : "http://169.254.169.254";
    if (!walk_add_link(walk, CHAIN_METADATA, profile, &link, err))
        return false;
    if (!text_copy(link->url, sizeof link->url, url))
        return error_set(err, ERROR_LIMIT, "the URL of the metadata service is too long");
    for (size_t end = strlen(link->url); end > 0 && link->url[end - 1] == '/'; end--)
        link->url[end - 1] = '\0';
    if (strncasecmp(link->url, "http://", 7) != 0 && strncasecmp(link->url, "https://", 8) != 0)
        return error_set(err, ERROR_ENDPOINT, "the URL of the metadata service is none");
    link->v1_disabled = is_true(v1_disabled);
    text_append(&walk->story, "the role of this instance, by its metadata service");
    return true;
}
