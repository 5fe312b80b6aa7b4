/* A temporary session as a profile of the credentials file. */
#include "profile/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guarded.h"
#include "base/when.h"

/* What stands for the session; aws_security_token is an older name that botocore looks at first. */
static const char *const own_keys[] = {"aws_access_key_id", "aws_secret_access_key",
                                       "aws_session_token", "aws_security_token",
                                       "x_keywright_expires", NULL};
/* Other ways to credentials: readers differ in which of them wins over a pair. */
static const char *const other_ways[] = {"role_arn",         "source_profile",
                                         "credential_source", "credential_process",
                                         "sso_session",      "sso_start_url",
                                         "login_session",    "web_identity_token_file",
                                         NULL};

static bool among(const char *const *list, const char *key)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

/* --- may it be? --------------------------------------------------------------------------------*/

static bool is_section_of(const struct profile_file *file, size_t section, const char *profile)
{
    return file->sections[section].type == SECTION_PROFILE &&
           strcmp(file->sections[section].name, profile) == 0;
}

static bool name_is_good(const char *profile)
{
    size_t length = strlen(profile);
    return length > 0 && length <= 64 &&
           strspn(profile, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                           "_-/.%@:+") == length;
}

static bool has_value(const struct property *property, const char *key)
{
    return strcmp(property->key, key) == 0 && property->value[0] != '\0';
}

bool profile_file_may_keep(const struct profile_file *file, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE], path[SHOWN_SIZE];
    int line = 0;
    bool token = false, long_term = false;
    profile_show(shown, profile);
    if (!name_is_good(profile))
        return error_set(err, ERROR_USAGE,
                         "'%s' is no name for a profile that every reader takes: at most 64 "
                         "letters, digits and _-/.%%@:+",
                         shown);
    for (size_t i = 0; file != NULL && i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        if (!is_section_of(file, property->section, profile))
            continue;
        if (among(other_ways, property->key))
            return error_set(err, ERROR_USAGE,
                             "profile %s gets its credentials by %s (%s line %d): a session is not "
                             "written into it; name another profile",
                             shown, property->key, profile_show(path, file->path), property->line);
        if (has_value(property, "aws_session_token") || has_value(property, "aws_security_token"))
            token = true;
        if (has_value(property, "aws_access_key_id") && strncmp(property->value, "ASIA", 4) != 0)
            long_term = true;
        if (line == 0 && (has_value(property, "aws_access_key_id") ||
                          has_value(property, "aws_secret_access_key")))
            line = property->line;
    }
    if (line == 0 || (token && !long_term))
        return true;
    return error_set(err, ERROR_USAGE,
                     "profile %s holds long-term keys (%s line %d), which a session must not "
                     "replace; name another profile",
                     shown, profile_show(path, file->path), line);
}

/* --- the new bytes -----------------------------------------------------------------------------*/

struct put {
    const struct profile_file *file;
    const char *profile;
    const struct credentials *session;
    char expires[WHEN_TEXT_SIZE];
    const char *end_of_line;
    char *bytes;
    size_t length;
};

static void add(struct put *put, const void *bytes, size_t length)
{
    memcpy(put->bytes + put->length, bytes, length);
    put->length += length;
}

static void add_string(struct put *put, const char *string)
{
    add(put, string, strlen(string));
}

static void add_property(struct put *put, const char *key, const char *value, size_t length)
{
    add_string(put, key);
    add_string(put, " = ");
    add(put, value, length);
    add_string(put, put->end_of_line);
}

static void add_session(struct put *put)
{
    const struct credentials *session = put->session;
    add_property(put, "aws_access_key_id", session->key_id, strlen(session->key_id));
    add_property(put, "aws_secret_access_key", secret_bytes(session->secret),
                 secret_length(session->secret));
    add_property(put, "aws_session_token", secret_bytes(session->token),
                 secret_length(session->token));
    add_property(put, "x_keywright_expires", put->expires, strlen(put->expires));
}

static void add_line_end(struct put *put)
{
    if (put->length > 0 && put->bytes[put->length - 1] != '\n')
        add_string(put, put->end_of_line);
}

static bool is_replaced(const struct profile_file *file, const struct property *property,
                        const char *profile)
{
    return is_section_of(file, property->section, profile) && among(own_keys, property->key);
}

/* The one section of the profile, or section_count; false when there are several. */
static bool find_section(const struct profile_file *file, const char *profile, size_t *ret_section)
{
    *ret_section = file->section_count;
    for (size_t i = 0; i < file->section_count; i++) {
        if (!is_section_of(file, i, profile))
            continue;
        if (*ret_section < file->section_count)
            return false;
        *ret_section = i;
    }
    return true;
}

static void write_all(struct put *put, size_t section)
{
    const struct profile_file *file = put->file;
    bool there = section < file->section_count;
    size_t header = there ? (size_t)file->sections[section].line - 1 : 0;
    for (size_t i = 0; i < file->line_count; i++) {
        const struct line *line = &file->lines[i];
        if (line->property < 0 ||
            !is_replaced(file, &file->properties[line->property], put->profile))
            add(put, file->bytes + line->start, line->next - line->start);
        if (!there || i != header)
            continue;
        add_line_end(put);
        add_session(put);
    }
    if (there)
        return;
    add_line_end(put);
    if (put->length > 0)
        add_string(put, put->end_of_line);
    add_string(put, "[");
    add_string(put, put->profile);
    add_string(put, "]");
    add_string(put, put->end_of_line);
    add_session(put);
}

/* --- is it as meant? ---------------------------------------------------------------------------*/

static bool reads_back(const struct put *put, const struct property *property)
{
    const struct credentials *session = put->session;
    const char *wanted = strcmp(property->key, "aws_access_key_id") == 0 ? session->key_id
                         : strcmp(property->key, "aws_secret_access_key") == 0
                             ? secret_bytes(session->secret)
                         : strcmp(property->key, "aws_session_token") == 0
                             ? secret_bytes(session->token)
                         : strcmp(property->key, "x_keywright_expires") == 0 ? put->expires
                                                                             : "";
    return strcmp(property->value, wanted) == 0;
}

/* All other properties as they were and in their order, and the session's four once each. */
static bool is_as_meant(const struct put *put, const struct profile_file *now)
{
    const struct profile_file *old = put->file;
    size_t n = 0, own = 0;
    for (size_t i = 0; i < now->property_count; i++) {
        const struct property *is = &now->properties[i];
        if (is_replaced(now, is, put->profile)) {
            own++;
            if (!reads_back(put, is))
                return false;
            continue;
        }
        while (n < old->property_count && is_replaced(old, &old->properties[n], put->profile))
            n++;
        if (n == old->property_count)
            return false;
        const struct property *was = &old->properties[n++];
        if (strcmp(was->key, is->key) != 0 || strcmp(was->value, is->value) != 0 ||
            strcmp(old->sections[was->section].raw, now->sections[is->section].raw) != 0)
            return false;
    }
    while (n < old->property_count && is_replaced(old, &old->properties[n], put->profile))
        n++;
    return own == 4 && n == old->property_count;
}

static bool check(const struct put *put, struct error *err)
{
    struct profile_file *now = NULL;
    char shown[SHOWN_SIZE];
    if (!profile_file_parse(put->file->kind, put->file->path, put->bytes, put->length, &now, err))
        return false;
    bool right = is_as_meant(put, now);
    profile_file_free(now);
    return right || error_set(err, ERROR_INTERNAL,
                              "%s would not read back as meant after the change; it is left alone",
                              profile_show(shown, put->file->path));
}

bool profile_file_put_session(const struct profile_file *file, const char *profile,
                              const struct credentials *session, char **ret_bytes,
                              size_t *ret_length, struct error *err)
{
    char shown[SHOWN_SIZE];
    size_t section;
    if (!profile_file_may_keep(file, profile, err))
        return false;
    profile_show(shown, file->path);
    if (!find_section(file, profile, &section))
        return error_set(err, ERROR_SYNTAX, "%s has several sections [%s]", shown, profile);
    if (session->token == NULL ||
        !profile_can_be_value(session->key_id, strlen(session->key_id)) ||
        !profile_can_be_value(secret_bytes(session->secret), secret_length(session->secret)) ||
        !profile_can_be_value(secret_bytes(session->token), secret_length(session->token)))
        return error_set(err, ERROR_SYNTAX, "the session has characters that %s cannot hold",
                         shown);
    struct put put = {.file = file, .profile = profile, .session = session};
    const char *first = file->length > 0 ? memchr(file->bytes, '\n', file->length) : NULL;
    put.end_of_line = first != NULL && first > file->bytes && first[-1] == '\r' ? "\r\n" : "\n";
    when_format(session->expires, put.expires);
    put.bytes = guarded_new(file->length + strlen(profile) + strlen(session->key_id) +
                            secret_length(session->secret) + secret_length(session->token) + 256);
    if (put.bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room to change %s", shown);
    write_all(&put, section);
    put.bytes[put.length] = '\0';
    if (!check(&put, err)) {
        profile_bytes_free(put.bytes, put.length);
        return false;
    }
    *ret_bytes = put.bytes;
    *ret_length = put.length;
    return true;
}
