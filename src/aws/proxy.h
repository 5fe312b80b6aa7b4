/* Proxies as the aws command takes them, where libcurl takes them otherwise. Pure. */
#ifndef KEYWRIGHT_AWS_PROXY_H
#define KEYWRIGHT_AWS_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The port that a URL names, 0 for none or no number: after the last colon of its authority, which an
 * address of IPv6 has in brackets and a user's password has before an @ (RFC 3986, section 3.2). The
 * scheme may be missing. */
uint16_t proxy_named_port(const char *url);

/* The proxy of HTTPS_PROXY with scheme and port: without a scheme http, without a port 80, 443 for https
 * (botocore, ProxyConfiguration; urllib3, ProxyManager; libcurl alone would take 1080) and 1080 for socks.
 * "" stays "". ret_url holds a password where the value does. LIMIT when it is too long. */
bool proxy_complete(const char *value, char *ret_url, size_t size, struct error *err) MUST_USE;

/* Does an entry HOST:PORT of NO_PROXY stand for this URL: the same port, and the host or one below it?
 * Entries without a port, and *, are libcurl's. Source: urllib.request.proxy_bypass_environment. */
bool proxy_port_bypassed(const char *no_proxy, const char *url);

#endif
