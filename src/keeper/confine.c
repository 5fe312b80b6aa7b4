#include "keeper/confine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "aws/proxy.h"
#include "base/cage.h"
#include "base/text.h"
#include "deliver/deliver.h"
#include "wire/scope.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_NAMES = 53 };

/* --- commands ----------------------------------------------------------------------------------*/

static bool register_scope(struct context *context, struct error *err)
{
    enum scope_kind kind;
    const char *value;
    bool good = true;
    for (size_t at = 0; good && scope_next(&context->scope, &at, &kind, &value);) {
        switch (kind) {
        case SCOPE_TEST:
            good = children_register(context->children, true, value, err);
            break;
        case SCOPE_VERIFY:
        case SCOPE_MFA:
        case SCOPE_NOTIFY:
            good = children_register(context->children, false, value, err);
            break;
        case SCOPE_TARGET:
            if (deliver_command(value) != NULL)
                good = children_register(context->children, false, deliver_command(value), err);
            break;
        }
    }
    return good;
}

/* --- files -------------------------------------------------------------------------------------*/

static bool allow_variable(struct cage *cage, struct context *context, const char *name,
                           struct error *err)
{
    const char *path = context_environment(context, name);
    return path == NULL || path[0] == '\0' || cage_allow_read(cage, path, err);
}

/* A file that others replace: a token that a cluster renews is a link into a folder beside it. */
static bool allow_beside(struct cage *cage, const char *file, struct error *err)
{
    char folder[PATH_MAX];
    char *slash = NULL;
    if (text_copy(folder, sizeof folder, file))
        slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder)
        *slash = '\0';
    return cage_allow_read(cage, slash != NULL && slash != folder ? folder : file, err);
}

static bool allow_files(struct cage *cage, struct context *context, struct error *err)
{
    char path[PATH_MAX];
    const char *value;
    enum scope_kind kind;
    for (int file = PROFILE_CREDENTIALS_FILE; file <= PROFILE_CONFIG_FILE; file++)
        if (profile_set_path((enum profile_file_kind)file, context_environment, context, path,
                             NULL) &&
            !cage_allow_folder_of(cage, path, err))
            return false;
    for (size_t at = 0; scope_next(&context->scope, &at, &kind, &value);)
        if (kind == SCOPE_TARGET && deliver_path(value) != NULL &&
            !cage_allow_folder_of(cage, deliver_path(value), err))
            return false;
    const char *bundle = context->settings.ca_bundle;
    return cage_allow_system(cage, err) &&
           (bundle[0] == '\0' || cage_allow_read(cage, bundle, err)) &&
           allow_variable(cage, context, "SSL_CERT_FILE", err) &&
           allow_variable(cage, context, "SSL_CERT_DIR", err) &&
           allow_variable(cage, context, "OPENSSL_CONF", err);
}

/* --- ports -------------------------------------------------------------------------------------*/

/* "" is AWS's own. */
static bool allow_url(struct cage *cage, const char *url, struct error *err)
{
    uint16_t port = proxy_named_port(url);
    if (port == 0)
        port = strncmp(url, "http:", 5) == 0 ? PORT_HTTP : PORT_HTTPS;
    return cage_allow_connect(cage, port, err);
}

/* As hello has completed them: libcurl reads them from there. */
static bool allow_proxies(struct cage *cage, struct error *err)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *proxy = getenv(names[i]);
        if (proxy != NULL && proxy[0] != '\0' &&
            !cage_allow_connect(cage, proxy_named_port(proxy), err))
            return false;
    }
    return true;
}

/* --- the identity ------------------------------------------------------------------------------*/

/* Where its credentials come from. A chain that cannot be followed leads to nothing; why is said
 * where it is needed. */
static bool allow_chain(struct cage *cage, struct context *context, struct error *err)
{
    CLEANUP(chain_release) struct chain chain = {0};
    bool good = true;
    if (!context_chain(context, settings_signing_profile(&context->settings), &chain, NULL))
        return true;
    for (size_t i = 0; good && i < chain.count; i++) {
        const struct chain_link *link = &chain.links[i];
        if (link->kind == CHAIN_PROCESS)
            good = children_register(context->children, false, link->command, err);
        if (good && link->path[0] != '\0')
            good = allow_beside(cage, link->path, err);
        if (good && link->url[0] != '\0')
            good = allow_url(cage, link->url, err);
    }
    return good;
}

static bool allow_ports(struct cage *cage, struct context *context, struct error *err)
{
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        if (!allow_url(cage, context->settings.endpoint_url[service], err))
            return false;
    return cage_allow_connect(cage, PORT_NAMES, err) && allow_proxies(cage, err);
}

/* --- all of it ---------------------------------------------------------------------------------*/

bool keeper_confine(struct context *context, struct error *err)
{
    CLEANUP(cage_release) struct cage cage;
    cage_init(&cage, CAGE_CLIENT);
    if (!register_scope(context, err) || !allow_chain(&cage, context, err) ||
        !children_launch(context->children, err) || !allow_files(&cage, context, err) ||
        !allow_ports(&cage, context, err))
        return false;
    cage_close(&cage, &context->cage);
    return true;
}
