#include "aws/form.h"

#include <string.h>

#include "base/scrub.h"

static bool unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static char *put(char *to, const char *string)
{
    size_t length = strlen(string);
    memcpy(to, string, length);
    return to + length;
}

static char *put_encoded(char *to, const char *string)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        if (unreserved(c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return to;
}

/* Room for the parameters, encoded. */
static size_t room_of(const struct aws_param *params, size_t count)
{
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        if (params[i].value != NULL)
            room += 2 + 3 * (strlen(params[i].name) + strlen(params[i].value));
    return room;
}

/* "a=b&c=d" */
static char *put_params(char *to, const struct aws_param *params, size_t count)
{
    const char *between = "";
    for (size_t i = 0; i < count; i++) {
        if (params[i].value == NULL)
            continue;
        to = put_encoded(put(to, between), params[i].name);
        to = put_encoded(put(to, "="), params[i].value);
        between = "&";
    }
    *to = '\0';
    return to;
}

bool form_query(const struct aws_param *params, size_t count, char **ret_query, struct error *err)
{
    char *query = scrub_malloc(room_of(params, count) + 1);
    if (query == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a request");
    put_params(query, params, count);
    *ret_query = query;
    return true;
}

bool form_new(const struct aws_action_row *row, const struct aws_param *params, size_t count,
              char **ret_body, size_t *ret_length, struct error *err)
{
    const char *version = aws_service_version(row->service);
    size_t room = sizeof "Action=&Version=&" + strlen(row->name) + strlen(version) +
                  room_of(params, count);
    char *body = scrub_malloc(room);
    if (body == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a request of %zu bytes", room);
    char *to = put(put(put(put(body, "Action="), row->name), "&Version="), version);
    char *end = put_params(put(to, "&"), params, count);
    if (end == to + 1)
        *--end = '\0'; /* none */
    to = end;
    *ret_body = body;
    *ret_length = (size_t)(to - body);
    return true;
}
