#include "config.h"

#include "base/cage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cage_parts.h"
#include "base/file.h"
#include "base/text.h"

#ifdef __linux__
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- Landlock, which the headers of many a system do not know yet (linux/landlock.h) -----------*/

#ifndef SYS_landlock_create_ruleset /* the numbers are the same on every architecture since 5.1 */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum {
    GET_VERSION = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
    RULE_PATH_BENEATH = 1,
    RULE_NET_PORT = 2,

    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_OF_ABI_1 = (1 << 13) - 1, /* to MAKE_SYM */
    FS_REFER = 1 << 13,          /* ABI 2 */
    FS_TRUNCATE = 1 << 14,       /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15,      /* ABI 5 */
    FS_OF_A_FILE = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,

    NET_BIND_TCP = 1 << 0,    /* ABI 4 */
    NET_CONNECT_TCP = 1 << 1, /* ABI 4 */

    SCOPE_ABSTRACT_SOCKETS = 1 << 0, /* ABI 6 */
    SCOPE_SIGNALS = 1 << 1,          /* ABI 6 */

    READING = FS_READ_FILE | FS_READ_DIR,
    /* Of the terminal, too, which is a device file that is written to. */
    WRITING = READING | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV | FS_REMOVE_FILE | FS_MAKE_REG,
};

struct ruleset_attributes { /* struct landlock_ruleset_attr, ABI 6 */
    uint64_t files, ports, scopes;
};
struct path_rule { /* struct landlock_path_beneath_attr */
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));
struct port_rule { /* struct landlock_net_port_attr */
    uint64_t allowed, port;
};

static bool is_switched_off(void)
{
    const char *value = getenv("KEYWRIGHT_SANDBOX");
    return value != NULL && strcmp(value, "off") == 0;
}

static void make_ruleset(struct cage *cage, int abi)
{
    cage->files = FS_OF_ABI_1 | (abi >= 2 ? FS_REFER : 0u) | (abi >= 3 ? FS_TRUNCATE : 0u) |
                  (abi >= 5 ? FS_IOCTL_DEV : 0u);
    cage->ports = abi >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0u;
    struct ruleset_attributes attributes = {.files = cage->files, .ports = cage->ports};
    /* The screen stops its whole process group on Ctrl-Z, and not all of that is caged. */
    if (abi >= 6)
        attributes.scopes =
            SCOPE_ABSTRACT_SOCKETS | (cage->kind == CAGE_CLIENT ? SCOPE_SIGNALS : 0u);
    /* What is 0 beyond the structure that an older kernel knows is fine by it. */
    cage->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (cage->ruleset < 0) {
        cage->report.files_failed = errno;
        return;
    }
    fcntl(cage->ruleset, F_SETFD, FD_CLOEXEC);
    cage->report.files_failed = 0;
    cage->report.ports_failed = cage->kind == CAGE_OFFLINE || abi >= 4 ? 0 : ENOSYS;
}

void cage_init(struct cage *cage, enum cage_kind kind)
{
    *cage = (struct cage){.kind = kind, .ruleset = -1};
    cage->report.switched_off = is_switched_off();
    cage->report.files_failed = ENOSYS;
    cage->report.ports_failed = kind == CAGE_OFFLINE ? 0 : ENOSYS;
    cage->report.calls_failed = ENOSYS;
    if (cage->report.switched_off)
        return;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
    if (abi < 1) {
        cage->report.files_failed = errno;
        return;
    }
    cage->report.abi = (int)abi;
    make_ruleset(cage, (int)abi);
}

void cage_release(struct cage *cage)
{
    if (cage->ruleset >= 0)
        close(cage->ruleset);
    cage->ruleset = -1;
}

/* --- rules -------------------------------------------------------------------------------------*/

static bool add_rule(struct cage *cage, int kind, const void *rule, const char *what,
                     struct error *err)
{
    char shown[64];
    text_copy(shown, sizeof shown, what);
    if (syscall(SYS_landlock_add_rule, cage->ruleset, kind, rule, 0) == 0)
        return true;
    return error_set_errno(err, ERROR_IO, errno, "closing the sandbox (%s)", shown);
}

static bool allow(struct cage *cage, const char *path, uint64_t rights, struct error *err)
{
    struct stat status;
    if (cage->ruleset < 0)
        return true;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP))
        return true;
    if (fd < 0 || fstat(fd, &status) < 0) {
        int sys = errno;
        if (fd >= 0)
            close(fd);
        return error_set_errno(err, ERROR_IO, sys, "closing the sandbox");
    }
    if (!S_ISDIR(status.st_mode))
        rights &= FS_OF_A_FILE;
    struct path_rule rule = {.allowed = rights & cage->files, .parent = fd};
    bool good = add_rule(cage, RULE_PATH_BENEATH, &rule, path, err);
    close(fd);
    return good;
}

bool cage_allow_read(struct cage *cage, const char *path, struct error *err)
{
    return allow(cage, path, READING, err);
}

bool cage_allow_write(struct cage *cage, const char *path, struct error *err)
{
    return allow(cage, path, WRITING, err);
}

bool cage_allow_connect(struct cage *cage, uint16_t port, struct error *err)
{
    struct port_rule rule = {.allowed = NET_CONNECT_TCP, .port = port};
    return cage->ruleset < 0 || cage->ports == 0 ||
           add_rule(cage, RULE_NET_PORT, &rule, "a port", err);
}

/* --- the end -----------------------------------------------------------------------------------*/

void cage_close(struct cage *cage, struct cage_report *ret_report)
{
    struct cage_report *report = &cage->report;
    report->closed = true;
    if (!report->switched_off && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        report->files_failed = report->calls_failed = errno;
    } else if (!report->switched_off) {
        if (cage->ruleset >= 0 && syscall(SYS_landlock_restrict_self, cage->ruleset, 0) < 0)
            report->files_failed = errno;
        report->calls_failed = cage_refuse_calls(cage->kind);
    }
    if (report->files_failed != 0 && cage->kind != CAGE_OFFLINE)
        report->ports_failed = report->files_failed;
    *ret_report = *report;
}

#else /* not Linux */

void cage_init(struct cage *cage, enum cage_kind kind)
{
    *cage = (struct cage){.kind = kind, .ruleset = -1};
    cage->report.files_failed = cage->report.calls_failed = ENOSYS;
    cage->report.ports_failed = kind == CAGE_OFFLINE ? 0 : ENOSYS;
}

void cage_release(struct cage *cage)
{
    (void)cage;
}

bool cage_allow_read(struct cage *cage, const char *path, struct error *err)
{
    (void)cage, (void)path, (void)err;
    return true;
}

bool cage_allow_write(struct cage *cage, const char *path, struct error *err)
{
    (void)cage, (void)path, (void)err;
    return true;
}

bool cage_allow_connect(struct cage *cage, uint16_t port, struct error *err)
{
    (void)cage, (void)port, (void)err;
    return true;
}

void cage_close(struct cage *cage, struct cage_report *ret_report)
{
    cage->report.closed = true;
    *ret_report = cage->report;
}

#endif

/* --- common wishes -----------------------------------------------------------------------------*/

static bool allow_folder(struct cage *cage, const char *file, struct error *err)
{
    char folder[PATH_MAX];
    if (!text_copy(folder, sizeof folder, file))
        return true; /* too long to be opened, either */
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return cage_allow_write(cage, ".", err);
    slash[slash == folder] = '\0';
    return cage_allow_write(cage, folder, err);
}

/* As file_resolve; a path that leads nowhere is no failure. */
static bool resolve(const char *path, char *buffer, size_t size, bool *ret_there, struct error *err)
{
    struct error why = {0};
    *ret_there = file_resolve(path, buffer, size, &why);
    bool nowhere = why.sys == ENOENT || why.sys == ENOTDIR || why.sys == EACCES ||
                   why.sys == ELOOP || why.sys == ENAMETOOLONG;
    if (*ret_there || nowhere)
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

bool cage_allow_folder_of(struct cage *cage, const char *file, struct error *err)
{
    char resolved[PATH_MAX];
    bool there = false;
    return allow_folder(cage, file, err) && resolve(file, resolved, sizeof resolved, &there, err) &&
           (!there || allow_folder(cage, resolved, err));
}

static bool allow_all(struct cage *cage, const char *const *paths, struct error *err)
{
    for (; *paths != NULL; paths++)
        if (!cage_allow_read(cage, *paths, err))
            return false;
    return true;
}

/* The list of name servers is a link to where it is replaced whole. */
static bool allow_names(struct cage *cage, struct error *err)
{
    char names[PATH_MAX];
    bool there = false;
    if (!resolve("/etc/resolv.conf", names, sizeof names, &there, err))
        return false;
    if (there)
        *strrchr(names, '/') = '\0';
    return !there || names[0] == '\0' || cage_allow_read(cage, names, err);
}

bool cage_allow_system(struct cage *cage, struct error *err)
{
    /* On systems of another layout /usr and /etc lead to the stores. */
    static const char *const system[] = {"/usr",      "/etc",         "/lib",
                                         "/lib64",    "/nix/store",   "/gnu/store",
                                         "/proc/sys", "/dev/urandom", NULL};
    static const char *const network[] = {"/var/lib/ca-certificates", "/sys/devices/system/cpu",
                                          NULL};
#ifdef COVERAGE_FOLDER /* where the counters of a coverage build are written at the end */
    if (!cage_allow_write(cage, COVERAGE_FOLDER, err))
        return false;
#endif
    bool online = cage->kind == CAGE_CLIENT;
    return allow_all(cage, system, err) &&
           (!online || (allow_all(cage, network, err) && allow_names(cage, err))) &&
           cage_allow_write(cage, "/dev/null", err);
}

/* --- what is said about it ---------------------------------------------------------------------*/

bool cage_is_whole(const struct cage_report *report)
{
    return report->closed && !report->switched_off && report->files_failed == 0 &&
           report->ports_failed == 0 && report->calls_failed == 0;
}

static const char *why(int failed)
{
    return failed == ENOSYS       ? "this kernel does not have it"
           : failed == EOPNOTSUPP ? "it is switched off in this kernel"
                                  : strerror(failed);
}

const char *cage_describe(const struct cage_report *report, enum cage_kind kind, char *buffer,
                          size_t size)
{
    struct text text;
    text_init(&text, size - 1);
    if (!report->closed) {
        text_append(&text, "not closed");
    } else if (report->switched_off) {
        text_append(&text, "switched off by KEYWRIGHT_SANDBOX");
    } else {
        if (report->files_failed == 0)
            text_appendf(&text, "files closed (Landlock ABI %d)", report->abi);
        else
            text_appendf(&text, "files open (Landlock: %s)", why(report->files_failed));
        if (kind == CAGE_CLIENT && report->ports_failed == 0)
            text_append(&text, ", TCP ports closed");
        else if (kind == CAGE_CLIENT)
            text_append(&text, report->files_failed == 0 ? ", TCP ports open (since Landlock ABI 4)"
                                                         : ", TCP ports open");
        if (report->calls_failed == 0)
            text_append(&text, ", system calls closed (seccomp)");
        else
            text_appendf(&text, ", system calls open (seccomp: %s)", why(report->calls_failed));
    }
    text_copy(buffer, size, text.bytes);
    text_release(&text);
    return buffer;
}
