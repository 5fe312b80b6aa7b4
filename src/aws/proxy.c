#include "aws/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_SOCKS = 1080 };

/* What is between a URL's scheme, if there is one, and its path. */
struct authority {
    const char *start; /* behind a user's name and password */
    const char *colon; /* before the port; NULL for none */
    const char *end;
};

static struct authority authority_of(const char *url)
{
    const char *scheme = strstr(url, "://");
    struct authority found = {.start = scheme != NULL ? scheme + 3 : url};
    found.end = found.start + strcspn(found.start, "/?#");
    for (const char *at = found.start; at < found.end; at++)
        if (*at == '@')
            found.start = at + 1;
    for (const char *at = found.start; at < found.end; at++) {
        if (*at == ':')
            found.colon = at;
        if (*at == ']')
            found.colon = NULL;
    }
    return found;
}

uint16_t proxy_named_port(const char *url)
{
    struct authority authority = authority_of(url);
    long port = authority.colon != NULL ? strtol(authority.colon + 1, NULL, 10) : 0;
    return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int usual_port(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0 ? PORT_HTTPS
           : strncasecmp(url, "socks", 5) == 0 ? PORT_SOCKS
                                               : PORT_HTTP;
}

bool proxy_complete(const char *value, char *ret_url, size_t size, struct error *err)
{
    const char *rest = value + (strncmp(value, "//", 2) == 0 ? 2 : 0);
    const char *scheme = strstr(rest, "://") == NULL ? "http://" : "";
    struct authority authority = authority_of(rest);
    const char *host_end = authority.colon != NULL ? authority.colon : authority.end;
    int length;
    if (rest[0] == '\0')
        length = snprintf(ret_url, size, "%s", "");
    else if (proxy_named_port(rest) != 0)
        length = snprintf(ret_url, size, "%s%s", scheme, rest);
    else
        length = snprintf(ret_url, size, "%s%.*s:%d%s", scheme, (int)(host_end - rest), rest,
                          usual_port(rest), authority.end);
    if (length >= 0 && (size_t)length < size)
        return true;
    return error_set(err, ERROR_LIMIT, "the URL of the proxy is longer than %zu characters", size - 1);
}

/* The end of a name, at a dot or as a whole. */
static bool ends_with(const char *name, size_t length, const char *end, size_t end_length)
{
    return end_length > 0 && end_length <= length &&
           strncasecmp(name + length - end_length, end, end_length) == 0 &&
           (end_length == length || name[length - end_length - 1] == '.');
}

bool proxy_port_bypassed(const char *no_proxy, const char *url)
{
    struct authority of = authority_of(url);
    size_t length = (size_t)((of.colon != NULL ? of.colon : of.end) - of.start);
    uint16_t port = proxy_named_port(url);
    while (*no_proxy != '\0') {
        no_proxy += strspn(no_proxy, ", .");
        size_t entry = strcspn(no_proxy, ", ");
        const char *colon = memchr(no_proxy, ':', entry);
        long wanted = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
        if (wanted != 0 && wanted == port &&
            ends_with(of.start, length, no_proxy, (size_t)(colon - no_proxy)))
            return true;
        no_proxy += entry;
    }
    return false;
}
