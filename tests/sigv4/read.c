#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "base/file.h"
#include "base/when.h"

/* --- the request as text ---------------------------------------------------------------------- */

/* The next line at *at, terminated, without its line end; *at moves on. NULL at the end. */
static char *next_line(char **at)
{
    char *line = *at;
    if (*line == '\0')
        return NULL;
    size_t length = strcspn(line, "\n");
    *at = line + length + (line[length] == '\n');
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

/* End the string at the first such character; what follows it, or "" when it is not there. */
static char *cut_at(char *string, char c)
{
    char *found = strchr(string, c);
    if (found == NULL)
        return string + strlen(string);
    *found = '\0';
    return found + 1;
}

/* Take an HTTP request apart in place. The target may have spaces in it. */
static bool parse_request(char *bytes, size_t length, struct sigv4_case *kase)
{
    char *at = bytes;
    char *last_value = NULL;
    char *line = next_line(&at);
    char *target = line != NULL ? strchr(line, ' ') : NULL;
    char *version = target != NULL ? strrchr(target + 1, ' ') : NULL;
    if (version == NULL || strncmp(version, " HTTP/", 6) != 0)
        return false;
    *target++ = '\0';
    *version = '\0';
    kase->method = line;
    kase->path = target;
    kase->query = cut_at(target, '?');
    while ((line = next_line(&at)) != NULL && *line != '\0') {
        if ((*line == ' ' || *line == '\t') && last_value != NULL) {
            /* A folded value: what stood between its parts becomes blanks. */
            for (char *gap = last_value + strlen(last_value); gap < line; gap++)
                *gap = ' ';
            continue;
        }
        char *colon = strchr(line, ':');
        if (colon == NULL || kase->sent_count == CASE_HEADERS_MOST)
            return false;
        *colon = '\0';
        last_value = colon + 1;
        kase->sent[kase->sent_count++] = (struct sign_header){line, last_value};
    }
    kase->body = at;
    kase->body_length = length - (size_t)(at - bytes);
    return true;
}

static const char *sent_value(const struct sigv4_case *kase, const char *name)
{
    for (size_t i = 0; i < kase->sent_count; i++)
        if (strcasecmp(kase->sent[i].name, name) == 0)
            return kase->sent[i].value + strspn(kase->sent[i].value, " ");
    return NULL;
}

static bool set_credentials(struct sigv4_case *kase, const char *key_id, const char *secret)
{
    credentials_init(&kase->credentials);
    return key_id != NULL && secret != NULL &&
           text_copy(kase->credentials.key_id, sizeof kase->credentials.key_id, key_id) &&
           secret_new(secret, strlen(secret), &kase->credentials.secret, NULL);
}

/* --- the three forms -------------------------------------------------------------------------- */

struct files {
    char *bytes[6];
    size_t length[6];
    size_t count;
};

static void files_release(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        file_bytes_free(files->bytes[i], files->length[i]);
}

/* The content of DIRECTORY/NAME+SUFFIX (of DIRECTORY itself when name is NULL), or NULL. */
static char *content(struct files *files, const char *directory, const char *name,
                     const char *suffix, size_t *ret_length)
{
    char path[CASE_PATH_SIZE];
    char *bytes = NULL;
    size_t length = 0;
    if (name != NULL)
        snprintf(path, sizeof path, "%s/%s%s", directory, name, suffix);
    else
        snprintf(path, sizeof path, "%s", directory);
    if (files->count == 6 || !file_read(path, CASE_FILE_MOST, &bytes, &length, NULL))
        return NULL;
    files->bytes[files->count] = bytes;
    files->length[files->count++] = length;
    if (ret_length != NULL)
        *ret_length = length;
    return bytes;
}

static const char *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

static bool flag(struct json_object *object, const char *name, bool otherwise)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? json_object_get_boolean(value)
                                                           : otherwise;
}

static void put_object(struct json_object **object)
{
    json_object_put(*object);
}

static void string_free(char **string)
{
    free(*string);
}

static void case_release(struct sigv4_case *kase)
{
    credentials_release(&kase->credentials);
}

static const char *reason_to_skip(struct json_object *context, const struct sigv4_case *kase)
{
    const char *value = member(context, "signed_body_value");
    if (!flag(context, "normalize", true))
        return "the path is not normalized (S3)";
    if (flag(context, "omit_session_token", false))
        return "the token is sent unsigned";
    if (value != NULL && *value != '\0')
        return "the payload is not signed";
    if (kase->to_sign != NULL && strncmp(kase->to_sign, "AWS4-HMAC-SHA256", 16) != 0)
        return "another algorithm (SigV4a)";
    if (kase->canonical == NULL)
        return "no header signature in this case (presigned)";
    return NULL;
}

void case_run_folder(const char *path, struct tally *tally)
{
    CLEANUP(files_release) struct files files = {.count = 0};
    CLEANUP(case_release) struct sigv4_case kase = {.name = path};
    size_t length = 0;
    char *request = content(&files, path, "request.txt", "", &length);
    char *bytes = content(&files, path, "context.json", "", NULL);
    CLEANUP(put_object)
    struct json_object *context = bytes != NULL ? json_tokener_parse(bytes) : NULL;
    struct json_object *credentials = NULL;
    kase.canonical = content(&files, path, "header-canonical-request.txt", "", NULL);
    kase.to_sign = content(&files, path, "header-string-to-sign.txt", "", NULL);
    kase.signature = content(&files, path, "header-signature.txt", "", NULL);
    kase.signed_request = content(&files, path, "header-signed-request.txt", "", NULL);
    const char *reason = context != NULL ? reason_to_skip(context, &kase) : NULL;
    if (reason != NULL) {
        case_skip(tally, path, reason);
        return;
    }
    const char *timestamp = context != NULL ? member(context, "timestamp") : NULL;
    if (request == NULL || timestamp == NULL || !when_parse(timestamp, &kase.time, NULL) ||
        !json_object_object_get_ex(context, "credentials", &credentials) ||
        !set_credentials(&kase, member(credentials, "access_key_id"),
                         member(credentials, "secret_access_key")) ||
        !parse_request(request, length, &kase)) {
        case_fail(tally, path, "the case cannot be read");
        return;
    }
    kase.token = member(credentials, "token");
    kase.region = member(context, "region") != NULL ? member(context, "region") : "us-east-1";
    kase.service = member(context, "service") != NULL ? member(context, "service") : "service";
    case_run(&kase, tally);
}

/* The older form has the session token in the signed request only. */
static void find_token(const char *signed_request, char *ret_token, size_t size)
{
    static const char name[] = "\nX-Amz-Security-Token:";
    const char *found = signed_request != NULL ? strstr(signed_request, name) : NULL;
    if (found == NULL)
        return;
    found += strlen(name);
    found += strspn(found, " ");
    size_t length = strcspn(found, "\r\n");
    if (length < size)
        snprintf(ret_token, size, "%.*s", (int)length, found);
}

/* The older suite has one identity, region and service for all. */
void case_run_older(const char *directory, const char *name, struct tally *tally)
{
    CLEANUP(files_release) struct files files = {.count = 0};
    CLEANUP(case_release)
    struct sigv4_case kase = {.name = name, .region = "us-east-1", .service = "service"};
    char token[4096] = "";
    size_t length = 0;
    char *request = content(&files, directory, name, ".req", &length);
    kase.canonical = content(&files, directory, name, ".creq", NULL);
    kase.to_sign = content(&files, directory, name, ".sts", NULL);
    kase.authorization = content(&files, directory, name, ".authz", NULL);
    kase.signed_request = content(&files, directory, name, ".sreq", NULL);
    if (request == NULL || !parse_request(request, length, &kase) ||
        !set_credentials(&kase, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") ||
        (kase.canonical == NULL && kase.authorization == NULL)) {
        case_fail(tally, name, "the case cannot be read");
        return;
    }
    find_token(kase.signed_request, token, sizeof token);
    kase.token = token[0] != '\0' ? token : NULL;
    const char *stamp = sent_value(&kase, "x-amz-date");
    if (!when_parse(stamp != NULL ? stamp : "20150830T123600Z", &kase.time, NULL)) {
        case_fail(tally, name, "X-Amz-Date is not a time");
        return;
    }
    case_run(&kase, tally);
}

/* Host, path and query of a URL: the host is copied, the rest taken apart in place. */
static bool parse_url(char *url, struct sigv4_case *kase, char ret_host[300])
{
    char *host = strstr(url, "://");
    if (host == NULL)
        return false;
    host += 3;
    size_t length = strcspn(host, "/?");
    if (length == 0 || length >= 300)
        return false;
    memcpy(ret_host, host, length);
    ret_host[length] = '\0';
    kase->path = host[length] == '/' ? host + length : "/";
    kase->query = cut_at(host + length, '?');
    kase->sent[kase->sent_count++] = (struct sign_header){"host", ret_host};
    return true;
}

static bool take_headers(struct json_object *object, struct sigv4_case *kase)
{
    struct json_object *headers = NULL;
    if (!json_object_object_get_ex(object, "headers", &headers))
        return true;
    json_object_object_foreach(headers, name, value)
    {
        if (kase->sent_count == CASE_HEADERS_MOST)
            return false;
        kase->sent[kase->sent_count++] = (struct sign_header){name, json_object_get_string(value)};
    }
    return true;
}

void case_run_json(const char *path, struct tally *tally)
{
    CLEANUP(files_release) struct files files = {.count = 0};
    CLEANUP(case_release) struct sigv4_case kase = {.name = path};
    char host[300];
    char *bytes = content(&files, path, NULL, "", NULL);
    CLEANUP(put_object)
    struct json_object *object = bytes != NULL ? json_tokener_parse(bytes) : NULL;
    const char *address = object != NULL ? member(object, "url") : NULL;
    CLEANUP(string_free) char *url = address != NULL ? strdup(address) : NULL;
    const char *timestamp = object != NULL ? member(object, "timestamp") : NULL;
    if (url == NULL || timestamp == NULL || !when_parse(timestamp, &kase.time, NULL) ||
        !parse_url(url, &kase, host) || !take_headers(object, &kase) ||
        !set_credentials(&kase, member(object, "access_key_id"),
                         member(object, "secret_access_key")) ||
        member(object, "method") == NULL || member(object, "signing_region") == NULL ||
        member(object, "signing_name") == NULL) {
        case_fail(tally, path, "the case cannot be read");
        return;
    }
    kase.method = member(object, "method");
    kase.token = member(object, "session_token");
    kase.region = member(object, "signing_region");
    kase.service = member(object, "signing_name");
    kase.body = member(object, "body") != NULL ? member(object, "body") : "";
    kase.body_length = strlen(kase.body);
    kase.canonical = member(object, "canonical_request");
    kase.to_sign = member(object, "string_to_sign");
    kase.authorization = member(object, "authorization");
    case_run(&kase, tally);
}
