#include "practice/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void request_init(struct request *request, const char *method, const char *target)
{
    *request = (struct request){.field_count = 0};
    text_copy(request->method, sizeof request->method, method);
    text_init(&request->path, REQUEST_TARGET_MAXIMUM);
    text_init(&request->query, REQUEST_TARGET_MAXIMUM);
    text_init(&request->body, REQUEST_BODY_MAXIMUM);
    size_t path = strcspn(target, "?");
    text_append_bytes(&request->path, target, path);
    if (target[path] == '?')
        text_append(&request->query, target + path + 1);
}

void request_release(struct request *request)
{
    text_release(&request->path);
    text_release(&request->query);
    text_release(&request->body);
    free(request->decoded);
    request->decoded = NULL;
    request->field_count = 0;
}

void request_add_header(struct request *request, const char *name, const char *value)
{
    if (request->header_count == REQUEST_HEADERS_MAXIMUM) {
        request->too_many_headers = true;
        return;
    }
    request->headers[request->header_count++] = (struct sign_header){name, value};
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int lower = tolower((unsigned char)c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decode in place: the decoded form is never longer. */
static bool decode(char *string)
{
    char *to = string;
    for (const char *at = string; *at != '\0'; at++) {
        if (*at != '%') {
            *to++ = *at == '+' ? ' ' : *at;
            continue;
        }
        int high = hex(at[1]);
        int low = high < 0 ? -1 : hex(at[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *to++ = (char)(high * 16 + low);
        at += 2;
    }
    *to = '\0';
    return true;
}

static bool add_field(struct request *request, char *pair, struct error *err)
{
    if (*pair == '\0')
        return true;
    if (request->field_count == REQUEST_FIELDS_MAXIMUM)
        return error_set(err, ERROR_LIMIT, "more than %d fields", REQUEST_FIELDS_MAXIMUM);
    char *value = strchr(pair, '=');
    if (value != NULL)
        *value++ = '\0';
    if (!decode(pair) || (value != NULL && !decode(value)))
        return error_set(err, ERROR_SYNTAX, "an escape in the form is malformed");
    if (request_field(request, pair) != NULL)
        return error_set(err, ERROR_SYNTAX, "a field is given twice");
    request->fields[request->field_count++] =
        (struct request_field){pair, value == NULL ? "" : value};
    return true;
}

bool request_read_fields(struct request *request, struct error *err)
{
    const struct text *body = &request->body;
    size_t query = request->query.length;
    if (!text_ok(&request->path, err) || !text_ok(&request->query, err) || !text_ok(body, err))
        return false;
    if (memchr(body->bytes, '\0', body->length) != NULL)
        return error_set(err, ERROR_SYNTAX, "the body is not a form");
    char *decoded = malloc(query + body->length + 2);
    if (decoded == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a form");
    memcpy(decoded, request->query.bytes, query);
    decoded[query] = '&';
    memcpy(decoded + query + 1, body->bytes, body->length + 1);
    free(request->decoded);
    request->decoded = decoded;
    request->field_count = 0;
    char *rest = decoded;
    for (char *pair; (pair = strsep(&rest, "&")) != NULL;)
        if (!add_field(request, pair, err))
            return false;
    return true;
}

const char *request_field(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++)
        if (strcmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    return NULL;
}

const char *request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}
