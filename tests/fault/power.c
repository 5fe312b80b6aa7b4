/* The power_recording half of power.h: the C library's calls, seen. */
#include "config.h"

#include "power.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "power_log.h"

struct power_log power_log;
bool power_recording;
bool power_no_exchange;
static char root[PATH_MAX];

/* The node that a device and inode number stands for; a number that is free again is another one. */
struct known {
    dev_t device;
    ino_t inode;
    size_t node;
};
static struct known *known;
static size_t known_count;

void power_die(const char *what)
{
    printf("Bail out! the log of the disk: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(99);
}

/* --- the log -----------------------------------------------------------------------------------*/

struct change *power_add(enum change_kind kind, size_t node)
{
    struct power_log *log = &power_log;
    if (log->count == log->room) {
        log->room = log->room * 2 + 64;
        log->changes = realloc(log->changes, log->room * sizeof *log->changes);
        if (log->changes == NULL)
            power_die("no memory");
    }
    struct change *change = &log->changes[log->count++];
    *change = (struct change){.kind = kind, .node = node};
    return change;
}

size_t power_new_node(const struct stat *status)
{
    size_t node = power_log.nodes++;
    power_log.is_folder = realloc(power_log.is_folder, power_log.nodes);
    struct known *more = realloc(known, (known_count + 1) * sizeof *known);
    if (power_log.is_folder == NULL || more == NULL)
        power_die("no memory");
    known = more;
    power_log.is_folder[node] = S_ISDIR(status->st_mode);
    for (size_t i = 0; i < known_count; i++)
        if (known[i].device == status->st_dev && known[i].inode == status->st_ino)
            known[i].inode = 0; /* that one was removed, and its number is used again */
    known[known_count++] = (struct known){status->st_dev, status->st_ino, node};
    return node;
}

bool power_find_node(const struct stat *status, size_t *ret_node)
{
    for (size_t i = 0; i < known_count; i++)
        if (known[i].device == status->st_dev && known[i].inode == status->st_ino) {
            *ret_node = known[i].node;
            return true;
        }
    return false;
}

void power_add_name(size_t folder, const char *name, size_t node)
{
    struct change *change = power_add(CHANGE_NAME, node);
    change->folder = folder;
    strcpy(change->name, name);
}

const char *power_kept(size_t node, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.3000s-kept/%zu", root, node);
    return path;
}

void power_add_bytes(size_t node, const void *bytes, size_t offset, size_t length)
{
    struct change *change = power_add(CHANGE_WRITE, node);
    change->bytes = malloc(length);
    if (change->bytes == NULL)
        power_die("no memory");
    memcpy(change->bytes, bytes, length);
    change->offset = offset;
    change->length = length;
}

void power_add_time(int fd)
{
    struct stat status;
    if (fstat(fd, &status) == 0)
        power_log.changes[power_log.count - 1].modified = status.st_mtim;
}

/* --- what is there at the beginning ------------------------------------------------------------*/

static void take_in(const char *path, size_t node);

static void take_in_folder(const char *path, size_t node)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        power_die(path);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[PATH_MAX];
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%.3000s/%s", path, entry->d_name);
        if (lstat(inner, &status) != 0)
            power_die(inner);
        size_t made = power_new_node(&status);
        power_add_name(node, entry->d_name, made);
        take_in(inner, made);
    }
    closedir(directory);
}

static void take_in(const char *path, size_t node)
{
    if (power_log.is_folder[node]) {
        take_in_folder(path, node);
    } else {
        char bytes[4096];
        size_t offset = 0;
        FILE *file = fopen(path, "r");
        if (file == NULL)
            power_die(path);
        for (size_t length; (length = fread(bytes, 1, sizeof bytes, file)) > 0; offset += length)
            power_add_bytes(node, bytes, offset, length);
        power_add_time(fileno(file));
        fclose(file);
    }
    power_add(CHANGE_SYNC, node);
}

void power_begin(const char *folder)
{
    struct stat status;
    power_forget();
    snprintf(root, sizeof root, "%s", folder);
    char kept[PATH_MAX];
    snprintf(kept, sizeof kept, "%.3000s-kept", folder);
    if (stat(folder, &status) != 0 || mkdir(kept, 0700) != 0)
        power_die(folder);
    take_in(folder, power_new_node(&status));
    power_log.first = power_log.count;
    power_recording = true;
}

void power_end(void)
{
    power_recording = false;
    power_sweep(root);
    if (mkdir(root, 0700) != 0)
        power_die(root);
}

void power_forget(void)
{
    char kept[PATH_MAX];
    power_recording = false;
    /* first of all: what is known is kept, not removed */
    free(known);
    known = NULL;
    known_count = 0;
    for (size_t i = 0; i < power_log.nodes; i++)
        remove(power_kept(i, kept));
    snprintf(kept, sizeof kept, "%.3000s-kept", root);
    if (remove(kept) != 0 && errno != ENOENT)
        power_die(kept);
    for (size_t i = 0; i < power_log.count; i++)
        free(power_log.changes[i].bytes);
    free(power_log.changes);
    free(power_log.is_folder);
    power_log = (struct power_log){0};
}

void power_without_exchange(bool without)
{
    power_no_exchange = without;
}

size_t power_moments(void)
{
    return power_log.count - power_log.first;
}
