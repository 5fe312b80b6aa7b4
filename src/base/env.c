#include "config.h"

#include "base/env.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/harden.h"

extern char **environ;

enum { CONTENT_MAX = 4 * 1024 * 1024 };

const char *env_home(void)
{
    const char *home = getenv("HOME");
    if (home != NULL && home[0] == '/')
        return home;
    const struct passwd *user = getpwuid(getuid());
    return user != NULL && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

static bool starts_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

static bool is_wanted(const char *entry)
{
    static const char *const others[] = {
        "HOME=",       "HTTP_PROXY=",  "HTTPS_PROXY=", "NO_PROXY=", "ALL_PROXY=",
        "http_proxy=", "https_proxy=", "no_proxy=",    "all_proxy="};
    if (starts_with(entry, "AWS_"))
        return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (starts_with(entry, others[i]))
            return true;
    return false;
}

static bool is_secret(const char *entry)
{
    static const char *const names[] = {
        "AWS_SECRET_ACCESS_KEY=", "AWS_SECRET_KEY=",   "AWS_SESSION_TOKEN=",
        "AWS_SECURITY_TOKEN=",    "AWS_BEARER_TOKEN_", "AWS_CONTAINER_AUTHORIZATION_TOKEN=",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (starts_with(entry, names[i]))
            return true;
    return false;
}

/* A file that exists in no directory and ends with its last descriptor. */
static int nameless_file(void)
{
#ifdef HAVE_MEMFD_CREATE
    int fd = memfd_create("keywright-environment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 || errno != ENOSYS)
        return fd;
#endif
    char path[] = "/tmp/keywright-XXXXXX";
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

static bool write_whole(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static bool seal(int fd)
{
#ifdef F_ADD_SEALS
    /* The file of the fallback cannot be sealed; it has no name that another program could open. */
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 &&
        errno != EINVAL)
        return false;
#endif
    return true;
}

/* Written straight from the environment, entry by entry: a buffer would be one more copy. */
static bool write_wanted(int fd)
{
    for (char **entry = environ; *entry != NULL; entry++)
        if (is_wanted(*entry) && !write_whole(fd, *entry, strlen(*entry) + 1))
            return false;
    return seal(fd);
}

bool env_seal_bytes(const char *bytes, size_t length, int *ret_fd, struct error *err)
{
    int fd = nameless_file();
    if (fd >= 0 && write_whole(fd, bytes, length) && seal(fd)) {
        *ret_fd = fd;
        return true;
    }
    int sys = errno;
    if (fd >= 0)
        close(fd);
    return error_set_errno(err, ERROR_IO, sys, "sealing what a program is started with");
}

/* A name can stand in the environment more than once, and unsetenv removes them all: so every
 * value is overwritten before the first one goes. */
static void overwrite_secrets(void)
{
    bool any = false;
    for (char **entry = environ; *entry != NULL; entry++) {
        char *value = is_secret(*entry) ? strchr(*entry, '=') : NULL;
        if (value != NULL) {
            explicit_bzero(value + 1, strlen(value + 1));
            any = true;
        }
    }
    char **to = environ;
    for (char **from = environ; *from != NULL; from++)
        if (!is_secret(*from))
            *to++ = *from;
    *to = NULL;
    /* Vector registers still hold what the string functions have read. */
    if (any)
        harden_wipe_traces();
}

static bool any_wanted(void)
{
    for (char **entry = environ; *entry != NULL; entry++)
        if (is_wanted(*entry))
            return true;
    return false;
}

bool env_seal_secrets(int *ret_fd, struct error *err)
{
    if (environ == NULL || !any_wanted()) {
        *ret_fd = -1;
        return true;
    }
    int fd = nameless_file();
    bool sealed = fd >= 0 && write_wanted(fd);
    int sys = errno;
    overwrite_secrets();
    if (!sealed) {
        if (fd >= 0)
            close(fd);
        return error_set_errno(err, ERROR_IO, sys, "sealing the AWS variables of the environment");
    }
    *ret_fd = fd;
    return true;
}

bool env_read(int fd, char **ret_bytes, size_t *ret_length, struct error *err)
{
    struct stat status = {0};
    if (fd >= 0 && fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "reading the sealed environment");
    if (status.st_size < 0 || status.st_size > CONTENT_MAX)
        return error_set(err, ERROR_LIMIT, "the sealed environment is over 4 MiB");
    size_t length = (size_t)status.st_size;
    char *bytes = guarded_new(length + 1);
    if (bytes == NULL)
        return error_set(err, ERROR_MEMORY, "reading the sealed environment");
    size_t done = 0;
    while (done < length) {
        ssize_t count = pread(fd, bytes + done, length - done, (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            env_free(bytes, length);
            return error_set_errno(err, ERROR_IO, count < 0 ? errno : EIO,
                                   "reading the sealed environment");
        }
        done += (size_t)count;
    }
    if (length > 0 && bytes[length - 1] != '\0') {
        env_free(bytes, length);
        return error_set(err, ERROR_SYNTAX, "the sealed environment does not end as it should");
    }
    *ret_bytes = bytes;
    *ret_length = length;
    return true;
}

void env_free(char *bytes, size_t length)
{
    (void)length; /* all of it is wiped */
    guarded_free(bytes);
}

const char *env_find(const char *bytes, size_t length, const char *name)
{
    size_t name_length = strlen(name);
    const char *end = bytes + length;
    for (const char *entry = bytes; entry < end; entry += strlen(entry) + 1)
        if (strncmp(entry, name, name_length) == 0 && entry[name_length] == '=')
            return entry + name_length + 1;
    return NULL;
}
